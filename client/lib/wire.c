#include "client/lib/wire.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_WINDOW = 1024 * 1024,
    CONNECTION_WINDOW = 4 * 1024 * 1024,
    MOST_FIELDS = 16,
    ROOM_AT_FIRST = 100, // until the server's SETTINGS say more or less
};

struct wire {
    const struct wire_events *events; // borrowed
    nghttp2_session *session;         // owned
    size_t n_open;
    bool is_closing;
    bool has_spoken;
};

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *ctx) {
    struct wire *wire = ctx;
    struct wire_call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    (void)name_len;
    (void)value_len;
    (void)flags;
    // nghttp2 ends both with a NUL and lets none inside pass.
    if (call != NULL)
        wire->events->on_field(call->ctx, (const char *)name, (const char *)value);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *bytes,
                   size_t len, void *ctx) {
    struct wire *wire = ctx;
    struct wire_call *call = nghttp2_session_get_stream_user_data(session, stream);
    (void)flags;
    if (call == NULL)
        return 0;
    if (wire->events->on_data(call->ctx, bytes, len))
        return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error_code, void *ctx) {
    struct wire *wire = ctx;
    struct wire_call *call = nghttp2_session_get_stream_user_data(session, stream);
    if (call == NULL)
        return 0;
    call->stream = 0;
    wire->n_open--;
    wire->events->on_close(call->ctx, error_code);
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx) {
    struct wire *wire = ctx;
    (void)session;
    wire->has_spoken = true;
    if (frame->hd.type == NGHTTP2_GOAWAY)
        wire->is_closing = true;
    return 0;
}

static nghttp2_session *make_session(struct wire *wire) {
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    if (nghttp2_session_client_new(&session, callbacks, wire) != 0)
        session = NULL;
    nghttp2_session_callbacks_del(callbacks);
    return session;
}

struct wire *wire_create(const struct wire_events *events) {
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
    };
    struct wire *wire = calloc(1, sizeof *wire);
    if (wire == NULL)
        return NULL;
    wire->events = events;
    wire->session = make_session(wire);
    if (wire->session != NULL &&
        nghttp2_submit_settings(wire->session, NGHTTP2_FLAG_NONE, settings,
                                sizeof settings / sizeof *settings) == 0 &&
        nghttp2_session_set_local_window_size(wire->session, NGHTTP2_FLAG_NONE, 0,
                                              CONNECTION_WINDOW) == 0)
        return wire;
    wire_destroy(wire);
    return NULL;
}

void wire_destroy(struct wire *wire) {
    if (wire == NULL)
        return;
    nghttp2_session_del(wire->session);
    free(wire);
}

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *to, size_t size,
                         uint32_t *flags, nghttp2_data_source *source, void *ctx) {
    struct wire_call *call = nghttp2_session_get_stream_user_data(session, stream);
    (void)source;
    (void)ctx;
    if (call == NULL)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    size_t left = buf_len(call->body) - call->n_sent;
    size_t n = left < size ? left : size;
    memcpy(to, buf_bytes(call->body) + call->n_sent, n);
    call->n_sent += n;
    if (n == left)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

// nghttp2 copies names and values, but its types are not const.
static nghttp2_nv to_nv(const struct wire_field *field) {
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)field->name,
                        .value = (uint8_t *)(uintptr_t)field->value,
                        .namelen = strlen(field->name),
                        .valuelen = strlen(field->value),
                        .flags =
                            field->is_secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE};
}

bool wire_has_room(const struct wire *wire) {
    if (!wire->has_spoken)
        return wire->n_open < ROOM_AT_FIRST;
    return wire->n_open < nghttp2_session_get_remote_settings(
                              wire->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool wire_start(struct wire *wire, const struct wire_field *fields, size_t n_fields,
                struct wire_call *call) {
    nghttp2_nv pairs[MOST_FIELDS];
    const nghttp2_data_provider body = {.read_callback = read_body};
    assert(n_fields <= MOST_FIELDS && call->stream == 0);
    for (size_t i = 0; i < n_fields; i++)
        pairs[i] = to_nv(&fields[i]);
    call->n_sent = 0;
    int32_t stream = nghttp2_submit_request(wire->session, NULL, pairs, n_fields, &body, call);
    if (stream == NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE)
        wire->is_closing = true;
    if (stream < 0)
        return false;
    call->stream = stream;
    wire->n_open++;
    return true;
}

void wire_cancel(struct wire *wire, struct wire_call *call) {
    if (call->stream == 0)
        return;
    nghttp2_session_set_stream_user_data(wire->session, call->stream, NULL);
    if (nghttp2_submit_rst_stream(wire->session, NGHTTP2_FLAG_NONE, call->stream, NGHTTP2_CANCEL) !=
        0)
        wire->is_closing = true;
    call->stream = 0;
    wire->n_open--;
}

bool wire_feed(struct wire *wire, const void *bytes, size_t len) {
    return nghttp2_session_mem_recv(wire->session, bytes, len) == (ssize_t)len;
}

bool wire_drain(struct wire *wire, struct buf *out) {
    for (;;) {
        const uint8_t *bytes;
        ssize_t n = nghttp2_session_mem_send(wire->session, &bytes);
        if (n <= 0)
            return n == 0;
        if (!buf_append(out, bytes, (size_t)n))
            return false;
    }
}

bool wire_is_closing(const struct wire *wire) {
    return wire->is_closing || nghttp2_session_check_request_allowed(wire->session) == 0;
}

bool wire_has_spoken(const struct wire *wire) {
    return wire->has_spoken;
}

bool wire_is_dead(const struct wire *wire) {
    return nghttp2_session_want_read(wire->session) == 0 &&
           nghttp2_session_want_write(wire->session) == 0;
}
