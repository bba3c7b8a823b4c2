#include "tests/unit/net/listener_kit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[128];  // of a Unix socket
static char where[160]; // its address
static int n_stopped;
static bool destroys_when_stopped;

static void on_stopped(void *ctx) {
    (void)ctx;
    n_stopped++;
    if (!destroys_when_stopped)
        return;
    listener_destroy(listener);
    listener = NULL;
}

static const struct listener_events events = {
    .streams = &recorder_events, .server = &recorder, .on_stopped = on_stopped};

static void open_loop(void) {
    listener_kit_open();
    snprintf(path, sizeof path, "%s/socket", files.directory);
    snprintf(where, sizeof where, "unix:%s", path);
    limits.sweep_ms = 1;
    limits.goaway_ms = 5;
}

// A socket goes with its listener.
static void close_loop(void) {
    listener_destroy(listener);
    listener = NULL;
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_neq(access(path, F_OK), 0);
    listener_kit_close();
}

TestSuite(listener, .init = open_loop, .fini = close_loop, .timeout = 30);

static struct listener *create(const char *address, struct tls_context *with_tls) {
    const struct listener_options options = {
        .address = address, .tls = with_tls, .limits = &limits};
    error_clear(&err);
    return listener_create(&loop, &options, &events, &err);
}

static void start(const char *address, struct tls_context *with_tls) {
    listener = create(address, with_tls);
    cr_assert_not_null(listener, "%s", err.message);
    cr_assert(listener_start(listener, &err), "%s", err.message);
    client_connect(&client, listener_address(listener), with_tls != NULL);
}

static void expect_echo(void) {
    int32_t id = peer_request(client.peer, "/a", NULL);
    peer_message(client.peer, id, "hello", 5);
    peer_end(client.peer, id);
    UNTIL(peer_answer(client.peer, id)->is_closed);
    cr_assert(peer_has_line(client.peer, id, "grpc-status: 0"));
    cr_assert_eq(memcmp(buf_bytes(&peer_answer(client.peer, id)->data), "\0\0\0\0\5hello", 10), 0);
}

Test(listener, calls_are_served_over_a_unix_socket) {
    start(where, NULL);
    expect_echo();
    expect_echo();
    cr_assert_eq(listener_n_connections(listener), 1);
}

Test(listener, calls_are_served_over_loopback_tcp) {
    start("127.0.0.1:0", NULL);
    expect_echo();
}

Test(listener, calls_are_served_over_tls) {
    start("127.0.0.1:0", tls);
    expect_echo();
    expect_echo();
}

Test(listener, calls_are_served_over_tls_on_any_address) {
    start("0.0.0.0:0", tls);
    expect_echo();
}

Test(listener, calls_are_served_when_bytes_come_one_at_a_time) {
    client.step = 1;
    start(where, NULL);
    expect_echo();
    client_finish(&client);
    client_connect(&client, where, false);
    expect_echo();
}

Test(listener, plaintext_is_refused_where_others_can_reach_it) {
    cr_assert_null(create("0.0.0.0:0", NULL));
    cr_assert(strstr(err.message, "refusing plaintext on 0.0.0.0:0"));
    cr_assert_null(create("[::]:0", NULL));
}

Test(listener, an_address_in_use_is_known_before_anything_starts) {
    listener = create(where, NULL);
    cr_assert_null(create(where, NULL));
    cr_assert(strstr(err.message, "address in use"));
}

Test(listener, a_unix_socket_is_for_owner_and_group_unless_told_otherwise) {
    struct stat file;
    listener = create(where, NULL);
    cr_assert_eq(stat(path, &file), 0);
    cr_assert_eq(file.st_mode & 0777, 0660);
    listener_destroy(listener);
    const struct listener_options options = {.address = where, .socket_mode = 0600};
    listener = listener_create(&loop, &options, &events, &err);
    cr_assert_eq(stat(path, &file), 0);
    cr_assert_eq(file.st_mode & 0777, 0600);
}

