// Everything that a call needs fails once: memory, room in the pool's queue, room for its answer.
#include "tests/unit/rpc/world.h"

#include "grpc/health/v1/health.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "server/base/log.h"
#include "server/descriptor_set.h"
#include "tests/unit/failing/failing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { N = 4 };

FAILING_CALL(bool, pool_submit, error_set(err, "too much waits"),
             (struct pool * pool, struct unit *unit, struct error *err), (pool, unit, err))

static const struct world_options options = {.guesses_max = 1000};
static struct world world;
static struct stream streams[N];

static uv_timer_t tick; // a turn of the loop that answers a call may be followed by nothing else

static void on_tick(uv_timer_t *timer) {
    (void)timer;
}

static void setup(void) {
    failing_pause();
    log_set_level(LOG_ERROR);
    world_start(&world, &options);
    uv_timer_init(&world.loop, &tick);
    uv_timer_start(&tick, on_tick, 5, 5);
}

static void teardown(void) {
    uv_close((uv_handle_t *)&tick, NULL);
    world_stop(&world);
}

TestSuite(rpc_failure, .init = setup, .fini = teardown, .timeout = 120);

static void close_all(void) {
    for (size_t i = 0; i < N; i++)
        stream_close(&streams[i]);
    memset(streams, 0, sizeof streams);
}

// Begins a call and sends its message; false: it was refused before that.
static bool begin(struct stream *stream, const char *path, const char *token, int64_t timeout_us,
                  const ProtobufCMessage *message) {
    stream_begin(&world, stream, path, token, timeout_us);
    if (stream->ctx != NULL)
        stream_message(stream, message);
    return stream->ctx != NULL;
}

static void call(struct stream *stream, const char *path, const char *token,
                 const ProtobufCMessage *message) {
    if (begin(stream, path, token, -1, message))
        stream_half_close(stream);
}

static void await_frames(struct stream *stream, size_t n) {
    while (stream->n_frames < n && !stream->is_finished)
        world_turn(&world);
}

// It was answered well, or something failed and the answer says that the server is at fault.
static void judge(const struct stream *stream, size_t n_frames) {
    cr_assert(stream->is_finished);
    cr_assert(stream->status == GRPC_OK || failing_has_failed(), "%s", stream->message);
    if (stream->status == GRPC_OK) {
        cr_assert_eq(stream->n_frames, n_frames);
        return;
    }
    cr_assert(stream->status == GRPC_RESOURCE_EXHAUSTED || stream->status == GRPC_UNAVAILABLE ||
                  stream->status == GRPC_INTERNAL || stream->status == GRPC_INVALID_ARGUMENT,
              "%d: %s", (int)stream->status, stream->message);
    cr_assert_str_not_empty(stream->message);
}

static size_t each(void (*scenario)(void *ctx)) {
    return failing_each(scenario, NULL);
}

static void ask_or_not(void *ctx) {
    Shap__V1__GetServerInfoRequest request = SHAP__V1__GET_SERVER_INFO_REQUEST__INIT;
    (void)ctx;
    world_renew(&world, &options);
    failing_go_on();
    call(&streams[0], "/shap.v1.Directory/GetServerInfo", "token-reader", &request.base);
    stream_await(&world, &streams[0]);
    failing_pause();
    judge(&streams[0], 1);
    close_all();
}

Test(rpc_failure, a_call_that_takes_no_turn_ends_whatever_fails) {
    cr_assert_gt(each(ask_or_not), 10);
}

static void withdraw_or_not(void *reason) {
    Shap__V1__WithdrawReturnRequest request = SHAP__V1__WITHDRAW_RETURN_REQUEST__INIT;
    request.has_record_id = 1;
    request.record_id = 7;
    request.reason = reason;
    world_renew(&world, &options);
    failing_go_on();
    call(&streams[0], "WithdrawReturn", "token-contributor", &request.base);
    stream_await(&world, &streams[0]);
    failing_pause();
    judge(&streams[0], 1);
    close_all();
}

Test(rpc_failure, a_call_with_one_answer_ends_whatever_fails) {
    cr_assert_gt(each(withdraw_or_not), 10);
}

