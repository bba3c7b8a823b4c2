#include "tests/unit/rpc/world.h"

#include "server/base/log.h"
#include "server/rpc/call_log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

static struct world world;
static struct stream stream;

static void setup(void) {
    log_set_level(LOG_ERROR);
    world_start(&world, &(struct world_options){0});
}

static void teardown(void) {
    stream_close(&stream);
    world_stop(&world);
}

TestSuite(call, .init = setup, .fini = teardown, .timeout = 60);

static Shap__V1__WithdrawReturnRequest withdraw(const char *reason) {
    Shap__V1__WithdrawReturnRequest request = SHAP__V1__WITHDRAW_RETURN_REQUEST__INIT;
    request.has_record_id = 1;
    request.record_id = 42;
    request.reason = (char *)reason;
    request.day = (char *)"2010-12-31";
    return request;
}

static Shap__V1__ListReturnsRequest list(const char *n) {
    Shap__V1__ListReturnsRequest request = SHAP__V1__LIST_RETURNS_REQUEST__INIT;
    request.plan = (char *)n;
    return request;
}

static void call(const char *token, const char *reason) {
    Shap__V1__WithdrawReturnRequest request = withdraw(reason);
    stream_call(&world, &stream, "WithdrawReturn", token, &request.base);
    stream_await(&world, &stream);
}

Test(call, a_unary_method_answers_one_message_and_ok) {
    call("token-contributor", "because");
    cr_assert_eq(stream.status, GRPC_OK, "%s", stream.message);
    cr_assert_eq(stream.n_frames, 1);
    Shap__V1__Return *answer = stream_return(&stream);
    cr_assert_eq(answer->record_id, 42);
    cr_assert_str_eq(answer->reason, "because");
    cr_assert_str_eq(answer->as_of, "2010-12-31");
    cr_assert_null(answer->note);
    shap__v1__return__free_unpacked(answer, NULL);
}

Test(call, identity_and_limits_are_set_for_the_unit) {
    call("token-contributor", "settings");
    Shap__V1__Return *answer = stream_return(&stream);
    cr_assert_str_eq(answer->note, "shap_contributor 1 full off 10s");
    shap__v1__return__free_unpacked(answer, NULL);
}

Test(call, without_a_token_the_caller_is_anonymous) {
    call(NULL, "settings");
    Shap__V1__Return *answer = stream_return(&stream);
    cr_assert_str_eq(answer->note, "shap_anonymous {} none off 10s");
    shap__v1__return__free_unpacked(answer, NULL);
}

Test(call, a_stable_method_runs_read_only) {
    Shap__V1__ListReturnsRequest request = list("1");
    stream_call(&world, &stream, "ListReturns", "token-reader", &request.base);
    stream_await(&world, &stream);
    Shap__V1__Return *answer = stream_return(&stream);
    cr_assert_str_eq(answer->return_id, "on");
    shap__v1__return__free_unpacked(answer, NULL);
}

Test(call, a_row_of_nulls_is_not_found) {
    call("token-contributor", "missing");
    cr_assert_eq(stream.status, GRPC_NOT_FOUND);
    cr_assert_eq(stream.n_frames, 0);
}

Test(call, a_refusal_reaches_the_caller_in_its_own_words) {
    call("token-contributor", "refuse");
    cr_assert_eq(stream.status, GRPC_FAILED_PRECONDITION);
    cr_assert_str_eq(stream.message, "it was withdrawn already. Nothing to do.");
}

Test(call, a_fault_reaches_the_caller_without_the_databases_words) {
    call("token-contributor", "fault");
    cr_assert_eq(stream.status, GRPC_INTERNAL);
    cr_assert_null(strstr(stream.message, "zero"));
    cr_assert_not_null(strstr(stream.message, "request "));
}

Test(call, of_many_faults_each_reaches_its_caller_and_the_first_the_log) {
    static char output[100000];
    size_t n_lines = 0;
    cr_redirect_stderr();
    for (int i = 0; i < CALL_LOG_BAD + 5; i++) {
        call("token-contributor", "fault");
        cr_assert_eq(stream.status, GRPC_INTERNAL);
        stream_close(&stream);
    }
    fclose(stderr);
    output[fread(output, 1, sizeof output - 1, cr_get_redirected_stderr())] = '\0';
    for (const char *at = output; (at = strstr(at, " failure ")) != NULL; at++)
        n_lines++;
    cr_assert_eq(n_lines, CALL_LOG_BAD);
}

