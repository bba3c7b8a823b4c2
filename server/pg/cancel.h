// A cancel: asks PostgreSQL to stop what a connection is doing. libpq can do that only by waiting,
// so it runs in a worker of libuv's. The answer is not awaited here: the unit ends with an error of
// its own. Used by link only.
#pragma once

#include <libpq-fe.h>
#include <uv.h>

struct cancel;

// conn is used before this returns, not after. NULL when it could not be started: then on_over does
// not come. on_over comes once; the cancel is freed then.
struct cancel *cancel_start(uv_loop_t *loop, PGconn *conn, void (*on_over)(void *ctx), void *ctx)
    __attribute__((warn_unused_result));
