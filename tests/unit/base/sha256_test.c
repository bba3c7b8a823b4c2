#include "server/base/sha256.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void to_hex(const uint8_t digest[SHA256_SIZE], char hex[65]) {
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static void assert_digest(const char *text, const char *expected) {
    uint8_t digest[SHA256_SIZE];
    char hex[65];
    sha256_of(text, strlen(text), digest);
    to_hex(digest, hex);
    cr_assert_str_eq(hex, expected);
}

Test(sha256, gives_the_digests_of_the_standard) {
    assert_digest("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_digest("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
                  "klmnopqrlmnopqrsmnopqrstnopqrstu",
                  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

// Of so many letters a: their padding just fits into the last block, or needs one more.
Test(sha256, pads_to_the_end_of_a_block) {
    static const struct {
        size_t len;
        const char *expected;
    } cases[] = {
        {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
        {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
        {120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char letters[121] = {0};
        memset(letters, 'a', cases[i].len);
        assert_digest(letters, cases[i].expected);
    }
}

Test(sha256, gives_the_digest_of_a_million_letters) {
    struct sha256 hash;
    uint8_t digest[SHA256_SIZE];
    char hex[65];
    char letters[1000];
    memset(letters, 'a', sizeof letters);
    sha256_init(&hash);
    for (int i = 0; i < 1000; i++)
        sha256_feed(&hash, letters, sizeof letters);
    sha256_finish(&hash, digest);
    to_hex(digest, hex);
    cr_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

Test(sha256, does_not_depend_on_where_the_input_is_split) {
    uint8_t text[200];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)i;
    for (size_t len = 0; len <= sizeof text; len++) {
        uint8_t whole[SHA256_SIZE];
        sha256_of(text, len, whole);
        for (size_t split = 0; split <= len; split++) {
            struct sha256 hash;
            uint8_t parts[SHA256_SIZE];
            sha256_init(&hash);
            sha256_feed(&hash, text, split);
            sha256_feed(&hash, text + split, len - split);
            sha256_finish(&hash, parts);
            cr_assert_eq(memcmp(parts, whole, SHA256_SIZE), 0, "length %zu split at %zu", len,
                         split);
        }
    }
}

Test(sha256, leaves_no_trace_of_what_was_hashed) {
    struct sha256 hash;
    struct sha256 empty = {0};
    uint8_t digest[SHA256_SIZE];
    sha256_init(&hash);
    sha256_feed(&hash, "a token", 7);
    sha256_finish(&hash, digest);
    cr_assert_eq(memcmp(&hash, &empty, sizeof hash), 0);
}
