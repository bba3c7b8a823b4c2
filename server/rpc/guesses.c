#include "server/rpc/guesses.h"

#include "server/base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    N_SETS = 1024, // powers of two
    N_WAYS = 8,
    N_TOKENS = 4096,
    KEY_SIZE = GUESSES_ORIGIN_SIZE,
    ACCOUNT_MAX = 20,
};

// Of one address or account.
struct counter {
    char key[KEY_SIZE];
    int64_t done_us; // when all that was wrong is forgotten
};

// A token that did not hold.
struct wrong_token {
    uint8_t hash[SHA256_SIZE];
    char key[KEY_SIZE]; // of what it is counted with; empty: nobody here
};

struct guesses {
    int64_t most;
    int64_t forget_us;
    uint64_t seed; // so that nobody chooses who shares a set with whom
    struct counter counters[N_SETS][N_WAYS];
    struct wrong_token tokens[N_TOKENS];
};

struct guesses *guesses_create(size_t most, int64_t forget_us) {
    struct guesses *guesses = calloc(1, sizeof *guesses);
    if (guesses == NULL)
        return NULL;
    guesses->most = (int64_t)most;
    guesses->forget_us = forget_us;
    (void)!getrandom(&guesses->seed, sizeof guesses->seed, GRND_NONBLOCK);
    return guesses;
}

void guesses_destroy(struct guesses *guesses) {
    free(guesses);
}

// FNV-1a, begun with the seed.
static size_t set_of(const struct guesses *guesses, const char *key) {
    uint64_t hash = guesses->seed ^ UINT64_C(14695981039346656037);
    for (; *key != '\0'; key++)
        hash = (hash ^ (uint8_t)*key) * UINT64_C(1099511628211);
    return (size_t)(hash >> 32) % N_SETS;
}

static const struct counter *find(const struct guesses *guesses, const char *key) {
    const struct counter *set = guesses->counters[set_of(guesses, key)];
    for (size_t i = 0; i < N_WAYS; i++)
        if (strcmp(set[i].key, key) == 0)
            return &set[i];
    return NULL;
}

// The counter of key, or the one of its set that is done first, which becomes it.
static struct counter *take(struct guesses *guesses, const char *key) {
    struct counter *set = guesses->counters[set_of(guesses, key)];
    struct counter *first = &set[0];
    for (size_t i = 0; i < N_WAYS; i++) {
        if (strcmp(set[i].key, key) == 0)
            return &set[i];
        if (set[i].done_us < first->done_us)
            first = &set[i];
    }
    memset(first, 0, sizeof *first);
    memcpy(first->key, key, strlen(key));
    return first;
}

static int64_t wait_for(const struct guesses *guesses, const struct counter *counter,
                        int64_t now_us) {
    int64_t wait_us = counter->done_us - now_us - (guesses->most - 1) * guesses->forget_us;
    return wait_us > 0 ? wait_us : 0;
}

static bool count(struct guesses *guesses, const char *key, int64_t now_us) {
    struct counter *counter = take(guesses, key);
    int64_t from_us = counter->done_us > now_us ? counter->done_us : now_us;
    bool was_free = wait_for(guesses, counter, now_us) == 0;
    counter->done_us = from_us + guesses->forget_us;
    return was_free && wait_for(guesses, counter, now_us) > 0;
}

static size_t place_of(const uint8_t token_hash[SHA256_SIZE]) {
    return ((size_t)token_hash[0] << 8 | token_hash[1]) % N_TOKENS;
}

static bool is_known(const struct wrong_token *token, const uint8_t token_hash[SHA256_SIZE]) {
    return token->key[0] != '\0' && secret_is_equal(token->hash, token_hash, SHA256_SIZE);
}

int64_t guesses_wait(const struct guesses *guesses, const char *origin,
                     const uint8_t token_hash[SHA256_SIZE], int64_t now_us) {
    const struct wrong_token *token = &guesses->tokens[place_of(token_hash)];
    const struct counter *counter =
        find(guesses, is_known(token, token_hash) ? token->key : origin);
    return counter != NULL ? wait_for(guesses, counter, now_us) : 0;
}

static bool is_named(const char *account) {
    return account != NULL && account[0] != '\0';
}

// Neither form can be an address.
static void name_key(const uint8_t token_hash[SHA256_SIZE], const char *account,
                     char key[KEY_SIZE]) {
    if (is_named(account))
        snprintf(key, KEY_SIZE, "account %.*s", ACCOUNT_MAX, account);
    else
        snprintf(key, KEY_SIZE, "token %02x%02x%02x%02x%02x%02x%02x%02x", token_hash[0],
                 token_hash[1], token_hash[2], token_hash[3], token_hash[4], token_hash[5],
                 token_hash[6], token_hash[7]);
}

bool guesses_count(struct guesses *guesses, const char *origin,
                   const uint8_t token_hash[SHA256_SIZE], const char *account, int64_t now_us) {
    struct wrong_token *token = &guesses->tokens[place_of(token_hash)];
    bool is_guess = !is_known(token, token_hash) && !is_named(account);
    memcpy(token->hash, token_hash, SHA256_SIZE);
    name_key(token_hash, account, token->key);
    bool is_last = count(guesses, token->key, now_us);
    return (is_guess && count(guesses, origin, now_us)) || is_last;
}

void guesses_forgive(struct guesses *guesses, const uint8_t token_hash[SHA256_SIZE]) {
    struct wrong_token *token = &guesses->tokens[place_of(token_hash)];
    if (is_known(token, token_hash))
        token->key[0] = '\0';
}
