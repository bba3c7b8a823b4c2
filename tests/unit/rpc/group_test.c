#include "tests/unit/rpc/world.h"

#include "server/base/log.h"
#include "server/rpc/breakers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { N = 64 };

static struct world world;
static struct stream streams[N];

static void setup(void) {
    log_set_level(LOG_ERROR);
    world_start(&world, &(struct world_options){.queue_limit = 100, .stops_clock = true});
}

static void teardown(void) {
    for (size_t i = 0; i < N; i++)
        stream_close(&streams[i]);
    world_stop(&world);
}

TestSuite(group, .init = setup, .fini = teardown, .timeout = 60);

static void submit_as(struct stream *stream, const char *token, const char *name, size_t i,
                      const char *note) {
    char return_id[64];
    Shap__V1__SubmitReturnRequest request = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    snprintf(return_id, sizeof return_id, "%s-%zu", name, i);
    request.return_id = return_id;
    request.note = (char *)note;
    stream_call(&world, stream, "SubmitReturn", token, &request.base);
}

static void submit(struct stream *stream, const char *name, size_t i, const char *note) {
    submit_as(stream, i % 2 == 0 ? "token-contributor" : "token-partner", name, i, note);
}

static void await_all(size_t n) {
    for (size_t i = 0; i < n; i++)
        stream_await(&world, &streams[i]);
}

// Makes the server remember the roles of the two tokens.
static void introduce(const char *name) {
    for (size_t i = 0; i < 2; i++) {
        struct stream stream;
        submit(&stream, name, 1000 + i, "first");
        stream_await(&world, &stream);
        cr_assert_eq(stream.status, GRPC_OK, "%s", stream.message);
        stream_close(&stream);
    }
}

static long count(const char *sql) {
    char answer[100];
    world_ask(sql, answer);
    return strtol(answer, NULL, 10);
}

static void assert_receipt(const struct stream *stream, const char *name, size_t i) {
    char return_id[64];
    snprintf(return_id, sizeof return_id, "%s-%zu", name, i);
    cr_assert_eq(stream->status, GRPC_OK, "%zu: %s", i, stream->message);
    Shap__V1__Receipt *receipt = stream_receipt(stream);
    cr_assert_str_eq(receipt->return_id, return_id);
    shap__v1__receipt__free_unpacked(receipt, NULL);
}

Test(group, a_lone_call_is_a_group_of_one) {
    submit(&streams[0], "lone", 0, NULL);
    stream_await(&world, &streams[0]);
    assert_receipt(&streams[0], "lone", 0);
    cr_assert_eq(count("select group_size from shap.submitted where return_id = 'lone-0'"), 1);
}

Test(group, calls_in_flight_share_a_group_and_each_gets_its_own_answer) {
    introduce("share");
    for (size_t i = 0; i < N; i++)
        submit(&streams[i], "share", i, NULL);
    await_all(N);
    for (size_t i = 0; i < N; i++)
        assert_receipt(&streams[i], "share", i);
    cr_assert_eq(count("select count(*) from shap.submitted where return_id like 'share-%'"),
                 N + 2);
    cr_assert_geq(
        count("select max(group_size) from shap.submitted where return_id like 'share-%'"), N / 2);
}

Test(group, callers_that_were_never_seen_go_alone) {
    for (size_t i = 0; i < 8; i++)
        submit(&streams[i], "new", i, NULL);
    await_all(8);
    cr_assert_eq(count("select min(group_size) from shap.submitted where return_id like 'new-%'"),
                 1);
    for (size_t i = 0; i < 8; i++)
        assert_receipt(&streams[i], "new", i);
}

Test(group, a_refusal_is_one_callers_and_the_others_are_kept) {
    introduce("refuse");
    for (size_t i = 0; i < N; i++)
        submit(&streams[i], "refuse", i, i % 10 == 3 ? "refuse" : NULL);
    await_all(N);
    for (size_t i = 0; i < N; i++)
        if (i % 10 == 3) {
            cr_assert_eq(streams[i].status, GRPC_NOT_FOUND);
            cr_assert_str_eq(streams[i].message, "there is no such milestone. Look again.");
        } else {
            assert_receipt(&streams[i], "refuse", i);
        }
}

Test(group, a_group_that_fails_is_tried_again_one_by_one) {
    introduce("break");
    for (size_t i = 0; i < 16; i++)
        submit(&streams[i], "break", i, i == 5 ? "break" : NULL);
    await_all(16);
    for (size_t i = 0; i < 16; i++)
        if (i == 5)
            cr_assert_eq(streams[i].status, GRPC_INTERNAL);
        else
            assert_receipt(&streams[i], "break", i);
    cr_assert_eq(count("select count(*) from shap.submitted where return_id like 'break-%'"), 17);
}

