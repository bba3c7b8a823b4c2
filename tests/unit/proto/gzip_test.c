#include "proto/gzip.h"

#include "tests/unit/failing/failing.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>
#include <zlib.h>

static const char text[] = "hello hello hello hello hello hello";

// What zlib's inflate makes of what our deflate made; the header is that of RFC 1952.
Test(gzip, what_is_deflated_is_inflated) {
    static const size_t lengths[] = {0, 1, 35, 4096, 1 << 20};
    static char bytes[1 << 20];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * i >> 7);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct buf zipped = {0}, plain = {0};
        cr_assert(gzip_deflate((const uint8_t *)bytes, lengths[i], &zipped));
        cr_assert_eq(memcmp(buf_bytes(&zipped), "\x1f\x8b\x08", 3), 0);
        cr_assert_eq(gzip_inflate(buf_bytes(&zipped), buf_len(&zipped), lengths[i], &plain),
                     INFLATE_DONE);
        cr_assert_eq(buf_len(&plain), lengths[i]);
        cr_assert_eq(memcmp(buf_bytes(&plain), bytes, lengths[i]), 0);
        buf_finish(&zipped);
        buf_finish(&plain);
    }
}

Test(gzip, it_is_appended_to_what_is_there) {
    struct buf zipped = {0}, plain = {0};
    cr_assert(buf_append_text(&zipped, "before"));
    cr_assert(gzip_deflate((const uint8_t *)text, sizeof text, &zipped));
    cr_assert_eq(memcmp(buf_bytes(&zipped), "before\x1f\x8b", 8), 0);
    cr_assert_eq(gzip_inflate(buf_bytes(&zipped) + 6, buf_len(&zipped) - 6, 100, &plain),
                 INFLATE_DONE);
    cr_assert_str_eq((const char *)buf_bytes(&plain), text);
    buf_finish(&zipped);
    buf_finish(&plain);
}

Test(gzip, a_bomb_stops_at_the_limit) {
    struct buf zipped = {0}, plain = {0};
    static uint8_t zeros[16 << 20];
    cr_assert(gzip_deflate(zeros, sizeof zeros, &zipped));
    cr_assert_lt(buf_len(&zipped), 100000);
    cr_assert_eq(gzip_inflate(buf_bytes(&zipped), buf_len(&zipped), 100000, &plain),
                 INFLATE_TOO_LARGE);
    cr_assert_eq(plain.capacity, 0);
    buf_finish(&zipped);
    buf_finish(&plain);
}

Test(gzip, what_is_longer_than_it_says_is_broken_and_costs_no_more_than_it_says) {
    struct buf zipped = {0}, plain = {0};
    static uint8_t zeros[16 << 20];
    cr_assert(gzip_deflate(zeros, sizeof zeros, &zipped));
    memset(zipped.data + zipped.end - 4, 0, 4);
    zipped.data[zipped.end - 4] = 50;
    cr_assert_eq(gzip_inflate(buf_bytes(&zipped), buf_len(&zipped), 100, &plain), INFLATE_BROKEN);
    cr_assert_leq(plain.capacity, 256);
    buf_finish(&zipped);
    buf_finish(&plain);
}

Test(gzip, what_is_cut_anywhere_is_not_taken) {
    struct buf zipped = {0};
    cr_assert(gzip_deflate((const uint8_t *)text, sizeof text, &zipped));
    for (size_t len = 0; len < buf_len(&zipped); len++) {
        struct buf plain = {0};
        // Its last bytes may then say that it is very long.
        enum inflate_result result = gzip_inflate(buf_bytes(&zipped), len, 100, &plain);
        cr_assert(result == INFLATE_BROKEN || result == INFLATE_TOO_LARGE);
        buf_finish(&plain);
    }
    buf_finish(&zipped);
}

Test(gzip, what_follows_the_end_is_not_taken) {
    struct buf zipped = {0}, plain = {0};
    cr_assert(gzip_deflate((const uint8_t *)text, sizeof text, &zipped));
    const uint8_t again[] = {sizeof text, 0, 0, 0};
    cr_assert(buf_append(&zipped, again, sizeof again));
    cr_assert_eq(gzip_inflate(buf_bytes(&zipped), buf_len(&zipped), 100, &plain), INFLATE_BROKEN);
    buf_finish(&zipped);
    buf_finish(&plain);
}

Test(gzip, what_says_that_it_is_as_long_as_can_be_said_is_too_large_without_any_limit) {
    static uint8_t bytes[5 << 20] = {0x1f, 0x8b, 0x08};
    memset(bytes + sizeof bytes - 4, 0xff, 4);
    struct buf plain = {0};
    cr_assert_eq(gzip_inflate(bytes, sizeof bytes, SIZE_MAX, &plain), INFLATE_TOO_LARGE);
    cr_assert_eq(plain.capacity, 0);
}

Test(gzip, what_is_longer_than_zlib_counts_is_not_deflated) {
    struct buf zipped = {0};
    cr_assert_not(gzip_deflate((const uint8_t *)text, UINT_MAX, &zipped));
    cr_assert_eq(zipped.capacity, 0);
}

FAILING_CALL(int, inflateInit2_, Z_MEM_ERROR,
             (z_streamp zip, int window, const char *version, int size),
             (zip, window, version, size))
FAILING_CALL(int, deflateInit2_, Z_MEM_ERROR,
             (z_streamp zip, int level, int method, int window, int memory, int strategy,
              const char *version, int size),
             (zip, level, method, window, memory, strategy, version, size))
FAILING_CALL(int, deflate, Z_BUF_ERROR, (z_streamp zip, int flush), (zip, flush))

static void there_and_back(void *ctx) {
    (void)ctx;
    struct buf zipped = {0}, plain = {0};
    bool is_deflated = gzip_deflate((const uint8_t *)text, sizeof text, &zipped);
    cr_assert_eq(is_deflated, !failing_has_failed());
    cr_assert_eq(is_deflated, buf_len(&zipped) > 0);
    if (is_deflated)
        cr_assert_eq(gzip_inflate(buf_bytes(&zipped), buf_len(&zipped), 100, &plain),
                     failing_has_failed() ? INFLATE_NO_MEMORY : INFLATE_DONE);
    buf_finish(&zipped);
    buf_finish(&plain);
}

Test(gzip, every_failure_of_zlib_and_of_memory_is_said) {
    cr_assert_eq(failing_each(there_and_back, NULL), 5);
}
