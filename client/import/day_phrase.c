#include "client/import/day_phrase.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MOST_WORDS = 6, WORD_SIZE = 16 };
enum { FIRST_MONTH = 3, QUARTER = 3, YEAR = 12 }; // the financial year's, in months; January is 0

// The phrase's words, in small letters, without those that only bind ("of", "the").
struct words {
    char at[MOST_WORDS][WORD_SIZE];
    size_t n;
    size_t next; // the first that is not understood yet
};

// Whole months, counted from January of the year 0.
struct period {
    int first;
    int n;
    bool is_yearly; // without a year: the one of `first` is any
};

static bool is_binding(const char *word) {
    return strcmp(word, "of") == 0 || strcmp(word, "the") == 0;
}

static bool split(const char *text, struct words *words) {
    static const char between[] = " \t,";
    for (text += strspn(text, between); *text != '\0'; text += strspn(text, between)) {
        size_t len = strcspn(text, between);
        if (len >= WORD_SIZE || words->n == MOST_WORDS)
            return false;
        char *word = words->at[words->n];
        for (size_t i = 0; i < len; i++)
            word[i] = (char)tolower((unsigned char)text[i]);
        word[len] = '\0';
        words->n += !is_binding(word);
        text += len;
    }
    return words->n > 0;
}

static const char *peek(const struct words *words) {
    return words->next < words->n ? words->at[words->next] : "";
}

static bool take(struct words *words, const char *word) {
    bool is_there = strcmp(peek(words), word) == 0;
    words->next += is_there;
    return is_there;
}

static bool is_at_end(const struct words *words) {
    return words->next == words->n;
}

static int number_of(const char *word, size_t digits) {
    int number = 0;
    if (strspn(word, "0123456789") != digits)
        return -1;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (word[i] - '0');
    return number;
}

// "2010/11", "2010-2011": the year it begins in; 0 when it is none.
static int financial_year_of(const char *word) {
    int begins = number_of(word, 4);
    if (begins < 1 || begins > 9998 || (word[4] != '/' && word[4] != '-'))
        return 0;
    size_t digits = strlen(word + 5);
    int ends = number_of(word + 5, digits);
    bool is_next = digits == 4 ? ends == begins + 1 : digits == 2 && ends == (begins + 1) % 100;
    return is_next ? begins : 0;
}

// "q3", "quarter 3", "third quarter"; 0 when it is none.
static int take_quarter(struct words *words) {
    static const char *const names[4][3] = {{"q1", "first", "1st"},
                                            {"q2", "second", "2nd"},
                                            {"q3", "third", "3rd"},
                                            {"q4", "fourth", "4th"}};
    size_t start = words->next;
    for (int i = 0; i < 4; i++) {
        char digit[] = {(char)('1' + i), '\0'};
        if (take(words, names[i][0]) || (take(words, "quarter") && take(words, digit)))
            return i + 1;
        words->next = start;
        if ((take(words, names[i][1]) || take(words, names[i][2])) && take(words, "quarter"))
            return i + 1;
        words->next = start;
    }
    return 0;
}

static enum day_phrase read_quarter(struct words *words, int quarter, struct period *period,
                                    char *why) {
    int year = financial_year_of(peek(words));
    int calendar_year = strlen(peek(words)) == 4 ? number_of(peek(words), 4) : -1;
    if (calendar_year >= 0) {
        snprintf(why, DAY_WHY_SIZE,
                 "quarters are of the financial year; write Q%d %d/%02d or Q%d %d/%02d", quarter,
                 calendar_year - 1, calendar_year % 100, quarter, calendar_year,
                 (calendar_year + 1) % 100);
        return DAY_PHRASE_REFUSED;
    }
    words->next += year > 0;
    *period =
        (struct period){year * YEAR + FIRST_MONTH + (quarter - 1) * QUARTER, QUARTER, year == 0};
    return DAY_PHRASE_DAY;
}

static enum day_phrase read_month(struct words *words, int month, struct period *period) {
    int year = strlen(peek(words)) == 4 ? number_of(peek(words), 4) : -1;
    words->next += year >= 0;
    *period = (struct period){(year < 0 ? 0 : year) * YEAR + month - 1, 1, year < 0};
    return year == 0 ? DAY_PHRASE_NONE : DAY_PHRASE_DAY;
}

// "last month", "this quarter", "month": the one before today's, or today's.
static bool take_present(struct words *words, const struct civil_day *today,
                         struct period *period) {
    size_t start = words->next;
    int present = today->year * YEAR + today->month - 1;
    bool is_last = take(words, "last");
    if (!is_last)
        (void)take(words, "this");
    if (take(words, "month"))
        *period = (struct period){present - is_last, 1, false};
    else if (take(words, "quarter"))
        *period =
            (struct period){present - present % QUARTER - (is_last ? QUARTER : 0), QUARTER, false};
    else
        words->next = start;
    return words->next > start;
}