Test(call, an_unknown_token_is_unauthenticated_and_the_call_does_not_run) {
    char n[100];
    call("token-stolen", "write");
    cr_assert_eq(stream.status, GRPC_UNAUTHENTICATED);
    cr_assert_str_eq(stream.message, "this token is not known here. Sign in again.");
    world_ask("select count(*) from shap.written where id = 42", n);
    cr_assert_str_eq(n, "0");
}

Test(call, a_method_that_is_not_for_the_role_is_denied) {
    call("token-reader", "because");
    cr_assert_eq(stream.status, GRPC_PERMISSION_DENIED);
}

Test(call, a_role_the_server_may_not_take_is_a_fault) {
    call("token-foreign", "because");
    cr_assert_eq(stream.status, GRPC_INTERNAL);
}

Test(call, what_fails_at_commit_is_never_acknowledged) {
    call("token-contributor", "break-at-commit");
    cr_assert_neq(stream.status, GRPC_OK);
    cr_assert_eq(stream.n_frames, 0);
}

Test(call, a_lost_link_in_a_write_is_answered_as_uncertain) {
    call("token-contributor", "end");
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
}

Test(call, a_request_that_cannot_be_a_value_is_invalid) {
    Shap__V1__WithdrawReturnRequest request = withdraw("because");
    request.day = (char *)"31/12/2010";
    stream_call(&world, &stream, "WithdrawReturn", "token-contributor", &request.base);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_INVALID_ARGUMENT);
    cr_assert_not_null(strstr(stream.message, "day"));
}

Test(call, bytes_that_are_no_message_are_invalid) {
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", -1);
    rpc_stream_events.on_message(stream.ctx, (const uint8_t *)"\x12\xff", 2);
    stream_half_close(&stream);
    cr_assert(stream.is_finished);
    cr_assert_eq(stream.status, GRPC_INVALID_ARGUMENT);
}

// Field 2047, of one byte, again and again.
Test(call, the_time_that_a_request_took_is_charged_to_its_connection) {
    static uint8_t bytes[60000];
    for (size_t i = 0; i < sizeof bytes; i += 3)
        memcpy(bytes + i, "\xf8\x7f\1", 3);
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", -1);
    rpc_stream_events.on_message(stream.ctx, bytes, sizeof bytes);
    int64_t before_us = stream.charged_us;
    stream_half_close(&stream);
    cr_assert_gt(stream.charged_us, before_us);
    stream_await(&world, &stream);
}

Test(call, many_large_requests_are_not_held_at_once_and_small_ones_always) {
    static const uint8_t bytes[HELD_LIMIT / 2];
    struct stream streams[4];
    for (size_t i = 0; i < 4; i++) {
        stream_begin(&world, &streams[i], "WithdrawReturn", NULL, -1);
        rpc_stream_events.on_message(streams[i].ctx, bytes, i < 3 ? sizeof bytes : 100);
        cr_assert_eq(streams[i].is_finished, i == 2);
    }
    cr_assert_eq(streams[2].status, GRPC_RESOURCE_EXHAUSTED);
    stream_close(&streams[0]);
    stream_begin(&world, &stream, "WithdrawReturn", NULL, -1);
    rpc_stream_events.on_message(stream.ctx, bytes, sizeof bytes / 2);
    cr_assert_not(stream.is_finished);
    for (size_t i = 1; i < 4; i++)
        stream_close(&streams[i]);
}

Test(call, a_call_without_a_message_is_refused) {
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", -1);
    stream_half_close(&stream);
    cr_assert_eq(stream.status, GRPC_UNIMPLEMENTED);
}

Test(call, a_call_with_two_messages_is_refused) {
    Shap__V1__WithdrawReturnRequest request = withdraw("write");
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", -1);
    stream_message(&stream, &request.base);
    stream_message(&stream, &request.base);
    cr_assert_eq(stream.status, GRPC_UNIMPLEMENTED);
    stream_half_close(&stream);
}

