#include "server/net/h2_guard.h"

#include "server/net/h2_wire.h"

#include <stdlib.h>

enum { FRAME_SIZE_MAX = 16384 };
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
    if (!h2->skipped)
        h2->skipped = calloc(H2_SKIPPED_MAX, sizeof *h2->skipped);
    if (!h2->skipped)
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

void h2_guard_ended(struct h2 *h2, int32_t id) {
    if (!h2->ended)
        h2->ended = calloc(H2_ENDED_MAX, sizeof *h2->ended);
    if (h2->ended)
        h2->ended[h2->n_ended % H2_ENDED_MAX] = id;
    h2->n_ended++;
}

// Without memory for the ring every stream may be one of them.
static bool was_ended(const struct h2 *h2, int32_t id) {
    size_t n = h2->n_ended < H2_ENDED_MAX ? h2->n_ended : H2_ENDED_MAX;
    for (size_t i = 0; i < n; i++)
        if (!h2->ended || h2->ended[i] == id)
            return true;
    return false;
}

// A new stream closes every smaller id that was not used (RFC 9113, 5.1.1); nghttp2 lets HEADERS
// and DATA on those pass, and on streams that the peer itself has ended (5.1, "closed").
static int check_id(struct h2 *h2, int32_t id) {
    if (id % 2 == 0)
        return 0;
    if (id > h2->last_id) {
        note_skipped(h2, id);
        h2->last_id = id;
        return 0;
    }
    if (h2_find_stream(h2, id) || nghttp2_session_find_stream(h2->session, id) ||
        was_ended(h2, id) || (h2->is_leaving && id > h2->leaving_id))
        return 0;
    if (was_skipped(h2, id))
        return h2_fail(h2, NGHTTP2_PROTOCOL_ERROR, "a stream id that was passed over");
    return h2_fail(h2, NGHTTP2_STREAM_CLOSED, "a stream that the client has ended");
}

static void note_windows(struct h2 *h2) {
    for (struct list *item = h2->streams.next; item != &h2->streams; item = item->next) {
        struct stream *stream = list_entry(item, struct stream, in_all);
        stream->window_before =
            nghttp2_session_get_stream_remote_window_size(h2->session, stream->id);
    }
}

// A window that grows too large with the initial one is a connection error (RFC 9113, 6.9.2);
// nghttp2 resets the stream.
int h2_guard_settings(struct h2 *h2, const nghttp2_settings *settings) {
    int64_t before = h2->initial_window;
    for (size_t i = 0; i < settings->niv; i++)
        if (settings->iv[i].settings_id == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE)
            h2->initial_window = (int32_t)settings->iv[i].value;
    for (struct list *item = h2->streams.next; item != &h2->streams; item = item->next) {
        struct stream *stream = list_entry(item, struct stream, in_all);
        if (stream->window_before - before + h2->initial_window > INT32_MAX)
            return h2_fail(h2, NGHTTP2_FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
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

// What nghttp2 does not look at: the size of a CONTINUATION (RFC 9113, 4.2), and PRIORITY, which it
// passes over (6.3).
static int check_form(struct h2 *h2, const nghttp2_frame_hd *head) {
    if (head->type == NGHTTP2_CONTINUATION && head->length > FRAME_SIZE_MAX)
        return h2_fail(h2, NGHTTP2_FRAME_SIZE_ERROR, "too large a frame");
    if (head->type == NGHTTP2_PRIORITY && head->stream_id == 0)
        return h2_fail(h2, NGHTTP2_PROTOCOL_ERROR, "PRIORITY of no stream");
    if (head->type == NGHTTP2_SETTINGS)
        note_windows(h2);
    if (head->type == NGHTTP2_HEADERS)
        return check_id(h2, head->stream_id);
    // Beyond the last id it is idle, and nghttp2 sees to that.
    if (head->type == NGHTTP2_DATA && head->stream_id > 0 && head->stream_id <= h2->last_id)
        return check_id(h2, head->stream_id);
    return 0;
}

int h2_guard_frame(struct h2 *h2, const nghttp2_frame_hd *head) {
    if (check_form(h2, head) != 0)
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
