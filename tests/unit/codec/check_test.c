#include "server/codec/layout.h"

#include "tests/unit/codec/shapes.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;
static const struct plan *plan;

static void start(void) {
    arena_init(&arena, ARENA_LIMIT);
    plan = compile_all_request(&arena);
}

static void stop(void) {
    arena_finish(&arena);
}

TestSuite(check, .init = start, .fini = stop);

static bool check(const void *bytes, size_t len, struct error *err) {
    struct wire_measure measure;
    error_clear(err);
    return plan_measure_wire(plan, bytes, len, &measure, err);
}

static void accepts(const char *bytes, size_t len) {
    struct error err = {0};
    cr_expect(check(bytes, len, &err), "%s", err.message);
}

static void refuses(const char *bytes, size_t len, const char *expected) {
    struct error err = {0};
    cr_expect_not(check(bytes, len, &err), "%s", expected);
    cr_expect_str_eq(err.message, expected, "%s", err.message);
}

#define ACCEPTS(bytes) accepts(bytes, sizeof(bytes) - 1)
#define REFUSES(bytes, expected) refuses(bytes, sizeof(bytes) - 1, expected)

Test(check, accepts_a_full_message_and_refuses_it_cut_inside_a_field) {
    struct bytes full = pack_full(&arena);
    struct error err = {0};
    size_t n_whole = 0;
    for (size_t len = 0; len <= full.len; len++)
        n_whole += check(full.data, len, &err);
    cr_assert(check(full.data, full.len, &err), "%s", err.message);
    // A message is valid again wherever a field ends: 12 single fields, and every element.
    cr_assert_eq(n_whole, 1 + 12 + 35 + 2, "%zu", n_whole);
}

Test(check, survives_every_byte_being_something_else) {
    struct bytes full = pack_full(&arena);
    struct value values[ALL_FIELDS];
    struct error err = {0};
    for (size_t i = 0; i < full.len; i++) {
        uint8_t kept = full.data[i];
        for (unsigned change = 1; change < 256; change = change * 2 + 1) {
            full.data[i] = (uint8_t)(kept ^ change);
            struct arena scratch;
            arena_init(&scratch, ARENA_LIMIT);
            bool is_checked = check(full.data, full.len, &err);
            bool is_encoded = plan_encode(plan, full.data, full.len, &scratch, values, &err);
            cr_assert(is_checked || !is_encoded);
            cr_assert(is_encoded || err.is_set);
            arena_finish(&scratch);
        }
        full.data[i] = kept;
    }
}

Test(check, names_the_text_that_is_not_utf_8) {
    REFUSES("\x2a\x02\xc3\x28", "words is not valid UTF-8");
    REFUSES("\x2a\x03\xed\xa0\x80", "words is not valid UTF-8");
    REFUSES("\x2a\x02\xc0\x80", "words is not valid UTF-8");
    REFUSES("\x2a\x0a"
            "123456789\xff",
            "words is not valid UTF-8");
    ACCEPTS("\x2a\x0b"
            "12345678\xe2\x82\xac");
    ACCEPTS("\x42\x02\xc3\x28");
}

Test(check, names_the_text_that_holds_a_nul) {
    REFUSES("\x2a\x03"
            "a\0b",
            "words holds a NUL character");
    REFUSES("\x2a\x11"
            "1234567890123456\0",
            "words holds a NUL character");
    ACCEPTS("\x42\x01\x00");
}

// Texts are looked through by words, of which the last may overlap the one before.
Test(check, finds_one_bad_byte_wherever_it_is) {
    enum { LEN_MAX = 40 };
    for (size_t len = 1; len <= LEN_MAX; len++) {
        char bytes[2 + LEN_MAX] = {0x2a, (char)len};
        memset(bytes + 2, 'a', len);
        accepts(bytes, 2 + len);
        for (size_t at = 2; at < 2 + len; at++) {
            bytes[at] = '\xff';
            refuses(bytes, 2 + len, "words is not valid UTF-8");
            bytes[at] = '\0';
            refuses(bytes, 2 + len, "words holds a NUL character");
            bytes[at] = 'a';
        }
    }
}

Test(check, names_the_place_of_an_element) {
    REFUSES("\xca\x01\x01"
            "a"
            "\xca\x01\x01\xff",
            "texts[1] is not valid UTF-8");
    // outers[1].inners[0].name
    REFUSES("\x82\x02\x00\x82\x02\x05\x12\x03\x0a\x01\xff",
            "outers[1].inners[0].name is not valid UTF-8");
}