// They would have been kept one by one.
Test(group, a_group_that_fails_for_want_of_memory_is_not_tried_again) {
    introduce("exhaust");
    for (size_t i = 0; i < 16; i++)
        submit(&streams[i], "exhaust", i, i == 5 ? "exhaust" : NULL);
    await_all(16);
    for (size_t i = 0; i < 16; i++)
        cr_assert_eq(streams[i].status, streams[5].status);
    cr_assert_neq(streams[5].status, GRPC_OK);
    cr_assert_eq(count("select count(*) from shap.submitted where return_id ~ '^exhaust-..?$'"), 0);
}

Test(group, an_unknown_token_does_not_spoil_the_group_of_others) {
    introduce("token");
    submit_as(&streams[0], "token-stolen", "token", 0, NULL);
    for (size_t i = 1; i < 16; i++)
        submit(&streams[i], "token", i, NULL);
    await_all(16);
    cr_assert_eq(streams[0].status, GRPC_UNAUTHENTICATED);
    for (size_t i = 1; i < 16; i++)
        assert_receipt(&streams[i], "token", i);
}

Test(group, a_request_that_cannot_be_a_value_is_refused_before_the_group_is_sent) {
    introduce("value");
    Shap__V1__SubmitReturnRequest request = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    request.as_of = (char *)"yesterday";
    stream_call(&world, &streams[0], "SubmitReturn", "token-contributor", &request.base);
    submit(&streams[1], "value", 1, NULL);
    await_all(2);
    cr_assert_eq(streams[0].status, GRPC_INVALID_ARGUMENT);
    assert_receipt(&streams[1], "value", 1);
}

Test(group, a_call_without_an_answer_from_the_function_is_a_fault) {
    submit(&streams[0], "forget", 0, "forget");
    stream_await(&world, &streams[0]);
    cr_assert_eq(streams[0].status, GRPC_INTERNAL);
}

Test(group, an_answer_that_is_of_no_call_or_of_no_kind_is_a_fault) {
    static const char *const notes[] = {"zeroth", "beyond", "unnumbered", "misspell"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        submit(&streams[i], notes[i], 0, notes[i]);
        stream_await(&world, &streams[i]);
        cr_assert_eq(streams[i].status, GRPC_INTERNAL, "%s", notes[i]);
        cr_assert_eq(streams[i].n_frames, 0);
    }
}

Test(group, a_caller_without_the_right_is_denied) {
    submit_as(&streams[0], "token-reader", "denied", 0, NULL);
    stream_await(&world, &streams[0]);
    cr_assert_eq(streams[0].status, GRPC_PERMISSION_DENIED);
}

Test(group, callers_may_leave_at_any_moment) {
    introduce("leave");
    for (size_t i = 0; i < N; i++)
        submit(&streams[i], "leave", i, NULL);
    for (size_t i = 0; i < N; i += 4)
        stream_close(&streams[i]);
    world_turn(&world);
    for (size_t i = 1; i < N; i += 4)
        stream_close(&streams[i]);
    for (size_t i = 2; i < N; i += 4) {
        stream_await(&world, &streams[i]);
        assert_receipt(&streams[i], "leave", i);
    }
}

Test(group, more_calls_than_may_wait_are_refused_at_once) {
    struct stream more[60];
    for (size_t i = 0; i < N; i++)
        submit(&streams[i], "many", i, NULL);
    size_t n_refused = 0;
    for (size_t i = 0; i < 60; i++) {
        submit(&more[i], "more", i, NULL);
        n_refused += more[i].is_finished && more[i].status == GRPC_UNAVAILABLE;
    }
    cr_assert_eq(n_refused, N + 60 - 100);
    for (size_t i = 0; i < 60; i++)
        stream_close(&more[i]);
    await_all(N);
}

Test(group, what_waits_is_answered_when_the_database_goes_away) {
    for (size_t i = 0; i < 8; i++)
        submit(&streams[i], "away", i, NULL);
    rpc_suspend(world.rpc);
    for (size_t i = 0; i < 8; i++) {
        cr_assert(streams[i].is_finished);
        cr_assert_eq(streams[i].status, GRPC_UNAVAILABLE);
    }
}

