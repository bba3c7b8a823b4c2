#include "server/codec/binary.h"
#include "server/codec/plan.h"

#include "tests/unit/codec/shapes.h"
#include "tests/unit/failing/failing.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static const struct plan *request, *answer;
static struct value values[ALL_FIELDS];
static struct error err;

static void start(void) {
    arena_init(&arena, ARENA_LIMIT);
    request = compile_all_request(&arena);
    answer = compile_all_answer(&arena);
    error_clear(&err);
}

static void stop(void) {
    arena_finish(&arena);
}

TestSuite(decode, .init = start, .fini = stop);

static bool is_same(const struct buf *out, struct bytes bytes) {
    if (buf_len(out) != bytes.len)
        return false;
    return bytes.len == 0 || memcmp(buf_bytes(out), bytes.data, bytes.len) == 0;
}

Test(decode, gives_back_byte_for_byte_what_was_encoded) {
    for (size_t i = 0; i < N_SAMPLES; i++) {
        struct bytes sample = pack_sample(&arena, i);
        struct buf out = {0};
        cr_assert(plan_encode(request, sample.data, sample.len, &arena, values, &err), "%zu: %s", i,
                  err.message);
        cr_assert(plan_decode(answer, values, ALL_FIELDS, &out, &err), "%zu: %s", i, err.message);
        cr_assert(is_same(&out, sample), "%zu", i);
        buf_finish(&out);
    }
}

Test(decode, appends_to_what_is_there) {
    struct bytes full = pack_full(&arena);
    struct buf out = {0};
    cr_assert(plan_encode(request, full.data, full.len, &arena, values, &err));
    cr_assert(buf_append(&out, "dropped", 7));
    cr_assert(buf_append(&out, "head", 4));
    buf_consume(&out, 7);
    cr_assert(plan_decode(answer, values, ALL_FIELDS, &out, &err));
    cr_assert_eq(buf_len(&out), 4 + full.len);
    cr_assert_eq(memcmp(buf_bytes(&out), "head", 4), 0);
    cr_assert_eq(memcmp(buf_bytes(&out) + 4, full.data, full.len), 0);
    buf_finish(&out);
}

// A copy of one value of the full message, for damaging, and the rest NULL.
static uint8_t *only(size_t index, int32_t *len) {
    struct bytes full = pack_full(&arena);
    cr_assert(plan_encode(request, full.data, full.len, &arena, values, &err));
    *len = values[index].len;
    uint8_t *copy = (uint8_t *)arena_copy(&arena, (const char *)values[index].bytes, (size_t)*len);
    for (size_t i = 0; i < ALL_FIELDS; i++)
        values[i] = (struct value){.len = -1};
    values[index] = (struct value){.bytes = copy, .len = *len};
    return copy;
}

static bool decode(struct buf *out) {
    error_clear(&err);
    buf_clear(out);
    return plan_decode(answer, values, ALL_FIELDS, out, &err);
}

Test(decode, refuses_every_value_cut_at_every_position) {
    struct buf out = {0};
    for (size_t i = 0; i < ALL_FIELDS; i++) {
        enum shape_kind kind = ALL[i].shape->kind;
        if (kind == SHAPE_TEXT || kind == SHAPE_BYTEA)
            continue;
        int32_t len;
        uint8_t *whole = only(i, &len);
        cr_assert(decode(&out), "%s: %s", ALL[i].name, err.message);
        for (int32_t cut = 0; cut < len; cut++) {
            // In memory of its own, so that a sanitizer sees a read beyond the end.
            uint8_t *copy = malloc((size_t)cut + 1);
            memcpy(copy, whole, (size_t)cut);
            values[i] = (struct value){.bytes = copy, .len = cut};
            cr_assert_not(decode(&out), "%s at %d", ALL[i].name, cut);
            cr_assert(err.is_set);
            cr_assert_eq(buf_len(&out), 0);
            free(copy);
        }
    }
    buf_finish(&out);
}

Test(decode, survives_every_byte_being_something_else) {
    struct buf out = {0};
    for (size_t i = 0; i < ALL_FIELDS; i++) {
        int32_t len;
        uint8_t *whole = only(i, &len);
        for (int32_t at = 0; at < len; at++) {
            uint8_t kept = whole[at];
            for (unsigned change = 1; change < 256; change = change * 2 + 1) {
                whole[at] = (uint8_t)(kept ^ change);
                cr_assert(decode(&out) || err.is_set);
            }
            whole[at] = kept;
        }
    }
    buf_finish(&out);
}

