#include "server/codec/wire.h"

#include <criterion/criterion.h>
#include <string.h>

static enum wire_step read_one(const char *bytes, size_t len, struct wire_field *field) {
    struct wire wire = wire_of((const uint8_t *)bytes, len);
    return wire_next(&wire, field);
}

#define READ(bytes, field) read_one(bytes, sizeof(bytes) - 1, field)

Test(wire, reads_every_wire_type) {
    struct wire_field field;
    cr_assert_eq(READ("\x08\x96\x01", &field), WIRE_FIELD);
    cr_assert_eq(field.tag, 1);
    cr_assert_eq(field.number, 150);
    cr_assert_eq(READ("\x11\1\2\3\4\5\6\7\x08", &field), WIRE_FIELD);
    cr_assert_eq(field.number, UINT64_C(0x0807060504030201));
    cr_assert_eq(READ("\x1d\1\2\3\4", &field), WIRE_FIELD);
    cr_assert_eq(field.number, 0x04030201);
    cr_assert_eq(READ("\x22\3abc", &field), WIRE_FIELD);
    cr_assert_eq(field.len, 3);
    cr_assert_eq(memcmp(field.bytes, "abc", 3), 0);
}

Test(wire, ends_at_the_end) {
    struct wire_field field;
    cr_assert_eq(READ("", &field), WIRE_END);
    cr_assert_eq(read_one(NULL, 0, &field), WIRE_END);
}

Test(wire, refuses_what_is_cut_short_at_every_position) {
    static const char *const FIELDS[] = {"\x08\x96\x01", "\x11\1\2\3\4\5\6\7\x08", "\x1d\1\2\3\4",
                                         "\x22\3abc"};
    struct wire_field field;
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        for (size_t len = 1; len < strlen(FIELDS[i]); len++)
            cr_expect_eq(read_one(FIELDS[i], len, &field), WIRE_BROKEN, "%zu at %zu", i, len);
}

Test(wire, refuses_numbers_of_more_than_64_bits) {
    struct wire_field field;
    cr_assert_eq(READ("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", &field), WIRE_FIELD);
    cr_assert_eq(field.number, UINT64_MAX);
    cr_assert_eq(READ("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", &field), WIRE_BROKEN);
    cr_assert_eq(READ("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", &field), WIRE_BROKEN);
}

Test(wire, refuses_groups_and_field_numbers_that_do_not_exist) {
    struct wire_field field;
    cr_assert_eq(READ("\x0b\x0c", &field), WIRE_BROKEN);
    cr_assert_eq(READ("\x0e\x00", &field), WIRE_BROKEN);
    cr_assert_eq(READ("\x0f\x00", &field), WIRE_BROKEN);
    cr_assert_eq(READ("\x00\x00", &field), WIRE_BROKEN);
    cr_assert_eq(READ("\xf8\xff\xff\xff\x7f\x00", &field), WIRE_BROKEN);
}

Test(wire, refuses_keys_of_more_than_five_bytes) {
    struct wire_field field;
    cr_assert_eq(READ("\x88\x80\x80\x80\x00\x01", &field), WIRE_FIELD);
    cr_assert_eq(field.tag, 1);
    cr_assert_eq(READ("\x88\x80\x80\x80\x80\x00\x01", &field), WIRE_BROKEN);
}

Test(wire, refuses_lengths_beyond_the_end) {
    struct wire_field field;
    cr_assert_eq(READ("\x22\x04"
                      "abc",
                      &field),
                 WIRE_BROKEN);
    cr_assert_eq(READ("\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                      "abc",
                      &field),
                 WIRE_BROKEN);
}

Test(wire, writes_what_it_reads) {
    static const uint64_t NUMBERS[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        uint8_t bytes[WIRE_NUMBER_MAX + 1] = {0x08};
        size_t len = wire_put_number(bytes + 1, NUMBERS[i]);
        cr_expect_eq(len, wire_number_size(NUMBERS[i]));
        struct wire_field field;
        cr_expect_eq(read_one((char *)bytes, len + 1, &field), WIRE_FIELD);
        cr_expect_eq(field.number, NUMBERS[i]);
    }
}
