#include "server/pg/pool.h"

#include "tests/unit/pg/harness.h"

#include <criterion/criterion.h>
#include <string.h>

static struct harness harness;

static void start(void) {
    harness_start(&harness, 1, 1, 10);
}

static void stop(void) {
    harness_stop(&harness);
}

TestSuite(pool, .init = start, .fini = stop, .timeout = 60);

static const struct statement HELLO = {.name = "hello", .sql = "select 'hello'::text"};
static const struct statement SERIES = {.name = "series",
                                        .sql = "select n::text from generate_series(1, 1000) n"};
static const struct statement SLEEP = {.name = "sleep", .sql = "select 'slept' from pg_sleep(0.2)"};
static const struct statement SLEEP_LONG = {.name = "sleep_long", .sql = "select pg_sleep(60)"};
static const struct statement SET = {
    .name = "set", .sql = "select set_config('test.name', 'set by the first step', true)"};
static const struct statement SHOW = {.name = "show",
                                      .sql = "select current_setting('test.name', true)"};
static const struct statement FAIL = {.name = "fail",
                                      .sql = "select 1 / (select 0 from pg_sleep(0))"};

Test(pool, hands_up_rows_and_the_end) {
    struct call call;
    call_init(&call, &harness, &SERIES, NULL);
    call_run(&call);
    cr_assert_not(call.has_failed, "%s", call.message);
    cr_assert_eq(call.n_rows[0], 1000);
    cr_assert_str_eq(call.last[0], "1000");
}

Test(pool, sends_binary_parameters_and_null) {
    static const uint32_t OIDS[] = {23, 25, 25, 17};
    static const struct statement JOIN = {
        .name = "echo",
        .sql = "select concat_ws(',', $1 + 1, $2, coalesce($3, 'null'), length($4))",
        .n_params = 4,
        .param_oids = OIDS};
    const struct value params[] = {{.bytes = (const uint8_t *)"\0\0\1\0", .len = 4},
                                   {.bytes = (const uint8_t *)"text", .len = 4},
                                   {.len = -1},
                                   {.len = 0}};
    struct call call;
    call_init(&call, &harness, &JOIN, NULL);
    call.unit.steps[0].params = params;
    call_run(&call);
    cr_assert_not(call.has_failed, "%s", call.message);
    cr_assert_str_eq(call.last[0], "257,text,null,0");
}

Test(pool, runs_two_steps_in_one_transaction_whose_settings_vanish) {
    struct call call;
    call_init(&call, &harness, &SET, &SHOW);
    call_run(&call);
    cr_assert_not(call.has_failed, "%s", call.message);
    cr_assert_eq(call.n_rows[0], 1);
    cr_assert_eq(call.n_rows[1], 1);
    cr_assert_str_eq(call.last[1], "set by the first step");
    cr_assert_str_eq(query(&harness, &call, &SHOW), "");
}

Test(pool, the_second_step_does_not_run_when_the_first_fails) {
    struct call call;
    call_init(&call, &harness, &FAIL, &SERIES);
    call_run(&call);
    cr_assert(call.has_failed);
    cr_assert_str_eq(call.failure.sqlstate, "22012");
    cr_assert(call.failure.in_identity);
    cr_assert_not(call.failure.is_uncertain);
    cr_assert_eq(call.n_rows[1], 0);
    cr_assert_str_eq(query(&harness, &call, &HELLO), "hello");
}

Test(pool, says_how_the_second_step_failed) {
    static const struct statement REFUSE = {.name = "refuse", .sql = "select refuse('SH9.9')"};
    struct call call;
    call_init(&call, &harness, &SET, &REFUSE);
    call_run(&call);
    cr_assert(call.has_failed);
    cr_assert_str_eq(call.failure.sqlstate, "RPC05");
    cr_assert_not(call.failure.in_identity);
    cr_assert_not(call.failure.is_uncertain);
    cr_assert_str_eq(call.message, "there is no objective SH9.9");
    cr_assert_str_eq(call.detail, "looked everywhere");
    cr_assert_str_eq(call.hint, "see shap objective list");
    cr_assert_str_eq(query(&harness, &call, &HELLO), "hello");
}

