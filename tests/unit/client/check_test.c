#include "client/cli/check.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

Test(check, a_day_is_kept_in_iso_form) {
    char *day = check_copy_day("31 Dec 2010", "2011-01-10");
    cr_assert_str_eq(day, "2010-12-31");
    free(day);
    day = check_copy_day("yesterday", "2011-01-01");
    cr_assert_str_eq(day, "2010-12-31");
    free(day);
    cr_assert_null(check_copy_day("2010-12-32", "2011-01-10"));
}

Test(check, a_number_is_whole_and_fits) {
    static const char *const others[] = {"", " 1", "1 ", "1.5", "x", "1x", "9223372036854775808"};
    int64_t number;
    cr_assert(check_is_number("9223372036854775807", &number));
    cr_assert_eq(number, INT64_MAX);
    cr_assert(check_is_number("-7", &number));
    cr_assert_eq(number, -7);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_not(check_is_number(others[i], &number), "%s", others[i]);
}

Test(check, a_day_or_a_record_is_either) {
    struct error err = {0};
    cr_assert(check_text("--meeting", OPTION_DAY_OR_RECORD, NULL, "140", &err));
    cr_assert_not(check_is_day(OPTION_DAY_OR_RECORD, "140"));
    cr_assert(check_text("--meeting", OPTION_DAY_OR_RECORD, NULL, "15 Sep 2010", &err));
    cr_assert(check_is_day(OPTION_DAY_OR_RECORD, "15 Sep 2010"));
    cr_assert_not(check_text("--meeting", OPTION_DAY_OR_RECORD, NULL, "someday", &err));
    cr_assert_not_null(strstr(err.message, "--meeting: \"someday\""), "%s", err.message);
    cr_assert(check_is_day(OPTION_DAY, "140"));
    cr_assert_not(check_is_day(OPTION_NUMBER, "2010-09-15"));
}
