// The digests of tokens that have come: nearly every call brings one that came before, and SHA-256
// takes a tenth of what a read takes here. A token is known again by a tag made with a key of this
// process, so that no token is kept, and nobody finds one that passes for another.
//
// What is remembered is arithmetic only: whether the token holds PostgreSQL says each time. Owned
// by rpc.
#pragma once

#include "server/base/sha256.h"

struct token_memory;

// NULL without memory, or without a random key.
struct token_memory *token_memory_create(void) __attribute__((warn_unused_result));
void token_memory_destroy(struct token_memory *memory);

// The SHA-256 of a token; memory may be NULL.
void token_memory_digest(struct token_memory *memory, const char *token, size_t len,
                         uint8_t digest[SHA256_SIZE]);