static void refuses(size_t index, const void *bytes, int32_t len, const char *expected) {
    struct buf out = {0};
    for (size_t i = 0; i < ALL_FIELDS; i++)
        values[i] = (struct value){.len = -1};
    values[index] = (struct value){.bytes = bytes, .len = len};
    cr_expect_not(decode(&out));
    cr_expect_str_eq(err.message, expected, "%s", err.message);
    buf_finish(&out);
}

Test(decode, refuses_what_has_no_protobuf_form) {
    refuses(6, "\x7f\xff\xff\xff", 4, "day: a date outside the years 0001 to 9999");
    refuses(9, "\x80\0\0\0\0\0\0\0", 8, "moment: a moment outside the years 0001 to 9999");
    refuses(8, "mauve", 5,
            "colour: what the database sent is not matrix_v1.colour as it was read at the start");
    // An array of integers: 1, NULL.
    refuses(13, "\0\0\0\1\0\0\0\1\0\0\0\x17\0\0\0\2\0\0\0\1\0\0\0\4\0\0\0\1\xff\xff\xff\xff", 32,
            "smalls[1]: a NULL element has no protobuf form");
}

Test(decode, refuses_other_element_types_and_dimensions) {
    refuses(13, "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\0\0\0\0\1", 20,
            "smalls: what the database sent is not integer as it was read at the start");
    refuses(13, "\0\0\0\2\0\0\0\0\0\0\0\x17\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1", 28,
            "smalls: what the database sent is not integer as it was read at the start");
    refuses(1, "\0\0\0\0\1", 5,
            "small: what the database sent is not integer as it was read at the start");
    // A composite whose second attribute is an integer where a text is expected.
    refuses(10,
            "\0\0\0\5\0\0\0\x17\xff\xff\xff\xff\0\0\0\x17\xff\xff\xff\xff\0\0\x03\xf1\xff\xff\xff"
            "\xff\0\0\x04\xa0\xff\xff\xff\xff\0\0\x4e\x21\xff\xff\xff\xff",
            44, "inner: what the database sent is not matrix_v1.inner as it was read at the start");
}

Test(decode, an_array_may_claim_more_elements_than_it_has) {
    refuses(13, "\0\0\0\1\0\0\0\0\0\0\0\x17\xff\xff\xff\xff\0\0\0\1\0\0\0\4\0\0\0\1", 28,
            "smalls[1]: what the database sent is not integer as it was read at the start");
}

Test(decode, needs_all_columns_of_the_row) {
    struct buf out = {0};
    cr_assert_not(plan_decode(answer, values, ALL_FIELDS - 1, &out, &err));
    cr_assert_str_eq(err.message,
                     "the database sent 25 columns for proto matrix.v1.All, which needs 26");
}

// Decodes into a buffer with so much room left that cannot grow. False: there was too little.
static bool decode_within(size_t room) {
    struct buf out = {.data = malloc(4 + room), .capacity = 4 + room};
    cr_assert(buf_append(&out, "head", 4));
    error_clear(&err);
    failing_begin(1);
    bool is_decoded = plan_decode(answer, values, ALL_FIELDS, &out, &err);
    cr_assert_eq(is_decoded, !failing_has_failed());
    failing_begin(0);
    if (!is_decoded) {
        cr_assert_str_eq(err.message, "out of memory");
        cr_assert_eq(buf_len(&out), 4);
    }
    cr_assert_eq(memcmp(buf_bytes(&out), "head", 4), 0);
    buf_finish(&out);
    return is_decoded;
}

Test(decode, the_output_is_as_it_was_wherever_memory_runs_out) {
    struct bytes full = pack_full(&arena);
    cr_assert(plan_encode(request, full.data, full.len, &arena, values, &err));
    size_t room = 0;
    while (!decode_within(room))
        room++;
    // A number is given more room than it may need.
    cr_assert_geq(room, full.len);
    cr_assert_lt(room, full.len + 10);
    // A message that is as long as its composite was not thought to be is moved.
    struct bytes sample = pack_sample(&arena, 4);
    cr_assert(plan_encode(request, sample.data, sample.len, &arena, values, &err));
    for (room = sample.len - 20; !decode_within(room); room++)
        cr_assert_lt(room, sample.len + 20);
}
