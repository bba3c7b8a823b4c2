// The memory of tokens that did not hold: how many came from each address of late, and how many of
// each account. Who goes beyond the limit is not asked about in PostgreSQL until some time has
// passed. So many may be wrong at once, and then one more each time one is forgotten.
//
// An address is counted once for each token that nobody ever had: a machine that goes on with an
// old one guesses nothing, and keeps nobody out who calls from the same address, be they a council
// whose tokens end on one day. Such a token is counted by itself, with all others of its account
// where PostgreSQL knows whose it was. Tokens that held lately are no matter of this module: the
// caller lets them pass.
//
// The tables are fixed; where they are full, those who were wrong least and longest ago are
// forgotten first. Owned by rpc, which gives it the time.
#pragma once

#include "server/base/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GUESSES_ORIGIN_SIZE = 64 };

struct guesses;

// most may be wrong at once; each is forgotten after forget_us. NULL without memory.
struct guesses *guesses_create(size_t most, int64_t forget_us) __attribute__((warn_unused_result));
void guesses_destroy(struct guesses *guesses);

// How long the token is not to be asked about, in microseconds; 0: it may be now. origin is whom
// its connection is counted as.
int64_t guesses_wait(const struct guesses *guesses, const char *origin,
                     const uint8_t token_hash[SHA256_SIZE], int64_t now_us);

// A token did not hold. account is whose it was; NULL or empty: it is not known. True when this was
// the last that could be wrong for now.
bool guesses_count(struct guesses *guesses, const char *origin,
                   const uint8_t token_hash[SHA256_SIZE], const char *account, int64_t now_us);

// The token holds after all: it was issued meanwhile.
void guesses_forgive(struct guesses *guesses, const uint8_t token_hash[SHA256_SIZE]);
