#include "tests/unit/net/pair.h"

#include <criterion/criterion.h>
#include <string.h>

static void on_dirty(void *ctx) {
    ((struct pair *)ctx)->n_dirty++;
}

static struct h2 *open_h2(struct pair *pair) {
    const struct h2_options options = {.limits = &pair->limits,
                                       .streams = &recorder_events,
                                       .server = &pair->recorder,
                                       .peer = "test",
                                       .on_dirty = on_dirty,
                                       .ctx = pair};
    return h2_create(&options, &pair->err);
}

void pair_init_alone(struct pair *pair, const struct net_limits *limits) {
    *pair = (struct pair){.limits = limits ? *limits : net_limits_default, .now_ms = PAIR_NOW_MS};
    pair->h2 = open_h2(pair);
    cr_assert_not_null(pair->h2);
}

void pair_init(struct pair *pair, const struct net_limits *limits, uint32_t window) {
    pair_init_alone(pair, limits);
    pair->peer = peer_create(window);
}

void pair_finish(struct pair *pair) {
    h2_destroy(pair->h2);
    cr_assert_eq(pair->recorder.n_open, 0);
    recorder_finish(&pair->recorder);
    peer_destroy(pair->peer);
    buf_finish(&pair->out);
}

void pair_feed(struct pair *pair, const void *bytes, size_t len) {
    if (!pair->is_failed && !h2_feed(pair->h2, bytes, len, pair->now_ms, &pair->err))
        pair->is_failed = true;
}

void pair_drain(struct pair *pair, size_t limit) {
    cr_assert(h2_drain(pair->h2, &pair->out, limit, &pair->err));
    cr_assert(peer_feed(pair->peer, buf_bytes(&pair->out), buf_len(&pair->out)));
    buf_clear(&pair->out);
}

void pair_exchange(struct pair *pair) {
    do {
        peer_collect(pair->peer);
        pair_feed(pair, buf_bytes(&pair->peer->out), buf_len(&pair->peer->out));
        buf_clear(&pair->peer->out);
        pair_drain(pair, PAIR_ALL);
        peer_collect(pair->peer);
    } while (buf_len(&pair->peer->out) > 0);
}

void pair_open(struct pair *pair) {
    peer_collect(pair->peer);
    pair_feed(pair, buf_bytes(&pair->peer->out), buf_len(&pair->peer->out));
    buf_clear(&pair->peer->out);
}

void pair_feed_headers(struct pair *pair, int32_t id, uint8_t flags) {
    static const uint8_t block[] = "\x83\x86\x44\x02/a\x41\x01x\x5f\x10"
                                   "application/grpc";
    uint8_t frame[64] = {0, 0, sizeof block - 1, NGHTTP2_HEADERS, flags};
    frame[7] = (uint8_t)(id >> 8);
    frame[8] = (uint8_t)id;
    memcpy(frame + 9, block, sizeof block - 1);
    pair_feed(pair, frame, 9 + sizeof block - 1);
}
