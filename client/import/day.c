#include "client/import/day.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "server/base/error.h"

enum { MOST_TOKENS = 3, WORD_SIZE = 16, TEXT_SHOWN = 60 };

static const char *const MONTHS[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

// What stands between separators. The kinds of all tokens make a shape: "NWY" is "31 Dec 2010".
struct token {
    char kind; // 'Y': four digits, 'N': one or two, 'W': a month's name
    int number;
};

struct tokens {
    struct token at[MOST_TOKENS];
    size_t n;
};

struct civil_day {
    int year, month, day;
};

static bool refuse(struct error *err, const char *text, const char *why) {
    return error_set(err, "\"%.*s\" is not a day: %s", TEXT_SHOWN, text, why);
}

static bool is_leap_year(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

// A month by its name or its first three letters or more.
static int month_of(const char *word, size_t len) {
    for (int i = 0; i < 12; i++) {
        if (len >= 3 && len <= strlen(MONTHS[i]) && strncasecmp(word, MONTHS[i], len) == 0)
            return i + 1;
    }
    return 0;
}

static bool is_ordinal_ending(const char *word, size_t len) {
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < 4; i++) {
        if (len == 2 && strncasecmp(word, endings[i], 2) == 0)
            return true;
    }
    return false;
}

static bool is_separator(char c) {
    return c != '\0' && strchr(" \t,./-", c) != NULL;
}

static size_t run_len(const char *at, int (*is_kind)(int)) {
    size_t len = 0;
    while (is_kind((unsigned char)at[len]) != 0)
        len++;
    return len;
}

// Reads one token; returns its length, 0 when there is none of ours.
static size_t read_token(const char *at, struct token *token) {
    size_t digits = run_len(at, isdigit);
    if (digits > 0) {
        if (digits != 4 && digits > 2)
            return 0;
        token->kind = digits == 4 ? 'Y' : 'N';
        token->number = 0;
        for (size_t i = 0; i < digits; i++)
            token->number = token->number * 10 + (at[i] - '0');
        size_t letters = run_len(at + digits, isalpha);
        return token->kind == 'N' && is_ordinal_ending(at + digits, letters) ? digits + 2 : digits;
    }
    size_t letters = run_len(at, isalpha);
    token->kind = 'W';
    token->number = month_of(at, letters);
    return token->number == 0 ? 0 : letters;
}

static bool split(const char *text, struct tokens *tokens) {
    const char *at = text;
    while (is_separator(*at))
        at++;
    while (*at != '\0') {
        struct token token;
        size_t len = tokens->n < MOST_TOKENS ? read_token(at, &token) : 0;
        if (len == 0)
            return false;
        tokens->at[tokens->n++] = token;
        at += len;
        while (is_separator(*at))
            at++;
    }
    return tokens->n > 0;
}

static bool has_shape(const struct tokens *tokens, const char *shape) {
    if (strlen(shape) != tokens->n)
        return false;
    for (size_t i = 0; i < tokens->n; i++) {
        if (tokens->at[i].kind != shape[i])
            return false;
    }
    return true;
}

// Which token is the day, the month and the year, by shape.
static const struct {
    const char *shape;
    int day, month, year;
} ORDERS[] = {
    {"YNN", 2, 1, 0}, {"NNY", 0, 1, 2}, {"NWY", 0, 1, 2}, {"WNY", 1, 0, 2}, {"YWN", 2, 1, 0}};

static bool order(const struct tokens *tokens, struct civil_day *day) {
    for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++) {
        if (!has_shape(tokens, ORDERS[i].shape))
            continue;
        day->day = tokens->at[ORDERS[i].day].number;
        day->month = tokens->at[ORDERS[i].month].number;
        day->year = tokens->at[ORDERS[i].year].number;
        return true;
    }
    return false;
}

