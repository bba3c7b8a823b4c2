#include "server/rpc/token_memory.h"

#include "server/base/secret.h"
#include "server/base/siphash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { N_PLACES = 4096 }; // a power of two

struct place {
    uint8_t tag[SIPHASH_TAG_SIZE];
    uint8_t digest[SHA256_SIZE];
};

struct token_memory {
    uint8_t key[SIPHASH_KEY_SIZE];
    struct place places[N_PLACES];
};

struct token_memory *token_memory_create(void) {
    struct token_memory *memory = calloc(1, sizeof *memory);
    if (memory != NULL && getrandom(memory->key, sizeof memory->key, 0) == sizeof memory->key)
        return memory;
    free(memory);
    return NULL;
}

void token_memory_destroy(struct token_memory *memory) {
    if (memory != NULL)
        secret_wipe(memory->key, sizeof memory->key);
    free(memory);
}

void token_memory_digest(struct token_memory *memory, const char *token, size_t len,
                         uint8_t digest[SHA256_SIZE]) {
    uint8_t tag[SIPHASH_TAG_SIZE];
    if (memory == NULL) {
        sha256_of(token, len, digest);
        return;
    }
    siphash(memory->key, token, len, tag);
    struct place *place = &memory->places[((size_t)tag[0] << 8 | tag[1]) % N_PLACES];
    if (!secret_is_equal(place->tag, tag, sizeof tag)) {
        sha256_of(token, len, place->digest);
        memcpy(place->tag, tag, sizeof tag);
    }
    memcpy(digest, place->digest, SHA256_SIZE);
}
