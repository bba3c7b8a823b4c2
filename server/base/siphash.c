#include "server/base/siphash.h"

struct state {
    uint64_t a, b, c, d; // v0 to v3
};

// Numbers are little endian. Written out so that compilers see one load in it.
static inline uint64_t get_word(const uint8_t *at) {
    return at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

// Less than eight bytes, and the length of all in the last.
static uint64_t get_rest(const uint8_t *at, size_t rest, size_t len) {
    uint64_t word = (uint64_t)len << 56;
    for (size_t i = 0; i < rest; i++)
        word |= (uint64_t)at[i] << (8 * i);
    return word;
}

// The same.
static inline void put_word(uint8_t *at, uint64_t word) {
    at[0] = (uint8_t)word;
    at[1] = (uint8_t)(word >> 8);
    at[2] = (uint8_t)(word >> 16);
    at[3] = (uint8_t)(word >> 24);
    at[4] = (uint8_t)(word >> 32);
    at[5] = (uint8_t)(word >> 40);
    at[6] = (uint8_t)(word >> 48);
    at[7] = (uint8_t)(word >> 56);
}

static inline uint64_t rotate(uint64_t x, unsigned n) {
    return x << n | x >> (64 - n);
}

static inline void mix(struct state *v, unsigned n_rounds) {
    for (unsigned i = 0; i < n_rounds; i++) {
        v->a += v->b;
        v->c += v->d;
        v->b = rotate(v->b, 13) ^ v->a;
        v->d = rotate(v->d, 16) ^ v->c;
        v->a = rotate(v->a, 32);
        v->c += v->b;
        v->a += v->d;
        v->b = rotate(v->b, 17) ^ v->c;
        v->d = rotate(v->d, 21) ^ v->a;
        v->c = rotate(v->c, 32);
    }
}

static inline void take_word(struct state *v, uint64_t word) {
    v->d ^= word;
    mix(v, 2);
    v->a ^= word;
}

static uint64_t fold(const struct state *v) {
    return v->a ^ v->b ^ v->c ^ v->d;
}

void siphash(const uint8_t key[SIPHASH_KEY_SIZE], const void *bytes, size_t len,
             uint8_t tag[SIPHASH_TAG_SIZE]) {
    const uint8_t *at = bytes;
    const uint64_t k0 = get_word(key), k1 = get_word(key + 8);
    struct state v = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
                      k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};
    size_t left = len;
    for (; left >= 8; left -= 8, at += 8)
        take_word(&v, get_word(at));
    take_word(&v, get_rest(at, left, len));
    v.c ^= 0xee;
    mix(&v, 4);
    put_word(tag, fold(&v));
    v.b ^= 0xdd;
    mix(&v, 4);
    put_word(tag + 8, fold(&v));
}
