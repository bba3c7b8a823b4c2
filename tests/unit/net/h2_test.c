#include "tests/unit/net/pair.h"

#include <criterion/criterion.h>
#include <string.h>

// What a client sends that makes three calls, one of them in many messages, and pings.
static void make_session(struct peer *peer) {
    static char large[300];
    memset(large, 'x', sizeof large);
    int32_t one = peer_request(peer, "/shap.v1.Plans/GetPlan", "authorization", "Bearer t", NULL);
    peer_message(peer, one, "hello", 5);
    peer_end(peer, one);
    peer_collect(peer);
    int32_t two = peer_request(peer, "/a", "grpc-timeout", "5S", NULL);
    for (int i = 0; i < 5; i++)
        peer_message(peer, two, "several", (size_t)i);
    peer_collect(peer);
    nghttp2_submit_ping(peer->session, NGHTTP2_FLAG_NONE, NULL);
    int32_t three = peer_request(peer, "/b", NULL);
    peer_message(peer, three, large, sizeof large);
    peer_collect(peer);
    peer_message(peer, two, "end", 3);
    peer_end(peer, two);
    peer_end(peer, three);
    peer_collect(peer);
}

static const char session_events[] =
    "1 request /shap.v1.Plans/GetPlan\n1 message 5 hello\n1 half-close\n"
    "2 request /a\n2 message 0 \n2 message 1 s\n2 message 2 se\n2 message 3 sev\n2 message 4 seve\n"
    "3 request /b\n3 message 300 xxxxxxxxxxxxxxxxxxxx\n"
    "2 message 3 end\n2 half-close\n3 half-close\n";

Test(h2, a_call_is_answered_with_head_message_and_trailers) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    int32_t id = peer_request(pair.peer, "/a", NULL);
    peer_message(pair.peer, id, "hello", 5);
    peer_end(pair.peer, id);
    pair_exchange(&pair);
    struct peer_answer *answer = peer_answer(pair.peer, id);
    cr_assert_str_eq(answer->text, ":status: 200\ncontent-type: application/grpc\n"
                                   "grpc-accept-encoding: identity,gzip\ngrpc-status: 0\n");
    cr_assert_eq(memcmp(buf_bytes(&answer->data), "\0\0\0\0\5hello", 10), 0);
    cr_assert(answer->is_closed && !answer->was_reset);
    cr_assert_str_eq(recorder_text(&pair.recorder),
                     "1 request /a\n1 message 5 hello\n1 half-close\n1 close\n");
    cr_assert(h2_is_open(pair.h2));
    pair_finish(&pair);
}

Test(h2, the_events_are_the_same_wherever_the_input_is_split) {
    struct peer *peer = peer_create(0);
    make_session(peer);
    size_t len = buf_len(&peer->out);
    for (size_t at = 0; at <= len; at++) {
        struct pair pair;
        pair_init_alone(&pair, NULL);
        pair_feed(&pair, buf_bytes(&peer->out), at);
        pair_feed(&pair, buf_bytes(&peer->out) + at, len - at);
        cr_assert_not(pair.is_failed);
        cr_assert_str_eq(recorder_text(&pair.recorder), session_events);
        pair_finish(&pair);
    }
    peer_destroy(peer);
}

Test(h2, the_events_are_the_same_when_bytes_come_one_at_a_time) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    make_session(pair.peer);
    for (size_t i = 0; i < buf_len(&pair.peer->out); i++)
        pair_feed(&pair, buf_bytes(&pair.peer->out) + i, 1);
    cr_assert_str_eq(recorder_text(&pair.recorder), session_events);
    pair_drain(&pair, PAIR_ALL);
    cr_assert(peer_has_line(pair.peer, 1, "grpc-status: 0"));
    cr_assert(peer_has_line(pair.peer, 3, "grpc-status: 0"));
    cr_assert_eq(peer_answer(pair.peer, 5)->n_data, 305);
    pair_finish(&pair);
}

