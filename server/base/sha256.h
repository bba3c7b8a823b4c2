// SHA-256 (FIPS 180-4), for the few places below OpenSSL's layer that need a digest: a token is
// looked up by the hash of its text, a migration is recognised by the hash of its file. Not a
// password hash.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 };

struct sha256 {
    uint32_t state[8];
    uint8_t block[64];
    uint64_t total; // bytes fed so far
};

void sha256_init(struct sha256 *hash);
void sha256_feed(struct sha256 *hash, const void *bytes, size_t len);

// Writes the digest and wipes the state.
void sha256_finish(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);

// The three above in one.
void sha256_of(const void *bytes, size_t len, uint8_t digest[SHA256_SIZE]);
