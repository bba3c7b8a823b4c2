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

Test(h2_abuse, frames_of_a_call_that_its_client_ended_are_a_connection_error) {
    for (int type = NGHTTP2_DATA; type <= NGHTTP2_HEADERS; type++) {
        struct pair pair;
        pair_init(&pair, NULL, 0);
        pair_open(&pair);
        pair_feed_headers(&pair, 1, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);
        pair_drain(&pair, PAIR_ALL);
        cr_assert_eq(h2_n_streams(pair.h2), 0);
        if (type == NGHTTP2_DATA)
            pair_feed(&pair, "\0\0\1\0\1\0\0\0\1x", 10);
        else
            pair_feed_headers(&pair, 1, NGHTTP2_FLAG_END_HEADERS);
        cr_assert(pair.is_failed);
        cr_assert(strstr(pair.err.message, "ended"));
        pair_finish(&pair);
    }
}

// Feeds a frame n times, or until the server has had enough, and throws its answers away.
static void repeat(struct pair *pair, const void *frame, size_t len, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pair_feed(pair, frame, len);
        if (pair->is_failed)
            return;
        pair->out.end = pair->out.start;
        cr_assert(h2_drain(pair->h2, &pair->out, PAIR_ALL, &pair->err));
    }
}

static void ping(struct pair *pair, size_t n) {
    static const uint8_t frame[17] = {0, 0, 8, NGHTTP2_PING};
    repeat(pair, frame, sizeof frame, n);
}

// The connection has been ended, and the client told why: the last frame is a GOAWAY.
static void expect_goaway(struct pair *pair, uint32_t code, const char *reason) {
    buf_clear(&pair->out);
    cr_assert(h2_drain(pair->h2, &pair->out, PAIR_ALL, &pair->err));
    const uint8_t *last = NULL;
    size_t len = 0;
    for (const uint8_t *at = buf_bytes(&pair->out); at < pair->out.data + pair->out.end;) {
        last = at;
        len = (size_t)(at[1] << 8 | at[2]);
        at += 9 + len;
    }
    cr_assert_not_null(last);
    cr_assert_eq(last[3], NGHTTP2_GOAWAY);
    cr_assert_eq(last[16], code);
    cr_assert_eq(len, 8 + strlen(reason));
    cr_assert_eq(memcmp(last + 17, reason, strlen(reason)), 0);
    cr_assert(h2_is_done(pair->h2));
}

Test(h2_abuse, pings_beyond_measure_end_the_connection_with_grpcs_word_for_it) {
    static const uint8_t frame[17] = {0, 0, 8, NGHTTP2_PING};
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_drain(&pair, PAIR_ALL);
    for (size_t i = 0; i < pair.limits.ping_burst; i++)
        pair_feed(&pair, frame, sizeof frame);
    cr_assert_not(pair.is_failed);
    pair_feed(&pair, frame, sizeof frame);
    cr_assert(pair.is_failed);
    expect_goaway(&pair, NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings");
    pair_finish(&pair);
}

Test(h2_abuse, pings_between_answers_are_welcome) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    for (int i = 0; i < 50; i++) {
        int32_t id = peer_request(pair.peer, "/a", NULL);
        peer_end(pair.peer, id);
        pair_exchange(&pair);
        ping(&pair, pair.limits.ping_burst);
    }
    cr_assert_not(pair.is_failed);
    pair_finish(&pair);
}

Test(h2_abuse, a_keepalive_ping_may_come_as_often_as_the_limits_say) {
    struct pair pair;
    for (int has_call = 0; has_call < 2; has_call++) {
        pair_init(&pair, NULL, 0);
        pair.recorder.is_silent = true;
        if (has_call)
            peer_request(pair.peer, "/a", NULL);
        pair_exchange(&pair);
        ping(&pair, pair.limits.ping_burst);
        uint64_t every_ms = has_call ? pair.limits.ping_ms : pair.limits.idle_ping_ms;
        for (uint64_t i = 1; i <= 100; i++) {
            pair.now_ms = PAIR_NOW_MS + i * every_ms;
            ping(&pair, 1);
        }
        cr_assert_not(pair.is_failed);
        pair.now_ms += every_ms / 2;
        ping(&pair, 1);
        cr_assert(pair.is_failed);
        pair_finish(&pair);
    }
}

static void feed_frame(struct pair *pair, uint8_t type, uint8_t flags, int32_t id,
                       const void *bytes, size_t len, size_t n) {
    uint8_t frame[9 + 256] = {0, 0, (uint8_t)len, type, flags};
    frame[7] = (uint8_t)(id >> 8);
    frame[8] = (uint8_t)id;
    memcpy(frame + 9, bytes, len);
    repeat(pair, frame, 9 + len, n);
}

