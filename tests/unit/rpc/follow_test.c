// Calls that go on: what they are told, when, and how they end. The table shap.happened is what a
// watch reads (see schema.sql); each test has a topic of its own in it.
#include "tests/unit/rpc/world.h"

#include "server/base/log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { SECOND_US = 1000000, MANY = 200 };

static const char path[] = "/shap.v1.Events/Watch";

static struct world world;
static struct stream stream;
static char topic[32];

static void setup(void) {
    log_set_level(LOG_ERROR);
    world_start(&world, &(struct world_options){.followers_each = MANY});
    snprintf(topic, sizeof topic, "topic-%d", uv_os_getpid());
}

static void teardown(void) {
    stream_close(&stream);
    world_stop(&world);
}

TestSuite(follow, .init = setup, .fini = teardown, .timeout = 60);

static void happen(int first, int last) {
    char sql[200];
    char n[100];
    snprintf(sql, sizeof sql,
             "with h as (insert into shap.happened select '%s', n, 'event ' || n from "
             "generate_series(%d, %d) n returning 1) select count(*)::text from h",
             topic, first, last);
    world_ask(sql, n);
}

static Shap__V1__WatchRequest request_of(void) {
    Shap__V1__WatchRequest request = SHAP__V1__WATCH_REQUEST__INIT;
    request.plan = topic;
    request.has_follow = 1;
    request.follow = 1;
    return request;
}

static void watch(struct stream *to, const char *token) {
    Shap__V1__WatchRequest request = request_of();
    stream_call(&world, to, path, token, &request.base);
}

static void await_frames(struct stream *to, size_t n) {
    while (to->n_frames < n && !to->is_finished)
        world_turn(&world);
    cr_assert_eq(to->n_frames, n, "%zu, not %zu: %s", to->n_frames, n, to->message);
}

static void last_is(const struct stream *of, const char *cursor, const char *summary) {
    Shap__V1__Event *event =
        shap__v1__event__unpack(NULL, buf_len(&of->last), buf_bytes(&of->last));
    cr_assert_not_null(event);
    cr_assert_str_eq(event->cursor, cursor);
    if (summary == NULL)
        cr_assert_null(event->summary);
    else
        cr_assert_str_eq(event->summary, summary);
    shap__v1__event__free_unpacked(event, NULL);
}

// How soon something is to be done, without doing it.
static int64_t next_us(void) {
    while (!pool_has_idle_link(world.pool))
        world_turn(&world);
    return rpc_turn(world.rpc);
}

Test(follow, a_method_follows_by_its_signature) {
    const struct method *method = registry_find(world.registry, path);
    cr_assert(method->can_follow);
    cr_assert_str_eq(method->function->args[method->cursor_arg].name, "cursor");
    cr_assert_str_eq(method->function->args[method->follow_arg].name, "follow");
    cr_assert_eq(method->cursor_column, 0);
    cr_assert_not(registry_find(world.registry, "/shap.v1.Returns/ListReturns")->can_follow);
}

Test(follow, tells_what_there_is_then_the_cursor_alone_and_waits_without_a_link) {
    happen(1, 2);
    watch(&stream, "token-reader");
    await_frames(&stream, 3);
    last_is(&stream, "2", NULL);
    int64_t left = next_us();
    cr_assert(left > FOLLOW_US - 10 * SECOND_US && left <= FOLLOW_US, "%lld", (long long)left);
    cr_assert_not(stream.is_finished);
    cr_assert(pool_has_idle_link(world.pool));
}

Test(follow, a_round_that_is_full_is_followed_by_another_at_once) {
    happen(1, 7);
    watch(&stream, "token-reader");
    await_frames(&stream, 8);
    last_is(&stream, "7", NULL);
}

Test(follow, a_bell_for_a_council_of_the_caller_brings_what_is_new_and_no_more) {
    watch(&stream, "token-reader");
    await_frames(&stream, 1);
    happen(1, 1);
    world.shift_us += SECOND_US;
    rpc_ring(world.rpc, "71");
    await_frames(&stream, 2);
    last_is(&stream, "1", "event 1");
    cr_assert_gt(next_us(), 10 * SECOND_US);
    cr_assert_eq(stream.n_frames, 2); // the cursor alone is not told again
}

