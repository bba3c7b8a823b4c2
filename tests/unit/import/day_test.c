#include "client/import/day.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "server/base/error.h"

static const char TODAY[] = "2011-01-01";

Test(day, what_people_type_is_understood) {
    static const struct {
        const char *text, *iso;
    } cases[] = {
        {"2010-12-31", "2010-12-31"},         {"31 Dec 2010", "2010-12-31"},
        {"31 december 2010", "2010-12-31"},   {"31st December 2010", "2010-12-31"},
        {"1 Sept 2010", "2010-09-01"},        {"31/12/2010", "2010-12-31"},
        {"3/4/2010", "2010-04-03"},           {"31.12.2010", "2010-12-31"},
        {"31-12-2010", "2010-12-31"},         {"December 31, 2010", "2010-12-31"},
        {"2010 Dec 31", "2010-12-31"},        {"  31  Dec  2010 ", "2010-12-31"},
        {"29 Feb 2012", "2012-02-29"},        {"today", "2011-01-01"},
        {"Yesterday", "2010-12-31"},          {"9999-12-31", "9999-12-31"},
        {"2nd May 2010", "2010-05-02"},       {"31-Dec-2010", "2010-12-31"},
        {"Friday 31 Dec 2010", "2010-12-31"}, {"Fri, 31st December 2010", "2010-12-31"},
        {"friday 2010-12-31", "2010-12-31"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char iso[DAY_SIZE];
        struct error err = {0};
        cr_assert(day_parse(cases[i].text, TODAY, iso, &err), "%s: %s", cases[i].text, err.message);
        cr_assert_str_eq(iso, cases[i].iso, "%s is %s", cases[i].text, iso);
    }
}

Test(day, what_is_less_or_other_than_a_day_is_refused_with_what_was_understood) {
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"March 2011", "the month March 2011; name the day, as in 2011-03-31"},
        {"31 Dec", "31 December without a year"},
        {"31/12/10", "the year needs four digits"},
        {"31 Dec 10", "the year needs four digits"},
        {"12/31/2010", "day 12 of month 31"},
        {"31 Feb 2011", "February 2011 has 28 days"},
        {"2011-02-29", "February 2011 has 28 days"},
        {"2010-13-01", "day 1 of month 13: the day comes first, as in 31/12/2010, or the year"},
        {"0 May 2010", "May 2010 has 31 days"},
        {"0000-01-01", "there is no year 0"},
        {"soon", "write 2010-12-31"},
        {"", "write 2010-12-31"},
        {"2010", "write 2010-12-31"},
        {"31 Dec 2010 10:00", "write 2010-12-31"},
        {"Thursday 31 December 2010", "2010-12-31 is a Friday"},
        {"Friday", "write last Friday, or the day itself"},
        {"next Friday", "write last Friday, or the day itself"},
        {"this Fri", "write last Friday, or the day itself"},
        {"last Friday 2010", "write 2010-12-31"},
        {"last week", "write 2010-12-31"},
        {"Q3", "understood as quarter 3; write end of Q3, or Q3 2010/11"},
        {"third quarter", "understood as quarter 3; write end of Q3, or Q3 2010/11"},
        {"Q3 2010", "quarters are of the financial year; write Q3 2009/10 or Q3 2010/11"},
        {"end of Q4 2000", "write Q4 1999/00 or Q4 2000/01"},
        {"Q5 2010/11", "write 2010-12-31"},
        {"Q3 2010/12", "write 2010-12-31"},
        {"end of Q3 2010/11 or so", "write 2010-12-31"},
        {"end of 2010", "the financial year or the calendar's?"},
        {"end of the year", "the financial year or the calendar's?"},
        {"end of", "write 2010-12-31"},
        {"end of time", "write 2010-12-31"},
        {"end of December 0000", "write 2010-12-31"},
        {"end of 9999/00", "write 2010-12-31"},
        {"December", "write 2010-12-31"},
        {"mid December 2010", "write 2010-12-31"},
        {"2010/11", "write 2010-12-31"},
        {"tomorrow", "write 2010-12-31"},
        {"today today", "write 2010-12-31"},
        {"12345-01-01", "write 2010-12-31"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char iso[DAY_SIZE] = "untouched";
        struct error err = {0};
        cr_assert_not(day_parse(cases[i].text, TODAY, iso, &err), "%s", cases[i].text);
        cr_assert_not_null(strstr(err.message, cases[i].said), "%s: %s", cases[i].text,
                           err.message);
        cr_assert_str_eq(iso, "untouched");
    }
}

