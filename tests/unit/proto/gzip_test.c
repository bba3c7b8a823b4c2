#include "proto/gzip.h"

#include <criterion/criterion.h>
#include <string.h>

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
