// The tally: what is written down after a call and outside of it, in batches. How often whom was
// refused what (the refused transaction leaves no trace in PostgreSQL), and which tokens were used.
//
// Calls only count, in memory that is bounded: where it is full, refusals are counted as others',
// and uses wait for the next time. Every few seconds what was counted goes to PostgreSQL as one
// unit, `keep_tally` of the API schema, run by the server itself. What could not be written is kept
// and tried again, once more in the worst case than it happened; a crash loses the last seconds.
// Owned by rpc, which gives it the time.
#pragma once

#include "proto/status.h"
#include "server/base/arena.h"
#include "server/base/sha256.h"
#include "server/pg/catalog.h"
#include "server/pg/pool.h"

struct tally;

enum { TALLY_PEER_SIZE = 48, TALLY_PLACES = 1024, TALLY_EVERY_US = 2000000 };

struct tally *tally_create(void) __attribute__((warn_unused_result));

// Its unit is over.
void tally_destroy(struct tally *tally);

struct tally_refusal {
    const uint8_t *token_hash; // borrowed; NULL: the call brought no token
    const char *peer;          // an address, without its port
    const char *method;        // its name, which outlives the tally; NULL: there is no such method
    enum grpc_status status;
};

// Counts a refusal; a status that is no refusal is not counted.
void tally_refuse(struct tally *tally, const struct tally_refusal *refusal, int64_t now_us);

// The token was used.
void tally_use(struct tally *tally, const uint8_t token_hash[SHA256_SIZE], int64_t now_us);

// Sends what was counted when it is time for it. Returns how many microseconds from now it wants to
// be called again; -1: not before something is counted.
int64_t tally_turn(struct tally *tally, struct pool *pool, const struct statement *statement,
                   int64_t now_us);

// Sends at once what was counted, after what is on its way; then, or when it could not be written,
// on_flushed comes, perhaps from inside.
void tally_flush(struct tally *tally, struct pool *pool, const struct statement *statement,
                 int64_t now_us, void (*on_flushed)(void *ctx), void *ctx);

// The statement of its unit. False: keep_tally is not (text, text) returning nothing (err), or
// memory is out.
bool tally_statement(const char *schema, const struct function *keep, struct arena *arena,
                     struct statement *statement, struct error *err)
    __attribute__((warn_unused_result));