Test(day, a_period_ends_and_starts_on_the_last_such_day_that_is_not_in_the_future) {
    static const struct {
        const char *today, *text, *iso;
    } cases[] = {
        {"2011-01-01", "end of Q3", "2010-12-31"},
        {"2010-12-31", "End of Q3", "2010-12-31"},
        {"2010-12-30", "end of Q3", "2009-12-31"},
        {"2011-03-31", "end of Q4", "2011-03-31"},
        {"2011-03-30", "end of Q4", "2010-03-31"},
        {"2011-01-01", "end of q1", "2010-06-30"},
        {"2011-01-01", "end of the second quarter", "2010-09-30"},
        {"2011-01-01", "end of quarter 2", "2010-09-30"},
        {"2011-01-01", "end of 1st quarter", "2010-06-30"},
        {"2011-01-01", "start of Q4", "2011-01-01"},
        {"2010-12-31", "beginning of Q4", "2010-01-01"},
        {"2011-01-01", "Q3 2010/11", "2010-12-31"},
        {"2011-01-01", "end of Q4 2010/11", "2011-03-31"},
        {"2011-01-01", "q1 2010-11", "2010-06-30"},
        {"2011-01-01", "end of quarter 4 2010/2011", "2011-03-31"},
        {"2011-01-01", "start of Q1 2010/11", "2010-04-01"},
        {"2011-01-01", "end of December", "2010-12-31"},
        {"2010-12-31", "end of Dec", "2010-12-31"},
        {"2010-12-30", "end of December", "2009-12-31"},
        {"2012-03-01", "end of February", "2012-02-29"},
        {"2011-01-01", "end of February 2011", "2011-02-28"},
        {"2011-01-01", "start of May 2010", "2010-05-01"},
        {"2011-01-15", "end of last month", "2010-12-31"},
        {"2011-01-15", "end of the month", "2011-01-31"},
        {"2010-12-31", "end of last quarter", "2010-09-30"},
        {"2011-01-01", "end of last quarter", "2010-12-31"},
        {"2011-01-01", "end of this quarter", "2011-03-31"},
        {"2011-01-01", "start of the quarter", "2011-01-01"},
        {"2011-01-01", "end of 2010/11", "2011-03-31"},
        {"2011-01-01", "start of 2010-2011", "2010-04-01"},
        {"2011-01-01", "end of 1999/00", "2000-03-31"},
        {"2011-01-01", "last Friday", "2010-12-31"},
        {"2010-12-31", "last friday", "2010-12-24"},
        {"2011-01-02", "last Fri", "2010-12-31"},
        {"2011-01-01", "last Sunday", "2010-12-26"},
        {"2012-03-01", "last Wed", "2012-02-29"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char iso[DAY_SIZE];
        struct error err = {0};
        cr_assert(day_parse(cases[i].text, cases[i].today, iso, &err), "%s: %s", cases[i].text,
                  err.message);
        cr_assert_str_eq(iso, cases[i].iso, "on %s %s is %s", cases[i].today, cases[i].text, iso);
    }
}

// Against the machine's own calendar, from 1970 on.
Test(day, days_of_the_week_are_those_of_the_calendar) {
    static const char *const names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
    for (time_t day = 0; day < 60 * 366; day++) {
        time_t seconds = day * 86400;
        struct tm civil;
        char text[40], iso[DAY_SIZE];
        struct error err = {0};
        cr_assert_not_null(gmtime_r(&seconds, &civil));
        snprintf(text, sizeof text, "%s %d/%d/%d", names[civil.tm_wday], civil.tm_mday,
                 civil.tm_mon + 1, civil.tm_year + 1900);
        cr_assert(day_parse(text, TODAY, iso, &err), "%s", err.message);
    }
}

Test(day, yesterday_crosses_months_and_leap_days) {
    char iso[DAY_SIZE];
    struct error err = {0};
    cr_assert(day_parse("yesterday", "2012-03-01", iso, &err));
    cr_assert_str_eq(iso, "2012-02-29");
    cr_assert(day_parse("yesterday", "2010-10-01", iso, &err));
    cr_assert_str_eq(iso, "2010-09-30");
}

Test(day, what_is_counted_from_today_is_told_apart) {
    static const char *const counted[] = {"today",     "yesterday",         "last Friday",
                                          "end of Q3", "end of last month", "end of December"};
    static const char *const fixed[] = {"2010-12-31", "31 Dec 2010",       "31/12/2010",
                                        "Q3 2010/11", "end of Q3 2010/11", "end of 2010/11",
                                        "1 Jan 1990", "end of June 2099"};
    static const char *const neither[] = {"", "someday", "Q3", "32 Dec 2010"};
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        cr_assert(day_depends_on_today(counted[i]), "%s", counted[i]);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        cr_assert_not(day_depends_on_today(fixed[i]), "%s", fixed[i]);
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++)
        cr_assert_not(day_depends_on_today(neither[i]), "%s", neither[i]);
}

Test(day, this_machine_knows_a_day) {
    char iso[DAY_SIZE], again[DAY_SIZE];
    struct error err = {0};
    day_today(iso);
    cr_assert(day_parse(iso, iso, again, &err));
    cr_assert_str_eq(iso, again);
}
