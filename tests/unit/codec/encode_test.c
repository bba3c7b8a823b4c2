#include "server/codec/binary.h"
#include "server/codec/plan.h"

#include "tests/unit/codec/shapes.h"
#include "tests/unit/failing/failing.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;
static const struct plan *plan;
static struct value values[ALL_FIELDS];
static struct error err;

enum { SMALL = 1, WORDS = 4, ID = 5, DAY = 6, COLOUR = 8, MOMENT = 9, INNER = 10, SMALLS = 13 };

static void start(void) {
    arena_init(&arena, ARENA_LIMIT);
    plan = compile_all_request(&arena);
    error_clear(&err);
}

static void stop(void) {
    arena_finish(&arena);
}

TestSuite(encode, .init = start, .fini = stop);

static bool encode(const char *bytes, size_t len) {
    error_clear(&err);
    return plan_encode(plan, (const uint8_t *)bytes, len, &arena, values, &err);
}

#define ENCODE(bytes) encode(bytes, sizeof(bytes) - 1)

static void is_value(size_t index, const char *bytes, int32_t len) {
    cr_assert_eq(values[index].len, len, "%d bytes", values[index].len);
    cr_assert_eq(memcmp(values[index].bytes, bytes, (size_t)len), 0);
}

Test(encode, absent_fields_are_null_and_absent_repeated_fields_empty_arrays) {
    cr_assert(ENCODE(""));
    for (size_t i = 0; i < 12; i++)
        cr_expect_eq(values[i].len, -1, "%s", ALL[i].name);
    for (size_t i = 12; i < ALL_FIELDS; i++) {
        cr_expect_eq(values[i].len, 12, "%s", ALL[i].name);
        cr_expect_eq(binary_u32(values[i].bytes), 0);
        cr_expect_eq(binary_u32(values[i].bytes + 8), ALL[i].shape->element->oid);
    }
}

Test(encode, writes_scalars_as_postgresql_reads_them) {
    cr_assert(ENCODE("\x10\x2a\x2a\x03"
                     "abc"
                     "\x3a\x0a"
                     "2010-12-31"
                     "\x48\x02"));
    is_value(SMALL, "\0\0\0\x2a", 4);
    is_value(WORDS, "abc", 3);
    is_value(DAY, "\0\0\x0f\xb1", 4);
    is_value(COLOUR, "dark_blue", 9);
}

Test(encode, nothing_points_into_the_bytes_of_the_request) {
    char bytes[] = "\x2a\x03"
                   "abc";
    cr_assert(encode(bytes, 5));
    memset(bytes, 'x', sizeof bytes);
    is_value(WORDS, "abc", 3);
}

Test(encode, an_empty_text_is_not_null) {
    cr_assert(ENCODE("\x2a\x00"));
    cr_assert_eq(values[WORDS].len, 0);
    cr_assert_not_null(values[WORDS].bytes);
}

Test(encode, an_unspecified_enum_is_null) {
    cr_assert(ENCODE("\x48\x00"));
    cr_assert_eq(values[COLOUR].len, -1);
}

Test(encode, the_last_of_several_occurrences_counts) {
    cr_assert(ENCODE("\x10\x01\x2a\x01"
                     "a"
                     "\x10\x02\x2a\x01"
                     "b"));
    is_value(SMALL, "\0\0\0\2", 4);
    is_value(WORDS, "b", 1);
}

Test(encode, occurrences_of_a_message_are_merged) {
    // inner {name: "a"}, small: 1, inner {count: 5}, inner {name: "b"}
    cr_assert(ENCODE("\x5a\x03\x0a\x01"
                     "a"
                     "\x10\x01\x5a\x02\x10\x05\x5a\x03\x0a\x01"
                     "b"));
    struct value columns[5];
    cr_assert(reader_take_composite(reader_of(&values[INNER]), &SHAPE_OF_INNER, columns));
    cr_assert_eq(binary_u32(columns[0].bytes), 5);
    cr_assert_eq(columns[1].len, 1);
    cr_assert_eq(columns[1].bytes[0], 'b');
    // moment {seconds: 1}, moment {nanos: 1000}
    cr_assert(ENCODE("\x52\x02\x08\x01\x52\x03\x10\xe8\x07"));
    cr_assert_eq(values[MOMENT].len, 8);
    cr_assert_eq((int64_t)binary_u64(values[MOMENT].bytes), -946684799 * INT64_C(1000000) + 1);
}

