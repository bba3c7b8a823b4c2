// The rpc layer as the server sees it: streams in, units of work out. It finds the method of each
// request, follows the call as a state machine, groups what may be grouped, keeps deadlines and
// answers.
//
// It has no loop, no timer and no clock of its own: the server gives it the clock, passes
// rpc_stream_events to the listener, and calls rpc_turn in every turn of the loop. What it runs
// against (registry and pool) comes and goes: rpc_serve, rpc_suspend, rpc_forget.
#pragma once

#include "server/net/stream.h"
#include "server/pg/pool.h"
#include "server/rpc/native.h"
#include "server/rpc/registry.h"

struct rpc;

struct rpc_options {
    // Whether commits are to be told of (rpc_ring): somebody follows them, or nobody does.
    void (*on_follow)(void *ctx, bool is_wanted);
    int64_t (*now_us)(void *ctx);  // a clock that never goes back
    void (*on_suspect)(void *ctx); // the API in the database may not be the one compiled against
    void *ctx;                     // of all three; borrowed
    int64_t unary_max_us;          // the longest a unary call may take, whatever the client allows
    int64_t stream_max_us;         // the same for one that streams
    size_t queue_limit;            // grouped calls that wait; one more is refused
    size_t arena_limit;            // bytes one call may hold
    size_t held_limit;             // bytes of request messages that all calls together may hold
    size_t read_groups_max;        // of one reading method, running at a time; at least 2
    size_t streams_each;           // of one token with the pool at a time; others wait their turn
    size_t long_each;              // the same of calls that take long
    size_t followers_max;          // calls that go on (see rpc/follow.h); one more is refused
    size_t followers_each;         // the same of one token
    size_t rounds_max;             // units of theirs that run at a time
    int64_t follow_us;             // the longest one of them goes without a round
    size_t guesses_max; // tokens that may not hold, of one address or account, at once; 0: any
    int64_t guess_us;   // after which one of them is forgotten
    const struct native_method *natives; // borrowed
    size_t n_natives;
};

struct rpc *rpc_create(const struct rpc_options *options, struct error *err)
    __attribute__((warn_unused_result));

// Every stream is closed and every unit is over.
void rpc_destroy(struct rpc *rpc);

// What the listener calls; its `server` argument is the struct rpc.
extern const struct stream_events rpc_stream_events;

// Serves from here on. Both are borrowed until rpc_forget and the end of the last unit. Again with
// the same two after rpc_suspend. False without memory.
bool rpc_serve(struct rpc *rpc, const struct registry *registry, struct pool *pool)
    __attribute__((warn_unused_result));

// Answers UNAVAILABLE until rpc_serve; what the pool has already is left to the pool.
void rpc_suspend(struct rpc *rpc);

// Registry and pool are about to go: calls not with the pool yet are answered UNAVAILABLE. The
// caller destroys the pool next (which ends the rest), then the registry.
void rpc_forget(struct rpc *rpc);

// Once per turn of the loop: sends groups, ends calls whose time is up. Returns how many
// microseconds from now it must be called again at the latest; -1: only after something happened.
int64_t rpc_turn(struct rpc *rpc);

// A commit of that council was heard of (as NOTIFY has it), or, NULL, any may have been missed:
// calls that go on look for what is new. While nobody follows it need not be told.
void rpc_ring(struct rpc *rpc, const char *council);

// Ends the calls that go on, and takes no more of them, because the server stops.
void rpc_stop(struct rpc *rpc);

// Writes down what was counted (see rpc/tally.h), once the last call is over; then on_flushed
// comes, perhaps from inside, also when it could not be written.
void rpc_flush(struct rpc *rpc, void (*on_flushed)(void *ctx), void *ctx);

// Calls that are not over.
size_t rpc_n_calls(const struct rpc *rpc);
