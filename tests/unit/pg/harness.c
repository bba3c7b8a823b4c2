#include "tests/unit/pg/harness.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

// Whatever happens stops the loop's turn, so that the test looks at once: a turn polls even after
// its timers have run.
static void on_state(void *ctx, bool usable, const char *reason) {
    struct harness *harness = ctx;
    uv_stop(&harness->loop);
    if (usable)
        harness->n_up++;
    else
        harness->n_down++;
    snprintf(harness->reason, sizeof harness->reason, "%s", reason ? reason : "");
}

static void on_watchdog(uv_timer_t *timer) {
    struct harness *harness = timer->data;
    uv_stop(&harness->loop);
    harness->is_late = true;
}

static void init_loop(struct harness *harness) {
    *harness = (struct harness){0};
    cr_assert_eq(uv_loop_init(&harness->loop), 0);
    uv_timer_init(&harness->loop, &harness->watchdog);
    harness->watchdog.data = harness;
    uv_unref((uv_handle_t *)&harness->watchdog);
}

static void create_pool(struct harness *harness, const struct pool_options *options) {
    struct error err = {0};
    harness->pool = pool_create(options, &err);
    cr_assert_not_null(harness->pool, "%s", err.message);
}

void harness_start_with(struct harness *harness, const char *conninfo, uint64_t patience_ms) {
    init_loop(harness);
    struct pool_options options = {.loop = &harness->loop,
                                   .conninfo = conninfo,
                                   .n_links = 1,
                                   .queue_limit = 10,
                                   .patience_ms = patience_ms,
                                   .on_state = on_state,
                                   .ctx = harness};
    create_pool(harness, &options);
}

void harness_start(struct harness *harness, size_t n_links, size_t n_stream_links,
                   size_t queue_limit) {
    init_loop(harness);
    struct pool_options options = {.loop = &harness->loop,
                                   .conninfo = "",
                                   .n_links = n_links,
                                   .n_stream_links = n_stream_links,
                                   .n_long_links = 1,
                                   .queue_limit = queue_limit,
                                   .on_state = on_state,
                                   .ctx = harness};
    create_pool(harness, &options);
    harness_wait(harness, &harness->n_up);
}

static void on_closed(void *ctx) {
    struct harness *harness = ctx;
    harness->is_closed = true;
}

void harness_stop(struct harness *harness) {
    if (harness->pool)
        pool_destroy(harness->pool, on_closed, harness);
    harness->pool = NULL;
    uv_close((uv_handle_t *)&harness->watchdog, NULL);
    while (uv_run(&harness->loop, UV_RUN_DEFAULT) != 0)
        ;
    cr_expect(harness->is_closed);
    cr_expect_eq(uv_loop_close(&harness->loop), 0, "handles are left open");
}

void harness_wait(struct harness *harness, const size_t *flag) {
    harness->is_late = false;
    uv_timer_start(&harness->watchdog, on_watchdog, SECONDS_MAX * 1000, 0);
    while (*flag == 0 && !harness->is_late)
        uv_run(&harness->loop, UV_RUN_ONCE);
    uv_timer_stop(&harness->watchdog);
    cr_assert_not(harness->is_late, "waited %d s in vain", SECONDS_MAX);
}

void harness_run(struct harness *harness, uint64_t ms) {
    harness->is_late = false;
    uv_timer_start(&harness->watchdog, on_watchdog, ms, 0);
    while (!harness->is_late)
        uv_run(&harness->loop, UV_RUN_ONCE);
}

static void keep_text(char *to, const char *text) {
    snprintf(to, TEXT_SIZE, "%s", text ? text : "");
}

static void on_row(void *ctx, size_t step, const struct value *columns, size_t n_columns) {
    struct call *call = ctx;
    uv_stop(&call->harness->loop);
    cr_assert_eq(call->n_done, 0);
    cr_assert_not(call->is_paused && call->unit.is_stream);
    size_t len = n_columns > 0 && columns[0].len > 0 ? (size_t)columns[0].len : 0;
    if (len >= TEXT_SIZE)
        len = TEXT_SIZE - 1;
    if (len > 0)
        memcpy(call->last[step], columns[0].bytes, len);
    call->last[step][len] = '\0';
    call->n_rows[step]++;
    if (call->pause_every > 0 && call->n_rows[step] % call->pause_every == 0) {
        call->is_paused = true;
        unit_pause(&call->unit);
    }
    if (call->on_row)
        call->on_row(call);
}

static void on_done(void *ctx, const struct failure *failure) {
    struct call *call = ctx;
    uv_stop(&call->harness->loop);
    call->n_done++;
    call->has_failed = failure != NULL;
    if (!failure)
        return;
    call->failure = *failure;
    keep_text(call->message, failure->message);
    keep_text(call->detail, failure->detail);
    keep_text(call->hint, failure->hint);
}

static const struct unit_events EVENTS = {.on_row = on_row, .on_done = on_done};

void call_init(struct call *call, struct harness *harness, const struct statement *first,
               const struct statement *second) {
    *call = (struct call){.harness = harness};
    list_init(&call->unit.item);
    call->unit.steps[0].statement = first;
    call->unit.steps[1].statement = second;
    call->unit.n_steps = second ? 2 : 1;
    call->unit.events = &EVENTS;
    call->unit.ctx = call;
}

void call_submit(struct call *call) {
    struct error err = {0};
    cr_assert(pool_submit(call->harness->pool, &call->unit, &err), "%s", err.message);
    cr_assert_eq(call->n_done, 0);
}

void call_run(struct call *call) {
    call_submit(call);
    harness_wait(call->harness, &call->n_done);
    cr_assert_eq(call->n_done, 1);
}

const char *query(struct harness *harness, struct call *call, const struct statement *statement) {
    call_init(call, harness, statement, NULL);
    call_run(call);
    cr_assert_not(call->has_failed, "%s", call->message);
    return call->last[0];
}
