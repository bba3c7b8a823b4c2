#include "server/net/h2_output.h"

#include "server/net/h2_guard.h"
#include "server/net/h2_window.h"
#include "server/net/h2_wire.h"

#include <assert.h>
#include <string.h>

// The fields we add ourselves, and all that the layer above may add.
enum { FIELDS_MAX = 6 + 2 * STREAM_ANSWER_HEADERS_MAX, FRAME_HEAD = 9 };

// Where their texts lie they stay until the stream is gone: nghttp2 copies none.
struct fields {
    nghttp2_nv list[FIELDS_MAX];
    size_t n;
};

static void add_field(struct fields *fields, const char *name, size_t name_len, const char *value,
                      size_t value_len) {
    assert(fields->n < FIELDS_MAX);
    fields->list[fields->n++] =
        (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                     .namelen = name_len,
                     .value = (uint8_t *)(uintptr_t)value,
                     .valuelen = value_len,
                     .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

static void add_text(struct fields *fields, const char *name, const char *value) {
    add_field(fields, name, strlen(name), value, strlen(value));
}

// No two are alike: in HPACK's table it would only push out what comes again.
static void add_unlike(struct fields *fields, const char *name, const char *value) {
    add_text(fields, name, value);
    fields->list[fields->n - 1].flags |= NGHTTP2_NV_FLAG_NO_INDEX;
}

static void add_headers(struct fields *fields, const struct stream_headers *headers) {
    for (struct stream_header *header = headers->first; header; header = header->next)
        add_field(fields, header->name, header->name_len, header->value, header->value_len);
}

static void add_head(struct fields *fields, const struct stream *stream) {
    add_text(fields, ":status", stream->http_status);
    add_text(fields, "content-type", "application/grpc");
    if (stream->takes_gzip && stream_queued(stream) > 0)
        add_text(fields, "grpc-encoding", "gzip");
    add_text(fields, "grpc-accept-encoding", "identity,gzip");
    add_headers(fields, &stream->head);
}

// A number below 1000, without printf.
static const char *write_status(struct stream *stream) {
    char *at = stream->status_text + sizeof stream->status_text - 1;
    unsigned left = (unsigned)stream->status;
    assert(left < 1000);
    *at = '\0';
    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    return at;
}

static void add_trailers(struct fields *fields, struct stream *stream) {
    add_text(fields, "grpc-status", write_status(stream));
    if (stream->message)
        add_unlike(fields, "grpc-message", stream->message);
    add_headers(fields, &stream->trailers);
}

static ssize_t read_queue(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t len,
                          uint32_t *flags, nghttp2_data_source *source, void *user) {
    (void)bytes;
    (void)user;
    struct stream *stream = source->ptr;
    size_t queued = stream_queued(stream);
    if (queued == 0 && !stream->is_finished)
        return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (queued > len || !stream->is_finished)
        return (ssize_t)(queued < len ? queued : len);

    struct fields fields;
    fields.n = 0; // clearing all of them takes long
    add_trailers(&fields, stream);
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    if (nghttp2_submit_trailer(session, id, fields.list, fields.n) != 0)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    return (ssize_t)queued;
}

// Called for each DATA frame that read_queue promised.
static int send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *frame_head,
                     size_t len, nghttp2_data_source *source, void *user) {
    (void)session;
    (void)frame;
    struct h2 *h2 = user;
    struct stream *stream = source->ptr;
    if (buf_len(h2->out) >= h2->out_limit)
        return NGHTTP2_ERR_WOULDBLOCK;
    uint8_t *to = buf_reserve(h2->out, FRAME_HEAD + len);
    if (!to)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    memcpy(to, frame_head, FRAME_HEAD);
    if (len > 0)
        memcpy(to + FRAME_HEAD, buf_bytes(&stream->queue), len);
    buf_commit(h2->out, FRAME_HEAD + len);
    if (stream_take_sent(stream, len)) {
        list_unlink(&stream->in_drained);
        list_append(&h2->drained, &stream->in_drained);
    }
    return 0;
}

// The answer is out before the whole request is in. Most clients end it in a moment; the others are
// stopped later by stop_request.
static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    (void)session;
    struct h2 *h2 = user;
    if (frame->hd.type == NGHTTP2_GOAWAY)
        h2->is_over = h2->is_goodbye_submitted;
    if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
        frame->rst_stream.error_code != NGHTTP2_REFUSED_STREAM)
        (void)h2_guard_reset(h2);
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return 0;
    h2_guard_answer(h2);
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    int32_t id = frame->hd.stream_id;
    struct stream *stream = h2_find_stream(h2, id);
    if (!stream)
        return 0;
    if (!stream->is_half_closed)
        stream->answered_ms = h2->host.now_ms;
    stream_close_call(stream);
    return 0;
}

