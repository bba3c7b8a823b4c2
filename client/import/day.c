#include "client/import/day.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "client/import/day_phrase.h"
#include "server/base/error.h"

enum { MOST_TOKENS = 3, TEXT_SHOWN = 60 };

static const char FORMS[] =
    "write 2010-12-31, 31 Dec 2010, 31/12/2010, today, yesterday, last Friday or end of Q3";

// What stands between separators. The kinds of all tokens make a shape: "NWY" is "31 Dec 2010".
struct token {
    char kind; // 'Y': four digits, 'N': one or two, 'W': a month's name
    int number;
};

struct tokens {
    struct token at[MOST_TOKENS];
    size_t n;
};

static bool refuse(struct error *err, const char *text, const char *why) {
    return error_set(err, "\"%.*s\" is not a day: %s", TEXT_SHOWN, text, why);
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
    token->number = civil_month_of(at, letters);
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
                 civil_month_name(month), year, year, month, civil_days_in_month(year, month));
        return refuse(err, text, why);
    }
    if (has_shape(tokens, "NW") || has_shape(tokens, "WN")) {
        bool is_day_first = tokens->at[0].kind == 'N';
        snprintf(why, sizeof why, "it was understood as %d %s without a year; add the year",
                 tokens->at[is_day_first ? 0 : 1].number,
                 civil_month_name(tokens->at[is_day_first ? 1 : 0].number));
        return refuse(err, text, why);
    }
    if (has_shape(tokens, "NNN") || has_shape(tokens, "NWN") || has_shape(tokens, "WNN"))
        return refuse(err, text, "the year needs four digits, as in 31/12/2010 or 31 Dec 2010");
    return refuse(err, text, FORMS);
}

static bool check(const struct civil_day *day, const char *text, struct error *err) {
    char why[160];
    if (day->month < 1 || day->month > 12) {
        snprintf(why, sizeof why,
                 "it was understood as day %d of month %d: the day comes first, as in 31/12/2010, "
                 "or the year, as in 2010-12-31",
                 day->day, day->month);
        return refuse(err, text, why);
    }
    int last = civil_days_in_month(day->year, day->month);
    if (day->day < 1 || day->day > last) {
        snprintf(why, sizeof why, "%s %d has %d days", civil_month_name(day->month), day->year,
                 last);
        return refuse(err, text, why);
    }
    return day->year >= 1 || refuse(err, text, "there is no year 0");
}

// "Friday 31 December 2010": the day of the week is checked and leaves the rest.
static const char *skip_weekday(const char *text, int *weekday) {
    const char *at = text + strspn(text, " \t");
    size_t letters = run_len(at, isalpha);
    *weekday = civil_weekday_of(at, letters);
    return *weekday < 0 ? text : at + letters;
}

static bool check_weekday(const struct civil_day *day, int weekday, const char *text,
                          struct error *err) {
    char why[160], iso[DAY_SIZE];
    int meant = civil_weekday(day);
    if (weekday < 0 || weekday == meant)
        return true;
    civil_write(day, iso);
    snprintf(why, sizeof why, "%s is a %s", iso, civil_weekday_name(meant));
    return refuse(err, text, why);
}

static bool parse_written(const char *text, struct civil_day *day, struct error *err) {
    struct tokens tokens = {.n = 0};
    int weekday;
    if (!split(skip_weekday(text, &weekday), &tokens))
        return refuse(err, text, FORMS);
    if (!order(&tokens, day))
        return refuse_part(err, text, &tokens);
    return check(day, text, err) && check_weekday(day, weekday, text, err);
}

bool day_parse(const char *text, const char *today, char iso[DAY_SIZE], struct error *err) {
    struct civil_day now, day;
    char why[DAY_WHY_SIZE];
    if (!civil_read(today, &now))
        return error_set(err, "\"%.20s\" is not the day it is", today);
    switch (day_phrase_read(text, &now, &day, why)) {
    case DAY_PHRASE_REFUSED:
        return refuse(err, text, why);
    case DAY_PHRASE_NONE:
        if (!parse_written(text, &day, err))
            return false;
        break;
    case DAY_PHRASE_DAY:
        break;
    }
    civil_write(&day, iso);
    return true;
}

bool day_depends_on_today(const char *text) {
    char one[DAY_SIZE], other[DAY_SIZE];
    struct error err = {0};
    return day_parse(text, "2001-01-01", one, &err) && day_parse(text, "2003-08-20", other, &err) &&
           strcmp(one, other) != 0;
}

void day_today(char iso[DAY_SIZE]) {
    time_t now = time(NULL);
    struct tm local;
    struct civil_day day = {1970, 1, 1};
    if (localtime_r(&now, &local) != NULL)
        day = (struct civil_day){local.tm_year + 1900, local.tm_mon + 1, local.tm_mday};
    civil_write(&day, iso);
}
