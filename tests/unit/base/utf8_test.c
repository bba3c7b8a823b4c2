#include "server/base/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

// Bytes of the character by arithmetic on its number, 0 when RFC 3629 has no such form: a second
// way to the answer, independent of the table of first bytes.
static size_t expected_len(const unsigned char *bytes, size_t len) {
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (len == 0)
        return 0;
    size_t n = bytes[0] < 0x80   ? 1
               : bytes[0] < 0xc0 ? 0
               : bytes[0] < 0xe0 ? 2
               : bytes[0] < 0xf0 ? 3
               : bytes[0] < 0xf8 ? 4
                                 : 0;
    if (n == 0 || n > len)
        return 0;
    unsigned long number = n == 1 ? bytes[0] : bytes[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (bytes[i] >> 6 != 2)
            return 0;
        number = number << 6 | (bytes[i] & 0x3f);
    }
    bool is_surrogate = number >= 0xd800 && number <= 0xdfff;
    return number < least[n] || number > 0x10ffff || is_surrogate ? 0 : n;
}

Test(utf8, every_first_second_and_third_byte_is_judged_as_the_rfc_says) {
    unsigned char bytes[4];
    for (unsigned i = 0; i < 1u << 24; i += i % 256 == 0x40 ? 0x40 : i % 256 < 0x7f ? 0x3f : 1) {
        bytes[0] = (unsigned char)(i >> 16);
        bytes[1] = (unsigned char)(i >> 8);
        bytes[2] = (unsigned char)i;
        bytes[3] = 0x80;
        for (size_t len = 0; len <= 4; len++)
            if (utf8_char_len((char *)bytes, len) != expected_len(bytes, len))
                cr_assert_fail("%02x %02x %02x 80, %zu bytes", bytes[0], bytes[1], bytes[2], len);
    }
}

Test(utf8, a_text_is_valid_when_every_character_is) {
    cr_assert(utf8_is_valid("", 0));
    cr_assert(utf8_is_valid("a\0b", 3));
    cr_assert(utf8_is_valid("\xf0\x9f\x8f\xa0 home", 9));
    cr_assert_not(utf8_is_valid("home \xf0\x9f\x8f", 8));
    cr_assert_not(utf8_is_valid("\xc0\xaf", 2));
}

Test(utf8, a_cut_never_splits_a_character) {
    const char text[] = "a\xc3\xa9"
                        "b\xe2\x82\xac"
                        "c\xf0\x9f\x8f\xa0"
                        "d";
    for (size_t len = 0; len < sizeof text; len++) {
        size_t cut = utf8_cut(text, len);
        cr_assert(utf8_is_valid(text, cut));
        cr_assert_leq(cut, len);
        cr_assert_lt(len - cut, 4);
    }
    cr_assert_eq(utf8_cut("\x80\x80\x80\x80\x80", 5), 5);
}
