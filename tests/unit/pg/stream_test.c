#include "server/pg/pool.h"

#include "tests/unit/pg/harness.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct harness harness;

static void start(void) {
    harness_start(&harness, 1, 1, 10);
}

static void stop(void) {
    harness_stop(&harness);
}

TestSuite(stream, .init = start, .fini = stop, .timeout = 120);

enum { N_ROWS = 1000000 };

static const struct statement HELLO = {.name = "hello", .sql = "select 'hello'::text"};
static const struct statement MILLION = {
    .name = "million",
    .sql = "select n::text, repeat('x', 150) from (select generate_series(1, 1000000) n) s"};
static const struct statement LAST_FAILS = {
    .name = "last_fails", .sql = "select (10 / (1000 - n))::text from generate_series(1, 1000) n"};
// Each test that looks whether its query still runs has a mark of its own in it.
#define ENDLESS "select n::text, repeat('x', 150) from (select generate_series(1, 100000000) n) s "
static const struct statement ABANDON = {.name = "abandon", .sql = ENDLESS};
static const struct statement ABANDON_RUNNING = {.name = "abandon", .sql = ENDLESS "-- running"};
static const struct statement ABANDON_PAUSED = {.name = "abandon", .sql = ENDLESS "-- paused"};
static const struct statement ASLEEP = {.name = "asleep", .sql = "select pg_sleep(100)::text"};
static const struct statement N_ACTIVE = {
    .name = "n_active",
    .sql = "select count(*)::text from pg_stat_activity where state = 'active'"
           " and query like '%-- ' || $1 and pid <> pg_backend_pid()",
    .n_params = 1,
    .param_oids = (const uint32_t[]){25}};

static void init_stream(struct call *call, const struct statement *first,
                        const struct statement *second) {
    call_init(call, &harness, first, second);
    call->unit.is_stream = true;
}

static size_t resident_bytes(void) {
    size_t size, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert_not_null(file);
    cr_assert_eq(fscanf(file, "%zu %zu", &size, &pages), 2);
    fclose(file);
    return pages * 4096;
}

static void resume(struct call *call) {
    call->is_paused = false;
    unit_resume(&call->unit);
}

// A sanitizer keeps what was freed for a while.
static size_t memory_allowed(void) {
#ifdef __SANITIZE_ADDRESS__
    return (size_t)1 << 30;
#else
    return 8 << 20;
#endif
}

Test(stream, a_million_rows_paused_and_resumed_take_little_memory) {
    struct call call;
    init_stream(&call, &HELLO, &MILLION);
    call.pause_every = 10000;
    size_t before = resident_bytes(), most = before;
    call_submit(&call);
    while (call.n_done == 0) {
        uv_run(&harness.loop, UV_RUN_ONCE);
        size_t now = resident_bytes();
        most = now > most ? now : most;
        if (call.is_paused)
            resume(&call);
    }
    cr_assert_not(call.has_failed, "%s", call.message);
    cr_assert_eq(call.n_rows[1], N_ROWS);
    cr_assert_str_eq(call.last[1], "1000000");
    cr_assert_lt(most - before, memory_allowed(), "%zu kB more", (most - before) / 1024);
}

Test(stream, nothing_comes_while_it_is_paused) {
    struct call call;
    init_stream(&call, &MILLION, NULL);
    call.pause_every = 500;
    call_submit(&call);
    harness_wait(&harness, &call.n_rows[0]);
    harness_run(&harness, 100);
    cr_assert_eq(call.n_rows[0], 500);
    resume(&call);
    harness_run(&harness, 100);
    cr_assert_eq(call.n_rows[0], 1000);
    unit_abandon(harness.pool, &call.unit);
    harness_wait(&harness, &call.n_done);
}

Test(stream, does_not_hold_up_units) {
    struct call call, other;
    init_stream(&call, &MILLION, NULL);
    call.pause_every = 500;
    call_submit(&call);
    harness_wait(&harness, &call.n_rows[0]);
    cr_assert_str_eq(query(&harness, &other, &HELLO), "hello");
    unit_abandon(harness.pool, &call.unit);
    harness_wait(&harness, &call.n_done);
}

Test(stream, a_failure_in_the_middle_comes_after_the_rows_before_it) {
    struct call call;
    init_stream(&call, &HELLO, &LAST_FAILS);
    call_run(&call);
    cr_assert(call.has_failed);
    cr_assert_str_eq(call.failure.sqlstate, "22012");
    cr_assert_not(call.failure.in_identity);
    cr_assert_eq(call.n_rows[1], 999);
}