Test(group, a_deadline_ends_a_call_that_waits_and_one_that_runs) {
    for (size_t i = 0; i < 8; i++)
        submit(&streams[i], "late", i, NULL);
    (void)rpc_turn(world.rpc);
    world.shift_us += 10000000;
    (void)rpc_turn(world.rpc);
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(streams[i].status, GRPC_DEADLINE_EXCEEDED);
}

Test(group, what_takes_long_to_look_through_is_left_to_the_next_turn) {
    introduce("long");
    for (size_t i = 0; i < 16; i++)
        submit(&streams[i], "long", i, NULL);
    world.look_us = 200;
    cr_assert_eq(rpc_turn(world.rpc), 0);
    world.look_us = 0;
    await_all(16);
    for (size_t i = 0; i < 16; i++)
        assert_receipt(&streams[i], "long", i);
    cr_assert_lt(count("select min(group_size) from shap.submitted where return_id ~ '^long-..?$'"),
                 8);
}

static const uint64_t five_seconds_ns = UINT64_C(5000000000);

// Calls that cannot be encoded: before each turn there are sixty-four.
static void ask_for_nonsense(void) {
    Shap__V1__SubmitReturnRequest request = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    request.return_id = (char *)"nonsense";
    request.has_status = true;
    request.status = (Shap__V1__ReturnStatus)99;
    for (size_t i = 0; i < N; i++) {
        if (streams[i].ctx != NULL && !streams[i].is_finished)
            continue;
        stream_close(&streams[i]);
        stream_call(&world, &streams[i], "SubmitReturn", "token-contributor", &request.base);
    }
}

Test(group, what_is_refused_at_once_keeps_nobody_elses_calls_waiting) {
    struct stream read;
    Shap__V1__WhoAmIRequest request = SHAP__V1__WHO_AM_IREQUEST__INIT;
    world.look_us = 20;
    ask_for_nonsense();
    stream_call(&world, &read, "/shap.v1.Directory/WhoAmI", "token-contributor", &request.base);
    for (uint64_t end = uv_hrtime() + five_seconds_ns; uv_hrtime() < end && !read.is_finished;) {
        ask_for_nonsense();
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    world.look_us = 0;
    (void)rpc_turn(world.rpc);
    cr_assert(read.is_finished);
    cr_assert_eq(read.status, GRPC_OK, "%s", read.message);
    stream_close(&read);
    await_all(N);
    cr_assert_eq(streams[0].status, GRPC_INVALID_ARGUMENT, "%s", streams[0].message);
}

Test(group, who_sees_less_with_the_same_role_does_not_spoil_the_group_of_others) {
    struct stream stream;
    introduce("sight");
    submit_as(&stream, "token-short-sighted", "sight", 2000, NULL);
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_OK, "%s", stream.message);
    stream_close(&stream);
    for (size_t i = 0; i < 16; i++)
        submit_as(&streams[i], i < 12 ? "token-contributor" : "token-short-sighted", "sight", i,
                  NULL);
    await_all(16);
    for (size_t i = 0; i < 16; i++)
        assert_receipt(&streams[i], "sight", i);
    cr_assert_eq(count("select count(*) from shap.submitted where return_id ~ '^sight-1?[0-9]$' "
                       "and group_size = 12"),
                 12);
    cr_assert_eq(count("select count(*) from shap.submitted where return_id ~ '^sight-1?[0-9]$' "
                       "and group_size = 4"),
                 4);
}

// ---- a caller who breaks groups

enum { CROWD = 12 };

// The token whose calls break groups becomes known, too.
static void introduce_breaker(const char *name) {
    struct stream stream;
    introduce(name);
    submit_as(&stream, "token-breaker", name, 2000, "first");
    stream_await(&world, &stream);
    cr_assert_eq(stream.status, GRPC_OK, "%s", stream.message);
    stream_close(&stream);
}

// A crowd sends returns and the breaker n of his among them; all that are left are answered.
static void send_crowd(const char *name, size_t n, const char *note) {
    for (size_t i = 0; i < CROWD + n; i++) {
        stream_close(&streams[i]);
        if (i < CROWD)
            submit(&streams[i], name, i, NULL);
        else
            submit_as(&streams[i], "token-breaker", name, i, note);
    }
}

static void await_crowd(const char *name) {
    await_all(CROWD);
    for (size_t i = 0; i < CROWD; i++)
        assert_receipt(&streams[i], name, i);
}

// Whether the crowd's group was done whole, and the breaker was not in it.
static bool was_whole(const char *name) {
    char sql[200];
    snprintf(sql, sizeof sql,
             "select count(*) from shap.submitted where return_id ~ '^%s-1?[0-9]$' and "
             "group_size = %d and caller <> sha256('token-breaker')",
             name, CROWD);
    return count(sql) == CROWD;
}

