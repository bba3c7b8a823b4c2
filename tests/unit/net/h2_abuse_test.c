// What a client may not do, and how it is told.
#include "tests/unit/net/pair.h"

#include <criterion/criterion.h>
#include <string.h>

Test(h2_abuse, headers_on_a_stream_id_that_was_passed_over_are_a_connection_error) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_feed_headers(&pair, 9, NGHTTP2_FLAG_END_HEADERS);
    cr_assert_not(pair.is_failed);
    pair_feed_headers(&pair, 5, NGHTTP2_FLAG_END_HEADERS);
    cr_assert(pair.is_failed);
    pair_drain(&pair, PAIR_ALL);
    cr_assert_eq(pair.peer->n_goaways, 1);
    cr_assert_eq(pair.peer->goaway_code, NGHTTP2_PROTOCOL_ERROR);
    cr_assert_eq(pair.recorder.n_calls, 1);
    pair_finish(&pair);
}

Test(h2_abuse, headers_on_a_stream_that_is_over_leave_the_connection_alone) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.refuses = true;
    pair_open(&pair);
    pair_feed_headers(&pair, 1, NGHTTP2_FLAG_END_HEADERS);
    cr_assert(h2_drain(pair.h2, &pair.out, PAIR_ALL, &pair.err));
    pair_feed_headers(&pair, 3, NGHTTP2_FLAG_END_HEADERS);
    pair_feed_headers(&pair, 1, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);
    cr_assert_not(pair.is_failed);
    cr_assert_eq(pair.recorder.n_calls, 2);
    pair_finish(&pair);
}

static void ping(struct pair *pair, int n) {
    static const uint8_t frame[17] = {0, 0, 8, NGHTTP2_PING};
    for (int i = 0; i < n && !pair->is_failed; i++) {
        pair_feed(pair, frame, sizeof frame);
        pair->out.end = pair->out.start;
        cr_assert(h2_drain(pair->h2, &pair->out, PAIR_ALL, &pair->err));
    }
}

Test(h2_abuse, pings_without_work_end_the_connection) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    ping(&pair, (int)pair.limits.max_idle_frames + 1);
    cr_assert(pair.is_failed);
    cr_assert(strstr(pair.err.message, "without work"));
    pair_finish(&pair);
}

Test(h2_abuse, pings_between_calls_or_over_time_are_welcome) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    for (int i = 0; i < 5; i++) {
        int32_t id = peer_request(pair.peer, "/a", NULL);
        peer_end(pair.peer, id);
        pair_exchange(&pair);
        ping(&pair, (int)pair.limits.max_idle_frames - 10);
    }
    for (uint64_t i = 0; i < 1000; i++) {
        ping(&pair, 10);
        cr_assert(h2_sweep(pair.h2, PAIR_NOW_MS + i));
    }
    cr_assert_not(pair.is_failed);
    pair_finish(&pair);
}

Test(h2_abuse, bytes_that_are_not_http2_end_the_connection) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_feed(&pair, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
    cr_assert(pair.is_failed);
    cr_assert_not(h2_is_open(pair.h2));
    pair_finish(&pair);
}

Test(h2_abuse, a_client_that_goes_on_after_an_early_error_is_reset_without_error) {
    static const char bytes[64 * 1024] = "";
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.refuses = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    struct peer_answer *answer = peer_answer(pair.peer, id);
    peer_body(pair.peer, id, bytes, sizeof bytes);
    pair_exchange(&pair);
    cr_assert_not(answer->was_reset);
    peer_body(pair.peer, id, bytes, 1);
    pair_exchange(&pair);
    cr_assert_str_eq(answer->text, ":status: 200\ncontent-type: application/grpc\n"
                                   "grpc-accept-encoding: identity,gzip\n"
                                   "grpc-status: 5\ngrpc-message: refused\n");
    cr_assert(answer->was_reset);
    cr_assert_eq(answer->reset_code, NGHTTP2_NO_ERROR);
    cr_assert_eq(answer->n_data, 0);
    cr_assert_eq(h2_n_streams(pair.h2), 0);
    pair_finish(&pair);
}

