#include "client/import/text_check.h"

#include <criterion/criterion.h>
#include <string.h>

static size_t good_bytes(const char *bytes, size_t len) {
    struct text_check check = {0};
    return text_check_feed(&check, bytes, len);
}

Test(text_check, valid_characters_of_every_length_are_fine) {
    const char *text = "a\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEF\xBF\xBF\xF0\x90\x80\x80"
                       "\xF4\x8F\xBF\xBF";
    cr_assert_eq(good_bytes(text, strlen(text)), strlen(text));
}

Test(text_check, the_first_bad_byte_is_found) {
    static const struct {
        const char *bytes;
        size_t len, good;
    } cases[] = {
        {"ab\0c", 4, 2},
        {"a\x80", 2, 1},
        {"a\xC0\x80", 3, 1},
        {"a\xC1\xBF", 3, 1},
        {"a\xE0\x9F\x80", 4, 2},
        {"a\xED\xA0\x80", 4, 2},
        {"a\xF0\x8F\x80\x80", 5, 2},
        {"a\xF4\x90\x80\x80", 5, 2},
        {"a\xF5\x80", 3, 1},
        {"a\xFF", 2, 1},
        {"a\xC3(", 3, 2},
        {"a\xE2\x82(", 4, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(good_bytes(cases[i].bytes, cases[i].len), cases[i].good, "case %zu", i);
}

Test(text_check, a_character_may_be_split_at_every_position) {
    const char *text = "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    size_t len = strlen(text);
    for (size_t at = 0; at <= len; at++) {
        struct text_check check = {0};
        cr_assert_eq(text_check_feed(&check, text, at), at);
        cr_assert_eq(text_check_feed(&check, text + at, len - at), len - at);
        cr_assert(text_check_is_whole(&check));
    }
}

Test(text_check, a_text_cut_in_a_character_is_not_whole) {
    struct text_check check = {0};
    cr_assert_eq(text_check_feed(&check, "a\xE2\x82", 3), 3);
    cr_assert_not(text_check_is_whole(&check));
}