Test(pool, a_failure_takes_back_what_was_done_before_it) {
    static const struct statement INSERT = {
        .name = "insert", .sql = "insert into thing values ('taken back') returning name"};
    static const struct statement COUNT = {
        .name = "count", .sql = "select count(*)::text from thing where name = 'taken back'"};
    struct call call;
    call_init(&call, &harness, &INSERT, &FAIL);
    call_run(&call);
    cr_assert(call.has_failed);
    cr_assert_eq(call.n_rows[0], 1);
    cr_assert_str_eq(query(&harness, &call, &COUNT), "0");
}

Test(pool, an_error_at_commit_is_a_failure_although_rows_came) {
    static const struct statement ORPHAN = {
        .name = "orphan", .sql = "insert into part values ('nothing') returning thing"};
    struct call call;
    call_init(&call, &harness, &SET, &ORPHAN);
    call_run(&call);
    cr_assert_eq(call.n_rows[1], 1);
    cr_assert(call.has_failed);
    cr_assert_str_eq(call.failure.sqlstate, "23503");
    cr_assert_not(call.failure.in_identity);
}

Test(pool, a_statement_that_cannot_be_prepared_does_not_spoil_the_link) {
    static const struct statement LATE = {.name = "late", .sql = "select late_function()"};
    static const struct statement CREATE = {
        .name = "create",
        .sql = "create function late_function() returns text language sql as 'select ''here'''"};
    static const struct statement DROP = {.name = "drop", .sql = "drop function late_function()"};
    struct call call;
    for (int i = 0; i < 2; i++) {
        call_init(&call, &harness, &HELLO, &LATE);
        call_run(&call);
        cr_assert(call.has_failed);
        cr_assert_str_eq(call.failure.sqlstate, "42883");
        cr_assert_not(call.failure.in_identity);
    }
    query(&harness, &call, &CREATE);
    cr_assert_str_eq(query(&harness, &call, &LATE), "here");
    query(&harness, &call, &DROP);
}

Test(pool, prepares_a_statement_once_on_a_link) {
    static const struct statement PREPARED = {
        .name = "prepared",
        .sql = "select string_agg(name, ' ' order by name) from pg_prepared_statements"};
    struct call call;
    for (int i = 0; i < 5; i++) {
        call_init(&call, &harness, &HELLO, &HELLO);
        call_run(&call);
        cr_assert_not(call.has_failed, "%s", call.message);
    }
    cr_assert_str_eq(query(&harness, &call, &PREPARED), "hello prepared");
}

Test(pool, serves_units_in_order_on_one_link) {
    enum { N = 10 };
    struct call calls[N];
    for (size_t i = 0; i < N; i++) {
        call_init(&calls[i], &harness, &SERIES, NULL);
        call_submit(&calls[i]);
    }
    for (size_t i = 0; i < N; i++) {
        harness_wait(&harness, &calls[i].n_done);
        cr_assert_not(calls[i].has_failed);
        cr_assert_eq(calls[i].n_rows[0], 1000);
        cr_assert(i + 1 == N || calls[i + 1].n_done == 0);
    }
}

Test(pool, refuses_one_more_than_may_wait) {
    enum { N = 11 };
    struct call calls[N + 1];
    struct error err = {0};
    for (size_t i = 0; i < N; i++) {
        call_init(&calls[i], &harness, &HELLO, NULL);
        call_submit(&calls[i]);
    }
    call_init(&calls[N], &harness, &HELLO, NULL);
    cr_assert_not(pool_submit(harness.pool, &calls[N].unit, &err));
    cr_assert_str_eq(err.message, "the server is busy: 10 calls are waiting already");
    harness_wait(&harness, &calls[N - 1].n_done);
    call_run(&calls[N]);
    cr_assert_not(calls[N].has_failed);
}

Test(pool, knows_whether_a_link_is_idle) {
    struct call call;
    cr_assert(pool_has_idle_link(harness.pool));
    call_init(&call, &harness, &SLEEP, NULL);
    call_submit(&call);
    cr_assert_not(pool_has_idle_link(harness.pool));
    harness_wait(&harness, &call.n_done);
    cr_assert(pool_has_idle_link(harness.pool));
}

