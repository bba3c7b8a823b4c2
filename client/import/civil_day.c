#include "client/import/civil_day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LEAST_LETTERS = 3 };

static const char *const MONTHS[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const WEEKDAYS[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};

static bool is_leap_year(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int civil_days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

static int find(const char *const *names, int n, const char *word, size_t len) {
    for (int i = 0; i < n; i++) {
        if (len >= LEAST_LETTERS && len <= strlen(names[i]) &&
            strncasecmp(word, names[i], len) == 0)
            return i;
    }
    return -1;
}

int civil_month_of(const char *word, size_t len) {
    return find(MONTHS, 12, word, len) + 1;
}

const char *civil_month_name(int month) {
    return MONTHS[month - 1];
}

int civil_weekday_of(const char *word, size_t len) {
    return find(WEEKDAYS, 7, word, len);
}

const char *civil_weekday_name(int weekday) {
    return WEEKDAYS[weekday];
}

// Zeller's congruence, with January and February as months 13 and 14 of the year before; counted
// from Saturday there.
int civil_weekday(const struct civil_day *day) {
    int month = day->month < 3 ? day->month + 12 : day->month;
    int year = day->month < 3 ? day->year - 1 : day->year;
    int from_saturday =
        (day->day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400) % 7;
    return (from_saturday + 5) % 7;
}

void civil_step_back(struct civil_day *day) {
    if (--day->day > 0)
        return;
    if (--day->month == 0) {
        day->month = 12;
        day->year--;
    }
    day->day = civil_days_in_month(day->year, day->month);
}

int civil_compare(const struct civil_day *a, const struct civil_day *b) {
    if (a->year != b->year)
        return a->year - b->year;
    return a->month != b->month ? a->month - b->month : a->day - b->day;
}

void civil_write(const struct civil_day *day, char iso[DAY_SIZE]) {
    char text[40];
    snprintf(text, sizeof text, "%04d-%02d-%02d", day->year, day->month, day->day);
    memcpy(iso, text, DAY_SIZE);
}

// *at: behind the number and what ends it.
static bool read_number(const char **at, char end, int *number) {
    char *rest;
    long read = strtol(*at, &rest, 10);
    if (rest == *at || *rest != end || read < 0 || read > 9999)
        return false;
    *number = (int)read;
    *at = rest + 1;
    return true;
}

bool civil_read(const char *iso, struct civil_day *day) {
    return read_number(&iso, '-', &day->year) && read_number(&iso, '-', &day->month) &&
           read_number(&iso, '\0', &day->day);
}