Test(h2, an_input_truncated_anywhere_closes_every_call_it_began) {
    struct peer *peer = peer_create(0);
    make_session(peer);
    for (size_t len = 0; len < buf_len(&peer->out); len++) {
        struct pair pair;
        pair_init_alone(&pair, NULL);
        pair_feed(&pair, buf_bytes(&peer->out), len);
        cr_assert(h2_drain(pair.h2, &pair.out, PAIR_ALL, &pair.err));
        pair_finish(&pair);
    }
    peer_destroy(peer);
}

Test(h2, no_corrupted_byte_breaks_the_server) {
    static const uint8_t masks[] = {0x01, 0x80, 0xff, 0x24};
    struct peer *peer = peer_create(0);
    make_session(peer);
    uint8_t *bytes = peer->out.data + peer->out.start;
    for (size_t at = 0; at < buf_len(&peer->out); at++) {
        for (size_t i = 0; i < sizeof masks; i++) {
            struct pair pair;
            pair_init_alone(&pair, NULL);
            bytes[at] ^= masks[i];
            pair_feed(&pair, bytes, buf_len(&peer->out));
            (void)!h2_drain(pair.h2, &pair.out, PAIR_ALL, &pair.err);
            pair_finish(&pair);
            bytes[at] ^= masks[i];
        }
    }
    peer_destroy(peer);
}

Test(h2, a_reset_by_the_client_closes_the_call) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.is_silent = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    nghttp2_submit_rst_stream(pair.peer->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    pair_exchange(&pair);
    cr_assert_str_eq(recorder_text(&pair.recorder), "1 request /a\n1 close\n");
    pair_finish(&pair);
}

Test(h2, a_producer_is_told_when_its_queue_has_drained) {
    static char bytes[100000];
    struct pair pair;
    pair_init(&pair, NULL, 200000);
    pair.recorder.is_silent = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    cr_assert(recorder_send(pair.recorder.stream, bytes, sizeof bytes));
    cr_assert_gt(stream_queued(pair.recorder.stream), STREAM_QUEUE_HIGH);
    pair_drain(&pair, PAIR_ALL);
    cr_assert_eq(stream_queued(pair.recorder.stream), 0);
    cr_assert_str_eq(recorder_text(&pair.recorder), "1 request /a\n1 drain\n");
    cr_assert_eq(peer_answer(pair.peer, id)->n_data, sizeof bytes + 5);
    pair_finish(&pair);
}

Test(h2, a_client_that_takes_nothing_leaves_the_rest_queued) {
    static char bytes[100000];
    struct pair pair;
    pair_init(&pair, NULL, 1000);
    pair.recorder.is_silent = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    cr_assert(recorder_send(pair.recorder.stream, bytes, sizeof bytes));
    pair_drain(&pair, PAIR_ALL);
    cr_assert_eq(peer_answer(pair.peer, id)->n_data, 1000);
    cr_assert_eq(stream_queued(pair.recorder.stream), sizeof bytes + 5 - 1000);
    cr_assert_str_eq(recorder_text(&pair.recorder), "1 request /a\n");
    stream_finish(pair.recorder.stream, GRPC_ABORTED, NULL);
    pair_finish(&pair);
}

static int count_messages(struct pair *pair) {
    int n = 0;
    for (const char *at = recorder_text(&pair->recorder); (at = strstr(at, " message ")); at++)
        n++;
    return n;
}

static struct recorder *charged;

static void take_long(void) {
    stream_charge(charged->stream, 10000);
}

Test(h2, after_a_call_that_took_long_the_next_one_waits_for_its_turn) {
    struct pair pair;
    pair_init_alone(&pair, NULL);
    struct peer *peer = peer_create(0);
    for (int i = 0; i < 3; i++) {
        int32_t id = peer_request(peer, "/a", NULL);
        peer_message(peer, id, "hello", 5);
        peer_end(peer, id);
        peer_collect(peer);
    }
    charged = &pair.recorder;
    pair.recorder.on_event = take_long;
    pair_feed(&pair, buf_bytes(&peer->out), buf_len(&peer->out));
    cr_assert_eq(count_messages(&pair), 1);
    cr_assert(h2_has_rest(pair.h2));
    for (int n = 1; h2_has_rest(pair.h2); n = count_messages(&pair)) {
        cr_assert(h2_feed_rest(pair.h2, pair.now_ms, &pair.err));
        cr_assert_leq(count_messages(&pair), n + 1);
    }
    cr_assert_eq(count_messages(&pair), 3);
    pair.recorder.on_event = NULL;
    peer_destroy(peer);
    pair_finish(&pair);
}