// One link for those: the second waits for the first, and what is short for neither.
Test(pool, units_that_take_long_wait_for_each_other_and_nobody_else) {
    struct call first, second, other;
    call_init(&first, &harness, &SLEEP, NULL);
    call_init(&second, &harness, &HELLO, NULL);
    first.unit.is_long = second.unit.is_long = true;
    call_submit(&first);
    call_submit(&second);
    cr_assert(pool_has_idle_link(harness.pool));
    cr_assert_str_eq(query(&harness, &other, &HELLO), "hello");
    cr_assert_eq(first.n_done + second.n_done, 0);
    harness_wait(&harness, &first.n_done);
    cr_assert_eq(second.n_done, 0);
    harness_wait(&harness, &second.n_done);
    cr_assert_not(first.has_failed || second.has_failed);
}

Test(pool, units_that_take_long_use_the_others_links_where_they_have_none) {
    struct harness other;
    struct call call;
    harness_start_with(&other, "", 0);
    harness_wait(&other, &other.n_up);
    call_init(&call, &other, &HELLO, NULL);
    call.unit.is_long = true;
    call_run(&call);
    cr_assert_not(call.has_failed, "%s", call.message);
    harness_stop(&other);
}

Test(pool, an_abandoned_unit_that_waits_is_taken_out) {
    struct call running, waiting;
    call_init(&running, &harness, &SLEEP, NULL);
    call_init(&waiting, &harness, &HELLO, NULL);
    call_submit(&running);
    call_submit(&waiting);
    unit_abandon(harness.pool, &waiting.unit);
    cr_assert_eq(waiting.n_done, 0);
    harness_wait(&harness, &waiting.n_done);
    cr_assert_str_eq(waiting.failure.sqlstate, "57014");
    cr_assert_eq(running.n_done, 0);
    harness_wait(&harness, &running.n_done);
    cr_assert_eq(waiting.n_done, 1);
}

Test(pool, an_abandoned_unit_that_runs_gets_no_rows_and_ends_once) {
    struct call call;
    call_init(&call, &harness, &SLEEP, NULL);
    call_submit(&call);
    unit_abandon(harness.pool, &call.unit);
    unit_abandon(harness.pool, &call.unit);
    harness_wait(&harness, &call.n_done);
    cr_assert_not(call.has_failed);
    cr_assert_eq(call.n_rows[0], 0);
    cr_assert_str_eq(query(&harness, &call, &HELLO), "hello");
}

Test(pool, a_unit_that_is_not_answered_in_its_time_is_uncertain_and_the_link_comes_back) {
    struct call call;
    call_init(&call, &harness, &SLEEP_LONG, NULL);
    call.unit.timeout_ms = 50;
    call_run(&call);
    cr_assert(call.has_failed);
    cr_assert_str_eq(call.failure.sqlstate, "08006");
    cr_assert(call.failure.is_uncertain);
    cr_assert_str_eq(call.message, "the database does not answer");
    cr_assert_str_eq(query(&harness, &call, &HELLO), "hello");
}

Test(pool, a_unit_that_is_answered_in_its_time_keeps_its_link) {
    static const struct statement BACKEND = {.name = "backend",
                                             .sql = "select pg_backend_pid()::text"};
    struct call call;
    call_init(&call, &harness, &BACKEND, NULL);
    call.unit.timeout_ms = 1;
    call_run(&call);
    char first[TEXT_SIZE];
    strcpy(first, call.last[0]);
    harness_run(&harness, 3500);
    cr_assert_str_eq(query(&harness, &call, &BACKEND), first);
}

Test(pool, a_unit_whose_backend_is_terminated_is_uncertain_and_the_link_comes_back) {
    static const struct statement TERMINATE = {
        .name = "terminate", .sql = "select pg_terminate_backend(pg_backend_pid())::text"};
    struct call call;
    call_init(&call, &harness, &HELLO, &TERMINATE);
    call_run(&call);
    cr_assert(call.has_failed);
    cr_assert_str_eq(call.failure.sqlstate, "08006");
    cr_assert(call.failure.is_uncertain);
    cr_assert_str_eq(call.message, "terminating connection due to administrator command");
    cr_assert_eq(harness.n_down, 1);
    cr_assert_str_eq(query(&harness, &call, &HELLO), "hello");
    cr_assert_eq(harness.n_up, 2);
}

