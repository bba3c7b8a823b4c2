#include "server/net/stream.h"

#include "proto/gzip.h"
#include "server/net/stream_wire.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SELF = 2 * 1024,                // a stream without its texts, as HTTP/2 and its call have it
    ANSWER_HEADERS_MAX = 64 * 1024, // memory for the answer's headers and message
    SMALL_MESSAGE = 4 * 1024,
    STATUS_MESSAGE_MAX = 2 * 1024, // percent-encoded; clients take 8 KiB of trailers
    COMPRESS_MAX = 1024 * 1024,    // of an answer: other calls wait 10 ms for it
};

static void count_held(struct stream *stream, size_t held) {
    if (stream->host->held)
        *stream->host->held += held - stream->held;
    stream->held = held;
}

void stream_recount_held(struct stream *stream) {
    count_held(stream,
               SELF + stream->arena.total + stream->partial.capacity + stream->queue.capacity);
}

static bool may_hold(const struct stream_host *host, size_t more) {
    return !host->held || *host->held + more <= host->limits->max_held;
}

bool stream_may_begin(const struct stream_host *host) {
    return may_hold(host, SELF);
}

struct stream *stream_create(struct stream_host *host, int32_t id) {
    struct stream *stream = stream_take_spare(host->spares);
    if (!stream)
        return NULL;
    *stream = (struct stream){.host = host,
                              .id = id,
                              .arena = stream->arena,
                              .queue = stream->queue,
                              .http_status = "200",
                              .partial_since_ms = host->now_ms};
    list_init(&stream->in_all);
    list_init(&stream->in_ready);
    list_init(&stream->in_drained);
    list_init(&stream->in_waiting);
    // Kept headers are at most the list's limit, each with its node beside it.
    stream->arena.limit = host->limits->max_header_list * 4 + ANSWER_HEADERS_MAX;
    stream_recount_held(stream);
    return stream;
}

static void count_partial(struct stream_host *host, size_t added, size_t dropped) {
    host->partial_total += added - dropped;
    if (host->partial_all)
        *host->partial_all += added - dropped;
}

static void drop_partial(struct stream *stream) {
    if (stream->partial.capacity > 0) {
        count_partial(stream->host, 0, buf_len(&stream->partial));
        buf_finish(&stream->partial);
        stream_recount_held(stream);
    }
    stream->n_frame_head = 0;
    stream->partial_since_ms = 0;
}

void stream_close_call(struct stream *stream) {
    void *ctx = stream->ctx;
    stream->ctx = NULL;
    if (ctx)
        stream->host->events->on_close(ctx);
}

void stream_keep_place(struct stream *stream, struct stream_place *place) {
    assert(!place->host);
    place->host = stream->host;
    list_init(&place->item);
    list_append(&place->host->places, &place->item);
    place->host->n_places++;
}

void stream_leave_place(struct stream_place *place) {
    if (!place->host)
        return;
    list_unlink(&place->item);
    place->host->n_places--;
    place->host = NULL;
}

void stream_destroy(struct stream *stream) {
    if (!stream)
        return;
    stream_close_call(stream);
    list_unlink(&stream->in_all);
    list_unlink(&stream->in_ready);
    list_unlink(&stream->in_drained);
    list_unlink(&stream->in_waiting);
    drop_partial(stream);
    stream_wipe_secrets(stream);
    stream->host->queued_total -= stream_queued(stream);
    count_held(stream, 0);
    stream_give_spare(stream->host->spares, stream);
}

void stream_begin(struct stream *stream) {
    stream->has_begun = true;
    if (!stream_check_request(stream))
        return;
    const struct stream_events *events = stream->host->events;
    stream->ctx = events->on_request(stream->host->server, stream, &stream->request);
    if (!stream->ctx && !stream->is_finished)
        stream_finish(stream, GRPC_INTERNAL, "the call was not taken");
}

// The layer above still wants to hear of it.
static bool is_live(const struct stream *stream) {
    return stream->ctx && !stream->is_finished;
}

static void deliver_inflated(struct stream *stream, const uint8_t *bytes, size_t len) {
    struct buf plain = {0};
    switch (gzip_inflate(bytes, len, stream->host->limits->max_message, &plain)) {
    case INFLATE_DONE:
        if (stream->host->work)
            *stream->host->work += buf_len(&plain);
        stream->host->events->on_message(stream->ctx, buf_bytes(&plain), buf_len(&plain));
        break;
    case INFLATE_TOO_LARGE:
        stream_finish(stream, GRPC_RESOURCE_EXHAUSTED, "the decompressed message is too large");
        break;
    case INFLATE_BROKEN:
        stream_finish(stream, GRPC_INTERNAL, "the compressed message is broken");
        break;
    case INFLATE_NO_MEMORY:
        stream_finish(stream, GRPC_RESOURCE_EXHAUSTED, "out of memory");
        break;
    }
    buf_finish(&plain);
}

