// The pool: a fixed number of links to PostgreSQL, and the queue of units waiting for one.
//
// A unit is one pipeline unit and so one implicit transaction in one round trip: one or two steps
// (the identity statement, the call) and a Sync. The pool sends it when a link is free, hands rows
// up as they come, and reports the end once: success only at the Sync's own result. Links connect
// and reconnect by themselves.
//
// Who owns what: the server owns the pool, the pool its links. A unit belongs to who submitted it
// and must stay alive until on_done, which comes exactly once, never from inside pool_submit.
// unit_abandon makes it inert: rows are dropped, on_done still comes (the link is being drained
// until then).
#pragma once

#include "server/base/error.h"
#include "server/base/list.h"
#include "server/codec/shape.h"

#include <uv.h>

struct pool;
struct link;

struct statement {
    const char *name; // of the prepared statement, unique in the pool; prepared on each link when
                      // first used
    const char *sql;
    size_t n_params;
    const uint32_t *param_oids; // 0: PostgreSQL infers it
    const struct shape *result; // borrowed; the composite whose attributes its columns must be, by
                                // name and type, else the unit fails with 0A000; NULL: not checked
};

struct step {
    const struct statement *statement; // borrowed, outlives the pool
    const struct value *params;        // borrowed until on_done; all binary
};

// What PostgreSQL said when a unit failed. Strings are borrowed for the call of on_done.
struct failure {
    // PostgreSQL's, or "08006" when the link was lost or none could be had, "08007" when the
    // standby did not confirm the commit, "57P01" when the pool was destroyed, "57014" when the
    // unit was abandoned before it was sent.
    char sqlstate[6];
    bool in_identity;  // the first of two steps failed
    bool is_uncertain; // it may have been committed: the link was lost after the call was sent, the
                       // standby was silent, or the rows were not those expected (0A000)
    const char *message;
    const char *detail; // NULL when absent
    const char *hint;   // NULL when absent
};

struct unit_events {
    // One row of step `step` (0 or 1). columns are borrowed until the function returns.
    void (*on_row)(void *ctx, size_t step, const struct value *columns, size_t n_columns);
    // The unit is over. failure NULL: committed, all rows were handed up.
    void (*on_done)(void *ctx, const struct failure *failure);
};

struct unit {
    struct list item; // the pool's queue; list_init before the first use
    struct step steps[2];
    size_t n_steps;
    bool is_stream;     // many rows: single-row mode, on a link kept for streams; may be paused
    bool is_long;       // and no stream: on a link kept for such, if there are any
    int64_t timeout_ms; // after which PostgreSQL ends it by itself; one that has not, some seconds
                        // later, is taken for gone, and the link is lost. 0: it may take for ever
    bool is_inert;
    struct link *link;             // borrowed while running
    const struct failure *failure; // the pool's: why it ends without having been sent
    const struct unit_events *events;
    void *ctx;
};

struct pool_options {
    uv_loop_t *loop;       // borrowed
    const char *conninfo;  // libpq connection string; copied
    size_t n_links;        // for units
    size_t n_stream_links; // for streams
    size_t n_long_links;   // for units that take long; 0: they use those for units
    size_t queue_limit;    // units waiting, as many streams, and as many that take long; one more
                           // is refused
    uint64_t patience_ms;  // how long units wait for a link while there is none; 0: 2000
    // Told when the first link for units becomes usable (again), and when the last one is lost or,
    // at the start, when none could be had (reason says why). It may be another database then: the
    // moment to read the catalog again (see pg/catalog.h).
    void (*on_state)(void *ctx, bool usable, const char *reason);
    void *ctx;
};

struct pool *pool_create(const struct pool_options *options, struct error *err)
    __attribute__((warn_unused_result));

// Closes every link; units that wait or run end with failure 57P01. on_closed comes when the last
// handle is closed; the pool is freed then. Not from inside on_row.
void pool_destroy(struct pool *pool, void (*on_closed)(void *ctx), void *ctx);

// Queues a unit. False when the queue is full or no link is usable and none was for a while (err
// says which).
bool pool_submit(struct pool *pool, struct unit *unit, struct error *err)
    __attribute__((warn_unused_result));

// True when a unit submitted now would be sent at once: the moment to close a group.
bool pool_has_idle_link(const struct pool *pool);

// Nobody wants the rows any more. A stream is cancelled on the server, a unit that still waits is
// taken out.
void unit_abandon(struct pool *pool, struct unit *unit);

// Stops and resumes reading rows of a streaming unit: PostgreSQL then waits in its send.
void unit_pause(struct unit *unit);
void unit_resume(struct unit *unit);