static enum day_phrase refuse_year(char *why) {
    snprintf(why, DAY_WHY_SIZE,
             "the financial year or the calendar's? Write end of 2010/11, or the day itself");
    return DAY_PHRASE_REFUSED;
}

static enum day_phrase read_period(struct words *words, const struct civil_day *today,
                                   struct period *period, char *why) {
    int quarter = take_quarter(words);
    if (quarter > 0)
        return read_quarter(words, quarter, period, why);
    if (take_present(words, today, period))
        return DAY_PHRASE_DAY;
    int month = civil_month_of(peek(words), strlen(peek(words)));
    if (month > 0) {
        words->next++;
        return read_month(words, month, period);
    }
    int year = financial_year_of(peek(words));
    if (year > 0) {
        words->next++;
        *period = (struct period){year * YEAR + FIRST_MONTH, YEAR, false};
        return DAY_PHRASE_DAY;
    }
    const char *word = words->n > 0 ? words->at[words->n - 1] : "";
    bool is_year = strcmp(word, "year") == 0 || (strlen(word) == 4 && number_of(word, 4) >= 0);
    return is_year ? refuse_year(why) : DAY_PHRASE_NONE;
}

static struct civil_day edge_of(const struct period *period, bool is_start) {
    int month = is_start ? period->first : period->first + period->n - 1;
    struct civil_day day = {month / YEAR, month % YEAR + 1, 1};
    if (!is_start)
        day.day = civil_days_in_month(day.year, day.month);
    return day;
}

static struct civil_day day_of(struct period period, bool is_start, const struct civil_day *today) {
    if (!period.is_yearly)
        return edge_of(&period, is_start);
    struct civil_day day;
    period.first += (today->year + 1) * YEAR;
    do {
        period.first -= YEAR;
        day = edge_of(&period, is_start);
    } while (civil_compare(&day, today) > 0);
    return day;
}

static enum day_phrase refuse_quarter(int quarter, char *why) {
    snprintf(why, DAY_WHY_SIZE, "it was understood as quarter %d; write end of Q%d, or Q%d 2010/11",
             quarter, quarter, quarter);
    return DAY_PHRASE_REFUSED;
}

// "end of PERIOD", "start of PERIOD", and "Q3 2010/11" for its end.
static enum day_phrase read_edge(struct words *words, const struct civil_day *today,
                                 struct civil_day *day, char *why) {
    struct period period;
    bool is_start = take(words, "start") || take(words, "beginning");
    bool is_named = is_start || take(words, "end");
    size_t start = words->next;
    int quarter = take_quarter(words);
    words->next = start;
    if (!is_named && quarter == 0)
        return DAY_PHRASE_NONE;
    enum day_phrase found = read_period(words, today, &period, why);
    if (found == DAY_PHRASE_REFUSED)
        return found;
    if (found == DAY_PHRASE_NONE || !is_at_end(words))
        return DAY_PHRASE_NONE;
    if (!is_named && period.is_yearly)
        return refuse_quarter(quarter, why);
    *day = day_of(period, is_start, today);
    return DAY_PHRASE_DAY;
}

// "last Friday" is the latest before today. What else stands with a day of the week is not one day.
static enum day_phrase read_weekday(struct words *words, const struct civil_day *today,
                                    struct civil_day *day, char *why) {
    bool is_last = take(words, "last");
    if (!is_last && !take(words, "this"))
        (void)take(words, "next");
    int weekday = civil_weekday_of(peek(words), strlen(peek(words)));
    if (weekday < 0 || words->next + 1 != words->n)
        return DAY_PHRASE_NONE;
    if (!is_last) {
        snprintf(why, DAY_WHY_SIZE, "write last %s, or the day itself",
                 civil_weekday_name(weekday));
        return DAY_PHRASE_REFUSED;
    }
    struct civil_day at = *today;
    do
        civil_step_back(&at);
    while (civil_weekday(&at) != weekday);
    *day = at;
    return DAY_PHRASE_DAY;
}

enum day_phrase day_phrase_read(const char *text, const struct civil_day *today,
                                struct civil_day *day, char why[DAY_WHY_SIZE]) {
    struct words words = {.n = 0};
    if (!split(text, &words))
        return DAY_PHRASE_NONE;
    bool is_yesterday = strcmp(words.at[0], "yesterday") == 0;
    if (words.n == 1 && (is_yesterday || strcmp(words.at[0], "today") == 0)) {
        *day = *today;
        if (is_yesterday)
            civil_step_back(day);
        return DAY_PHRASE_DAY;
    }
    enum day_phrase found = read_edge(&words, today, day, why);
    words.next = 0;
    return found == DAY_PHRASE_NONE ? read_weekday(&words, today, day, why) : found;
}
