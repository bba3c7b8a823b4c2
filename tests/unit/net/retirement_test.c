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

Test(retirement, a_connection_without_calls_stays_where_there_is_no_limit) {
    limits.idle_ms = 0;
    start();
    uint64_t until_ms = uv_now(&loop) + 50;
    UNTIL(uv_now(&loop) > until_ms);
    cr_assert_eq(client.peer->n_goaways, 0);
    begin_call();
}

Test(retirement, a_connection_that_is_leaving_is_not_told_again_when_the_server_stops) {
    limits.age_ms = 10;
    start();
    int32_t id = begin_call();
    expect_retirement(id);
    listener_stop(listener, LISTENER_DRAIN);
    uint64_t until_ms = uv_now(&loop) + 50;
    UNTIL(uv_now(&loop) > until_ms);
    cr_assert_eq(client.peer->n_goaways, 2);
    peer_end(client.peer, id);
    UNTIL(strstr(recorder_text(&recorder), "half-close"));
    stream_finish(recorder.stream, GRPC_OK, NULL);
    UNTIL(client.is_ended);
    cr_assert(peer_has_line(client.peer, id, "grpc-status: 0"));
    cr_assert_eq(client.peer->n_goaways, 2);
}

Test(retirement, a_connection_that_lingers_is_left_alone_when_the_server_stops) {
    limits.linger_ms = 20;
    start();
    begin_call();
    client_write_raw(&client, "\0\0\5\2\0\0\0\0\0\0\0\0\1\x10", 14); // PRIORITY of nothing
    UNTIL(client.is_ended);
    cr_assert_eq(client.peer->goaway_code, NGHTTP2_PROTOCOL_ERROR);
    listener_stop(listener, LISTENER_DRAIN);
    UNTIL(listener_n_connections(listener) == 0);
    cr_assert_eq(client.peer->n_goaways, 1);
}

Test(retirement, a_call_that_is_answered_keeps_its_answer_when_the_others_are_cut) {
    static const uint8_t more_than_its_window[200000];
    limits.age_ms = 10;
    limits.grace_ms = 10;
    start();
    int32_t answered = begin_call();
    struct stream *stream = recorder.stream;
    int32_t open = begin_call();
    client.is_mute = true;
    cr_assert(recorder_send(stream, more_than_its_window, sizeof more_than_its_window));
    stream_finish(stream, GRPC_NOT_FOUND, "there is none");
    UNTIL(recorder.stream == NULL); // the latest
    client.is_mute = false;
    UNTIL(client.is_ended);
    cr_assert(peer_has_line(client.peer, answered, "grpc-status: 5"));
    cr_assert(peer_has_line(client.peer, open, "grpc-status: 14"));
}

static void check_plaintext(struct tls_context *with_tls) {
    listener_kit_start("127.0.0.1:0", with_tls);
    client_connect(&client, listener_address(listener), with_tls != NULL);
    begin_call();
    listener_recheck(listener);
    begin_call();
    listener_stop(listener, LISTENER_NOW);
    listener_recheck(listener);
    UNTIL(listener_n_connections(listener) == 0);
}

Test(retirement, where_nobody_shows_a_certificate_a_recheck_ends_no_connection) {
    check_plaintext(NULL);
}

Test(retirement, a_client_without_a_certificate_outlasts_a_recheck) {
    check_plaintext(tls);
}

// Its certificate is judged when it has come.
Test(retirement, a_client_that_is_shaking_hands_outlasts_a_recheck) {
    listener_kit_start("127.0.0.1:0", tls);
    client.step = 100;
    client_connect(&client, listener_address(listener), true);
    UNTIL(listener_n_connections(listener) == 1);
    turn();
    listener_recheck(listener);
    client.step = 0;
    begin_call();
}