Test(follow, a_bell_for_another_council_asks_for_nothing) {
    watch(&stream, "token-reader");
    await_frames(&stream, 1);
    (void)next_us();
    world.shift_us += SECOND_US;
    rpc_ring(world.rpc, "1");
    rpc_ring(world.rpc, "8");
    rpc_ring(world.rpc, "17");
    rpc_ring(world.rpc, "7171");
    rpc_ring(world.rpc, "{7"); // anybody in PostgreSQL may notify
    cr_assert_gt(rpc_turn(world.rpc), 10 * SECOND_US);
    happen(1, 1);
    rpc_ring(world.rpc, "7");
    await_frames(&stream, 2);
}

Test(follow, a_bell_is_wanted_from_the_first_who_follows_until_it_rings_for_nobody) {
    struct stream other = {0};
    cr_assert_not(world.is_ring_wanted);
    watch(&stream, "token-reader");
    watch(&other, "token-reader");
    await_frames(&stream, 1);
    await_frames(&other, 1);
    cr_assert(world.is_ring_wanted);
    stream_close(&other);
    rpc_ring(world.rpc, "7");
    cr_assert(world.is_ring_wanted);
    stream_close(&stream);
    while (rpc_n_calls(world.rpc) > 0)
        world_turn(&world);
    cr_assert(world.is_ring_wanted); // the next one may come at once
    rpc_ring(world.rpc, "7");
    cr_assert_not(world.is_ring_wanted);
}

Test(follow, many_bells_are_one_round_after_the_gap) {
    watch(&stream, "token-reader");
    await_frames(&stream, 1);
    (void)next_us();
    for (int i = 0; i < 100; i++)
        rpc_ring(world.rpc, "7");
    int64_t left = rpc_turn(world.rpc);
    cr_assert_leq(left, 200000, "%lld", (long long)left);
}

Test(follow, a_bell_that_may_have_been_missed_is_one_for_everybody) {
    watch(&stream, "token-reader");
    await_frames(&stream, 1);
    happen(1, 1);
    world.shift_us += SECOND_US;
    rpc_ring(world.rpc, NULL);
    await_frames(&stream, 2);
    last_is(&stream, "1", "event 1");
}

Test(follow, without_a_bell_it_looks_from_time_to_time_and_gives_a_sign_of_life) {
    watch(&stream, "token-reader");
    await_frames(&stream, 1);
    (void)next_us();
    world.shift_us += FOLLOW_US;
    await_frames(&stream, 2);
    last_is(&stream, "0", NULL);
    happen(1, 1);
    (void)next_us();
    world.shift_us += FOLLOW_US;
    await_frames(&stream, 4);
    last_is(&stream, "1", NULL);
}

Test(follow, a_token_that_does_not_hold_any_more_ends_it) {
    char text[100];
    world_ask("insert into shap.token values (sha256('token-brief'), 'shap_reader', '9') returning "
              "caller",
              text);
    watch(&stream, "token-brief");
    await_frames(&stream, 1);
    world_ask("delete from shap.token where caller = '9' returning caller", text);
    (void)next_us();
    world.shift_us += FOLLOW_US;
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_UNAUTHENTICATED);
    cr_assert_eq(stream.n_frames, 1);
}

Test(follow, a_refusal_of_the_first_round_is_the_answer) {
    snprintf(topic, sizeof topic, "refuse");
    watch(&stream, "token-reader");
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_OUT_OF_RANGE);
    cr_assert_str_eq(stream.message, "that is no place");
}

Test(follow, without_follow_it_is_an_ordinary_stream) {
    Shap__V1__WatchRequest request = request_of();
    request.follow = 0;
    happen(1, 2);
    stream_call(&world, &stream, path, "token-reader", &request.base);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_OK);
    cr_assert_eq(stream.n_frames, 3);
}

Test(follow, a_slow_reader_gets_no_further_round_before_it_has_read) {
    Shap__V1__WatchRequest request = request_of();
    request.council = (char *)"30000";
    happen(1, 9);
    stream_begin(&world, &stream, path, "token-reader", -1);
    stream.is_paused = true;
    stream_message(&stream, &request.base);
    stream_half_close(&stream);
    await_frames(&stream, 3);
    (void)next_us();
    rpc_ring(world.rpc, "7");
    cr_assert_eq(next_us(), -1);
    cr_assert_eq(stream.n_frames, 3);
    stream.is_paused = false;
    stream.queued = 0;
    rpc_stream_events.on_drain(stream.ctx);
    await_frames(&stream, 10);
    last_is(&stream, "9", NULL);
}