static void deliver(struct stream *stream, const uint8_t *bytes, size_t len) {
    if (stream->frame.compressed)
        deliver_inflated(stream, bytes, len);
    else
        stream->host->events->on_message(stream->ctx, bytes, len);
    stream->n_messages++;
    drop_partial(stream);
}

static void check_frame_head(struct stream *stream) {
    size_t max = stream->host->limits->max_message;
    if (!frame_get_head(stream->frame_head, &stream->frame)) {
        stream_finish(stream, GRPC_INTERNAL, "the message's frame is malformed");
    } else if (stream->frame.compressed && !stream->is_gzip) {
        stream_finish(stream, GRPC_INTERNAL, "a compressed message without grpc-encoding");
    } else if (stream->frame.len > max) {
        char message[96];
        snprintf(message, sizeof message, "the message has %u bytes, more than the %zu allowed",
                 stream->frame.len, max);
        stream_finish(stream, GRPC_RESOURCE_EXHAUSTED, message);
    }
}

// Both return how many bytes they took.
static size_t take_frame_head(struct stream *stream, const uint8_t *bytes, size_t len) {
    size_t n = FRAME_HEAD_SIZE - stream->n_frame_head;
    if (n > len)
        n = len;
    if (stream->n_frame_head == 0)
        stream->partial_since_ms = stream->host->now_ms;
    memcpy(stream->frame_head + stream->n_frame_head, bytes, n);
    stream->n_frame_head += n;
    if (stream->n_frame_head < FRAME_HEAD_SIZE)
        return n;
    check_frame_head(stream);
    if (is_live(stream) && stream->frame.len == 0)
        deliver(stream, (const uint8_t *)"", 0);
    return n;
}

// What is small is kept always: a flood of large ones keeps nobody out.
static bool has_room(const struct stream *stream, size_t len) {
    const struct stream_host *host = stream->host;
    return stream->frame.len <= SMALL_MESSAGE || !host->partial_all ||
           (*host->partial_all + len <= host->limits->max_partial_all && may_hold(host, len));
}

static bool keep_partial(struct stream *stream, const uint8_t *bytes, size_t len) {
    if (!has_room(stream, len))
        stream_finish(stream, GRPC_RESOURCE_EXHAUSTED,
                      "the server holds as many unfinished requests as it may; try again in a few "
                      "seconds");
    else if (!buf_append(&stream->partial, bytes, len))
        stream_finish(stream, GRPC_RESOURCE_EXHAUSTED, "out of memory");
    else
        count_partial(stream->host, len, 0);
    stream_recount_held(stream);
    return is_live(stream);
}

static size_t take_frame_body(struct stream *stream, const uint8_t *bytes, size_t len) {
    size_t missing = stream->frame.len - buf_len(&stream->partial);
    if (missing > len) {
        (void)keep_partial(stream, bytes, len);
        return len;
    }
    if (buf_len(&stream->partial) == 0)
        deliver(stream, bytes, missing);
    else if (keep_partial(stream, bytes, missing))
        deliver(stream, buf_bytes(&stream->partial), stream->frame.len);
    return missing;
}

bool stream_feed(struct stream *stream, const uint8_t *bytes, size_t len) {
    size_t before = stream->n_messages;
    while (len > 0 && is_live(stream)) {
        size_t n = stream->n_frame_head < FRAME_HEAD_SIZE ? take_frame_head(stream, bytes, len)
                                                          : take_frame_body(stream, bytes, len);
        bytes += n;
        len -= n;
    }
    if (!is_live(stream))
        drop_partial(stream);
    return stream->n_messages > before;
}

size_t stream_unfinished(const struct stream *stream) {
    return is_live(stream) && stream->n_frame_head == FRAME_HEAD_SIZE ? stream->frame.len : 0;
}

void stream_half_close(struct stream *stream) {
    stream->is_half_closed = true;
    if (!is_live(stream))
        return;
    if (stream->n_frame_head > 0) {
        stream_finish(stream, GRPC_INTERNAL, "the request ended inside a message");
        return;
    }
    stream->partial_since_ms = 0;
    stream->host->events->on_half_close(stream->ctx);
}

