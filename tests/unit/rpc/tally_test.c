#include "tests/unit/rpc/world.h"

#include "server/base/log.h"
#include "server/rpc/tally.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct world world;
static struct stream stream;
static struct tally *tally;

static void setup(void) {
    log_set_level(LOG_ERROR);
    world_start(&world, &(struct world_options){0});
    tally = tally_create();
    cr_assert_not_null(tally);
}

static void teardown(void) {
    tally_destroy(tally);
    world_stop(&world);
}

TestSuite(tally, .init = setup, .fini = teardown, .timeout = 60);

static void await_answer(const char *sql, const char *wanted) {
    char answer[100];
    for (world_ask(sql, answer); strcmp(answer, wanted) != 0; world_ask(sql, answer)) {
        world.shift_us += TALLY_EVERY_US;
        world_turn(&world);
    }
}

static void on_flushed(void *ctx) {
    bool *is_flushed = ctx;
    *is_flushed = true;
}

static void flush(void) {
    bool is_flushed = false;
    tally_flush(tally, world.pool, &world.registry->tally, 1, on_flushed, &is_flushed);
    while (!is_flushed)
        world_turn(&world);
}

static void call(const char *token, const char *reason) {
    Shap__V1__WithdrawReturnRequest request = SHAP__V1__WITHDRAW_RETURN_REQUEST__INIT;
    request.reason = (char *)reason;
    stream_call(&world, &stream, "WithdrawReturn", token, &request.base);
    stream_await(&world, &stream);
    stream_close(&stream);
}

// The tests share the database: each looks at its own address or token.
static void check_said(const char *peer, const char *wanted) {
    char answer[100];
    char sql[300];
    snprintf(
        sql, sizeof sql,
        "select sum((r->>'n')::int) || ' in ' || count(*)"
        " from shap.tally, json_array_elements(counts->'refused') r where r->>'peer' like '%s'",
        peer);
    world_ask(sql, answer);
    cr_assert_str_eq(answer, wanted);
}

Test(tally, what_is_refused_and_which_tokens_are_used_is_written_in_a_batch_later) {
    call("token-counted", "refuse");
    call("token-counted", "refuse");
    call("token-counted", "");
    await_answer("select string_agg(concat_ws(' ', r->>'n', r->>'code', r->>'method', r->>'peer'), "
                 "', ') from shap.tally, json_array_elements(counts->'refused') r"
                 " where r->>'token' = encode(sha256('token-counted'), 'hex')",
                 "2 FAILED_PRECONDITION WithdrawReturn test");
    await_answer("select count(*) from shap.tally, json_array_elements(counts->'used') u"
                 " where u->>'token' = encode(sha256('token-counted'), 'hex')",
                 "1");
}

Test(tally, more_than_there_is_room_for_is_counted_together) {
    enum { MANY = 3 * TALLY_PLACES };
    uint8_t token[SHA256_SIZE] = {0};
    char peer[TALLY_PEER_SIZE];
    char wanted[100];
    for (unsigned i = 0; i < MANY; i++) {
        memcpy(token, &i, sizeof i);
        tally_refuse(
            tally, &(struct tally_refusal){token, "10.2.0.1", "GetPlan", GRPC_UNAUTHENTICATED}, 1);
    }
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(peer, sizeof peer, "10.1.0.%u", i);
        tally_refuse(tally, &(struct tally_refusal){NULL, peer, "GetPlan", GRPC_NOT_FOUND}, 1);
    }
    flush();
    snprintf(wanted, sizeof wanted, "%d in %d", MANY, TALLY_PLACES / 2 + 1);
    check_said("10.2.0.1", wanted);
    snprintf(wanted, sizeof wanted, "%d in %d", TALLY_PLACES / 2 - 1, TALLY_PLACES / 2 - 1);
    check_said("10.1.0.%", wanted);
    char answer[100];
    snprintf(wanted, sizeof wanted, "%d", MANY - (TALLY_PLACES / 2 - 1));
    world_ask("select sum((r->>'n')::int) from shap.tally, json_array_elements(counts->'refused') r"
              " where r->>'peer' is null",
              answer);
    cr_assert_str_eq(answer, wanted);
}