Test(listener, a_listener_that_never_started_stops_on_a_later_turn) {
    listener = create(where, NULL);
    listener_stop(listener, LISTENER_DRAIN);
    cr_assert_eq(n_stopped, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(n_stopped, 1);
}

Test(listener, an_idle_listener_stops_on_a_later_turn) {
    listener = create("127.0.0.1:0", NULL);
    cr_assert(listener_start(listener, &err));
    listener_stop(listener, LISTENER_DRAIN);
    cr_assert_eq(n_stopped, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(n_stopped, 1);
}

Test(listener, draining_serves_calls_in_flight_and_then_stops) {
    destroys_when_stopped = true;
    recorder.is_silent = true;
    limits.grace_ms = 1; // is for old connections only
    start(where, NULL);
    int32_t id = begin_call();
    listener_stop(listener, LISTENER_DRAIN);
    cr_assert_neq(access(path, F_OK), 0);
    UNTIL(client.peer->n_goaways == 1);
    cr_assert_eq(client.peer->goaway_last_id, INT32_MAX);
    UNTIL(client.peer->n_goaways == 2);
    cr_assert_eq(client.peer->goaway_last_id, id);
    uint64_t until_ms = uv_now(&loop) + 30;
    UNTIL(uv_now(&loop) > until_ms);
    cr_assert_eq(n_stopped, 0);
    peer_end(client.peer, id);
    UNTIL(strstr(recorder_text(&recorder), "half-close"));
    stream_finish(recorder.stream, GRPC_OK, NULL);
    UNTIL(client.is_ended);
    cr_assert(peer_has_line(client.peer, id, "grpc-status: 0"));
    client_finish(&client);
    UNTIL(n_stopped == 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(n_stopped, 1);
}

Test(listener, draining_closes_connections_without_calls) {
    start("127.0.0.1:0", tls);
    expect_echo();
    listener_stop(listener, LISTENER_DRAIN);
    UNTIL(client.is_ended);
    cr_assert_eq(client.peer->n_goaways, 1); // nghttp2's client reads no further
    client_finish(&client);
    UNTIL(n_stopped == 1);
}

Test(listener, draining_closes_connections_that_have_not_shaken_hands) {
    start(where, NULL);
    client.is_mute = true;
    UNTIL(listener_n_connections(listener) == 1);
    listener_stop(listener, LISTENER_DRAIN);
    UNTIL(n_stopped == 1);
}

Test(listener, draining_ends_at_its_deadline) {
    limits.drain_ms = 5;
    recorder.is_silent = true;
    start(where, NULL);
    begin_call();
    listener_stop(listener, LISTENER_DRAIN);
    UNTIL(n_stopped == 1);
    cr_assert_eq(recorder.n_open, 0);
}

Test(listener, a_second_stop_closes_at_once) {
    recorder.is_silent = true;
    start(where, NULL);
    begin_call();
    listener_stop(listener, LISTENER_DRAIN);
    listener_stop(listener, LISTENER_DRAIN);
    turn();
    listener_stop(listener, LISTENER_NOW);
    listener_stop(listener, LISTENER_NOW);
    cr_assert_eq(n_stopped, 0);
    cr_assert_eq(recorder.n_open, 1);
    UNTIL(n_stopped == 1);
    cr_assert_eq(recorder.n_open, 0);
    UNTIL(client.is_ended);
}

Test(listener, destroying_closes_everything_and_tells_nobody) {
    recorder.is_silent = true;
    start(where, NULL);
    begin_call();
    listener_destroy(listener);
    listener = NULL;
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(recorder.n_open, 0);
    cr_assert_eq(n_stopped, 0);
}

Test(listener, destroying_while_draining_tells_nobody) {
    recorder.is_silent = true;
    start(where, NULL);
    begin_call();
    listener_stop(listener, LISTENER_DRAIN);
    turn();
    listener_destroy(listener);
    listener = NULL;
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(n_stopped, 0);
}

Test(listener, a_client_that_vanishes_closes_its_calls) {
    recorder.is_silent = true;
    start(where, NULL);
    begin_call();
    client_finish(&client);
    UNTIL(recorder.n_open == 0);
    UNTIL(listener_n_connections(listener) == 0);
}

Test(listener, a_client_that_says_nothing_is_closed) {
    limits.handshake_ms = 5;
    start(where, NULL);
    client.is_mute = true;
    UNTIL(listener_n_connections(listener) == 1);
    UNTIL(listener_n_connections(listener) == 0);
}

Test(listener, a_client_that_does_not_finish_the_tls_handshake_is_closed) {
    limits.handshake_ms = 5;
    start("127.0.0.1:0", tls);
    client_write_raw(&client, "\x16\x03\x01", 3);
    client.is_mute = true;
    UNTIL(listener_n_connections(listener) == 1);
    UNTIL(listener_n_connections(listener) == 0);
}

Test(listener, a_client_that_reads_nothing_is_closed) {
    static char bytes[4 << 20];
    limits.write_ms = 20;
    recorder.is_silent = true;
    client.window = 16 << 20;
    start(where, NULL);
    begin_call();
    client.is_mute = true;
    cr_assert(recorder_send(recorder.stream, bytes, sizeof bytes));
    UNTIL(recorder.n_open == 0);
}

Test(listener, a_slow_reader_gets_everything) {
    static char bytes[4 << 20];
    recorder.is_silent = true;
    client.window = 16 << 20;
    start("127.0.0.1:0", tls);
    int32_t id = begin_call();
    cr_assert(recorder_send(recorder.stream, bytes, sizeof bytes));
    stream_finish(recorder.stream, GRPC_OK, NULL);
    UNTIL(peer_answer(client.peer, id)->n_data == sizeof bytes + 5);
    UNTIL(peer_has_line(client.peer, id, "grpc-status: 0"));
}

Test(listener, a_client_that_breaks_http2_reads_why_before_the_end) {
    start("127.0.0.1:0", NULL);
    expect_echo();
    // DATA on stream 0: a connection error.
    client_write_raw(&client, "\0\0\1\0\0\0\0\0\0x", 10);
    UNTIL(client.is_ended);
    cr_assert_eq(client.peer->n_goaways, 1);
    cr_assert_eq(client.peer->goaway_code, NGHTTP2_PROTOCOL_ERROR);
    client_finish(&client);
    UNTIL(listener_n_connections(listener) == 0);
}

Test(listener, a_client_that_lingers_after_the_end_is_closed) {
    limits.linger_ms = 5;
    start("127.0.0.1:0", NULL);
    expect_echo();
    client_write_raw(&client, "\0\0\1\0\0\0\0\0\0x", 10);
    UNTIL(listener_n_connections(listener) == 0);
}

Test(listener, a_client_that_speaks_no_tls_to_a_tls_listener_is_closed) {
    start("127.0.0.1:0", tls);
    client_finish(&client);
    client_connect(&client, listener_address(listener), false);
    UNTIL(client.is_ended);
}

Test(listener, connections_beyond_the_limit_are_closed) {
    struct client second = {.fd = -1};
    limits.max_connections = 1;
    start(where, NULL);
    expect_echo();
    client_connect(&second, where, false);
    while (!second.is_ended) {
        turn();
        client_turn(&second);
    }
    client_finish(&second);
    expect_echo();
}

static void expect_second_refused(void) {
    struct client second = {.fd = -1};
    client_connect(&second, listener_address(listener), false);
    while (!second.is_ended) {
        turn();
        client_turn(&second);
    }
    client_finish(&second);
    expect_echo();
}

Test(listener, connections_of_one_address_beyond_its_limit_are_closed) {
    limits.max_per_address = 1;
    start("127.0.0.1:0", NULL);
    expect_echo();
    expect_second_refused();
    client_finish(&client);
    UNTIL(listener_n_connections(listener) == 0);
    client_connect(&client, listener_address(listener), false);
    expect_echo();
}

Test(listener, connections_of_one_address_that_come_too_fast_are_closed) {
    limits.connect_burst = 1;
    limits.connect_rate = 1;
    start("127.0.0.1:0", NULL);
    expect_echo();
    expect_second_refused();
}

Test(listener, connections_of_unix_sockets_are_not_limited_by_address) {
    limits.max_per_address = 1;
    limits.connect_burst = 1;
    start(where, NULL);
    struct client second = {.fd = -1};
    client_connect(&second, where, false);
    UNTIL(listener_n_connections(listener) == 2);
    client_finish(&second);
    expect_echo();
}

Test(listener, answers_given_outside_of_any_event_are_sent) {
    recorder.is_silent = true;
    start(where, NULL);
    int32_t id = begin_call();
    for (int i = 0; i < 10; i++)
        turn();
    stream_finish(recorder.stream, GRPC_UNAVAILABLE, "later");
    UNTIL(peer_has_line(client.peer, id, "grpc-message: later"));
}

static void stop_now(void) {
    listener_stop(listener, LISTENER_NOW);
}

Test(listener, it_may_be_stopped_from_inside_an_event_of_reading) {
    recorder.on_event = stop_now;
    start("127.0.0.1:0", tls);
    int32_t id = peer_request(client.peer, "/a", NULL);
    peer_end(client.peer, id);
    UNTIL(n_stopped == 1);
}

Test(listener, it_may_be_stopped_from_inside_an_event_of_writing) {
    static char bytes[100000];
    recorder.is_silent = true;
    client.window = 1 << 20;
    start(where, NULL);
    begin_call();
    recorder.on_event = stop_now;
    cr_assert(recorder_send(recorder.stream, bytes, sizeof bytes));
    UNTIL(n_stopped == 1);
    cr_assert(strstr(recorder_text(&recorder), "1 drain\n1 close\n"));
}