bool stream_is_overdue(const struct stream *stream) {
    const struct stream_host *host = stream->host;
    return stream->partial_since_ms > 0 && !stream->is_finished &&
           host->now_ms - stream->partial_since_ms > host->limits->request_ms;
}

bool stream_is_stalled(const struct stream *stream) {
    return stream_queued(stream) > 0 &&
           stream->host->now_ms - stream->taking_ms > stream->host->limits->write_ms;
}

size_t stream_queued(const struct stream *stream) {
    return buf_len(&stream->queue);
}

bool stream_was_compressed(const struct stream *stream) {
    return stream->frame.compressed;
}

static bool wants_gzip(const struct stream *stream, size_t len, enum stream_encoding encoding) {
    size_t from = stream->host->limits->compress_from;
    bool is_worth = from > 0 && len >= from && len <= COMPRESS_MAX;
    return stream->takes_gzip &&
           (encoding == STREAM_GZIP || (encoding == STREAM_AS_WORTH && is_worth));
}

// Makes frame's message a compressed one. False: it is as it was, for want of memory or because it
// would not become shorter.
static bool compress(struct buf *frame, enum stream_encoding encoding) {
    static const uint8_t head[FRAME_HEAD_SIZE];
    struct buf zipped = {0};
    bool is_better =
        buf_append(&zipped, head, sizeof head) &&
        gzip_deflate(buf_bytes(frame) + sizeof head, buf_len(frame) - sizeof head, &zipped) &&
        (encoding == STREAM_GZIP || buf_len(&zipped) < buf_len(frame));
    if (is_better)
        buf_move(frame, &zipped);
    buf_finish(&zipped);
    return is_better;
}

static bool enqueue(struct stream *stream, struct buf *frame, bool is_compressed) {
    size_t len = buf_len(frame) - FRAME_HEAD_SIZE;
    if (len > UINT32_MAX)
        return false;
    frame_put_head(frame->data + frame->start,
                   (struct frame_head){.compressed = is_compressed, .len = (uint32_t)len});
    if (buf_len(&stream->queue) > 0)
        return buf_append(&stream->queue, buf_bytes(frame), buf_len(frame));
    buf_swap(&stream->queue, frame);
    return true;
}

static void begin_taking(struct stream *stream) {
    stream->taking_ms = stream->host->now_ms;
    stream->taken = 0;
}

bool stream_send(struct stream *stream, struct buf *frame) {
    return stream_send_as(stream, frame, STREAM_AS_WORTH);
}

bool stream_send_as(struct stream *stream, struct buf *frame, enum stream_encoding encoding) {
    assert(buf_len(frame) >= FRAME_HEAD_SIZE);
    bool is_compressed = !stream->is_finished &&
                         wants_gzip(stream, buf_len(frame) - FRAME_HEAD_SIZE, encoding) &&
                         compress(frame, encoding);
    size_t len = buf_len(frame);
    if (stream_queued(stream) == 0)
        begin_taking(stream);
    bool is_queued = !stream->is_finished && enqueue(stream, frame, is_compressed);
    buf_clear(frame);
    if (!is_queued)
        return false;
    stream->host->queued_total += len;
    stream_recount_held(stream);
    if (stream_queued(stream) > STREAM_QUEUE_HIGH)
        stream->was_high = true;
    stream->host->on_ready(stream->host, stream);
    return true;
}

bool stream_take_sent(struct stream *stream, size_t len) {
    buf_consume(&stream->queue, len);
    stream->host->queued_total -= len;
    stream->taken += len;
    if (stream->taken >= stream->host->limits->write_least)
        begin_taking(stream);
    if (!stream->was_high || stream_queued(stream) > STREAM_QUEUE_LOW)
        return false;
    stream->was_high = false;
    return is_live(stream);
}

// A message that does not fit into memory is left out: the status matters more.
static const char *encode_message(struct stream *stream, const char *message) {
    size_t size = strlen(message) * 3 + 1;
    if (size > STATUS_MESSAGE_MAX)
        size = STATUS_MESSAGE_MAX;
    char *text = arena_alloc(&stream->arena, size);
    if (text)
        status_encode_message(message, text, size);
    return text;
}

void stream_charge(const struct stream *stream, int64_t us) {
    if (stream->host->work && us > 0)
        *stream->host->work += (size_t)us * STREAM_WORK_A_US;
}

void stream_finish(struct stream *stream, enum grpc_status status, const char *message) {
    if (stream->is_finished)
        return;
    stream->is_finished = true;
    stream->status = status;
    if (message && *message)
        stream->message = encode_message(stream, message);
    stream->host->on_ready(stream->host, stream);
}