static void list_or_not(void *ctx) {
    Shap__V1__ListReturnsRequest request = SHAP__V1__LIST_RETURNS_REQUEST__INIT;
    (void)ctx;
    request.plan = (char *)"3";
    world_renew(&world, &options);
    failing_go_on();
    call(&streams[0], "ListReturns", "token-reader", &request.base);
    stream_await(&world, &streams[0]);
    failing_pause();
    judge(&streams[0], 3);
    close_all();
}

Test(rpc_failure, a_stream_ends_whatever_fails) {
    cr_assert_gt(each(list_or_not), 10);
}

// ---- grouped calls: what is acknowledged is there

static size_t n_round;

static void submit(size_t i) {
    char return_id[64];
    Shap__V1__SubmitReturnRequest request = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    snprintf(return_id, sizeof return_id, "failure-%zu-%zu", n_round, i);
    request.return_id = return_id;
    request.note = (char *)(i == 1 ? "refuse" : NULL);
    call(&streams[i], "SubmitReturn", "token-contributor", &request.base);
}

static void expect_kept(size_t i) {
    char sql[128], n[100];
    snprintf(sql, sizeof sql,
             "select count(*) from shap.submitted where return_id = 'failure-%zu-%zu'", n_round, i);
    world_ask(sql, n);
    cr_assert_str_eq(n, "1");
}

static void submit_or_not(void *ctx) {
    (void)ctx;
    n_round++;
    world_renew(&world, &options);
    failing_go_on();
    submit(0);
    stream_await(&world, &streams[0]); // from now on the server knows the caller's role
    for (size_t i = 1; i < N; i++)
        submit(i);
    for (size_t i = 1; i < N; i++)
        stream_await(&world, &streams[i]);
    failing_pause();
    for (size_t i = 0; i < N; i++) {
        if (i == 1 && streams[i].status == GRPC_NOT_FOUND)
            continue;
        cr_assert_neq(i == 1 && streams[i].status == GRPC_OK, true);
        judge(&streams[i], 1);
        if (streams[i].status == GRPC_OK)
            expect_kept(i);
    }
    close_all();
}

Test(rpc_failure, calls_that_share_a_group_end_whatever_fails_and_what_is_acknowledged_is_there) {
    cr_assert_gt(each(submit_or_not), 20);
}

// ---- calls that go on

static void watch_or_not(void *ctx) {
    Shap__V1__WatchRequest request = SHAP__V1__WATCH_REQUEST__INIT;
    (void)ctx;
    request.plan = (char *)"failure";
    request.has_follow = request.follow = 1;
    world_renew(&world, &options);
    failing_go_on();
    if (begin(&streams[0], "/shap.v1.Events/Watch", "token-reader", FOLLOW_US, &request.base))
        stream_half_close(&streams[0]);
    await_frames(&streams[0], 1);
    world.shift_us += FOLLOW_US / 2;
    rpc_ring(world.rpc, "7");
    while (!streams[0].is_finished && !pool_has_idle_link(world.pool))
        world_turn(&world);
    world.shift_us += FOLLOW_US / 2;
    (void)rpc_turn(world.rpc);
    failing_pause();
    cr_assert(streams[0].status == GRPC_DEADLINE_EXCEEDED || failing_has_failed());
    if (streams[0].status == GRPC_DEADLINE_EXCEEDED)
        cr_assert_geq(streams[0].n_frames, 1);
    else
        judge(&streams[0], 0);
    close_all();
}

Test(rpc_failure, a_call_that_goes_on_ends_whatever_fails) {
    cr_assert_gt(each(watch_or_not), 10);
}

// ---- native methods

static void health_or_not(void *ctx) {
    Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    (void)ctx;
    request.service = (char *)"shap.v1.Returns";
    world_renew(&world, &options);
    failing_go_on();
    call(&streams[0], "/grpc.health.v1.Health/Check", NULL, &request.base);
    call(&streams[1], "/grpc.health.v1.Health/Watch", NULL, &request.base);
    health_set(world.health, false);
    failing_pause();
    judge(&streams[0], 1);
    if (streams[1].is_finished)
        judge(&streams[1], 0);
    else
        cr_assert_eq(streams[1].n_frames, 2);
    close_all();
}