Test(h2_abuse, frames_without_work_end_the_connection) {
    static const char padded[] = "\x09\0\0\0\0\0\0\0\0\0";
    static const char priority[] = "\0\0\0\0\x10";
    static const struct {
        uint8_t type;
        uint8_t flags;
        const char *bytes;
        size_t len;
        bool is_on_stream;
    } floods[] = {
        {NGHTTP2_SETTINGS, 0, "", 0, false},
        {NGHTTP2_SETTINGS, 0, "\0\4\0\0\xff\xff", 6, false},
        {NGHTTP2_PING, NGHTTP2_FLAG_ACK, "12345678", 8, false},
        {NGHTTP2_WINDOW_UPDATE, 0, "\0\0\0\1", 4, false},
        {NGHTTP2_WINDOW_UPDATE, 0, "\0\0\0\1", 4, true},
        {NGHTTP2_PRIORITY, 0, priority, 5, true},
        {NGHTTP2_DATA, 0, "", 0, true},
        {NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, padded, 10, true},
        {NGHTTP2_DATA, 0, "\0", 1, true},
        {0xbe, 0, "unknown", 7, false},
    };
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
        struct pair pair;
        pair_init(&pair, NULL, 0);
        pair.recorder.is_silent = true;
        pair_open(&pair);
        pair_feed_headers(&pair, 1, NGHTTP2_FLAG_END_HEADERS);
        pair_feed(&pair, "\0\0\5\0\0\0\0\0\1\0\0\1\0\0", 14); // begins a message of 64 KiB
        feed_frame(&pair, floods[i].type, floods[i].flags, floods[i].is_on_stream, floods[i].bytes,
                   floods[i].len, pair.limits.max_idle_frames - 10);
        cr_assert_not(pair.is_failed, "flood %zu: %s", i, pair.err.message);
        feed_frame(&pair, floods[i].type, floods[i].flags, floods[i].is_on_stream, floods[i].bytes,
                   floods[i].len, 11);
        cr_assert(pair.is_failed, "flood %zu", i);
        cr_assert(strstr(pair.err.message, "without work"));
        pair_finish(&pair);
    }
}

Test(h2_abuse, small_messages_are_work) {
    static const char message[] = "\0\0\0\0\1x";
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.is_silent = true;
    pair_open(&pair);
    pair_feed_headers(&pair, 1, NGHTTP2_FLAG_END_HEADERS);
    feed_frame(&pair, NGHTTP2_DATA, 0, 1, message, 6, 3 * pair.limits.max_idle_frames);
    cr_assert_not(pair.is_failed);
    pair_finish(&pair);
}

Test(h2_abuse, what_is_kept_up_for_long_never_adds_up) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    for (uint64_t i = 0; i < 1000; i++) {
        feed_frame(&pair, NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\1", 4, 10);
        cr_assert(h2_sweep(pair.h2, PAIR_NOW_MS + i));
    }
    cr_assert_not(pair.is_failed);
    pair_finish(&pair);
}

// A call that is begun and reset, each on the next id.
static void begin_and_reset(struct pair *pair, int32_t *id, size_t n) {
    for (size_t i = 0; i < n && !pair->is_failed; i++, *id += 2) {
        pair_feed_headers(pair, *id, NGHTTP2_FLAG_END_HEADERS);
        feed_frame(pair, NGHTTP2_RST_STREAM, 0, *id, "\0\0\0\x8", 4, 1);
    }
}

Test(h2_abuse, a_rapid_reset_ends_the_connection_and_every_call_is_given_up) {
    int32_t id = 1;
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_drain(&pair, PAIR_ALL);
    begin_and_reset(&pair, &id, pair.limits.reset_burst);
    cr_assert_not(pair.is_failed);
    pair.now_ms += 1000;
    begin_and_reset(&pair, &id, pair.limits.reset_rate);
    cr_assert_not(pair.is_failed);
    begin_and_reset(&pair, &id, 1);
    cr_assert(pair.is_failed);
    cr_assert_eq(pair.recorder.n_calls,
                 (int)(pair.limits.reset_burst + pair.limits.reset_rate + 1));
    expect_goaway(&pair, NGHTTP2_ENHANCE_YOUR_CALM, "too many streams reset");
    cr_assert_eq(pair.recorder.n_open, 0);
    pair_finish(&pair);
}