Test(stream, the_same_link_serves_one_stream_after_the_other) {
    struct call calls[3];
    for (size_t i = 0; i < 3; i++) {
        init_stream(&calls[i], &HELLO, &LAST_FAILS);
        call_submit(&calls[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        harness_wait(&harness, &calls[i].n_done);
        cr_assert_eq(calls[i].n_rows[1], 999);
    }
}

static const char *count_active(const char *mark, struct call *call) {
    const struct value param = {.bytes = (const uint8_t *)mark, .len = (int32_t)strlen(mark)};
    call_init(call, &harness, &N_ACTIVE, NULL);
    call->unit.steps[0].params = &param;
    call_run(call);
    return call->last[0];
}

static void is_cancelled(struct call *call, const char *mark) {
    struct call other;
    cr_assert_str_eq(count_active(mark, &other), "1");
    unit_abandon(harness.pool, &call->unit);
    size_t n_rows = call->n_rows[0];
    harness_wait(&harness, &call->n_done);
    cr_assert_eq(call->n_rows[0], n_rows);
    cr_assert(call->has_failed);
    cr_assert_str_eq(call->failure.sqlstate, "57014");
    cr_assert_not(call->failure.is_uncertain);
    cr_assert_str_eq(count_active(mark, &other), "0");
    init_stream(&other, &HELLO, NULL);
    call_run(&other);
    cr_assert_not(other.has_failed, "%s", other.message);
}

Test(stream, an_abandoned_one_is_cancelled_on_the_server) {
    struct call call;
    init_stream(&call, &ABANDON_RUNNING, NULL);
    call_submit(&call);
    harness_wait(&harness, &call.n_rows[0]);
    is_cancelled(&call, "running");
}

Test(stream, an_abandoned_one_is_cancelled_while_it_is_paused) {
    struct call call;
    init_stream(&call, &ABANDON_PAUSED, NULL);
    call.pause_every = 10;
    call_submit(&call);
    harness_wait(&harness, &call.n_rows[0]);
    cr_assert(call.is_paused);
    is_cancelled(&call, "paused");
}

static atomic_size_t n_unheard; // cancels
static bool is_deaf;            // none is heard
static size_t n_unmade;         // so many of the next cannot be made

PGcancel *__real_PQgetCancel(PGconn *conn);
PGcancel *__wrap_PQgetCancel(PGconn *conn);
PGcancel *__wrap_PQgetCancel(PGconn *conn) {
    if (n_unmade == 0)
        return __real_PQgetCancel(conn);
    n_unmade--;
    return NULL;
}

int __real_PQcancel(PGcancel *cancel, char *reason, int size);
int __wrap_PQcancel(PGcancel *cancel, char *reason, int size);
int __wrap_PQcancel(PGcancel *cancel, char *reason, int size) {
    bool is_unheard = is_deaf;
    n_unheard += is_unheard;
    return is_unheard || __real_PQcancel(cancel, reason, size);
}

static void abandon_asleep(struct call *call) {
    is_deaf = true;
    init_stream(call, &ASLEEP, NULL);
    call_submit(call);
    while (call->unit.link == NULL)
        harness_run(&harness, 1);
    unit_abandon(harness.pool, &call->unit);
}

Test(stream, a_link_where_an_abandoned_one_does_not_end_is_given_up) {
    struct call call, other;
    abandon_asleep(&call);
    harness_wait(&harness, &call.n_done);
    cr_assert_str_eq(call.failure.sqlstate, "08006");
    cr_assert(call.failure.is_uncertain);
    cr_assert_eq(n_unheard, 3);
    init_stream(&other, &HELLO, NULL);
    call_run(&other);
    cr_assert_str_eq(other.last[0], "hello");
}

Test(stream, a_cancel_that_cannot_be_made_or_is_not_heard_is_followed_by_another) {
    struct call call;
    n_unmade = 1;
    abandon_asleep(&call);
    while (n_unheard == 0)
        harness_run(&harness, 1);
    cr_assert_eq(n_unmade, 0);
    is_deaf = false;
    harness_wait(&harness, &call.n_done);
    cr_assert_str_eq(call.failure.sqlstate, "57014");
}

static void abandon(struct call *call) {
    if (call->n_rows[0] == 10)
        unit_abandon(harness.pool, &call->unit);
}

Test(stream, may_be_abandoned_from_its_own_row) {
    struct call call;
    init_stream(&call, &ABANDON, NULL);
    call.on_row = abandon;
    call_submit(&call);
    harness_wait(&harness, &call.n_done);
    cr_assert_eq(call.n_rows[0], 10);
    cr_assert_str_eq(call.failure.sqlstate, "57014");
}

Test(stream, may_be_abandoned_before_its_first_row) {
    struct call call;
    init_stream(&call, &ABANDON, NULL);
    call_submit(&call);
    unit_abandon(harness.pool, &call.unit);
    harness_wait(&harness, &call.n_done);
    cr_assert_eq(call.n_rows[0], 0);
    cr_assert_str_eq(call.failure.sqlstate, "57014");
}

Test(stream, may_run_and_be_paused_when_the_pool_is_destroyed) {
    struct harness own;
    harness_start(&own, 1, 1, 10);
    struct call call, cancelled;
    call_init(&call, &own, &ABANDON, NULL);
    call.unit.is_stream = true;
    call.pause_every = 10;
    call_submit(&call);
    harness_wait(&own, &call.n_rows[0]);
    call_init(&cancelled, &own, &ABANDON, NULL);
    cancelled.unit.is_stream = true;
    call_submit(&cancelled);
    unit_abandon(own.pool, &call.unit);
    harness_stop(&own);
    cr_assert_eq(call.n_done, 1);
    cr_assert_eq(cancelled.n_done, 1);
    cr_assert_str_eq(cancelled.failure.sqlstate, "57P01");
}