void h2_output_set_callbacks(nghttp2_session_callbacks *callbacks) {
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
}

static int submit_head(struct h2 *h2, struct stream *stream) {
    struct fields fields;
    fields.n = 0; // clearing all of them takes long
    add_head(&fields, stream);
    stream->is_submitted = true;
    if (stream->is_finished && stream_queued(stream) == 0) {
        add_trailers(&fields, stream);
        return nghttp2_submit_response(h2->session, stream->id, fields.list, fields.n, NULL);
    }
    nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = read_queue};
    return nghttp2_submit_response(h2->session, stream->id, fields.list, fields.n, &provider);
}

static bool submit_ready(struct h2 *h2, struct error *err) {
    for (struct list *item; (item = list_take_first(&h2->ready)) != NULL;) {
        struct stream *stream = list_entry(item, struct stream, in_ready);
        int result = stream->is_submitted ? nghttp2_session_resume_data(h2->session, stream->id)
                                          : submit_head(h2, stream);
        if (nghttp2_is_fatal(result))
            return error_set(err, "HTTP/2: %s", nghttp2_strerror(result));
    }
    return true;
}

static bool send_frames(struct h2 *h2, struct error *err) {
    while (!h2->is_over && buf_len(h2->out) < h2->out_limit) {
        const uint8_t *bytes;
        ssize_t n = nghttp2_session_mem_send(h2->session, &bytes);
        if (n < 0)
            return error_set(err, "HTTP/2: %s", nghttp2_strerror((int)n));
        if (n == 0)
            return true;
        if (!buf_append(h2->out, bytes, (size_t)n))
            return error_set(err, "HTTP/2: out of memory");
    }
    return true;
}

// Outside of nghttp2, so that what is answered now can be submitted at once. True when there may be
// something to send: room for what the client has kept back.
static bool tell_drained(struct h2 *h2) {
    bool is_room_given = false;
    for (struct list *item; (item = list_take_first(&h2->drained)) != NULL;) {
        struct stream *stream = list_entry(item, struct stream, in_drained);
        is_room_given = h2_window_drain(h2, stream) || is_room_given;
        if (stream->ctx && !stream->is_finished)
            h2->host.events->on_drain(stream->ctx);
    }
    return is_room_given;
}

// Also gives up the calls: nothing is sent after it.
static bool submit_goodbye(struct h2 *h2, struct error *err) {
    if (!h2->failure_reason || h2->is_goodbye_submitted)
        return true;
    int32_t last = nghttp2_session_get_last_proc_stream_id(h2->session);
    const uint8_t *reason = (const uint8_t *)h2->failure_reason;
    int result = nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE, last, h2->failure, reason,
                                       strlen(h2->failure_reason));
    if (result != 0)
        return error_set(err, "HTTP/2: %s", nghttp2_strerror(result));
    h2->is_goodbye_submitted = true;
    for (struct list *item = h2->streams.next; item != &h2->streams; item = item->next)
        stream_close_call(list_entry(item, struct stream, in_all));
    return true;
}

static bool has_more(const struct h2 *h2) {
    return !h2->is_over &&
           (!list_is_empty(&h2->ready) || (h2->failure_reason && !h2->is_goodbye_submitted));
}

bool h2_drain(struct h2 *h2, struct buf *out, size_t limit, struct error *err) {
    h2->out = out;
    h2->out_limit = limit;
    bool is_sent = true, is_room_given = false;
    do {
        is_sent = submit_ready(h2, err) && submit_goodbye(h2, err) && send_frames(h2, err);
        is_room_given = is_sent && tell_drained(h2);
    } while (is_sent && (has_more(h2) || is_room_given) && buf_len(out) < limit);
    h2->out = NULL;
    return is_sent;
}
