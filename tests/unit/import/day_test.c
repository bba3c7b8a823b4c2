#include "client/import/day.h"

#include <criterion/criterion.h>
#include <string.h>
#include "server/base/error.h"

static const char TODAY[] = "2011-01-01";

Test(day, what_people_type_is_understood) {
    static const struct {
        const char *text, *iso;
    } cases[] = {
        {"2010-12-31", "2010-12-31"},       {"31 Dec 2010", "2010-12-31"},
        {"31 december 2010", "2010-12-31"}, {"31st December 2010", "2010-12-31"},
        {"1 Sept 2010", "2010-09-01"},      {"31/12/2010", "2010-12-31"},
        {"3/4/2010", "2010-04-03"},         {"31.12.2010", "2010-12-31"},
        {"31-12-2010", "2010-12-31"},       {"December 31, 2010", "2010-12-31"},
        {"2010 Dec 31", "2010-12-31"},      {"  31  Dec  2010 ", "2010-12-31"},
        {"29 Feb 2012", "2012-02-29"},      {"today", "2011-01-01"},
        {"Yesterday", "2010-12-31"},        {"9999-12-31", "9999-12-31"},
        {"2nd May 2010", "2010-05-02"},     {"31-Dec-2010", "2010-12-31"},
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
        {"2010-13-01", "day 1 of month 13"},
        {"0 May 2010", "May 2010 has 31 days"},
        {"0000-01-01", "there is no year 0"},
        {"soon", "write 2010-12-31"},
        {"", "write 2010-12-31"},
        {"2010", "write 2010-12-31"},
        {"31 Dec 2010 10:00", "write 2010-12-31"},
        {"end of Q3", "write 2010-12-31"},
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

Test(day, yesterday_crosses_months_and_leap_days) {
    char iso[DAY_SIZE];
    struct error err = {0};
    cr_assert(day_parse("yesterday", "2012-03-01", iso, &err));
    cr_assert_str_eq(iso, "2012-02-29");
    cr_assert(day_parse("yesterday", "2010-10-01", iso, &err));
    cr_assert_str_eq(iso, "2010-09-30");
}

Test(day, this_machine_knows_a_day) {
    char iso[DAY_SIZE], again[DAY_SIZE];
    struct error err = {0};
    day_today(iso);
    cr_assert(day_parse(iso, iso, again, &err));
    cr_assert_str_eq(iso, again);
}
