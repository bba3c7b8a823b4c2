#include "client/render/text.h"

#include "tests/unit/client/expect.h"

Test(text, a_character_is_decoded_with_its_length) {
    static const struct {
        const char *text;
        uint32_t character;
        size_t len;
    } rows[] = {{"a", 'a', 1},
                {"\xc3\xa9", 0xE9, 2},
                {"\xe2\x80\x93", 0x2013, 3},
                {"\xf0\x9f\x8f\xa0", 0x1F3E0, 4},
                {"\xff", TEXT_REPLACEMENT, 1},
                {"\xc3", TEXT_REPLACEMENT, 1},
                {"\xed\xa0\x80", TEXT_REPLACEMENT, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t character;
        cr_assert_eq(text_decode(rows[i].text, strlen(rows[i].text), &character), rows[i].len);
        cr_assert_eq(character, rows[i].character, "row %zu", i);
    }
}

Test(text, every_character_survives_encoding_and_decoding) {
    for (uint32_t character = 1; character <= 0x10FFFF; character++) {
        struct buf bytes = {0};
        uint32_t decoded;
        if (character >= 0xD800 && character <= 0xDFFF)
            continue;
        cr_assert(text_append(&bytes, character));
        cr_assert_eq(text_decode((const char *)buf_bytes(&bytes), buf_len(&bytes), &decoded),
                     buf_len(&bytes));
        cr_assert_eq(decoded, character);
        buf_finish(&bytes);
    }
}

Test(text, widths_are_those_of_a_terminal) {
    cr_assert_eq(text_width("abc", 3), 3);
    cr_assert_eq(text_width("caf\xc3\xa9", 5), 4);
    cr_assert_eq(text_width("e\xcc\x81", 3), 1, "a combining accent takes no column");
    cr_assert_eq(text_width("\xe6\x97\xa5\xe6\x9c\xac", 6), 4, "wide characters take two");
}

Test(text, nothing_unsafe_is_left) {
    struct buf out = {0};
    static const char text[] = "a\x1b[31mred\x07\x7f\xc2\x9b"
                               "0m\xff\xe2\x80\xae"
                               "x\ty";
    cr_assert(text_append_safe(&out, text, sizeof text - 1, false));
    expect_text(&out, "a\xef\xbf\xbd[31mred\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                      "0m\xef\xbf\xbd\xef\xbf\xbdx y");
}

Test(text, line_feeds_stay_only_where_they_are_wanted) {
    struct buf out = {0};
    cr_assert(text_append_safe(&out, "a\r\nb\nc\rd", 8, true));
    expect_text(&out, "a\nb\nc d");
    cr_assert(text_append_safe(&out, "a\r\nb\nc", 6, false));
    expect_text(&out, "a b c");
}
