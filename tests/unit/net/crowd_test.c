// Many who come at once: how much of one turn of the loop they get.
#include "server/net/listener.h"

#include "tests/unit/net/certificate.h"
#include "tests/unit/net/recorder.h"
#include "tests/unit/net/socket_client.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CROWD = 100, ACCEPTS = 16, SHAKES = 4 };

static uv_loop_t loop;
static struct recorder recorder;
static struct certificate files;
static struct tls_context *tls;
static struct net_limits limits;
static struct listener *listener;
static struct client client, crowd[CROWD];
static struct error err;

static const struct listener_events events = {.streams = &recorder_events, .server = &recorder};

static void open_loop(void) {
    signal(SIGPIPE, SIG_IGN);
    certificate_create(&files);
    const struct tls_options options = {.certificate_file = files.certificate_file,
                                        .key_file = files.key_file};
    tls = tls_context_create(&options, &err);
    cr_assert_not_null(tls, "%s", err.message);
    cr_assert_eq(uv_loop_init(&loop), 0);
    limits = net_limits_default;
    client.fd = -1;
    for (size_t i = 0; i < CROWD; i++)
        crowd[i].fd = -1;
}

static void close_loop(void) {
    listener_destroy(listener);
    uv_run(&loop, UV_RUN_DEFAULT);
    client_finish(&client);
    for (size_t i = 0; i < CROWD; i++)
        client_finish(&crowd[i]);
    cr_assert_eq(uv_loop_close(&loop), 0);
    cr_assert_eq(recorder.n_open, 0);
    recorder_finish(&recorder);
    tls_context_destroy(tls);
    certificate_remove(&files);
}

TestSuite(crowd, .init = open_loop, .fini = close_loop, .timeout = 30);

static void start(struct tls_context *with_tls) {
    const struct listener_options options = {
        .address = "127.0.0.1:0", .tls = with_tls, .limits = &limits};
    listener = listener_create(&loop, &options, &events, &err);
    cr_assert_not_null(listener, "%s", err.message);
    cr_assert(listener_start(listener, &err), "%s", err.message);
}

static void connect_crowd(bool has_tls) {
    for (size_t i = 0; i < CROWD; i++)
        client_connect(&crowd[i], listener_address(listener), has_tls);
}

static void turn(void) {
    uv_run(&loop, UV_RUN_NOWAIT);
    if (client.fd >= 0)
        client_turn(&client);
}

// How many of the crowd the server has sent something to, or has closed.
static size_t n_answered(void) {
    size_t n = 0;
    for (size_t i = 0; i < CROWD; i++) {
        int n_bytes = 0;
        cr_assert(crowd[i].fd < 0 || ioctl(crowd[i].fd, FIONREAD, &n_bytes) == 0);
        n += crowd[i].fd < 0 || n_bytes > 0;
    }
    return n;
}

// Returns the stream; the answer is there when it is closed.
static int32_t call(void) {
    int32_t id = peer_request(client.peer, "/a", NULL);
    peer_message(client.peer, id, "hello", 5);
    peer_end(client.peer, id);
    client_turn(&client);
    return id;
}

static bool is_answered(int32_t id) {
    return peer_answer(client.peer, id)->is_closed &&
           peer_has_line(client.peer, id, "grpc-status: 0");
}

static void expect_call(void) {
    for (int32_t id = call(); !is_answered(id);)
        turn();
}

Test(crowd, connections_that_come_at_once_are_taken_over_several_turns) {
    start(NULL);
    connect_crowd(false);
    for (size_t before = 0; before < CROWD;) {
        turn();
        size_t n = listener_n_connections(listener);
        cr_assert_leq(n - before, ACCEPTS);
        before = n;
    }
    client_connect(&client, listener_address(listener), false);
    expect_call();
}

Test(crowd, handshakes_that_come_at_once_go_on_over_several_turns_and_calls_in_between) {
    start(tls);
    client_connect(&client, listener_address(listener), true);
    expect_call();
    connect_crowd(true);
    for (size_t i = 0; i < CROWD; i++)
        client_turn(&crowd[i]);
    while (n_answered() == 0)
        turn();
    int32_t id = call();
    for (size_t before = n_answered(), n_after_call = 0; before < CROWD;) {
        turn();
        size_t n = n_answered();
        cr_assert_leq(n - before, SHAKES);
        before = n;
        n_after_call += is_answered(id);
        cr_assert(n < CROWD || n_after_call > 3, "the call waited for the crowd");
    }
    for (size_t i = 0; i < CROWD; i++) {
        id = peer_request(crowd[i].peer, "/a", NULL);
        peer_message(crowd[i].peer, id, "hello", 5);
        peer_end(crowd[i].peer, id);
        while (!peer_answer(crowd[i].peer, id)->is_closed) {
            turn();
            client_turn(&crowd[i]);
        }
    }
}

Test(crowd, who_comes_alone_does_not_wait_for_the_crowd_of_another_address) {
    start(tls);
    connect_crowd(true);
    for (size_t i = 0; i < CROWD; i++)
        client_turn(&crowd[i]);
    client.source = INADDR_LOOPBACK + 1;
    client_connect(&client, listener_address(listener), true);
    expect_call();
    cr_assert_lt(n_answered(), CROWD - 4 * SHAKES);
}

Test(crowd, who_leaves_while_waiting_for_the_handshake_is_forgotten) {
    start(tls);
    client_connect(&client, listener_address(listener), true);
    expect_call();
    connect_crowd(true);
    for (size_t i = 0; i < CROWD; i++)
        client_turn(&crowd[i]);
    while (n_answered() == 0)
        turn();
    for (size_t i = CROWD / 2; i < CROWD; i++)
        client_finish(&crowd[i]);
    while (n_answered() < CROWD || listener_n_connections(listener) > CROWD / 2 + 1)
        turn();
    expect_call();
}

Test(crowd, a_listener_stops_while_a_crowd_waits) {
    start(tls);
    connect_crowd(true);
    for (size_t i = 0; i < CROWD; i++)
        client_turn(&crowd[i]);
    while (n_answered() == 0)
        turn();
    listener_stop(listener, LISTENER_DRAIN);
    while (listener_n_connections(listener) > 0)
        turn();
}

// How many of the crowd the server sends nothing more to.
static size_t n_ended(void) {
    size_t n = 0;
    char byte;
    for (size_t i = 0; i < CROWD; i++)
        n += recv(crowd[i].fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    return n;
}

Test(crowd, who_sends_much_while_waiting_and_fails_is_seen_to_leave) {
    static const char junk[8192] = {'x'};
    limits.linger_ms = 60000;
    start(tls);
    client_connect(&client, listener_address(listener), true);
    expect_call();
    connect_crowd(true);
    for (size_t i = 0; i < CROWD; i++)
        cr_assert_eq(write(crowd[i].fd, junk, sizeof junk), sizeof junk);
    while (n_ended() < CROWD)
        turn();
    for (size_t i = 0; i < CROWD; i++)
        client_finish(&crowd[i]);
    for (int i = 0; i < 5000 && listener_n_connections(listener) > 1; i++) {
        turn();
        uv_sleep(1);
    }
    cr_assert_eq(listener_n_connections(listener), 1);
}
