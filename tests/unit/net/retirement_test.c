// Connections that come to their end while the server goes on: those that are old, and those
// without calls.
#include "tests/unit/net/listener_kit.h"

#include <criterion/criterion.h>
#include <string.h>

static void open_loop(void) {
    listener_kit_open();
    limits.sweep_ms = 1;
    limits.goaway_ms = 5;
    recorder.is_silent = true;
}

TestSuite(retirement, .init = open_loop, .fini = listener_kit_close, .timeout = 30);

static void start(void) {
    listener_kit_start("127.0.0.1:0", NULL);
    client_connect(&client, listener_address(listener), false);
}

// The two GOAWAYs of a connection that ends in good order, and then its end.
static void expect_retirement(int32_t last_id) {
    UNTIL(client.peer->n_goaways >= 1);
    UNTIL(client.peer->n_goaways == 2);
    cr_assert_eq(client.peer->goaway_last_id, last_id);
    cr_assert_eq(client.peer->goaway_code, NGHTTP2_NO_ERROR);
}

Test(retirement, a_connection_that_is_too_old_ends_when_its_calls_have) {
    limits.age_ms = 50;
    start();
    int32_t id = begin_call();
    expect_retirement(id);
    peer_end(client.peer, id);
    UNTIL(strstr(recorder_text(&recorder), "half-close"));
    stream_finish(recorder.stream, GRPC_OK, NULL);
    UNTIL(client.is_ended);
    cr_assert(peer_has_line(client.peer, id, "grpc-status: 0"));
    client_finish(&client);
    UNTIL(listener_n_connections(listener) == 0);
    client_connect(&client, listener_address(listener), false);
    begin_call();
}

Test(retirement, calls_that_go_on_when_their_connection_is_too_old_end_with_a_status) {
    limits.age_ms = 10;
    limits.grace_ms = 10;
    start();
    int32_t id = begin_call();
    expect_retirement(id);
    UNTIL(client.is_ended);
    cr_assert_eq(recorder.n_open, 0);
    cr_assert(peer_has_line(client.peer, id, "grpc-status: 14"));
    cr_assert_not_null(strstr(peer_answer(client.peer, id)->text, "go on with the last cursor"));
}

Test(retirement, a_connection_that_is_too_old_is_closed_when_its_client_takes_no_status) {
    limits.age_ms = 10;
    limits.grace_ms = 10;
    limits.linger_ms = 10;
    start();
    begin_call();
    client.is_mute = true;
    static const uint8_t more_than_its_window[200000];
    cr_assert(recorder_send(recorder.stream, more_than_its_window, sizeof more_than_its_window));
    UNTIL(recorder.n_open == 0);
    UNTIL(listener_n_connections(listener) == 0);
}

Test(retirement, a_connection_without_calls_for_too_long_is_ended) {
    limits.idle_ms = 20;
    start();
    int32_t id = begin_call();
    uint64_t until_ms = uv_now(&loop) + 100;
    UNTIL(uv_now(&loop) > until_ms);
    cr_assert_eq(client.peer->n_goaways, 0);
    peer_end(client.peer, id);
    UNTIL(strstr(recorder_text(&recorder), "half-close"));
    stream_finish(recorder.stream, GRPC_OK, NULL);
    UNTIL(client.is_ended);
    cr_assert_geq(client.peer->n_goaways, 1);
}
