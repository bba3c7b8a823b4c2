#include "tests/unit/net/peer.h"

#include "proto/frame.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer_answer *peer_answer(struct peer *peer, int32_t id) {
    assert(id / 2 < PEER_STREAMS_MAX);
    return &peer->answers[id / 2];
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user) {
    (void)session;
    (void)name_len;
    (void)value_len;
    (void)flags;
    struct peer_answer *answer = peer_answer(user, frame->hd.stream_id);
    size_t len = strlen(answer->text);
    snprintf(answer->text + len, sizeof answer->text - len, "%s: %s\n", (const char *)name,
             (const char *)value);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t len, void *user) {
    (void)session;
    (void)flags;
    struct peer_answer *answer = peer_answer(user, id);
    answer->n_data += len;
    if (buf_len(&answer->data) < 65536 && !buf_append(&answer->data, bytes, len))
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    (void)session;
    struct peer *peer = user;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
        peer_answer(peer, frame->hd.stream_id)->was_reset = true;
        peer_answer(peer, frame->hd.stream_id)->reset_code = frame->rst_stream.error_code;
    }
    if (frame->hd.type == NGHTTP2_GOAWAY) {
        peer->n_goaways++;
        peer->goaway_last_id = frame->goaway.last_stream_id;
        peer->goaway_code = frame->goaway.error_code;
    }
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user) {
    (void)session;
    peer_answer(user, id)->is_closed = true;
    peer_answer(user, id)->close_code = code;
    return 0;
}

static void set_window(struct peer *peer, uint32_t window) {
    const nghttp2_settings_entry entry = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_submit_settings(peer->session, NGHTTP2_FLAG_NONE, &entry, window > 0 ? 1 : 0);
    if (window > 65535)
        nghttp2_session_set_local_window_size(peer->session, NGHTTP2_FLAG_NONE, 0, (int32_t)window);
}

struct peer *peer_create(uint32_t window) {
    struct peer *peer = calloc(1, sizeof *peer);
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, window > 0);
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_client_new2(&peer->session, callbacks, peer, option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    set_window(peer, window);
    return peer;
}

void peer_destroy(struct peer *peer) {
    if (!peer)
        return;
    nghttp2_session_del(peer->session);
    for (size_t i = 0; i < PEER_STREAMS_MAX; i++) {
        buf_finish(&peer->answers[i].data);
        buf_finish(&peer->bodies[i]);
    }
    buf_finish(&peer->out);
    free(peer);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t len,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
    (void)session;
    (void)source;
    struct peer *peer = user;
    struct buf *body = &peer->bodies[id / 2];
    size_t n = buf_len(body) < len ? buf_len(body) : len;
    if (n == 0 && peer->is_body_open[id / 2])
        return NGHTTP2_ERR_DEFERRED;
    if (n > 0)
        memcpy(bytes, buf_bytes(body), n);
    buf_consume(body, n);
    if (buf_len(body) == 0 && !peer->is_body_open[id / 2])
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

static nghttp2_nv field(const char *name, const char *value) {
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), 0};
}

// An extra header of the same name takes the place of a usual one.
int32_t peer_request(struct peer *peer, const char *path, ...) {
    nghttp2_nv fields[32] = {
        field(":method", "POST"), field(":scheme", "http"),
        field(":path", path),     field(":authority", "localhost"),
        field("te", "trailers"),  field("content-type", "application/grpc"),
    };
    size_t n = 6;
    va_list extra;
    va_start(extra, path);
    for (const char *name; (name = va_arg(extra, const char *)) != NULL;) {
        size_t at = 0;
        while (at < n && strcmp((const char *)fields[at].name, name) != 0)
            at++;
        fields[at] = field(name, va_arg(extra, const char *));
        n = at == n ? n + 1 : n;
    }
    va_end(extra);
    const nghttp2_data_provider body = {.read_callback = read_body};
    int32_t id = nghttp2_submit_request(peer->session, NULL, fields, n, &body, NULL);
    assert(id > 0 && id / 2 < PEER_STREAMS_MAX);
    peer->is_body_open[id / 2] = true;
    return id;
}

void peer_body(struct peer *peer, int32_t id, const void *bytes, size_t len) {
    if (!buf_append(&peer->bodies[id / 2], bytes, len))
        abort();
    nghttp2_session_resume_data(peer->session, id);
}

void peer_message(struct peer *peer, int32_t id, const void *bytes, size_t len) {
    uint8_t head[FRAME_HEAD_SIZE];
    frame_put_head(head, (struct frame_head){.len = (uint32_t)len});
    peer_body(peer, id, head, sizeof head);
    peer_body(peer, id, bytes, len);
}

void peer_end(struct peer *peer, int32_t id) {
    peer->is_body_open[id / 2] = false;
    nghttp2_session_resume_data(peer->session, id);
}

void peer_collect(struct peer *peer) {
    const uint8_t *bytes;
    for (ssize_t n; (n = nghttp2_session_mem_send(peer->session, &bytes)) > 0;)
        if (!buf_append(&peer->out, bytes, (size_t)n))
            abort();
}

bool peer_feed(struct peer *peer, const uint8_t *bytes, size_t len) {
    return nghttp2_session_mem_recv(peer->session, bytes, len) == (ssize_t)len;
}

bool peer_has_line(struct peer *peer, int32_t id, const char *line) {
    const char *text = peer_answer(peer, id)->text;
    size_t len = strlen(line);
    for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
        if ((at == text || at[-1] == '\n') && at[len] == '\n')
            return true;
    return false;
}
