#include "tests/unit/net/recorder.h"

#include "proto/frame.h"

#include <stdlib.h>
#include <string.h>

struct call {
    struct recorder *recorder;
    struct stream *stream;
    int number;
};

// Records are best effort, so that tests can take memory away.
static void record(struct recorder *recorder, int number, const char *what) {
    (void)!buf_format(&recorder->text, "%d %s\n", number, what);
    if (recorder->on_event)
        recorder->on_event();
}

const char *recorder_text(struct recorder *recorder) {
    if (!buf_append(&recorder->text, "", 1))
        return "";
    recorder->text.end--;
    return (const char *)buf_bytes(&recorder->text);
}

void recorder_finish(struct recorder *recorder) {
    buf_finish(&recorder->text);
}

bool recorder_send(struct stream *stream, const void *bytes, size_t len) {
    return recorder_send_as(stream, bytes, len, STREAM_AS_WORTH);
}

bool recorder_send_as(struct stream *stream, const void *bytes, size_t len, int encoding) {
    struct buf frame = {0};
    uint8_t *to = buf_reserve(&frame, FRAME_HEAD_SIZE + len);
    if (!to)
        return false;
    memset(to, 0, FRAME_HEAD_SIZE);
    if (len > 0)
        memcpy(to + FRAME_HEAD_SIZE, bytes, len);
    buf_commit(&frame, FRAME_HEAD_SIZE + len);
    bool is_sent = stream_send_as(stream, &frame, (enum stream_encoding)encoding);
    buf_finish(&frame);
    return is_sent;
}

static void *on_request(void *server, struct stream *stream, const struct stream_request *request) {
    struct recorder *recorder = server;
    recorder->n_calls++;
    (void)!buf_format(&recorder->text, "%d request %s\n", recorder->n_calls, request->path);
    if (recorder->refuses) {
        stream_finish(stream, GRPC_NOT_FOUND, "refused");
        return NULL;
    }
    struct call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    *call = (struct call){recorder, stream, recorder->n_calls};
    recorder->stream = stream;
    recorder->n_open++;
    return call;
}

static void on_message(void *ctx, const uint8_t *bytes, size_t len) {
    struct call *call = ctx;
    (void)!buf_format(&call->recorder->text, "%d %smessage %zu %.*s\n", call->number,
                      stream_was_compressed(call->stream) ? "compressed " : "", len,
                      len < 20 ? (int)len : 20, (const char *)bytes);
    if (!call->recorder->is_silent && !recorder_send(call->stream, bytes, len))
        stream_finish(call->stream, GRPC_RESOURCE_EXHAUSTED, "out of memory");
}

static void on_half_close(void *ctx) {
    struct call *call = ctx;
    record(call->recorder, call->number, "half-close");
    if (!call->recorder->is_silent)
        stream_finish(call->stream, GRPC_OK, NULL);
}

static void on_drain(void *ctx) {
    struct call *call = ctx;
    record(call->recorder, call->number, "drain");
}

static void on_close(void *ctx) {
    struct call *call = ctx;
    record(call->recorder, call->number, "close");
    if (call->recorder->places)
        stream_keep_place(call->stream, &call->recorder->places[call->recorder->n_places++]);
    if (call->recorder->stream == call->stream)
        call->recorder->stream = NULL;
    call->recorder->n_open--;
    free(call);
}

const struct stream_events recorder_events = {
    .on_request = on_request,
    .on_message = on_message,
    .on_half_close = on_half_close,
    .on_drain = on_drain,
    .on_close = on_close,
};
