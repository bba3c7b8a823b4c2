#include "server/net/h2_guard.h"

#include "server/net/h2_wire.h"

enum { FORGIVEN = 10 };     // idle frames per sweep: what is kept up for long never adds up
enum { DATA_WORTH = 1024 }; // bytes of a DATA frame that is progress by itself

int h2_fail(struct h2 *h2, uint32_t error_code, const char *reason) {
    if (h2->failure_reason)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    h2->failure = error_code;
    h2->failure_reason = reason;
    h2->on_dirty(h2->ctx);
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static void note_skipped(struct h2 *h2, int32_t id) {
    int32_t first = h2->last_id > 0 ? h2->last_id + 2 : 1;
    if (id == first)
        return;
    h2->skipped[h2->n_skipped % H2_SKIPPED_MAX] = (struct h2_id_range){first, id - 2};
    h2->n_skipped++;
}

static bool was_skipped(const struct h2 *h2, int32_t id) {
    size_t n = h2->n_skipped < H2_SKIPPED_MAX ? h2->n_skipped : H2_SKIPPED_MAX;
    for (size_t i = 0; i < n; i++)
        if (id >= h2->skipped[i].first && id <= h2->skipped[i].last)
            return true;
    return false;
}

// A new stream closes every smaller id that was not used (RFC 9113, 5.1.1); nghttp2 lets a HEADERS
// on one of those pass.
static int check_id(struct h2 *h2, int32_t id) {
    if (id % 2 == 0)
        return 0;
    if (id < h2->last_id)
        return was_skipped(h2, id) ? h2_fail(h2, NGHTTP2_PROTOCOL_ERROR,
                                             "HEADERS on a stream id that was passed over")
                                   : 0;
    if (id > h2->last_id) {
        note_skipped(h2, id);
        h2->last_id = id;
    }
    return 0;
}

static int check_ping(struct h2 *h2) {
    const struct net_limits *limits = h2->host.limits;
    uint64_t every_ms = h2->n_streams > 0 ? limits->ping_ms : limits->idle_ping_ms;
    if (allowance_spend(&h2->pings, limits->ping_burst, allowance_every_ms(every_ms),
                        h2->host.now_ms))
        return 0;
    // The word that gRPC's clients look for.
    return h2_fail(h2, NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings");
}

int h2_guard_frame(struct h2 *h2, const nghttp2_frame_hd *head) {
    if (head->type == NGHTTP2_HEADERS && check_id(h2, head->stream_id) != 0)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (head->type == NGHTTP2_PING && !(head->flags & NGHTTP2_FLAG_ACK))
        return check_ping(h2);
    if ((head->type == NGHTTP2_DATA && head->length >= DATA_WORTH) ||
        head->type == NGHTTP2_RST_STREAM)
        return 0;
    if (++h2->n_idle_frames > h2->host.limits->max_idle_frames)
        return h2_fail(h2, NGHTTP2_ENHANCE_YOUR_CALM, "too many frames without work");
    return 0;
}

int h2_guard_reset(struct h2 *h2) {
    const struct net_limits *limits = h2->host.limits;
    if (allowance_spend(&h2->resets, limits->reset_burst, allowance_per_second(limits->reset_rate),
                        h2->host.now_ms))
        return 0;
    return h2_fail(h2, NGHTTP2_ENHANCE_YOUR_CALM, "too many streams reset");
}

void h2_guard_work(struct h2 *h2) {
    h2->n_idle_frames = 0;
}

void h2_guard_answer(struct h2 *h2) {
    h2->n_idle_frames = 0;
    h2->pings.spent = 0;
}

void h2_guard_sweep(struct h2 *h2) {
    h2->n_idle_frames -= h2->n_idle_frames < FORGIVEN ? h2->n_idle_frames : FORGIVEN;
}
