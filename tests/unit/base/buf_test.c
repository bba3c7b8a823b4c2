#include "server/base/buf.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect(const struct buf *buf, const char *text) {
    cr_assert_eq(buf_len(buf), strlen(text));
    cr_assert_eq(memcmp(buf_bytes(buf), text, strlen(text)), 0);
    cr_assert_leq(buf->start, buf->end);
    cr_assert_leq(buf->end, buf->capacity);
}

Test(buf, a_buf_of_zeros_is_empty_and_valid) {
    struct buf buf = {0};
    cr_assert_eq(buf_len(&buf), 0);
    cr_assert(buf_append(&buf, NULL, 0));
    buf_consume(&buf, 0);
    buf_clear(&buf);
    buf_finish(&buf);
}

Test(buf, what_is_appended_comes_out_at_the_front) {
    struct buf buf = {0};
    cr_assert(buf_append(&buf, "abc", 3));
    cr_assert(buf_append_text(&buf, "def"));
    cr_assert(buf_format(&buf, "%d-%s", 12, "x"));
    expect(&buf, "abcdef12-x");
    buf_consume(&buf, 4);
    expect(&buf, "ef12-x");
    buf_finish(&buf);
    cr_assert_eq(buf_len(&buf), 0);
}

Test(buf, the_content_survives_any_mix_of_appending_and_consuming) {
    struct buf buf = {0};
    unsigned char in = 0, out = 0;
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        seed = seed * 1103515245u + 12345u;
        size_t n = (seed >> 16) % 97;
        uint8_t *to = buf_reserve(&buf, n);
        for (size_t i = 0; i < n; i++)
            to[i] = in++;
        buf_commit(&buf, n);
        size_t gone = (seed >> 8) % (buf_len(&buf) + 1);
        for (size_t i = 0; i < gone; i++)
            cr_assert_eq(buf_bytes(&buf)[i], out++);
        buf_consume(&buf, gone);
    }
    buf_finish(&buf);
}

Test(buf, a_queue_that_never_empties_does_not_grow_for_ever) {
    struct buf buf = {0};
    char piece[1000] = "";
    cr_assert(buf_append(&buf, piece, sizeof piece));
    for (int i = 0; i < 10000; i++) {
        cr_assert(buf_append(&buf, piece, sizeof piece));
        buf_consume(&buf, sizeof piece);
    }
    cr_assert_leq(buf.capacity, 8 * sizeof piece);
    buf_finish(&buf);
}

Test(buf, a_size_that_overflows_is_refused_and_changes_nothing) {
    struct buf buf = {0};
    cr_assert(buf_append_text(&buf, "kept"));
    cr_assert_null(buf_reserve(&buf, SIZE_MAX));
    cr_assert_null(buf_reserve(&buf, SIZE_MAX - 3));
    expect(&buf, "kept");
    buf_finish(&buf);
}

Test(buf, moving_takes_content_and_memory) {
    struct buf from = {0}, to = {0};
    cr_assert(buf_append_text(&from, "new"));
    cr_assert(buf_append_text(&to, "old"));
    buf_move(&to, &from);
    expect(&to, "new");
    cr_assert_null(from.data);
    buf_move(&to, &to);
    expect(&to, "new");
    buf_finish(&to);
}

Test(buf, swapping_gives_each_the_others) {
    struct buf a = {0}, b = {0};
    cr_assert(buf_append_text(&a, "one"));
    const uint8_t *memory = a.data;
    buf_swap(&a, &b);
    expect(&b, "one");
    cr_assert_eq(b.data, memory);
    cr_assert_eq(buf_len(&a), 0);
    cr_assert_null(a.data);
    buf_finish(&b);
}