Test(tally, what_is_no_refusal_is_not_counted_and_nothing_is_sent_then) {
    static const enum grpc_status others[] = {GRPC_OK, GRPC_CANCELLED, GRPC_DEADLINE_EXCEEDED,
                                              GRPC_UNAVAILABLE, GRPC_INTERNAL};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        tally_refuse(tally, &(struct tally_refusal){NULL, "10.3.0.1", "GetPlan", others[i]}, 1);
    cr_assert_eq(tally_turn(tally, world.pool, &world.registry->tally, 10 * TALLY_EVERY_US), -1);
    bool is_flushed = false;
    tally_flush(tally, world.pool, &world.registry->tally, 1, on_flushed, &is_flushed);
    cr_assert(is_flushed);
}

Test(tally, what_cannot_be_written_is_kept_for_later) {
    tally_refuse(tally, &(struct tally_refusal){NULL, "10.4.0.1", NULL, GRPC_UNIMPLEMENTED}, 1);
    cr_assert_eq(tally_turn(tally, NULL, NULL, 10 * TALLY_EVERY_US), -1);
    bool is_flushed = false;
    tally_flush(tally, NULL, NULL, 1, on_flushed, &is_flushed);
    cr_assert(is_flushed);
    flush();
    check_said("10.4.0.1", "1 in 1");
}

Test(tally, tokens_beyond_the_room_are_left_out) {
    enum { MANY = 2 * TALLY_PLACES };
    uint8_t token[SHA256_SIZE] = {[SHA256_SIZE - 1] = 0xaa};
    char answer[100], wanted[100];
    for (unsigned i = 0; i < 2 * MANY; i++) {
        unsigned n = i % MANY;
        memcpy(token, &n, sizeof n);
        tally_use(tally, token, 1);
    }
    flush();
    snprintf(wanted, sizeof wanted, "%d of %d", TALLY_PLACES, TALLY_PLACES);
    world_ask("select count(*) || ' of ' || count(distinct u->>'token')"
              " from shap.tally, json_array_elements(counts->'used') u"
              " where u->>'token' like '%0000000000aa'",
              answer);
    cr_assert_str_eq(answer, wanted);
}

Test(tally, what_is_counted_while_a_batch_is_written_is_in_the_next_and_a_flush_awaits_it) {
    bool is_flushed = false;
    tally_refuse(tally, &(struct tally_refusal){NULL, "10.5.0.1", "GetPlan", GRPC_NOT_FOUND}, 1);
    cr_assert_eq(tally_turn(tally, world.pool, &world.registry->tally, 10 * TALLY_EVERY_US), -1);
    tally_refuse(tally, &(struct tally_refusal){NULL, "10.5.0.2", "GetPlan", GRPC_NOT_FOUND}, 1);
    tally_flush(tally, world.pool, &world.registry->tally, 1, on_flushed, &is_flushed);
    cr_assert_not(is_flushed);
    while (!is_flushed)
        world_turn(&world);
    check_said("10.5.0.1", "1 in 1");
    check_said("10.5.0.2", "1 in 1");
}

Test(tally, a_batch_that_finds_the_disk_full_is_written_when_there_is_room_again) {
    char answer[100];
    world_ask("insert into shap.full_disk values ('now') returning since", answer);
    tally_refuse(tally, &(struct tally_refusal){NULL, "10.6.0.1", "GetPlan", GRPC_NOT_FOUND}, 1);
    flush();
    world_ask("select count(*) from shap.tally where counts::text like '%10.6.0.1%'", answer);
    cr_assert_str_eq(answer, "0");
    tally_refuse(tally, &(struct tally_refusal){NULL, "10.6.0.2", "GetPlan", GRPC_NOT_FOUND}, 1);
    world_ask("delete from shap.full_disk returning since", answer);
    flush();
    check_said("10.6.0.1", "1 in 1");
    check_said("10.6.0.2", "1 in 1");
}