Test(call, an_unknown_method_is_unimplemented) {
    stream_begin(&world, &stream, "Nothing", "token-contributor", -1);
    cr_assert_null(stream.ctx);
    cr_assert_eq(stream.status, GRPC_UNIMPLEMENTED);
}

Test(call, anything_but_a_bearer_token_is_unauthenticated) {
    stream_begin(&world, &stream, "WithdrawReturn", "", -1);
    cr_assert_null(stream.ctx);
    cr_assert_eq(stream.status, GRPC_UNAUTHENTICATED);
}

Test(call, a_stream_answers_every_row_in_order) {
    Shap__V1__ListReturnsRequest request = list("1000");
    stream_call(&world, &stream, "ListReturns", "token-reader", &request.base);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_OK);
    cr_assert_eq(stream.n_frames, 1000);
    Shap__V1__Return *answer = stream_return(&stream);
    cr_assert_eq(answer->record_id, 1000);
    shap__v1__return__free_unpacked(answer, NULL);
}

Test(call, a_stream_without_rows_is_ok) {
    Shap__V1__ListReturnsRequest request = list("0");
    stream_call(&world, &stream, "ListReturns", "token-reader", &request.base);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_OK);
    cr_assert_eq(stream.n_frames, 0);
}

Test(call, a_stream_that_fails_ends_with_its_failure) {
    Shap__V1__ListReturnsRequest request = list("10");
    request.organisation = (char *)"fail";
    stream_call(&world, &stream, "ListReturns", "token-reader", &request.base);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_INTERNAL);
}

Test(call, a_slow_reader_pauses_its_producer_and_loses_nothing) {
    char padding[1001];
    memset(padding, 'x', 1000);
    padding[1000] = '\0';
    Shap__V1__ListReturnsRequest request = list("20000");
    request.reference = padding;
    stream_begin(&world, &stream, "ListReturns", "token-reader", -1);
    stream.is_paused = true;
    stream_message(&stream, &request.base);
    stream_half_close(&stream);
    while (!stream.is_finished) {
        while (stream.queued <= STREAM_QUEUE_HIGH && !stream.is_finished)
            world_turn(&world);
        cr_assert_lt(stream.queued, STREAM_QUEUE_HIGH + 2000);
        stream.queued = 0;
        rpc_stream_events.on_drain(stream.ctx);
    }
    cr_assert_eq(stream.status, GRPC_OK, "%s", stream.message);
    cr_assert_eq(stream.n_frames, 20000);
}

Test(call, call_is_inert_after_reset_and_its_link_comes_back) {
    struct stream reset;
    Shap__V1__ListReturnsRequest request = list("1000000");
    stream_call(&world, &reset, "ListReturns", "token-reader", &request.base);
    while (reset.n_frames < 10)
        world_turn(&world);
    size_t n_frames = reset.n_frames;
    stream_close(&reset);
    cr_assert_eq(world_n_places(), 1);
    request = list("5");
    stream_call(&world, &stream, "ListReturns", "token-reader", &request.base);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_OK);
    cr_assert_eq(stream.n_frames, 5);
    cr_assert_eq(reset.n_frames, n_frames);
    cr_assert_eq(rpc_n_calls(world.rpc), 1);
    cr_assert_eq(world_n_places(), 0);
}

Test(call, a_call_given_up_keeps_its_place_until_its_work_has_ended) {
    Shap__V1__WithdrawReturnRequest request = withdraw("sleep");
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", 200000);
    stream_message(&stream, &request.base);
    stream_half_close(&stream);
    stream_close(&stream);
    cr_assert_eq(world_n_places(), 1);
    while (world_n_places() > 0)
        world_turn(&world);
    cr_assert_eq(rpc_n_calls(world.rpc), 0);
}

Test(call, a_call_given_up_before_its_work_began_keeps_no_place) {
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", -1);
    stream_close(&stream);
    cr_assert_eq(world_n_places(), 0);
}

Test(call, a_call_that_is_reset_while_collecting_is_gone_at_once) {
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", -1);
    cr_assert_eq(rpc_n_calls(world.rpc), 1);
    stream_close(&stream);
    cr_assert_eq(rpc_n_calls(world.rpc), 0);
}

