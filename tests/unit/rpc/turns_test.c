#include "tests/unit/rpc/world.h"

#include "server/base/log.h"

#include <criterion/criterion.h>
#include <string.h>

static struct world world;
static struct stream slow;  // of the reader: takes nothing, and keeps its link
static struct stream next;  // of the same
static struct stream third; // of the same
static char padding[1001];

static void call(struct stream *stream, const char *token, const char *n, int64_t timeout_us) {
    Shap__V1__ListReturnsRequest request = SHAP__V1__LIST_RETURNS_REQUEST__INIT;
    request.plan = (char *)n;
    request.reference = padding;
    stream_begin(&world, stream, "ListReturns", token, timeout_us);
    stream->is_paused = stream == &slow;
    stream_message(stream, &request.base);
    stream_half_close(stream);
}

static void report(struct stream *stream, const char *token, const char *reason,
                   int64_t timeout_us) {
    Shap__V1__WithdrawReturnRequest request = SHAP__V1__WITHDRAW_RETURN_REQUEST__INIT;
    request.reason = (char *)reason;
    stream_begin(&world, stream, "WithdrawReturn", token, timeout_us);
    stream_message(stream, &request.base);
    stream_half_close(stream);
}

// As with --streams-each 1 and --stream-links 2: two links for streams, one of them for a token,
// and a slow reader on that.
static void setup(void) {
    log_set_level(LOG_ERROR);
    memset(padding, 'x', 1000);
    world_start(&world,
                &(struct world_options){
                    .queue_limit = 3, .streams_each = 1, .long_each = 1, .n_stream_links = 2});
    call(&slow, "token-reader", "20000", -1);
    while (slow.queued <= STREAM_QUEUE_HIGH)
        world_turn(&world);
}

static void teardown(void) {
    stream_close(&slow);
    stream_close(&next);
    stream_close(&third);
    world_stop(&world);
}

TestSuite(turns, .init = setup, .fini = teardown, .timeout = 60);

// Others are served meanwhile, so that what is not would have been.
static void expect_others_served(void) {
    struct stream other;
    call(&other, "token-contributor", "3", -1);
    stream_await(&world, &other);
    cr_assert_eq(other.status, GRPC_OK, "%s", other.message);
    cr_assert_eq(other.n_frames, 3);
    stream_close(&other);
}

Test(turns, a_slow_readers_other_streams_wait_and_nobody_elses) {
    call(&next, "token-reader", "2", -1);
    call(&third, "token-reader", "1", -1);
    expect_others_served();
    cr_assert_eq(next.n_frames, 0);
    stream_close(&slow);
    stream_await(&world, &next);
    stream_await(&world, &third);
    cr_assert_eq(next.status, GRPC_OK);
    cr_assert_eq(next.n_frames, 2);
    cr_assert_eq(third.n_frames, 1);
}

Test(turns, a_stream_that_is_given_up_while_it_waits_takes_no_turn) {
    call(&next, "token-reader", "2", -1);
    call(&third, "token-reader", "1", -1);
    stream_close(&next);
    cr_assert_eq(rpc_n_calls(world.rpc), 2);
    stream_close(&slow);
    stream_await(&world, &third);
    cr_assert_eq(third.status, GRPC_OK);
    cr_assert_eq(next.n_frames, 0);
}

Test(turns, a_stream_whose_time_is_up_while_it_waits_says_so) {
    call(&next, "token-reader", "2", 200000);
    world.shift_us += 200000;
    (void)rpc_turn(world.rpc);
    cr_assert_eq(next.status, GRPC_DEADLINE_EXCEEDED);
    expect_others_served();
}

Test(turns, streams_that_wait_are_told_when_the_database_goes_away) {
    call(&next, "token-reader", "2", -1);
    rpc_suspend(world.rpc);
    cr_assert_eq(next.status, GRPC_UNAVAILABLE);
}

// The function of WithdrawReturn is declared to cost much. The first is ended by PostgreSQL.
Test(turns, what_takes_long_waits_for_its_own_tokens_and_for_no_stream) {
    struct stream other;
    report(&next, "token-contributor", "sleep", 500000);
    report(&third, "token-contributor", "done", -1);
    report(&other, NULL, "done", -1);
    stream_await(&world, &other);
    cr_assert_eq(other.status, GRPC_OK, "%s", other.message);
    cr_assert_eq(third.n_frames, 0);
    cr_assert_not(next.is_finished);
    stream_await(&world, &third);
    cr_assert_eq(third.status, GRPC_OK, "%s", third.message);
    cr_assert_eq(next.status, GRPC_DEADLINE_EXCEEDED);
    stream_close(&next);
    call(&next, "token-reader", "1", -1);
    cr_assert_eq(next.n_frames, 0); // a slow stream of the same token has its turn
    stream_close(&other);
}

Test(turns, more_than_may_wait_are_refused) {
    struct stream waiting[3];
    for (size_t i = 0; i < 3; i++)
        call(&waiting[i], "token-reader", "1", -1);
    call(&next, "token-reader", "1", -1);
    cr_assert_eq(next.status, GRPC_UNAVAILABLE);
    cr_assert_not_null(strstr(next.message, "busy"));
    for (size_t i = 0; i < 3; i++)
        stream_close(&waiting[i]);
}