// Says what was understood of something that is less than a day.
static bool refuse_part(struct error *err, const char *text, const struct tokens *tokens) {
    char why[160];
    if (has_shape(tokens, "WY") || has_shape(tokens, "YW")) {
        bool is_month_first = tokens->at[0].kind == 'W';
        int month = tokens->at[is_month_first ? 0 : 1].number;
        int year = tokens->at[is_month_first ? 1 : 0].number;
        snprintf(why, sizeof why,
                 "it was understood as the month %s %d; name the day, as in %04d-%02d-%02d",
                 MONTHS[month - 1], year, year, month, days_in_month(year, month));
        return refuse(err, text, why);
    }
    if (has_shape(tokens, "NW") || has_shape(tokens, "WN")) {
        bool is_day_first = tokens->at[0].kind == 'N';
        snprintf(why, sizeof why, "it was understood as %d %s without a year; add the year",
                 tokens->at[is_day_first ? 0 : 1].number,
                 MONTHS[tokens->at[is_day_first ? 1 : 0].number - 1]);
        return refuse(err, text, why);
    }
    if (has_shape(tokens, "NNN") || has_shape(tokens, "NWN") || has_shape(tokens, "WNN"))
        return refuse(err, text, "the year needs four digits, as in 31/12/2010 or 31 Dec 2010");
    return refuse(err, text, "write 2010-12-31, 31 Dec 2010, 31/12/2010, today or yesterday");
}

static bool check(const struct civil_day *day, const char *text, struct error *err) {
    char why[160];
    if (day->month < 1 || day->month > 12) {
        snprintf(
            why, sizeof why,
            "it was understood as day %d of month %d, and the day comes first, as in 31/12/2010",
            day->day, day->month);
        return refuse(err, text, why);
    }
    int last = days_in_month(day->year, day->month);
    if (day->day < 1 || day->day > last) {
        snprintf(why, sizeof why, "%s %d has %d days", MONTHS[day->month - 1], day->year, last);
        return refuse(err, text, why);
    }
    return day->year >= 1 || refuse(err, text, "there is no year 0");
}

static void write_iso(const struct civil_day *day, char iso[DAY_SIZE]) {
    char text[40];
    snprintf(text, sizeof text, "%04d-%02d-%02d", day->year, day->month, day->day);
    memcpy(iso, text, DAY_SIZE);
}

static void step_back(struct civil_day *day) {
    if (--day->day > 0)
        return;
    if (--day->month == 0) {
        day->month = 12;
        day->year--;
    }
    day->day = days_in_month(day->year, day->month);
}

static bool parse_word(const char *text, const char *today, char iso[DAY_SIZE]) {
    bool is_yesterday = strcasecmp(text, "yesterday") == 0;
    struct civil_day day;
    if (!is_yesterday && strcasecmp(text, "today") != 0)
        return false;
    if (sscanf(today, "%d-%d-%d", &day.year, &day.month, &day.day) != 3)
        return false;
    if (is_yesterday)
        step_back(&day);
    write_iso(&day, iso);
    return true;
}

bool day_parse(const char *text, const char *today, char iso[DAY_SIZE], struct error *err) {
    struct tokens tokens = {.n = 0};
    struct civil_day day;
    if (parse_word(text, today, iso))
        return true;
    if (!split(text, &tokens))
        return refuse(err, text, "write 2010-12-31, 31 Dec 2010, 31/12/2010, today or yesterday");
    if (!order(&tokens, &day))
        return refuse_part(err, text, &tokens);
    if (!check(&day, text, err))
        return false;
    write_iso(&day, iso);
    return true;
}

void day_today(char iso[DAY_SIZE]) {
    time_t now = time(NULL);
    struct tm local;
    struct civil_day day = {1970, 1, 1};
    if (localtime_r(&now, &local) != NULL)
        day = (struct civil_day){local.tm_year + 1900, local.tm_mon + 1, local.tm_mday};
    write_iso(&day, iso);
}