static long size_of(const char *name, size_t i) {
    char sql[200];
    snprintf(sql, sizeof sql, "select group_size from shap.submitted where return_id = '%s-%zu'",
             name, i);
    return count(sql);
}

static const char *numbered(const char *name, size_t i) {
    static char text[40];
    snprintf(text, sizeof text, "%s%zu", name, i);
    return text;
}

Test(group, who_keeps_breaking_groups_breaks_no_more_and_is_answered_all_the_same) {
    introduce_breaker("breaker");
    for (size_t i = 0; i < 2 * BREAKS_MOST; i++) {
        const char *name = numbered("breaker", i);
        send_crowd(name, 1, "break");
        await_crowd(name);
        stream_await(&world, &streams[CROWD]);
        cr_assert_eq(streams[CROWD].status, GRPC_INTERNAL);
        cr_assert_eq(was_whole(name), i >= BREAKS_MOST, "%zu", i);
    }
    send_crowd("breaker-good", 2, NULL);
    await_crowd("breaker-good");
    cr_assert(was_whole("breaker-good"));
    for (size_t i = CROWD; i < CROWD + 2; i++) {
        stream_await(&world, &streams[i]);
        assert_receipt(&streams[i], "breaker-good", i);
        cr_assert_eq(size_of("breaker-good", i), 1);
    }
}

Test(group, who_broke_groups_shares_again_after_a_while_and_loses_it_with_the_next) {
    introduce_breaker("while");
    for (size_t i = 0; i < BREAKS_MOST; i++) {
        const char *name = numbered("while", i);
        send_crowd(name, 1, "break");
        await_crowd(name);
        stream_await(&world, &streams[CROWD]);
    }
    world.shift_us += BREAK_US;
    send_crowd("while-good", 1, NULL);
    await_crowd("while-good");
    stream_await(&world, &streams[CROWD]);
    cr_assert_eq(size_of("while-good", CROWD), CROWD + 1);
    send_crowd("while-bad", 1, "break");
    await_crowd("while-bad");
    stream_await(&world, &streams[CROWD]);
    cr_assert_not(was_whole("while-bad"));
    send_crowd("while-then", 1, "break");
    await_crowd("while-then");
    cr_assert(was_whole("while-then"));
}

Test(group, who_leaves_before_it_is_seen_that_he_broke_it_breaks_no_more_either) {
    size_t n_broken = 0;
    introduce_breaker("leaver");
    for (size_t i = 0; i < 4 * BREAKS_MOST; i++) {
        const char *name = numbered("leaver", i);
        send_crowd(name, 1, "break");
        (void)rpc_turn(world.rpc);
        stream_close(&streams[CROWD]);
        await_crowd(name);
        n_broken += !was_whole(name);
    }
    cr_assert_gt(n_broken, 0);
    cr_assert_leq(n_broken, BREAKS_MOST);
    cr_assert(was_whole(numbered("leaver", 4 * BREAKS_MOST - 1)));
}

Test(group, calls_that_wait_when_their_caller_is_found_out_break_nothing) {
    struct stream first[CROWD + BREAKS_MOST + 1] = {0};
    introduce_breaker("found");
    for (size_t i = 0; i < CROWD; i++)
        submit(&first[i], "found-first", i, NULL);
    for (size_t i = CROWD; i < CROWD + BREAKS_MOST + 1; i++)
        submit_as(&first[i], "token-breaker", "found-first", i, "break");
    stream_await(&world, &first[0]); // it is tried alone, and the others wait for their turn
    send_crowd("found", 2, "break");
    await_crowd("found");
    for (size_t i = 0; i < CROWD + BREAKS_MOST + 1; i++) {
        stream_await(&world, &first[i]);
        stream_close(&first[i]);
    }
    cr_assert(was_whole("found"));
}

Test(group, what_fails_for_everybody_is_nobodys_break) {
    introduce_breaker("outdated");
    for (size_t i = 0; i < 2 * BREAKS_MOST; i++) {
        submit_as(&streams[0], "token-breaker", numbered("outdated", i), 0, "outdated");
        stream_await(&world, &streams[0]);
        cr_assert_eq(streams[0].status, GRPC_UNAVAILABLE);
        stream_close(&streams[0]);
    }
    send_crowd("outdated-good", 1, NULL);
    await_crowd("outdated-good");
    stream_await(&world, &streams[CROWD]);
    cr_assert_eq(size_of("outdated-good", CROWD), CROWD + 1);
}