// A window beyond 2^31-1 is a stream error: we reset the stream.
Test(h2_abuse, resets_that_we_are_made_to_send_end_the_connection) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_drain(&pair, PAIR_ALL);
    int32_t id = 1;
    for (size_t i = 0; i <= pair.limits.reset_burst; i++, id += 2) {
        cr_assert_not(h2_is_done(pair.h2));
        pair_feed_headers(&pair, id, NGHTTP2_FLAG_END_HEADERS);
        pair_feed(&pair,
                  (uint8_t[]){0, 0, 4, 8, 0, 0, 0, (uint8_t)(id >> 8), (uint8_t)id, 0x7f, 0xff,
                              0xff, 0xff},
                  13);
        if (i < pair.limits.reset_burst) {
            buf_clear(&pair.out);
            cr_assert(h2_drain(pair.h2, &pair.out, PAIR_ALL, &pair.err));
            buf_clear(&pair.out);
        }
    }
    expect_goaway(&pair, NGHTTP2_ENHANCE_YOUR_CALM, "too many streams reset");
    cr_assert_eq(pair.recorder.n_open, 0);
    pair_finish(&pair);
}

Test(h2_abuse, resets_that_we_are_made_to_send_at_once_end_the_connection_once) {
    struct net_limits limits = net_limits_default;
    limits.reset_burst = 5;
    struct pair pair;
    pair_init(&pair, &limits, 0);
    pair_open(&pair);
    pair_drain(&pair, PAIR_ALL);
    int32_t id = 1;
    for (size_t i = 0; i < limits.reset_burst + 5; i++, id += 2) {
        pair_feed_headers(&pair, id, NGHTTP2_FLAG_END_HEADERS);
        pair_feed(&pair,
                  (uint8_t[]){0, 0, 4, 8, 0, 0, 0, (uint8_t)(id >> 8), (uint8_t)id, 0x7f, 0xff,
                              0xff, 0xff},
                  13);
    }
    expect_goaway(&pair, NGHTTP2_ENHANCE_YOUR_CALM, "too many streams reset");
    buf_clear(&pair.out);
    cr_assert(h2_drain(pair.h2, &pair.out, PAIR_ALL, &pair.err));
    cr_assert_eq(buf_len(&pair.out), 0);
    cr_assert_eq(pair.recorder.n_open, 0);
    pair_finish(&pair);
}

