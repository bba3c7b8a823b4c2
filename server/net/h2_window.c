#include "server/net/h2_window.h"

#include "server/net/h2_wire.h"

static bool is_waiting(const struct stream *stream) {
    return !list_is_empty(&stream->in_waiting);
}

// What is less arrives within a window that is half used up: nghttp2 opens it again from there on.
static size_t large_message(const struct h2 *h2, const struct stream *stream) {
    size_t len = stream_unfinished(stream);
    return len > h2->host.limits->stream_window / 2 ? len : 0;
}

static bool reserve(struct h2 *h2, struct stream *stream, size_t len) {
    if (h2->n_reserved > 0 && h2->n_reserved + len > h2->host.limits->max_partial)
        return false;
    h2->n_reserved += len;
    stream->n_reserved = len;
    return true;
}

static void release(struct h2 *h2, struct stream *stream) {
    h2->n_reserved -= stream->n_reserved;
    stream->n_reserved = 0;
    list_unlink(&stream->in_waiting);
}

static int give_back(struct h2 *h2, struct stream *stream) {
    if (is_waiting(stream) || stream->was_high)
        return 0;
    size_t n = stream->n_withheld;
    stream->n_withheld = 0;
    return nghttp2_session_consume_stream(h2->session, stream->id, n);
}

// A client that was made to wait has its time from here on.
static int admit_waiting(struct h2 *h2) {
    int result = 0;
    while (result == 0 && !list_is_empty(&h2->waiting)) {
        struct stream *stream = list_entry(h2->waiting.next, struct stream, in_waiting);
        if (!reserve(h2, stream, large_message(h2, stream)))
            return 0;
        list_unlink(&stream->in_waiting);
        stream->partial_since_ms = h2->host.now_ms;
        result = give_back(h2, stream);
        h2->on_dirty(h2->ctx);
    }
    return result;
}

int h2_window_take(struct h2 *h2, struct stream *stream, size_t len, bool is_last) {
    size_t large = large_message(h2, stream);
    size_t before = stream->n_reserved;
    stream->n_withheld += len;
    if (large == 0 || (before > 0 && before != large))
        release(h2, stream);
    if (large > 0 && stream->n_reserved == 0 && !is_waiting(stream) &&
        (!list_is_empty(&h2->waiting) || !reserve(h2, stream, large))) {
        list_append(&h2->waiting, &stream->in_waiting);
        stream->partial_since_ms = 0;
    }
    if (stream->was_high)
        stream->partial_since_ms = 0; // it is us who keep the rest from coming
    h2->n_taken += len;
    int result = is_last ? 0 : give_back(h2, stream);
    if (result == 0 && stream->n_reserved < before)
        result = admit_waiting(h2);
    return result;
}

int h2_window_settle(struct h2 *h2) {
    size_t n = h2->n_taken;
    h2->n_taken = 0;
    return n > 0 ? nghttp2_session_consume_connection(h2->session, n) : 0;
}

bool h2_window_drain(struct h2 *h2, struct stream *stream) {
    size_t before = stream->n_withheld;
    if (stream->n_frame_head > 0 && !is_waiting(stream))
        stream->partial_since_ms = h2->host.now_ms;
    return give_back(h2, stream) == 0 && stream->n_withheld < before;
}

int h2_window_leave(struct h2 *h2, struct stream *stream) {
    release(h2, stream);
    return admit_waiting(h2);
}
