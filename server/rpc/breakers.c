#include "server/rpc/breakers.h"

#include "server/base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SET_BITS = 6, N_SETS = 1 << SET_BITS, N_WAYS = 4 };

struct breaker {
    uint8_t key[SHA256_SIZE];
    int64_t done_us; // when all his breaks are forgotten; 0: nobody here
};

struct breakers {
    int64_t any_until_us; // nobody is alone for longer
    uint64_t seed;        // so that nobody chooses who shares a set with whom
    struct breaker sets[N_SETS][N_WAYS];
};

struct breakers *breakers_create(void) {
    struct breakers *breakers = calloc(1, sizeof *breakers);
    if (breakers != NULL)
        (void)!getrandom(&breakers->seed, sizeof breakers->seed, GRND_NONBLOCK);
    return breakers;
}

void breakers_destroy(struct breakers *breakers) {
    free(breakers);
}

static void key_of(const struct identity *caller, uint8_t key[SHA256_SIZE]) {
    if (caller->has_token)
        memcpy(key, caller->token_hash, SHA256_SIZE);
    else
        sha256_of(caller->peer, strlen(caller->peer), key);
}

// Its first bytes, spread by a multiplication.
static size_t set_of(const struct breakers *breakers, const uint8_t key[SHA256_SIZE]) {
    uint64_t start = 0;
    memcpy(&start, key, sizeof start);
    return (size_t)(((start ^ breakers->seed) * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - SET_BITS));
}

static bool is_of(const struct breaker *breaker, const uint8_t key[SHA256_SIZE]) {
    return breaker->done_us != 0 && secret_is_equal(breaker->key, key, SHA256_SIZE);
}

// The caller's place, or the one of its set that is forgotten first, which becomes it.
static struct breaker *take(struct breakers *breakers, const uint8_t key[SHA256_SIZE]) {
    struct breaker *set = breakers->sets[set_of(breakers, key)];
    struct breaker *first = &set[0];
    for (size_t i = 0; i < N_WAYS; i++) {
        if (is_of(&set[i], key))
            return &set[i];
        if (set[i].done_us < first->done_us)
            first = &set[i];
    }
    memcpy(first->key, key, SHA256_SIZE);
    first->done_us = 0;
    return first;
}

static int64_t until(const struct breaker *breaker) {
    return breaker->done_us - (int64_t)(BREAKS_MOST - 1) * BREAK_US;
}

bool breakers_count(struct breakers *breakers, const struct identity *caller, int64_t now_us) {
    uint8_t key[SHA256_SIZE];
    key_of(caller, key);
    struct breaker *breaker = take(breakers, key);
    bool was_alone = until(breaker) > now_us;
    int64_t from_us = breaker->done_us > now_us ? breaker->done_us : now_us;
    int64_t last_us = now_us + (int64_t)BREAKS_MOST * BREAK_US;
    breaker->done_us = from_us + BREAK_US < last_us ? from_us + BREAK_US : last_us;
    if (until(breaker) > breakers->any_until_us)
        breakers->any_until_us = until(breaker);
    return !was_alone && until(breaker) > now_us;
}

bool breakers_has(const struct breakers *breakers, const struct identity *caller, int64_t now_us) {
    uint8_t key[SHA256_SIZE];
    if (now_us >= breakers->any_until_us)
        return false;
    key_of(caller, key);
    const struct breaker *set = breakers->sets[set_of(breakers, key)];
    for (size_t i = 0; i < N_WAYS; i++)
        if (is_of(&set[i], key))
            return until(&set[i]) > now_us;
    return false;
}
