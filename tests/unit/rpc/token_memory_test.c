#include "server/rpc/token_memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 10000 }; // more than it remembers

static bool is_right(struct token_memory *memory, const char *token) {
    uint8_t digest[SHA256_SIZE], expected[SHA256_SIZE];
    sha256_of(token, strlen(token), expected);
    token_memory_digest(memory, token, strlen(token), digest);
    return memcmp(digest, expected, SHA256_SIZE) == 0;
}

Test(token_memory, gives_the_digest_of_a_token_that_is_new_and_of_one_that_came) {
    struct token_memory *memory = token_memory_create();
    cr_assert(memory);
    for (int round = 0; round < 2; round++) {
        cr_expect(is_right(memory, "one"));
        cr_expect(is_right(memory, "one more"));
        cr_expect(is_right(memory, ""));
    }
    token_memory_destroy(memory);
}

Test(token_memory, mixes_no_tokens_up_when_more_come_than_it_has_places) {
    struct token_memory *memory = token_memory_create();
    cr_assert(memory);
    for (int i = 0; i < 3 * MANY; i++) {
        char token[32];
        snprintf(token, sizeof token, "token-%d", i % MANY);
        cr_assert(is_right(memory, token), "%s", token);
    }
    token_memory_destroy(memory);
}

Test(token_memory, is_not_needed) {
    cr_expect(is_right(NULL, "a token"));
    token_memory_destroy(NULL);
}
