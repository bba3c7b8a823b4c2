// Many who come at once: how much of one turn of the loop they get.
#include "tests/unit/net/listener_kit.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CROWD = 100, ACCEPTS = 16, SHAKES = 4 };

static struct client crowd[CROWD];

static void open_loop(void) {
    listener_kit_open();
    for (size_t i = 0; i < CROWD; i++)
        crowd[i].fd = -1;
}

static void close_loop(void) {
    for (size_t i = 0; i < CROWD; i++)
        client_finish(&crowd[i]);
    listener_kit_close();
}

TestSuite(crowd, .init = open_loop, .fini = close_loop, .timeout = 30);

static void connect_crowd(bool has_tls) {
    for (size_t i = 0; i < CROWD; i++)
        client_connect(&crowd[i], listener_address(listener), has_tls);
}

static void connect_crowd_and_say_hello(void) {
    connect_crowd(true);
    for (size_t i = 0; i < CROWD; i++)
        client_turn(&crowd[i]);
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
    listener_kit_start("127.0.0.1:0", NULL);
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
    listener_kit_start("127.0.0.1:0", tls);
    client_connect(&client, listener_address(listener), true);
    expect_call();
    connect_crowd_and_say_hello();
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

// Over a Unix socket nobody is told from another.
Test(crowd, over_a_unix_socket_handshakes_go_on_over_several_turns_too) {
    char where[160];
    snprintf(where, sizeof where, "unix:%s/socket", files.directory);
    listener_kit_start(where, tls);
    connect_crowd_and_say_hello();
    for (size_t before = 0; before < CROWD;) {
        turn();
        size_t n = n_answered();
        cr_assert_leq(n - before, SHAKES);
        before = n;
    }
}

Test(crowd, who_says_hello_in_pieces_while_waiting_is_served_like_others) {
    listener_kit_start("127.0.0.1:0", tls);
    for (size_t i = 0; i < CROWD; i++)
        crowd[i].step = 40;
    connect_crowd(true);
    for (size_t i = 0; i < CROWD; i++)
        peer_end(crowd[i].peer, peer_request(crowd[i].peer, "/a", NULL));
    for (size_t n_served = 0; n_served < CROWD;) {
        turn();
        n_served = 0;
        for (size_t i = 0; i < CROWD; i++) {
            client_turn(&crowd[i]);
            n_served += peer_has_line(crowd[i].peer, 1, "grpc-status: 0");
        }
    }
}

Test(crowd, who_comes_alone_does_not_wait_for_the_crowd_of_another_address) {
    listener_kit_start("127.0.0.1:0", tls);
    connect_crowd_and_say_hello();
    client.source = INADDR_LOOPBACK + 1;
    client_connect(&client, listener_address(listener), true);
    expect_call();
    cr_assert_lt(n_answered(), CROWD - 4 * SHAKES);
}

Test(crowd, who_leaves_while_waiting_for_the_handshake_is_forgotten) {
    listener_kit_start("127.0.0.1:0", tls);
    client_connect(&client, listener_address(listener), true);
    expect_call();
    connect_crowd_and_say_hello();
    while (n_answered() == 0)
        turn();
    for (size_t i = CROWD / 2; i < CROWD; i++)
        client_finish(&crowd[i]);
    while (n_answered() < CROWD || listener_n_connections(listener) > CROWD / 2 + 1)
        turn();
    expect_call();
}

Test(crowd, a_listener_stops_while_a_crowd_waits) {
    listener_kit_start("127.0.0.1:0", tls);
    connect_crowd_and_say_hello();
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
    listener_kit_start("127.0.0.1:0", tls);
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