Test(encode, packed_and_unpacked_elements_are_one_array) {
    cr_assert(ENCODE("\xb0\x01\x01\xb2\x01\x02\x02\x03\x10\x07\xb2\x01\x00\xb0\x01\x04"));
    struct reader reader = reader_of(&values[SMALLS]);
    uint32_t n;
    cr_assert(reader_take_array_head(&reader, 23, &n));
    cr_assert_eq(n, 4);
    for (uint32_t i = 1; i <= 4; i++) {
        struct value element;
        cr_assert(reader_take_value(&reader, &element));
        cr_assert_eq(binary_u32(element.bytes), i);
    }
    cr_assert(reader.at == reader.end);
}

Test(encode, a_packed_field_without_elements_is_an_empty_array) {
    cr_assert(ENCODE("\xb2\x01\x00"));
    cr_assert_eq(values[SMALLS].len, 12);
    cr_assert_eq(binary_u32(values[SMALLS].bytes), 0);
}

Test(encode, says_which_field_is_wrong_and_how_to_write_it) {
    cr_assert_not(ENCODE("\x3a\x0a"
                         "2010-13-01"));
    cr_expect_str_eq(err.message, "day: \"2010-13-01\" is not a day; write it as 2010-12-31");
    cr_assert_not(ENCODE("\x32\x03"
                         "a\tb"));
    cr_expect_str_eq(err.message, "id: \"a?b\" is not a UUID; write it as "
                                  "123e4567-e89b-12d3-a456-426614174000");
    cr_assert_not(ENCODE("\xda\x01\x0a"
                         "2010-12-31"
                         "\xda\x01\x04"
                         "soon"));
    cr_expect_str_eq(err.message, "days[1]: \"soon\" is not a day; write it as 2010-12-31");
    cr_assert_not(ENCODE("\x32\x03"
                         "a\x7f"
                         "b"));
    cr_expect_str_eq(err.message, "id: \"a?b\" is not a UUID; write it as "
                                  "123e4567-e89b-12d3-a456-426614174000");
    cr_assert_not(ENCODE("\x52\x08\x08\xff\xff\xff\xff\xff\x7f\x10"));
    cr_assert_not(ENCODE("\x52\x06\x10\x80\x80\x80\x80\x08"));
    cr_expect_str_eq(err.message, "moment: 0 seconds and 2147483648 nanoseconds are not a moment "
                                  "of the years 0001 to 9999");
    cr_assert_not(ENCODE("\x5a\x06\x2a\x04\x10\x80\x94\x01"
                         "\x5a\x0d\x2a\x0b\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    cr_expect_str_eq(err.message, "inner.at: 0 seconds and -1 nanoseconds are not a moment of the "
                                  "years 0001 to 9999");
}

Test(encode, quotes_only_the_beginning_of_a_long_text) {
    char bytes[102] = "\x3a\x64";
    for (size_t i = 0; i < 100; i += 2)
        memcpy(bytes + 2 + i, "\xc3\xa9", 2);
    cr_assert_not(encode(bytes, 102));
    cr_assert_eq(strncmp(err.message, "day: \"\xc3\xa9", 8), 0);
    cr_assert_not_null(strstr(err.message, "\xc3\xa9...\" is not a day"), "%s", err.message);
}

static const struct shape_field CALL_FIELDS[] = {{"ordinal", &SHAPE_OF_INT},
                                                 {"token_hash", &SHAPE_OF_TEXT},
                                                 {"note", &SHAPE_OF_TEXT},
                                                 {"as_at", &SHAPE_OF_DATE}};
static const struct shape CALL = {
    .kind = SHAPE_COMPOSITE, .name = "matrix_v1.call", .n_fields = 4, .fields = CALL_FIELDS};

// A call that came fifth, without a token.
static bool encode_call(const char *bytes, size_t len, struct buf *out) {
    const struct value leading[] = {{.bytes = (const uint8_t *)"\0\0\0\5", .len = 4}, {.len = -1}};
    const struct plan *call =
        plan_compile_request(&arena, &matrix__v1__note__descriptor, CALL_FIELDS + 2, 2, &err);
    cr_assert_not_null(call, "%s", err.message);
    failing_go_on();
    bool is_encoded = plan_encode_element(call, &CALL, leading, 2, (const uint8_t *)bytes, len,
                                          &arena, out, &err);
    failing_pause();
    return is_encoded;
}

Test(encode, a_grouped_call_is_a_composite_with_leading_values) {
    struct buf out = {0};
    cr_assert(encode_call("\x0a\x01n", 3, &out), "%s", err.message);
    const struct value element = {.bytes = buf_bytes(&out), .len = (int32_t)buf_len(&out)};
    struct value columns[4];
    cr_assert(reader_take_composite(reader_of(&element), &CALL, columns));
    cr_assert_eq(binary_u32(columns[0].bytes), 5);
    cr_assert_eq(columns[1].len, -1);
    cr_assert_eq(columns[2].len, 1);
    cr_assert_eq(columns[3].len, -1);
    buf_finish(&out);
}

Test(encode, a_grouped_call_that_is_wrong_adds_nothing) {
    struct buf out = {0};
    cr_assert_not(encode_call("\x0a\x01\xff", 3, &out));
    cr_assert_str_eq(err.message, "note is not valid UTF-8");
    error_clear(&err);
    cr_assert_not(encode_call("\x12\x04soon", 6, &out));
    cr_assert_str_eq(err.message, "as_at: \"soon\" is not a day; write it as 2010-12-31");
    cr_assert_eq(buf_len(&out), 0);
    buf_finish(&out);
}

static void encode_call_or_not(void *ctx) {
    (void)ctx;
    struct buf out = {0};
    arena_finish(&arena);
    error_clear(&err);
    cr_assert_eq(encode_call("\x0a\x01n", 3, &out), !failing_has_failed());
    if (failing_has_failed())
        cr_assert_str_eq(err.message, "the request needs more memory than one call may have");
    cr_assert_eq(buf_len(&out) > 0, !failing_has_failed());
    buf_finish(&out);
}

Test(encode, a_grouped_call_without_memory_adds_nothing) {
    failing_pause();
    cr_assert_eq(failing_each(encode_call_or_not, NULL), 1);
}

Test(encode, every_failed_allocation_is_an_error) {
    // An inner message twice, so that its occurrences have to be joined.
    const char bytes[] = "\x5a\x03\x0a\x01"
                         "a"
                         "\x5a\x02\x10\x05";
    size_t n = 1;
    for (;; n++) {
        arena.fail_after = n;
        if (ENCODE(bytes))
            break;
        cr_assert_str_eq(err.message, "the request needs more memory than one call may have");
    }
    cr_assert_eq(n, 3);
}

Test(encode, a_small_arena_refuses_a_large_request) {
    struct bytes full = pack_sample(&arena, 4);
    struct arena tight;
    arena_init(&tight, 8192);
    cr_assert_not(plan_encode(plan, full.data, full.len, &tight, values, &err));
    cr_assert_str_eq(err.message, "the request needs more memory than one call may have");
    arena_finish(&tight);
}

static void refuses_element(const char *bytes, size_t len, const char *expected) {
    cr_expect_not(encode(bytes, len));
    cr_expect_str_eq(err.message, expected, "%s", err.message);
}

Test(encode, says_which_element_of_a_list_is_wrong) {
    refuses_element("\xfa\x01\x00\xfa\x01\x05\x2a\x03\x08\x01\x10", 11,
                    "inners[1].at is cut short");
    refuses_element(
        "\xd2\x01\x01"
        "a",
        4, "ids[0]: \"a\" is not a UUID; write it as 123e4567-e89b-12d3-a456-426614174000");
}

Test(encode, what_has_no_room_is_not_written_and_nothing_after_it_counts) {
    uint8_t bytes[6] = {0};
    struct writer writer = {.data = bytes, .capacity = sizeof bytes};
    size_t place = writer_begin_value(&writer);
    cr_assert_not(writer.is_full);
    writer_put_u32(&writer, UINT32_MAX);
    cr_assert(writer.is_full);
    cr_assert_eq(writer.len, 4);
    writer_end_value(&writer, place);
    cr_assert_eq(memcmp(bytes, "\0\0\0\0\0\0", 6), 0);
}
