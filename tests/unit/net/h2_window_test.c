#include "server/net/h2_wire.h"
#include "tests/unit/net/pair.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LARGE = 100 * 1000, SHARES = 3, WINDOW = 64 * 1024 - 1 };

static const char zeros[LARGE];

// At most three large messages may come at a time.
static void open_pair(struct pair *pair) {
    struct net_limits limits = net_limits_default;
    limits.max_partial = SHARES * LARGE;
    limits.stream_window = WINDOW;
    pair_init(pair, &limits, 0);
    pair->recorder.is_silent = true;
    pair_exchange(pair);
}

static int32_t send_large(struct pair *pair) {
    int32_t id = peer_request(pair->peer, "/a", NULL);
    peer_message(pair->peer, id, zeros, sizeof zeros);
    return id;
}

// All but the last byte of a large message.
static int32_t send_most(struct pair *pair) {
    static const char head[] = "\0\0\1\x86\xa0";
    int32_t id = peer_request(pair->peer, "/a", NULL);
    peer_body(pair->peer, id, head, 5);
    peer_body(pair->peer, id, zeros, LARGE - 1);
    return id;
}

static size_t count(struct pair *pair, const char *what) {
    size_t n = 0;
    const char *text = recorder_text(&pair->recorder);
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static size_t held(const struct pair *pair) {
    return pair->h2->host.partial_total;
}

Test(h2_window, any_number_of_large_messages_arrive_and_few_are_held_at_a_time) {
    enum { N = 100 };
    struct pair pair;
    open_pair(&pair);
    for (int i = 0; i < N; i++)
        peer_end(pair.peer, send_large(&pair));
    size_t most = 0;
    do {
        peer_collect(pair.peer);
        for (size_t n; (n = buf_len(&pair.peer->out)) > 0;) {
            n = n < 1000 ? n : 1000;
            pair_feed(&pair, buf_bytes(&pair.peer->out), n);
            buf_consume(&pair.peer->out, n);
            most = held(&pair) > most ? held(&pair) : most;
        }
        pair_drain(&pair, PAIR_ALL);
        peer_collect(pair.peer);
    } while (buf_len(&pair.peer->out) > 0);
    cr_assert_eq(count(&pair, "message 100000 "), N);
    cr_assert_eq(count(&pair, "half-close"), N);
    cr_assert_leq(most, SHARES * LARGE + (N - SHARES) * WINDOW);
    cr_assert_eq(held(&pair), 0);
    cr_assert_eq(pair.h2->n_reserved, 0);
    pair_finish(&pair);
}

Test(h2_window, what_is_beyond_the_shares_waits_with_its_window_used_up) {
    struct pair pair;
    open_pair(&pair);
    for (int i = 0; i < SHARES; i++)
        send_most(&pair);
    pair_exchange(&pair);
    cr_assert_eq(held(&pair), SHARES * (LARGE - 1));
    int32_t waiting = send_large(&pair);
    pair_exchange(&pair);
    cr_assert_eq(held(&pair), SHARES * (LARGE - 1) + WINDOW - FRAME_HEAD_SIZE);
    cr_assert_eq(nghttp2_session_get_stream_remote_window_size(pair.peer->session, waiting), 0);
    cr_assert_eq(count(&pair, "message"), 0);
    pair_finish(&pair);
}

Test(h2_window, a_small_message_waits_for_no_large_one) {
    struct pair pair;
    open_pair(&pair);
    for (int i = 0; i < SHARES + 1; i++)
        send_most(&pair);
    pair_exchange(&pair);
    int32_t small = peer_request(pair.peer, "/b", NULL);
    for (int i = 0; i < 20; i++)
        peer_message(pair.peer, small, zeros, WINDOW / 2);
    pair_exchange(&pair);
    cr_assert_eq(count(&pair, "5 message 32767 "), 20);
    pair_finish(&pair);
}

Test(h2_window, the_share_of_a_call_that_is_given_up_goes_to_the_one_that_waits) {
    struct pair pair;
    open_pair(&pair);
    int32_t first = send_most(&pair);
    for (int i = 1; i < SHARES; i++)
        send_most(&pair);
    pair_exchange(&pair);
    send_large(&pair);
    pair_exchange(&pair);
    cr_assert_eq(count(&pair, "message"), 0);
    nghttp2_submit_rst_stream(pair.peer->session, NGHTTP2_FLAG_NONE, first, NGHTTP2_CANCEL);
    pair_exchange(&pair);
    cr_assert_eq(count(&pair, "4 message 100000 "), 1);
    pair_finish(&pair);
}

Test(h2_window, the_time_for_a_message_that_waits_begins_when_it_may_come) {
    struct pair pair;
    open_pair(&pair);
    for (int i = 0; i < SHARES; i++)
        send_most(&pair);
    pair_exchange(&pair);
    int32_t waiting = send_most(&pair);
    pair_exchange(&pair);
    pair.now_ms += pair.limits.request_ms + 1;
    cr_assert(h2_sweep(pair.h2, pair.now_ms));
    pair_exchange(&pair);
    pair.now_ms += pair.limits.linger_ms + 1; // then those that were too slow are reset
    cr_assert(h2_sweep(pair.h2, pair.now_ms));
    pair_exchange(&pair);
    cr_assert_eq(count(&pair, "close"), SHARES);
    cr_assert_eq(held(&pair), LARGE - 1);
    cr_assert_not(peer_answer(pair.peer, waiting)->is_closed);
    pair.now_ms += pair.limits.request_ms + 1;
    cr_assert(h2_sweep(pair.h2, pair.now_ms));
    pair_exchange(&pair);
    cr_assert(peer_has_line(pair.peer, waiting, "grpc-status: 4"));
    pair_finish(&pair);
}

Test(h2_window, a_stream_of_large_messages_arrives_beside_others) {
    enum { N = 30 };
    struct pair pair;
    open_pair(&pair);
    int32_t ids[SHARES + 2];
    for (int i = 0; i < SHARES + 2; i++)
        ids[i] = peer_request(pair.peer, "/a", NULL);
    for (int n = 0; n < N; n++)
        for (int i = 0; i < SHARES + 2; i++)
            peer_message(pair.peer, ids[i], zeros, (size_t)(30000 + 2000 * n));
    pair_exchange(&pair);
    cr_assert_eq(count(&pair, " message "), N * (SHARES + 2));
    cr_assert_eq(pair.h2->n_reserved, 0);
    pair_finish(&pair);
}
