#include "server/codec/calendar.h"

#include <criterion/criterion.h>
#include <string.h>

static bool parse(const char *text, int32_t *day) {
    return day_parse((const uint8_t *)text, strlen(text), day);
}

Test(calendar, knows_days_by_their_number) {
    static const struct {
        const char *text;
        int32_t day;
    } DAYS[] = {{"2000-01-01", 0},      {"1970-01-01", -10957},  {"2000-02-29", 59},
                {"2010-12-31", 4017},   {"0001-01-01", -730119}, {"9999-12-31", 2921939},
                {"1900-03-01", -36465}, {"2000-12-31", 365}};
    for (size_t i = 0; i < sizeof DAYS / sizeof *DAYS; i++) {
        int32_t day = 0;
        cr_expect(parse(DAYS[i].text, &day), "%s", DAYS[i].text);
        cr_expect_eq(day, DAYS[i].day, "%s is %d", DAYS[i].text, day);
    }
}

Test(calendar, every_day_is_written_as_it_is_read) {
    char text[DAY_TEXT_LEN + 1] = "";
    char last[DAY_TEXT_LEN + 1] = "";
    for (int32_t day = -730119; day <= 2921939; day++) {
        int32_t again;
        cr_assert(day_format(day, (uint8_t *)text));
        cr_assert(parse(text, &again) && again == day, "%s", text);
        cr_assert_lt(strcmp(last, text), 0);
        memcpy(last, text, sizeof text);
    }
    cr_assert_not(day_format(-730120, (uint8_t *)text));
    cr_assert_not(day_format(2921940, (uint8_t *)text));
    cr_assert_not(day_format(INT32_MAX, (uint8_t *)text));
    cr_assert_not(day_format(INT32_MIN, (uint8_t *)text));
}

Test(calendar, refuses_what_is_not_a_day) {
    static const char *const TEXTS[] = {
        "",           "2010-13-01", "2010-00-10",  "2010-02-29", "1900-02-29", "2010-04-31",
        "2010-12-00", "2010-12-32", "0000-01-01",  "2010-1-1",   "10-12-2010", "2010/12/31",
        "2010-12-3x", "-010-12-31", "2010-12-311", " 010-12-31", "infinity  ", "2010-12-31T00"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        int32_t day;
        cr_expect_not(parse(TEXTS[i], &day), "%s", TEXTS[i]);
    }
}

Test(calendar, moments_go_both_ways) {
    static const int64_t SECONDS[] = {0, -1, 946684800, 946684799, -62135596800, 253402300799};
    for (size_t i = 0; i < sizeof SECONDS / sizeof *SECONDS; i++) {
        int64_t moment, seconds;
        int32_t nanos;
        cr_assert(moment_from_timestamp(SECONDS[i], 999999000, &moment));
        cr_assert(moment_to_timestamp(moment, &seconds, &nanos));
        cr_expect_eq(seconds, SECONDS[i]);
        cr_expect_eq(nanos, 999999000);
    }
    int64_t moment;
    cr_assert(moment_from_timestamp(946684800, 1999, &moment));
    cr_assert_eq(moment, 1);
}

Test(calendar, refuses_moments_outside_its_years) {
    int64_t moment, seconds;
    int32_t nanos;
    cr_expect_not(moment_from_timestamp(-62135596801, 0, &moment));
    cr_expect_not(moment_from_timestamp(253402300800, 0, &moment));
    cr_expect_not(moment_from_timestamp(INT64_MAX, 0, &moment));
    cr_expect_not(moment_from_timestamp(0, -1, &moment));
    cr_expect_not(moment_from_timestamp(0, 1000000000, &moment));
    cr_expect_not(moment_to_timestamp(INT64_MAX, &seconds, &nanos));
    cr_expect_not(moment_to_timestamp(INT64_MIN, &seconds, &nanos));
}

Test(calendar, uuids_are_strict_and_written_in_lower_case) {
    const char *upper = "123E4567-E89B-12D3-A456-42661417400F";
    uint8_t uuid[UUID_SIZE];
    char text[UUID_TEXT_LEN + 1] = "";
    cr_assert(uuid_parse((const uint8_t *)upper, UUID_TEXT_LEN, uuid));
    uuid_format(uuid, (uint8_t *)text);
    cr_assert_str_eq(text, "123e4567-e89b-12d3-a456-42661417400f");
    static const char *const TEXTS[] = {"",
                                        "123e4567e89b12d3a456426614174000",
                                        "{23e4567-e89b-12d3-a456-42661417400}",
                                        "123e4567-e89b-12d3-a456-42661417400",
                                        "123e4567-e89b-12d3-a456-4266141740000",
                                        "123e4567-e89b-12d3-a456-42661417400g",
                                        "123e4567-e89b-12d3-a4564-2661417400f",
                                        "123e4567 e89b-12d3-a456-426614174000"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        cr_expect_not(uuid_parse((const uint8_t *)TEXTS[i], strlen(TEXTS[i]), uuid), "%s",
                      TEXTS[i]);
}
