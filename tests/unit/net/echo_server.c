// A server on the net layer alone, for clients that are not ours. Prints "listening ADDRESS", ends
// on SIGTERM (drains) or a second one (at once).
//
//   echo_server ADDRESS [CERTIFICATE KEY]
//
// /test.Echo/Say     answers each message with itself, OK at half-close
// /test.Echo/Repeat  "n size" in: n messages of size bytes out, paused above the high mark
// /test.Echo/Refuse  answers NOT_FOUND before the request has been read
// /test.Echo/Headers answers with the request's x-echo as header, and x-echo-bin as trailer
// /test.Echo/Wait    answers nothing until the deadline of grpc-timeout
#include "proto/frame.h"
#include "server/net/listener.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct server {
    uv_loop_t loop;
    uv_signal_t sigterm;
    struct listener *listener;
    struct tls_context *tls;
    int n_signals;
    int n_calls; // open now
};

struct call {
    struct server *server;
    struct stream *stream;
    uv_timer_t timer;
    bool is_repeat;
    unsigned long n_left;
    unsigned long size;
    bool is_closed;
};

static bool send_message(struct stream *stream, const void *bytes, size_t len) {
    struct buf frame = {0};
    uint8_t *to = buf_reserve(&frame, FRAME_HEAD_SIZE + len);
    if (!to)
        return false;
    if (len > 0)
        memcpy(to + FRAME_HEAD_SIZE, bytes, len);
    buf_commit(&frame, FRAME_HEAD_SIZE + len);
    bool is_sent = stream_send(stream, &frame);
    buf_finish(&frame);
    return is_sent;
}

static void on_timer_closed(uv_handle_t *handle) {
    free(handle->data);
}

static void on_timer(uv_timer_t *timer) {
    struct call *call = timer->data;
    if (!call->is_closed)
        stream_finish(call->stream, GRPC_DEADLINE_EXCEEDED, "too late");
}

static struct call *create_call(struct server *server, struct stream *stream) {
    struct call *call = calloc(1, sizeof *call);
    call->server = server;
    call->stream = stream;
    uv_timer_init(&server->loop, &call->timer);
    call->timer.data = call;
    server->n_calls++;
    return call;
}

static void echo_headers(struct stream *stream) {
    const char *text = stream_find_header(stream, "x-echo");
    const char *binary = stream_find_header(stream, "x-echo-bin");
    if (text && !stream_add_header(stream, "x-echo", text))
        abort();
    if (binary && !stream_add_trailer(stream, "x-echo-bin", binary))
        abort();
}

static void *on_request(void *ctx, struct stream *stream, const struct stream_request *request) {
    if (strcmp(request->path, "/test.Echo/Refuse") == 0) {
        stream_finish(stream, GRPC_NOT_FOUND, "nothing here: 100 % gone, \n\xe2\x82\xac");
        return NULL;
    }
    struct call *call = create_call(ctx, stream);
    call->is_repeat = strcmp(request->path, "/test.Echo/Repeat") == 0;
    if (strcmp(request->path, "/test.Echo/Headers") == 0)
        echo_headers(stream);
    if (strcmp(request->path, "/test.Echo/Wait") == 0 && request->timeout_us >= 0)
        uv_timer_start(&call->timer, on_timer, (uint64_t)request->timeout_us / 1000, 0);
    return call;
}

static void repeat(struct call *call) {
    char *bytes = calloc(1, call->size + 1);
    while (call->n_left > 0 && stream_queued(call->stream) <= STREAM_QUEUE_HIGH) {
        call->n_left--;
        if (!send_message(call->stream, bytes, call->size))
            abort();
    }
    free(bytes);
    if (call->n_left == 0)
        stream_finish(call->stream, GRPC_OK, NULL);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t len) {
    struct call *call = ctx;
    if (!call->is_repeat) {
        if (!send_message(call->stream, bytes, len))
            abort();
        return;
    }
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)len, (const char *)bytes);
    char *end;
    call->n_left = strtoul(text, &end, 10);
    call->size = strtoul(end, NULL, 10);
    repeat(call);
}

static void on_half_close(void *ctx) {
    struct call *call = ctx;
    if (!call->is_repeat && !uv_is_active((uv_handle_t *)&call->timer))
        stream_finish(call->stream, GRPC_OK, NULL);
}

static void on_drain(void *ctx) {
    repeat(ctx);
}

static void on_close(void *ctx) {
    struct call *call = ctx;
    call->is_closed = true;
    call->server->n_calls--;
    uv_close((uv_handle_t *)&call->timer, on_timer_closed);
}

static const struct stream_events events = {
    .on_request = on_request,
    .on_message = on_message,
    .on_half_close = on_half_close,
    .on_drain = on_drain,
    .on_close = on_close,
};

static void on_stopped(void *ctx) {
    struct server *server = ctx;
    listener_destroy(server->listener);
    uv_close((uv_handle_t *)&server->sigterm, NULL);
}

static void on_signal(uv_signal_t *handle, int number) {
    (void)number;
    struct server *server = handle->data;
    listener_stop(server->listener, server->n_signals++ == 0 ? LISTENER_DRAIN : LISTENER_NOW);
}

static bool start(struct server *server, int n_args, char **args, struct error *err) {
    struct listener_options options = {.address = args[1]};
    if (n_args == 4) {
        const struct tls_options files = {.certificate_file = args[2], .key_file = args[3]};
        server->tls = tls_context_create(&files, err);
        if (!server->tls)
            return false;
        options.tls = server->tls;
    }
    const struct listener_events listener_events = {
        .streams = &events, .server = server, .on_stopped = on_stopped, .ctx = server};
    server->listener = listener_create(&server->loop, &options, &listener_events, err);
    return server->listener && listener_start(server->listener, err);
}

int main(int n_args, char **args) {
    struct server server = {.n_calls = 0};
    struct error err = {.is_set = false};
    if (n_args != 2 && n_args != 4)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&server.loop);
    if (start(&server, n_args, args, &err)) {
        uv_signal_init(&server.loop, &server.sigterm);
        server.sigterm.data = &server;
        uv_signal_start(&server.sigterm, on_signal, SIGTERM);
        printf("listening %s\n", listener_address(server.listener));
        fflush(stdout);
    } else {
        fprintf(stderr, "%s\n", err.message);
        listener_destroy(server.listener);
    }
    uv_run(&server.loop, UV_RUN_DEFAULT);
    tls_context_destroy(server.tls);
    if (uv_loop_close(&server.loop) != 0 || server.n_calls != 0) {
        fprintf(stderr, "something was left open: %d calls\n", server.n_calls);
        return 3;
    }
    return err.is_set ? 1 : 0;
}