Test(call, a_deadline_of_the_client_ends_a_call_that_waits_for_its_request) {
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", 1000);
    world.shift_us += 1000;
    (void)rpc_turn(world.rpc);
    cr_assert_eq(stream.status, GRPC_DEADLINE_EXCEEDED);
}

Test(call, a_deadline_ends_a_call_that_runs) {
    Shap__V1__WithdrawReturnRequest request = withdraw("sleep");
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", 200000);
    stream_message(&stream, &request.base);
    stream_half_close(&stream);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_DEADLINE_EXCEEDED);
}

Test(call, less_than_a_millisecond_is_one_for_the_database) {
    Shap__V1__WithdrawReturnRequest request = withdraw("sleep");
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", 500);
    stream_message(&stream, &request.base);
    stream_half_close(&stream);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_DEADLINE_EXCEEDED);
    stream_close(&stream);
    while (rpc_n_calls(world.rpc) > 0) // the database has ended it, too
        world_turn(&world);
}

Test(call, after_its_answer_a_call_asks_for_nothing_more_when_its_stream_drains) {
    static const char reflection[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    Shap__V1__WithdrawReturnRequest request = withdraw("sleep");
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", 200000);
    stream_message(&stream, &request.base);
    stream_half_close(&stream);
    world.shift_us += 200000;
    (void)rpc_turn(world.rpc);
    cr_assert_eq(stream.status, GRPC_DEADLINE_EXCEEDED);
    rpc_stream_events.on_drain(stream.ctx);
    stream_close(&stream);
    while (rpc_n_calls(world.rpc) > 0)
        world_turn(&world);
    stream_begin(&world, &stream, reflection, NULL, -1);
    stream_half_close(&stream);
    cr_assert_eq(stream.status, GRPC_OK);
    rpc_stream_events.on_drain(stream.ctx);
    stream_close(&stream);
    cr_assert_eq(rpc_n_calls(world.rpc), 0);
}

Test(call, a_native_method_need_not_hear_of_draining) {
    stream_begin(&world, &stream, "/grpc.health.v1.Health/Watch", NULL, -1);
    rpc_stream_events.on_message(stream.ctx, (const uint8_t *)"", 0);
    stream_half_close(&stream);
    rpc_stream_events.on_drain(stream.ctx);
    cr_assert_eq(stream.n_frames, 1);
    cr_assert_not(stream.is_finished);
}

Test(call, the_server_has_a_deadline_of_its_own) {
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", INT64_MAX);
    cr_assert_leq(rpc_turn(world.rpc), 10000000);
    world.shift_us += 10000000;
    cr_assert_eq(rpc_turn(world.rpc), -1);
    cr_assert_eq(stream.status, GRPC_DEADLINE_EXCEEDED);
}

Test(call, nothing_is_served_while_the_database_is_away) {
    Shap__V1__WithdrawReturnRequest request = withdraw("because");
    struct stream early;
    stream_begin(&world, &early, "WithdrawReturn", "token-contributor", -1);
    rpc_suspend(world.rpc);
    stream_message(&early, &request.base);
    stream_half_close(&early);
    cr_assert_eq(early.status, GRPC_UNAVAILABLE);
    stream_close(&early);
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", -1);
    cr_assert_null(stream.ctx);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
    cr_assert(rpc_serve(world.rpc, world.registry, world.pool));
    call("token-contributor", "because");
    cr_assert_eq(stream.status, GRPC_OK);
}

Test(call, nothing_is_served_before_the_contract_is_read) {
    rpc_forget(world.rpc);
    stream_begin(&world, &stream, "WithdrawReturn", "token-contributor", -1);
    cr_assert_null(stream.ctx);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
    stream_begin(&world, &stream, "Nothing", "token-contributor", -1);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE, "who knows?");
    cr_assert(rpc_serve(world.rpc, world.registry, world.pool));
    call("token-contributor", "because");
    cr_assert_eq(stream.status, GRPC_OK);
}

Test(call, calls_that_follow_one_another_use_the_same_memory) {
    for (int i = 0; i < 500; i++) {
        call("token-contributor", i % 2 == 0 ? "because" : "refuse");
        stream_close(&stream);
    }
    cr_assert_eq(rpc_n_calls(world.rpc), 0);
}
