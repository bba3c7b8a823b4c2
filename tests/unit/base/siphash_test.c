#include "server/base/siphash.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

// Those that `openssl mac -macopt size:16 SIPHASH` gives.
Test(siphash, gives_the_tags_that_others_give) {
    static const struct {
        size_t len;
        const char *expected;
    } cases[] = {
        {0, "a3817f04ba25a8e66df67214c7550293"},
        {1, "da87c1d86b99af44347659119b22fc45"},
        {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
        {16, "6ee2a4ca67b054bbfd3315bf85230577"},
    };
    uint8_t bytes[16]; // the key, and what is hashed
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t tag[SIPHASH_TAG_SIZE];
        char hex[2 * SIPHASH_TAG_SIZE + 1];
        siphash(bytes, bytes, cases[i].len, tag);
        for (size_t n = 0; n < sizeof tag; n++)
            snprintf(hex + 2 * n, 3, "%02x", tag[n]);
        cr_expect_str_eq(hex, cases[i].expected, "%zu bytes: %s", cases[i].len, hex);
    }
}

Test(siphash, gives_other_tags_with_another_key) {
    const uint8_t one[SIPHASH_KEY_SIZE] = {1}, other[SIPHASH_KEY_SIZE] = {[15] = 1};
    uint8_t tags[2][SIPHASH_TAG_SIZE];
    siphash(one, "a token", 7, tags[0]);
    siphash(other, "a token", 7, tags[1]);
    cr_expect_neq(memcmp(tags[0], tags[1], SIPHASH_TAG_SIZE / 2), 0);
    cr_expect_neq(memcmp(tags[0] + 8, tags[1] + 8, SIPHASH_TAG_SIZE / 2), 0);
}