Test(h2_abuse, a_client_that_rests_after_an_early_error_is_reset_without_error) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.refuses = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    uint64_t end_ms = PAIR_NOW_MS + pair.limits.linger_ms;
    cr_assert(h2_sweep(pair.h2, end_ms));
    pair_exchange(&pair);
    cr_assert_not(peer_answer(pair.peer, id)->was_reset);
    cr_assert(h2_sweep(pair.h2, end_ms + 1));
    pair_drain(&pair, PAIR_ALL);
    cr_assert(peer_answer(pair.peer, id)->was_reset);
    cr_assert_eq(peer_answer(pair.peer, id)->reset_code, NGHTTP2_NO_ERROR);
    pair_finish(&pair);
}

Test(h2_abuse, a_client_that_ends_after_an_early_error_is_not_reset) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.refuses = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    peer_message(pair.peer, id, "hello", 5);
    peer_end(pair.peer, id);
    pair_exchange(&pair);
    cr_assert(peer_answer(pair.peer, id)->is_closed);
    cr_assert_not(peer_answer(pair.peer, id)->was_reset);
    cr_assert_eq(h2_n_streams(pair.h2), 0);
    pair_finish(&pair);
}

Test(h2_abuse, an_early_error_after_half_close_resets_nothing) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.refuses = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    peer_end(pair.peer, id);
    peer_collect(pair.peer);
    pair_exchange(&pair);
    cr_assert(peer_answer(pair.peer, id)->is_closed);
    cr_assert_not(peer_answer(pair.peer, id)->was_reset);
    pair_finish(&pair);
}

Test(h2_abuse, headers_beyond_the_limit_are_counted_and_refused) {
    static char value[2000];
    memset(value, 'v', sizeof value - 1);
    struct pair pair;
    pair_init(&pair, NULL, 0);
    int32_t id = peer_request(pair.peer, "/a", "x-1", value, "x-2", value, "x-3", value, "x-4",
                              value, "x-5", value, NULL);
    int32_t good = peer_request(pair.peer, "/a", "x-1", value, "x-2", value, "x-3", value, NULL);
    peer_end(pair.peer, id);
    peer_end(pair.peer, good);
    pair_exchange(&pair);
    cr_assert(peer_has_line(pair.peer, id, "grpc-status: 8"));
    cr_assert(peer_has_line(pair.peer, good, "grpc-status: 0"));
    cr_assert_eq(pair.recorder.n_calls, 1);
    pair_finish(&pair);
}

Test(h2_abuse, calls_beyond_the_limit_are_refused_and_the_others_served) {
    struct net_limits limits = net_limits_default;
    limits.max_streams = 4;
    struct pair pair;
    pair_init(&pair, &limits, 0);
    pair.recorder.is_silent = true;
    for (int i = 0; i < 10; i++)
        peer_request(pair.peer, "/a", NULL);
    peer_collect(pair.peer);
    pair_exchange(&pair);
    cr_assert_eq(h2_n_streams(pair.h2), 4);
    cr_assert_eq(pair.recorder.n_calls, 4);
    pair_finish(&pair);
}

Test(h2_abuse, a_request_that_takes_too_long_to_arrive_is_ended) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    int32_t id = peer_request(pair.peer, "/a", NULL);
    peer_body(pair.peer, id, "\0\0\0\0\5he", 7);
    pair_exchange(&pair);
    uint64_t end_ms = PAIR_NOW_MS + pair.limits.request_ms;
    cr_assert(h2_sweep(pair.h2, end_ms));
    pair_exchange(&pair);
    cr_assert_not(peer_answer(pair.peer, id)->is_closed);
    cr_assert(h2_sweep(pair.h2, end_ms + 1));
    pair_drain(&pair, PAIR_ALL);
    cr_assert(peer_has_line(pair.peer, id, "grpc-status: 4"));
    cr_assert_eq(pair.recorder.n_open, 0);
    pair_finish(&pair);
}

Test(h2_abuse, a_stream_open_between_messages_may_rest) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    int32_t id = peer_request(pair.peer, "/a", NULL);
    peer_message(pair.peer, id, "hello", 5);
    pair_exchange(&pair);
    cr_assert(h2_sweep(pair.h2, PAIR_NOW_MS + 100 * pair.limits.request_ms));
    pair_exchange(&pair);
    cr_assert_eq(pair.recorder.n_open, 1);
    pair_finish(&pair);
}

Test(h2_abuse, headers_that_take_too_long_to_arrive_end_the_connection) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_feed_headers(&pair, 1, 0);
    cr_assert(h2_sweep(pair.h2, PAIR_NOW_MS + pair.limits.request_ms));
    cr_assert_not(h2_sweep(pair.h2, PAIR_NOW_MS + pair.limits.request_ms + 1));
    pair_finish(&pair);
}
