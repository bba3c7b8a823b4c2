// What happens when the whole database goes away and comes back. The cluster is this test's own.
#include "server/pg/pool.h"

#include "tests/unit/pg/harness.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct statement HELLO = {.name = "hello", .sql = "select 'hello'::text"};
static const struct statement SLEEP_LONG = {.name = "sleep_long", .sql = "select pg_sleep(60)"};

static void cluster(const char *verb) {
    char command[1024];
    snprintf(command, sizeof command, "%s %s %s", CLUSTER_SCRIPT, verb, getenv("PGHOST"));
    cr_assert_eq(system(command), 0, "%s", command);
}

TestSuite(restart, .timeout = 120);

Test(restart, units_fail_are_refused_and_run_again_as_the_database_goes_and_comes) {
    struct harness harness;
    harness_start_with(&harness, "", 300);
    harness_wait(&harness, &harness.n_up);
    struct call running, waiting, call;
    call_init(&running, &harness, &SLEEP_LONG, NULL);
    call_init(&waiting, &harness, &HELLO, NULL);
    call_submit(&running);
    call_submit(&waiting);
    harness_run(&harness, 50);

    cluster("stop");
    harness_wait(&harness, &harness.n_down);
    cr_assert(running.n_done == 1 && running.failure.is_uncertain);
    cr_assert_str_eq(running.failure.sqlstate, "08006");
    cr_assert_eq(waiting.n_done, 0);
    harness_wait(&harness, &waiting.n_done);
    cr_assert_str_eq(waiting.failure.sqlstate, "08006");
    cr_assert_not(waiting.failure.is_uncertain);
    struct error err = {0};
    call_init(&call, &harness, &HELLO, NULL);
    cr_assert_not(pool_submit(harness.pool, &call.unit, &err));
    cr_assert_str_eq(err.message, "the database cannot be reached");

    harness.n_up = 0;
    cluster("start");
    harness_wait(&harness, &harness.n_up);
    cr_assert_str_eq(query(&harness, &call, &HELLO), "hello");
    cr_assert_eq(harness.n_down, 1);
    harness_stop(&harness);
}

// Its only link has waited longer and longer for its next attempt, as each of the eight for units
// has.
Test(restart, a_stream_finds_the_database_as_soon_as_any_unit_does) {
    struct harness harness;
    harness_start(&harness, 8, 1, 10);
    cluster("stop");
    harness_wait(&harness, &harness.n_down);
    harness_run(&harness, 2500); // no call waits for the database any more
    harness.n_up = 0;
    cluster("start");
    harness_wait(&harness, &harness.n_up);
    struct call call;
    call_init(&call, &harness, &HELLO, NULL);
    call.unit.is_stream = true;
    call_submit(&call);
    harness_wait(&harness, &call.n_done);
    cr_assert_not(call.has_failed, "%s", call.message);
    harness_stop(&harness);
}

Test(restart, a_unit_waits_for_a_database_that_comes_back_soon) {
    struct harness harness;
    harness_start_with(&harness, "", 20000);
    harness_wait(&harness, &harness.n_up);
    cluster("stop");
    harness_wait(&harness, &harness.n_down);
    struct call call;
    call_init(&call, &harness, &HELLO, NULL);
    call_submit(&call);
    harness_run(&harness, 50);
    cr_assert_eq(call.n_done, 0);
    cluster("start");
    harness_wait(&harness, &call.n_done);
    cr_assert_not(call.has_failed);
    harness_stop(&harness);
}

Test(restart, says_once_why_no_connection_can_be_had) {
    struct harness harness;
    harness_start_with(&harness, "host=/nonexistent", 50);
    harness_wait(&harness, &harness.n_down);
    cr_assert_not_null(strstr(harness.reason, "/nonexistent"), "%s", harness.reason);
    harness_run(&harness, 500);
    cr_assert_eq(harness.n_down, 1);
    cr_assert_eq(harness.n_up, 0);
    harness_stop(&harness);
}

Test(restart, refuses_a_database_of_another_encoding) {
    struct harness harness;
    harness_start_with(&harness, "dbname=latin", 50);
    harness_wait(&harness, &harness.n_down);
    cr_assert_str_eq(harness.reason,
                     "the database's encoding is not UTF8; create it with encoding 'UTF8'");
    harness_stop(&harness);
}

// Takes connections, as far as the kernel does, and says nothing. Its port.
static int silent_host(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 16), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

Test(restart, a_host_that_takes_connections_and_says_nothing_does_not_keep_it_from_the_next) {
    struct harness harness;
    struct call call;
    char conninfo[1024];
    int port = 0, fd = silent_host(&port);
    snprintf(conninfo, sizeof conninfo, "host=127.0.0.1,%s port=%d,5432", getenv("PGHOST"), port);
    harness_start_with(&harness, conninfo, 50);
    harness_wait(&harness, &harness.n_up);
    cr_assert_str_eq(query(&harness, &call, &HELLO), "hello");
    harness_stop(&harness);
    close(fd);
}

Test(restart, a_pool_can_be_destroyed_while_it_connects) {
    struct harness harness;
    for (uint64_t turns = 0; turns < 6; turns++) {
        harness_start_with(&harness, "", 50);
        struct call call;
        call_init(&call, &harness, &HELLO, NULL);
        call_submit(&call);
        for (uint64_t i = 0; i < turns; i++)
            uv_run(&harness.loop, UV_RUN_NOWAIT);
        harness_stop(&harness);
        cr_assert_eq(call.n_done, 1);
        cr_assert_str_eq(call.failure.sqlstate, "57P01");
    }
}
