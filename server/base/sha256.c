#include "server/base/sha256.h"

#include "server/base/secret.h"

#include <string.h>

enum { LENGTH_AT = 56 }; // in the last block

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n) {
    return x >> n | x << (32 - n);
}

// The message schedule, FIPS 180-4 section 6.2.2 step 1.
static void expand_block(const uint8_t block[64], uint32_t words[64]) {
    for (size_t i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (size_t i = 16; i < 64; i++) {
        uint32_t a = words[i - 15];
        uint32_t b = words[i - 2];
        words[i] = words[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + words[i - 7] +
                   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

// One round of step 3. v holds a to h, which move on by one place a round: here a is v[-j], the
// others follow it round the array, so that nothing is moved and all of it stays in registers. The
// sums of three rotations (by 6, 11 and 25; 2, 13 and 22) are nested: each begins with the last.
static inline void mix_word(uint32_t v[8], unsigned j, uint32_t word) {
    uint32_t a = v[-j % 8], b = v[(1 - j) % 8], c = v[(2 - j) % 8];
    uint32_t e = v[(4 - j) % 8], f = v[(5 - j) % 8], g = v[(6 - j) % 8];
    uint32_t *d = &v[(3 - j) % 8], *h = &v[(7 - j) % 8];
    *h += rotate(e ^ rotate(e ^ rotate(e, 14), 5), 6) + (g ^ (e & (f ^ g))) + word;
    *d += *h;
    *h += rotate(a ^ rotate(a ^ rotate(a, 9), 11), 2) + ((a & b) | (c & (a | b)));
}

// Steps 2 to 4.
static void mix_block(uint32_t state[8], const uint8_t block[64]) {
    uint32_t words[64];
    uint32_t v[8];
    expand_block(block, words);
    memcpy(v, state, sizeof v);
    for (const uint32_t *w = words, *k = round_constants; w < words + 64; w += 8, k += 8) {
        mix_word(v, 0, k[0] + w[0]);
        mix_word(v, 1, k[1] + w[1]);
        mix_word(v, 2, k[2] + w[2]);
        mix_word(v, 3, k[3] + w[3]);
        mix_word(v, 4, k[4] + w[4]);
        mix_word(v, 5, k[5] + w[5]);
        mix_word(v, 6, k[6] + w[6]);
        mix_word(v, 7, k[7] + w[7]);
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += v[i];
    secret_wipe(words, sizeof words);
}

void sha256_init(struct sha256 *hash) {
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(hash->state, start, sizeof start);
    hash->total = 0;
}

void sha256_feed(struct sha256 *hash, const void *bytes, size_t len) {
    const uint8_t *from = bytes;
    while (len > 0) {
        size_t filled = (size_t)(hash->total % 64);
        size_t n = len < 64 - filled ? len : 64 - filled;
        memcpy(hash->block + filled, from, n);
        hash->total += n;
        from += n;
        len -= n;
        if (filled + n == 64)
            mix_block(hash->state, hash->block);
    }
}

static void put_u32(uint8_t *at, uint32_t n) {
    at[0] = (uint8_t)(n >> 24);
    at[1] = (uint8_t)(n >> 16);
    at[2] = (uint8_t)(n >> 8);
    at[3] = (uint8_t)n;
}

// Fills the last block: a one, zeros, and the length in bits, for which there may be a need of one
// more.
static void pad(struct sha256 *hash) {
    size_t filled = (size_t)(hash->total % 64);
    hash->block[filled++] = 0x80;
    if (filled > LENGTH_AT) {
        memset(hash->block + filled, 0, 64 - filled);
        mix_block(hash->state, hash->block);
        filled = 0;
    }
    memset(hash->block + filled, 0, LENGTH_AT - filled);
    put_u32(hash->block + LENGTH_AT, (uint32_t)(hash->total >> 29));
    put_u32(hash->block + LENGTH_AT + 4, (uint32_t)(hash->total << 3));
    mix_block(hash->state, hash->block);
}

void sha256_finish(struct sha256 *hash, uint8_t digest[SHA256_SIZE]) {
    pad(hash);
    for (size_t i = 0; i < SHA256_SIZE / 4; i++)
        put_u32(digest + 4 * i, hash->state[i]);
    secret_wipe(hash, sizeof *hash);
}

void sha256_of(const void *bytes, size_t len, uint8_t digest[SHA256_SIZE]) {
    struct sha256 hash;
    sha256_init(&hash);
    sha256_feed(&hash, bytes, len);
    sha256_finish(&hash, digest);
}
