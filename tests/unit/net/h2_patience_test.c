// How long a client that is slow, or goes on after its answer, is put up with.
#include "tests/unit/net/pair.h"

#include <criterion/criterion.h>

Test(h2_patience, bytes_that_are_not_http2_end_the_connection) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_feed(&pair, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
    cr_assert(pair.is_failed);
    cr_assert_not(h2_is_open(pair.h2));
    pair_finish(&pair);
}

Test(h2_patience, a_client_that_goes_on_after_an_early_error_is_reset_without_error) {
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

Test(h2_patience, a_client_that_rests_after_an_early_error_is_reset_without_error) {
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

Test(h2_patience, a_client_that_ends_after_an_early_error_is_not_reset) {
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

Test(h2_patience, an_early_error_after_half_close_resets_nothing) {
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

Test(h2_patience, a_request_that_takes_too_long_to_arrive_is_ended) {
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

Test(h2_patience, a_stream_open_between_messages_may_rest) {
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

Test(h2_patience, headers_that_take_too_long_to_arrive_end_the_connection) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_feed_headers(&pair, 1, 0);
    cr_assert(h2_sweep(pair.h2, PAIR_NOW_MS + pair.limits.request_ms));
    cr_assert_not(h2_sweep(pair.h2, PAIR_NOW_MS + pair.limits.request_ms + 1));
    pair_finish(&pair);
}