Test(check, refuses_numbers_out_of_range) {
    REFUSES("\x10\xff\xff\xff\xff\x0f", "small: 4294967295 is too large for a 32-bit number");
    ACCEPTS("\x10\xff\xff\xff\xff\x07");
    ACCEPTS("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    REFUSES("\xe2\x12\x06\x01\xff\xff\xff\xff\x0f",
            "packed_smalls[1]: 4294967295 is too large for a 32-bit number");
}

Test(check, knows_every_value_of_an_enum) {
    ACCEPTS("\x48\x00");
    ACCEPTS("\x48\x07");
    REFUSES("\x48\x03", "colour: 3 is not a value it can have");
    REFUSES("\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            "colour: -1 is not a value it can have");
    REFUSES("\xe8\x01\x01\xe8\x01\x00", "colours[1]: 0 is not a value it can have");
    REFUSES("\x5a\x02\x20\x03", "inner.colour: 3 is not a value it can have");
}

Test(check, refuses_other_wire_types_than_the_contract_s) {
    REFUSES("\x28\x01", "words was sent as another type than the contract's");
    REFUSES("\x12\x01\x01", "small was sent as another type than the contract's");
    REFUSES("\x20\x01", "real was sent as another type than the contract's");
    REFUSES("\xb5\x01\x01\x02\x03\x04", "smalls[0] was sent as another type than the contract's");
    REFUSES("\x52\x02\x0a\x00", "moment was sent as another type than the contract's");
    REFUSES("\x52\x02\x12\x00", "moment was sent as another type than the contract's");
    ACCEPTS("\x52\x02\x1a\x00");
    REFUSES("\x52\x01\x08", "moment is cut short");
}

Test(check, repeated_numbers_may_be_packed_or_not) {
    ACCEPTS("\xb0\x01\x05");
    ACCEPTS("\xb2\x01\x02\x05\x06");
    ACCEPTS("\xb2\x01\x00");
    ACCEPTS("\xe0\x12\x05");
    REFUSES("\xb2\x01\x01\x80", "smalls[0] is cut short");
    REFUSES("\xc2\x01\x09"
            "12345678"
            "9",
            "reals[1] is cut short");
}

Test(check, passes_over_unknown_fields_but_not_past_the_end) {
    ACCEPTS("\x98\x06\x01\x9a\x06\x02\xff\xff\x9d\x06"
            "1234"
            "\x99\x06"
            "12345678");
    REFUSES("\x9a\x06\x05\xff", "the message is cut short");
    REFUSES("\x9b\x06\x9c\x06", "the message holds a field of a wire type that is not supported");
}

Test(check, bounds_the_number_of_elements) {
    size_t len = 3 * (size_t)(PLAN_ELEMENTS_MAX + 1);
    uint8_t *bytes = arena_alloc(&arena, len);
    for (size_t i = 0; i < len; i += 3)
        memcpy(bytes + i, "\xfa\x01\x00", 3);
    accepts((char *)bytes, len - 3);
    refuses((char *)bytes, len,
            "inners[16384] is one too many: a request holds at most 16384 elements");
    uint8_t *packed = arena_calloc(&arena, PLAN_ELEMENTS_MAX + 10, 1);
    memcpy(packed, "\xb2\x01\x81\x80\x01", 5);
    refuses((char *)packed, PLAN_ELEMENTS_MAX + 1 + 5,
            "smalls[16384] is one too many: a request holds at most 16384 elements");
}

Test(check, a_message_that_occurs_once_is_an_element_too) {
    const size_t n = PLAN_ELEMENTS_MAX / 2;
    const char text[] = "\xca\x01\x00", outer[] = "\x82\x02\x02\x1a\x00";
    struct buf bytes = {0};
    cr_assert(buf_append(&bytes, text, 3));
    for (size_t i = 0; i < n; i++)
        cr_assert(buf_append(&bytes, outer, 5));
    accepts((const char *)buf_bytes(&bytes), buf_len(&bytes) - 2 - 3);
    refuses((const char *)buf_bytes(&bytes), buf_len(&bytes),
            "outers[8191].first is one too many: a request holds at most 16384 elements");
    buf_finish(&bytes);
}