Test(pool, an_idle_link_that_is_terminated_comes_back) {
    static const struct statement TERMINATE_OTHERS = {
        .name = "terminate_others",
        .sql = "select count(pg_terminate_backend(pid))::text from pg_stat_activity"
               " where application_name = current_setting('application_name')"
               "   and pid <> pg_backend_pid()"};
    struct harness other;
    harness_start(&other, 1, 0, 10);
    // Each pool has connections named by its process; only this test's are named so.
    struct call call;
    static const struct statement NAME = {.name = "name",
                                          .sql = "select set_config('application_name', 'idle "
                                                 "links', false)"};
    query(&harness, &call, &NAME);
    query(&other, &call, &NAME);
    cr_assert_str_eq(query(&harness, &call, &TERMINATE_OTHERS), "1");
    harness_wait(&other, &other.n_down);
    cr_assert_str_eq(query(&other, &call, &HELLO), "hello");
    cr_assert_eq(other.n_up, 2);
    harness_stop(&other);
}

Test(pool, ends_what_runs_and_what_waits_when_it_is_destroyed) {
    struct call running, waiting;
    struct harness own;
    harness_start(&own, 1, 0, 10);
    call_init(&running, &own, &SLEEP_LONG, NULL);
    call_init(&waiting, &own, &HELLO, NULL);
    call_submit(&running);
    call_submit(&waiting);
    harness_stop(&own);
    cr_assert_eq(running.n_done, 1);
    cr_assert_str_eq(running.failure.sqlstate, "57P01");
    cr_assert(running.failure.is_uncertain);
    cr_assert_eq(waiting.n_done, 1);
    cr_assert_str_eq(waiting.failure.sqlstate, "57P01");
    cr_assert_not(waiting.failure.is_uncertain);
}

Test(pool, compares_the_rows_with_what_the_catalog_said) {
    static const struct shape TEXT = {.kind = SHAPE_TEXT, .oid = 25, .name = "text"};
    static const struct shape INT = {.kind = SHAPE_INT4, .oid = 23, .name = "integer"};
    static const struct shape_field RIGHT[] = {{"a", &INT}, {"b", &TEXT}};
    static const struct shape_field NAMED[] = {{"b", &INT}, {"a", &TEXT}};
    static const struct shape_field TYPED[] = {{"a", &TEXT}, {"b", &TEXT}};
    static const struct shape ROWS[] = {{.kind = SHAPE_COMPOSITE, .n_fields = 2, .fields = RIGHT},
                                        {.kind = SHAPE_COMPOSITE, .n_fields = 2, .fields = NAMED},
                                        {.kind = SHAPE_COMPOSITE, .n_fields = 2, .fields = TYPED}};
    static const char SQL[] = "select 1 as a, 'x'::text as b";
    static const struct statement STATEMENTS[] = {
        {.name = "right", .sql = SQL, .result = &ROWS[0]},
        {.name = "named", .sql = SQL, .result = &ROWS[1]},
        {.name = "typed", .sql = SQL, .result = &ROWS[2]}};
    for (size_t i = 0; i < 3; i++) {
        struct call call;
        call_init(&call, &harness, &STATEMENTS[i], NULL);
        call_run(&call);
        cr_assert_eq(call.has_failed, i > 0);
        cr_assert_eq(call.n_rows[0], i > 0 ? 0 : 1);
        if (i > 0)
            cr_assert_str_eq(call.failure.sqlstate, "0A000");
    }
}

Test(pool, a_commit_that_no_standby_confirms_is_uncertain) {
    static const struct statement SYNC = {
        .name = "sync", .sql = "select set_config('synchronous_commit', 'on', true)"};
    static const struct statement INSERT = {
        .name = "insert", .sql = "insert into thing values ('unconfirmed') returning name"};
    static const struct statement CANCEL = {
        .name = "cancel",
        .sql = "select coalesce(max(pg_cancel_backend(pid)::text), 'none') from pg_stat_activity"
               " where wait_event = 'SyncRep'"};
    struct harness other;
    harness_start(&other, 1, 0, 10);
    struct call write, call;
    call_init(&write, &harness, &SYNC, &INSERT);
    call_submit(&write);
    harness_run(&harness, 50);
    while (strcmp(query(&other, &call, &CANCEL), "true") != 0)
        cr_assert_eq(write.n_done, 0);
    harness_wait(&harness, &write.n_done);
    cr_assert(write.has_failed);
    cr_assert_str_eq(write.failure.sqlstate, "08007");
    cr_assert(write.failure.is_uncertain);
    harness_stop(&other);
}