Test(h2, who_does_not_read_is_not_read_until_he_does) {
    enum { N = 600, SIZE = 1000 };
    static char bytes[100000];
    struct pair pair;
    pair_init(&pair, NULL, 1000);
    pair.recorder.is_silent = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    cr_assert(recorder_send(pair.recorder.stream, bytes, sizeof bytes));
    for (int i = 0; i < N; i++)
        peer_message(pair.peer, id, bytes, SIZE);
    for (int i = 0; i < 20; i++) {
        pair_open(&pair);
        pair_drain(&pair, PAIR_ALL);
    }
    cr_assert_gt(stream_queued(pair.recorder.stream), STREAM_QUEUE_LOW);
    cr_assert_eq(count_messages(&pair), pair.limits.stream_window / (SIZE + 5));
    for (int32_t of = 0; of <= id; of += id)
        nghttp2_session_set_local_window_size(pair.peer->session, NGHTTP2_FLAG_NONE, of, 1 << 20);
    pair_exchange(&pair);
    cr_assert_eq(stream_queued(pair.recorder.stream), 0);
    cr_assert_eq(count_messages(&pair), N);
    stream_finish(pair.recorder.stream, GRPC_OK, NULL);
    pair_finish(&pair);
}

Test(h2, draining_stops_at_the_limit_and_goes_on_later) {
    static char bytes[200000];
    struct pair pair;
    pair_init(&pair, NULL, 1 << 20);
    pair.recorder.is_silent = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    cr_assert(recorder_send(pair.recorder.stream, bytes, sizeof bytes));
    stream_finish(pair.recorder.stream, GRPC_OK, NULL);
    int rounds = 0;
    while (!peer_answer(pair.peer, id)->is_closed && rounds++ < 100) {
        cr_assert(h2_drain(pair.h2, &pair.out, 1000, &pair.err));
        cr_assert_leq(buf_len(&pair.out), 1000 + 9 + 16384);
        pair_drain(&pair, 1);
    }
    cr_assert_gt(rounds, 10);
    cr_assert_eq(peer_answer(pair.peer, id)->n_data, sizeof bytes + 5);
    cr_assert(peer_has_line(pair.peer, id, "grpc-status: 0"));
    pair_finish(&pair);
}

Test(h2, a_long_answer_keeps_no_other_from_being_sent) {
    static char bytes[20000];
    struct pair pair;
    pair_init(&pair, NULL, 1 << 30);
    pair.recorder.is_silent = true;
    peer_request(pair.peer, "/long", NULL);
    pair_exchange(&pair);
    struct stream *long_one = pair.recorder.stream;
    int32_t id = peer_request(pair.peer, "/short", NULL);
    pair_exchange(&pair);
    cr_assert(recorder_send(long_one, bytes, sizeof bytes));
    cr_assert(recorder_send(pair.recorder.stream, bytes, sizeof bytes));
    stream_finish(pair.recorder.stream, GRPC_OK, NULL);
    for (int rounds = 0; rounds < 20 && !peer_answer(pair.peer, id)->is_closed; rounds++) {
        while (stream_queued(long_one) < 2 * sizeof bytes)
            cr_assert(recorder_send(long_one, bytes, sizeof bytes));
        cr_assert(h2_drain(pair.h2, &pair.out, sizeof bytes, &pair.err));
        pair_drain(&pair, 1);
    }
    cr_assert(peer_has_line(pair.peer, id, "grpc-status: 0"));
    stream_finish(long_one, GRPC_OK, NULL);
    pair_finish(&pair);
}