Test(h2_abuse, after_a_goaway_calls_that_it_leaves_out_are_passed_over_and_others_judged) {
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair.recorder.is_silent = true;
    pair_open(&pair);
    pair_feed_headers(&pair, 1, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);
    pair_feed_headers(&pair, 3, NGHTTP2_FLAG_END_HEADERS);
    stream_finish(pair.recorder.stream, GRPC_OK, NULL);
    h2_goaway(pair.h2);
    pair_drain(&pair, PAIR_ALL);
    pair_feed_headers(&pair, 5, NGHTTP2_FLAG_END_HEADERS);
    pair_feed(&pair, "\0\0\1\0\0\0\0\0\5x", 10);
    cr_assert_not(pair.is_failed, "%s", pair.err.message);
    cr_assert_eq(pair.recorder.n_calls, 2);
    pair_feed(&pair, "\0\0\4\3\0\0\0\0\1\0\0\0\x8", 13); // the first call is given up
    pair_feed(&pair, "\0\0\1\0\0\0\0\0\1x", 10);
    cr_assert(pair.is_failed);
    cr_assert(strstr(pair.err.message, "ended"), "%s", pair.err.message);
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

Test(h2_abuse, calls_given_up_keep_their_place_until_their_work_ends) {
    struct stream_place places[4] = {{.host = NULL}};
    struct net_limits limits = net_limits_default;
    limits.max_streams = 4;
    struct pair pair;
    int32_t id = 1;
    pair_init(&pair, &limits, 0);
    pair.recorder.is_silent = true;
    pair.recorder.places = places;
    pair_open(&pair);
    begin_and_reset(&pair, &id, 4);
    cr_assert_eq(pair.recorder.n_calls, 4);
    begin_and_reset(&pair, &id, 3);
    cr_assert_eq(pair.recorder.n_calls, 4);
    stream_leave_place(&places[2]);
    stream_leave_place(&places[2]);
    pair.recorder.places = NULL;
    begin_and_reset(&pair, &id, 3);
    cr_assert_eq(pair.recorder.n_calls, 7);
    cr_assert_not(pair.is_failed);
    pair_finish(&pair);
    for (int i = 0; i < 4; i++)
        cr_assert_null(places[i].host);
}

Test(h2_abuse, calls_beyond_the_limit_without_end_end_the_connection) {
    struct net_limits limits = net_limits_default;
    limits.max_streams = 1;
    struct pair pair;
    pair_init(&pair, &limits, 0);
    pair.recorder.is_silent = true;
    pair_open(&pair);
    int32_t id = 1;
    for (uint32_t i = 0; i <= limits.max_idle_frames; i++, id += 2) {
        pair_feed_headers(&pair, id, NGHTTP2_FLAG_END_HEADERS);
        cr_assert_not(pair.is_failed);
        buf_clear(&pair.out);
        cr_assert(h2_drain(pair.h2, &pair.out, PAIR_ALL, &pair.err));
    }
    pair_feed_headers(&pair, id, NGHTTP2_FLAG_END_HEADERS);
    expect_goaway(&pair, NGHTTP2_ENHANCE_YOUR_CALM, "too many frames without work");
    pair_finish(&pair);
}

Test(h2_abuse, a_frame_that_comes_too_slowly_ends_the_connection_though_its_stream_is_over) {
    // Headers of a call that was reset for them, a byte in a second.
    static const uint8_t frame[] = {0, 1, 0, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 0, 0, 0, 1};
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_drain(&pair, PAIR_ALL);
    pair_feed(&pair, frame, sizeof frame);
    uint64_t end_ms = pair.now_ms + pair.limits.request_ms;
    for (; pair.now_ms <= end_ms; pair.now_ms += 1000) {
        pair_feed(&pair, "\x05", 1);
        cr_assert(h2_sweep(pair.h2, pair.now_ms));
    }
    cr_assert_not(h2_sweep(pair.h2, pair.now_ms));
    pair_finish(&pair);
}

Test(h2_abuse, a_header_list_without_end_ends_the_connection) {
    // One entry of 4,000 bytes for the table, then references to it: a byte each.
    static uint8_t frame[9 + 16384] = {
        0,    0x40, 0,   NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 0, 0, 0, 1, 0x40, 1, 'x',
        0x7f, 0xa1, 0x1e};
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_drain(&pair, PAIR_ALL);
    memset(frame + 15, 'v', 4000);
    memset(frame + 15 + 4000, 0xbe, sizeof frame - 15 - 4000);
    pair_feed(&pair, frame, sizeof frame);
    cr_assert(pair.is_failed);
    expect_goaway(&pair, NGHTTP2_ENHANCE_YOUR_CALM, "request headers without end");
    cr_assert_eq(pair.recorder.n_calls, 0);
    pair_finish(&pair);
}

#ifdef HAVE_NGHTTP2_MAX_CONTINUATIONS
Test(h2_abuse, continuations_without_end_end_the_connection) {
    static const uint8_t frame[9] = {0, 0, 0, NGHTTP2_CONTINUATION, 0, 0, 0, 0, 1};
    struct pair pair;
    pair_init(&pair, NULL, 0);
    pair_open(&pair);
    pair_feed_headers(&pair, 1, 0);
    for (int i = 0; i < 100 && !pair.is_failed; i++)
        pair_feed(&pair, frame, sizeof frame);
    cr_assert(pair.is_failed);
    cr_assert_eq(pair.recorder.n_calls, 0);
    pair_finish(&pair);
}
#endif

Test(h2_abuse, a_reader_that_takes_too_little_of_an_answer_is_reset) {
    static char bytes[100000];
    struct pair pair;
    pair_init(&pair, NULL, 20000);
    pair.recorder.is_silent = true;
    int32_t id = peer_request(pair.peer, "/a", NULL);
    pair_exchange(&pair);
    cr_assert(recorder_send(pair.recorder.stream, bytes, sizeof bytes));
    stream_finish(pair.recorder.stream, GRPC_OK, NULL);
    pair_drain(&pair, PAIR_ALL);
    uint64_t end_ms = PAIR_NOW_MS + pair.limits.write_ms;
    for (int i = 0; i < 2; i++) {
        // A little is not enough, and enough begins the time anew.
        nghttp2_submit_window_update(pair.peer->session, NGHTTP2_FLAG_NONE, id,
                                     (int32_t)pair.limits.write_least - 1 + i);
        nghttp2_submit_window_update(pair.peer->session, NGHTTP2_FLAG_NONE, 0, 50000);
        pair.now_ms = end_ms - 10;
        pair_exchange(&pair);
        cr_assert(h2_sweep(pair.h2, i == 0 ? end_ms : end_ms + 1));
        pair_exchange(&pair);
        cr_assert_not(peer_answer(pair.peer, id)->is_closed);
    }
    cr_assert(h2_sweep(pair.h2, end_ms + pair.limits.write_ms));
    pair_exchange(&pair);
    cr_assert(peer_answer(pair.peer, id)->was_reset);
    cr_assert_eq(peer_answer(pair.peer, id)->reset_code, NGHTTP2_CANCEL);
    cr_assert_eq(pair.recorder.n_open, 0);
    pair_finish(&pair);
}
