// A pool on a loop of its own, and calls that remember what happened to them. Shared by the tests
// of the pool; the cluster is the environment's (see ./cluster).
#pragma once

#include "server/pg/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_SIZE = 128, SECONDS_MAX = 20 };

struct harness {
    uv_loop_t loop;
    struct pool *pool;
    bool is_closed;
    bool is_late; // the test has waited too long
    uv_timer_t watchdog;
    size_t n_up;   // on_state(true)
    size_t n_down; // on_state(false)
    char reason[256];
};

struct call {
    struct unit unit;
    struct harness *harness; // borrowed
    size_t n_rows[2];
    char last[2][TEXT_SIZE]; // the first column of the last row of each step
    size_t n_done;
    bool has_failed;
    struct failure failure;
    char message[TEXT_SIZE], detail[TEXT_SIZE], hint[TEXT_SIZE];
    size_t pause_every; // rows; 0: never
    bool is_paused;
    void (*on_row)(struct call *call); // may be NULL
};

// Starts a pool and waits until all its links are up.
void harness_start(struct harness *harness, size_t n_links, size_t n_stream_links,
                   size_t queue_limit);

// The same with a connection string, without waiting.
void harness_start_with(struct harness *harness, const char *conninfo, uint64_t patience_ms);

// Closes everything; fails the test when something is left.
void harness_stop(struct harness *harness);

// Runs the loop until *flag is not 0, or fails the test.
void harness_wait(struct harness *harness, const size_t *flag);

// Runs the loop for a while.
void harness_run(struct harness *harness, uint64_t ms);

// A call of one statement, or of two; without parameters.
void call_init(struct call *call, struct harness *harness, const struct statement *first,
               const struct statement *second);

// Submits; fails the test when the pool refuses, or calls back at once.
void call_submit(struct call *call);

// Submits and waits for the end.
void call_run(struct call *call);

// Runs one statement and gives the first column of its last row.
const char *query(struct harness *harness, struct call *call, const struct statement *statement);