Test(follow, the_clients_deadline_holds_and_the_servers_for_streams_does_not) {
    Shap__V1__WatchRequest request = request_of();
    struct stream brief;
    watch(&stream, "token-reader");
    stream_begin(&world, &brief, path, "token-reader", 5 * SECOND_US);
    stream_message(&brief, &request.base);
    stream_half_close(&brief);
    await_frames(&stream, 1);
    await_frames(&brief, 1);
    (void)next_us();
    world.shift_us += 25 * SECOND_US;
    (void)rpc_turn(world.rpc);
    cr_assert(brief.is_finished);
    cr_assert_eq(brief.status, GRPC_DEADLINE_EXCEEDED);
    cr_assert_not(stream.is_finished);
    stream_close(&brief);
}

Test(follow, a_stop_ends_it_and_no_other_may_begin) {
    struct stream later;
    watch(&stream, "token-reader");
    await_frames(&stream, 1);
    rpc_stop(world.rpc);
    cr_assert(stream.is_finished);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
    watch(&later, "token-reader");
    stream_await(&world, &later);
    cr_assert_eq(later.status, GRPC_UNAVAILABLE);
    stream_close(&later);
}

Test(follow, a_database_that_goes_away_ends_it_so_that_its_client_comes_again) {
    watch(&stream, "token-reader");
    await_frames(&stream, 1);
    rpc_suspend(world.rpc);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
}

Test(follow, may_be_closed_at_any_moment) {
    happen(1, 7);
    for (size_t n = 0; n < 8; n++) {
        watch(&stream, "token-reader");
        while (stream.n_frames < n)
            world_turn(&world);
        stream_close(&stream);
    }
    while (rpc_n_calls(world.rpc) > 0)
        world_turn(&world);
}

Test(follow, many_wait_on_few_links_and_each_is_told_and_one_more_is_refused) {
    static struct stream streams[MANY];
    struct stream more;
    for (size_t i = 0; i < MANY; i++)
        watch(&streams[i], "token-reader");
    for (size_t i = 0; i < MANY; i++)
        await_frames(&streams[i], 1);
    watch(&more, "token-reader");
    stream_await(&world, &more);
    cr_assert_eq(more.status, GRPC_RESOURCE_EXHAUSTED);
    stream_close(&more);
    watch(&stream, "token-contributor");
    await_frames(&stream, 1);
    happen(1, 1);
    world.shift_us += SECOND_US;
    rpc_ring(world.rpc, "7");
    for (size_t i = 0; i < MANY; i++) {
        await_frames(&streams[i], 2);
        last_is(&streams[i], "1", "event 1");
        stream_close(&streams[i]);
    }
    watch(&more, "token-reader");
    await_frames(&more, 2);
    stream_close(&more);
}

Test(follow, draining_asks_for_a_round_only_when_one_waits_for_it_and_can_begin) {
    Shap__V1__WatchRequest request = request_of();
    request.council = (char *)"30000";
    happen(1, 4);
    stream_begin(&world, &stream, path, "token-reader", -1);
    stream.is_paused = true;
    stream_message(&stream, &request.base);
    stream_half_close(&stream);
    await_frames(&stream, 3);
    (void)next_us();
    rpc_stream_events.on_drain(stream.ctx); // of other bytes: too many are left
    cr_assert_eq(next_us(), -1);
    stream.is_paused = false;
    stream.queued = 0;
    rpc_stream_events.on_drain(stream.ctx);
    await_frames(&stream, 5);
    (void)next_us();
    rpc_stream_events.on_drain(stream.ctx);
    cr_assert_gt(next_us(), 10 * SECOND_US);
    rpc_suspend(world.rpc);
    rpc_stream_events.on_drain(stream.ctx);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
    cr_assert_eq(stream.n_frames, 5);
}

Test(follow, a_bell_without_a_name_is_one_for_everybody) {
    watch(&stream, "token-reader");
    await_frames(&stream, 1);
    happen(1, 1);
    world.shift_us += SECOND_US;
    rpc_ring(world.rpc, "");
    await_frames(&stream, 2);
    last_is(&stream, "1", "event 1");
}