Test(h2, a_connection_is_done_when_its_last_call_after_goaway_is) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.is_silent = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    h2_shutdown_notice(pair.h2);
    pair_exchange(&pair);
    cr_assert_eq(pair.peer->goaway_last_id, INT32_MAX);
    int32_t late = 3;
    pair_open(&pair);
    pair_feed_headers(&pair, late, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);
    cr_assert_eq(pair.recorder.n_calls, 2);
    h2_goaway(pair.h2);
    pair_drain(&pair, PAIR_ALL);
    cr_assert_eq(pair.peer->goaway_last_id, late);
    pair_feed_headers(&pair, late + 2, NGHTTP2_FLAG_END_HEADERS);
    pair_feed(&pair, "\0\0\1\0\1\0\0\0\5x", 10);
    cr_assert_not(pair.is_failed);
    cr_assert_eq(pair.recorder.n_calls, 2);
    cr_assert_not(h2_is_done(pair.h2));
    stream_finish(pair.recorder.stream, GRPC_OK, NULL);
    cr_assert(h2_drain(pair.h2, &pair.out, PAIR_ALL, &pair.err));
    cr_assert_not(h2_is_done(pair.h2));
    nghttp2_submit_rst_stream(pair.peer->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    peer_collect(pair.peer);
    pair_feed(&pair, buf_bytes(&pair.peer->out), buf_len(&pair.peer->out));
    cr_assert(h2_drain(pair.h2, &pair.out, PAIR_ALL, &pair.err));
    cr_assert(h2_is_done(pair.h2));
    pair_finish(&pair);
}

Test(h2, answers_make_the_connection_dirty_from_inside_any_event) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    int before = pair.n_dirty;
    pair.recorder.refuses = true;
    pair_feed_headers(&pair, 1, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);
    cr_assert_gt(pair.n_dirty, before);
    pair_finish(&pair);
}

Test(h2, compressed_and_plain_messages_go_on_one_stream_each_with_its_flag) {
    static char body[10000];
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.is_silent = true;
    int32_t id = peer_request(pair.peer, "/a", "grpc-accept-encoding", "gzip", NULL);
    pair_exchange(&pair);
    cr_assert(recorder_send_as(pair.recorder.stream, body, sizeof body, STREAM_GZIP));
    cr_assert(recorder_send_as(pair.recorder.stream, "plain", 5, STREAM_PLAIN));
    stream_finish(pair.recorder.stream, GRPC_OK, NULL);
    peer_end(pair.peer, id);
    pair_exchange(&pair);
    struct peer_answer *answer = peer_answer(pair.peer, id);
    cr_assert(peer_has_line(pair.peer, id, "grpc-encoding: gzip"));
    cr_assert(peer_has_line(pair.peer, id, "grpc-status: 0"));
    cr_assert_eq(buf_bytes(&answer->data)[0], 1);
    cr_assert_lt(answer->n_data, 200);
    cr_assert_eq(memcmp(buf_bytes(&answer->data) + answer->n_data - 10, "\0\0\0\0\5plain", 10), 0);
    pair_finish(&pair);
}

Test(h2, an_encoding_we_lack_is_answered_with_those_we_have) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    int32_t id = peer_request(pair.peer, "/a", "grpc-encoding", "br", NULL);
    peer_end(pair.peer, id);
    pair_exchange(&pair);
    cr_assert(peer_has_line(pair.peer, id, "grpc-status: 12"));
    cr_assert(peer_has_line(pair.peer, id, "grpc-accept-encoding: identity,gzip"));
    cr_assert_not(peer_has_line(pair.peer, id, "grpc-encoding: gzip"));
    pair_finish(&pair);
}

// RFC 9113, 8.3.1.
Test(h2, an_authority_that_names_a_user_is_malformed) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    int32_t id = peer_request(pair.peer, "/a", ":authority", "user@localhost", NULL);
    int32_t other = peer_request(pair.peer, "/b", NULL);
    peer_message(pair.peer, id, "hello", 5);
    peer_end(pair.peer, id);
    peer_end(pair.peer, other);
    pair_exchange(&pair);
    cr_assert(peer_answer(pair.peer, id)->was_reset);
    cr_assert_eq(peer_answer(pair.peer, id)->reset_code, NGHTTP2_PROTOCOL_ERROR);
    cr_assert_eq(pair.recorder.n_calls, 1);
    pair_finish(&pair);
}