Test(rpc_failure, questions_of_health_are_answered_or_end_whatever_fails) {
    cr_assert_gt(each(health_or_not), 5);
}

static void ask_file(const char *name) {
    Grpc__Reflection__V1__ServerReflectionRequest request =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;
    request.message_request_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME;
    request.file_by_filename = (char *)(uintptr_t)name;
    if (!streams[0].is_finished)
        stream_message(&streams[0], &request.base);
}

// The second question waits until the answer to the first has been read.
static void reflect_or_not(void *ctx) {
    (void)ctx;
    world_renew(&world, &options);
    failing_go_on();
    stream_begin(&world, &streams[0], "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                 NULL, -1);
    ask_file("shap/v1/returns.proto");
    streams[0].queued = STREAM_QUEUE_HIGH + 1;
    ask_file("shap/v1/nothing.proto");
    if (!streams[0].is_finished) {
        cr_assert_eq(streams[0].n_frames, 1);
        streams[0].queued = 0;
        rpc_stream_events.on_drain(streams[0].ctx);
        stream_half_close(&streams[0]);
    }
    failing_pause();
    judge(&streams[0], 2);
    close_all();
}

Test(rpc_failure, a_conversation_about_the_contract_ends_whatever_fails) {
    cr_assert_gt(each(reflect_or_not), 5);
}

// ---- what is counted

static void on_flushed(void *ctx) {
    *(bool *)ctx = true;
}

static void count_or_not(void *ctx) {
    Shap__V1__WithdrawReturnRequest request = SHAP__V1__WITHDRAW_RETURN_REQUEST__INIT;
    bool is_flushed = false;
    (void)ctx;
    request.reason = (char *)"refuse";
    world_renew(&world, &options);
    call(&streams[0], "WithdrawReturn", "token-contributor", &request.base);
    stream_await(&world, &streams[0]);
    cr_assert_eq(streams[0].status, GRPC_FAILED_PRECONDITION);
    close_all();
    failing_go_on();
    rpc_flush(world.rpc, on_flushed, &is_flushed);
    while (!is_flushed)
        world_turn(&world);
    failing_pause();
}

Test(rpc_failure, a_server_that_stops_does_not_wait_for_counts_that_cannot_be_written) {
    cr_assert_gt(each(count_or_not), 3);
}

// ---- what a server begins with

static void create_or_not(void *ctx) {
    const struct rpc_options asked = world.rpc_options;
    struct error err = {0};
    (void)ctx;
    failing_go_on();
    struct rpc *rpc = rpc_create(&asked, &err);
    bool is_serving = rpc != NULL && rpc_serve(rpc, world.registry, world.pool);
    failing_pause();
    cr_assert_eq(is_serving, !failing_has_failed());
    cr_assert_eq(rpc == NULL, err.is_set);
    if (rpc != NULL)
        rpc_forget(rpc);
    rpc_destroy(rpc);
}

static void know_or_not(void *ctx) {
    struct error err = {0};
    (void)ctx;
    failing_go_on();
    struct health *health = health_create(NULL, 0, &err);
    struct reflection *reflection = reflection_create(descriptor_set, descriptor_set_len, &err);
    failing_pause();
    cr_assert_eq(health != NULL && reflection != NULL, !failing_has_failed());
    cr_assert_eq(err.is_set, failing_has_failed());
    health_destroy(health);
    reflection_destroy(reflection);
}

Test(rpc_failure, a_server_without_memory_does_not_begin) {
    cr_assert_gt(each(create_or_not), 3);
}

Test(rpc_failure, what_cannot_be_known_of_the_contract_is_an_error) {
    size_t n = 1;
    do {
        failing_begin(n);
        know_or_not(NULL);
        n += n < 20 ? 1 : 101; // the first, some of those between ...
    } while (failing_has_failed());
    for (size_t n_last = 0; n_last < 20; n--) { // ... and the last
        failing_begin(n);
        know_or_not(NULL);
        n_last += failing_has_failed();
    }
}
