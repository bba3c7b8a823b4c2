#include "server/pg/bell.h"

#include "tests/unit/pg/harness.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct harness harness;
static struct bell *bell;
static char channel[32];
static size_t n_begun; // it hears, or hears again
static size_t n_rung;
static char payload[TEXT_SIZE];
static size_t n_closed;

static void on_ring(void *ctx, const char *said) {
    (void)ctx;
    uv_stop(&harness.loop);
    n_begun += said == NULL;
    n_rung += said != NULL;
    snprintf(payload, sizeof payload, "%s", said != NULL ? said : "");
}

static void on_closed(void *ctx) {
    (void)ctx;
    n_closed++;
}

// Tests run beside each other: each has a channel of its own.
static void start(void) {
    harness_start(&harness, 1, 0, 10);
    snprintf(channel, sizeof channel, "bell_%d", uv_os_getpid());
    bell = bell_create(&(struct bell_options){
        .loop = &harness.loop, .conninfo = "", .channel = channel, .on_ring = on_ring});
    cr_assert_not_null(bell);
    cr_assert_eq(n_begun, 0);
    bell_listen(bell, true);
    harness_wait(&harness, &n_begun);
}

static void stop(void) {
    bell_destroy(bell, on_closed, NULL);
    harness_stop(&harness);
    cr_assert_eq(n_closed, 1);
}

TestSuite(bell, .init = start, .fini = stop, .timeout = 60);

// A statement outlives the pool.
static void ask(const char *sql) {
    static struct statement statements[8];
    static char texts[8][TEXT_SIZE * 2];
    static size_t n;
    struct call call;
    cr_assert_lt(n, 8);
    snprintf(texts[n], sizeof texts[n], "%s", sql);
    statements[n] = (struct statement){.name = texts[n], .sql = texts[n]};
    call_init(&call, &harness, &statements[n++], NULL);
    call_run(&call);
    cr_assert_not(call.has_failed, "%s", call.message);
}

static void ring(const char *text) {
    char sql[TEXT_SIZE];
    snprintf(sql, sizeof sql, "select pg_notify('%s', '%s')", channel, text);
    n_rung = 0;
    ask(sql);
    harness_wait(&harness, &n_rung);
}

Test(bell, rings_at_each_notice_with_its_payload) {
    ring("12");
    cr_assert_str_eq(payload, "12");
    ring("13");
    cr_assert_str_eq(payload, "13");
    ring("");
    cr_assert_str_eq(payload, "");
}

Test(bell, tells_when_it_hears_again_after_its_line_was_cut) {
    char sql[200];
    n_begun = 0;
    snprintf(
        sql, sizeof sql,
        "select pg_terminate_backend(pid)::text from pg_stat_activity where query = 'listen %s'",
        channel);
    ask(sql);
    harness_wait(&harness, &n_begun);
    ring("after");
    cr_assert_str_eq(payload, "after");
}

// Until PostgreSQL has done what the bell told it last.
static void await_told(const char *told) {
    char sql[200];
    struct call call;
    snprintf(sql, sizeof sql,
             "select count(*)::text from pg_stat_activity where query = '%s %s' and state = 'idle'",
             told, channel);
    const struct statement statement = {.name = "told", .sql = sql};
    do {
        call_init(&call, &harness, &statement, NULL);
        call_run(&call);
        cr_assert_not(call.has_failed, "%s", call.message);
    } while (strcmp(call.last[0], "1") != 0);
}

Test(bell, is_silent_while_nobody_wants_to_hear_it) {
    char sql[TEXT_SIZE];
    bell_listen(bell, false);
    await_told("unlisten");
    snprintf(sql, sizeof sql, "select pg_notify('%s', 'unheard')", channel);
    ask(sql);
    n_begun = 0;
    bell_listen(bell, true);
    harness_wait(&harness, &n_begun);
    ring("heard");
    cr_assert_str_eq(payload, "heard");
    cr_assert_eq(n_rung, 1);
}

Test(bell, may_be_closed_while_it_connects) {
    struct bell *other = bell_create(&(struct bell_options){
        .loop = &harness.loop, .conninfo = "", .channel = channel, .on_ring = on_ring});
    cr_assert_not_null(other);
    uv_run(&harness.loop, UV_RUN_NOWAIT);
    bell_destroy(other, on_closed, NULL);
    while (n_closed == 0)
        uv_run(&harness.loop, UV_RUN_ONCE);
    n_closed = 0;
}
