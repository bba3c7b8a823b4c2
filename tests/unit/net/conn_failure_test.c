// Every call of listener, connection and HTTP/2 to libuv, nghttp2 and the system, and for memory,
// fails once, from the beginning of a listener to its end.
#include "proto/frame.h"
#include "server/net/address.h"
#include "tests/unit/failing/failing.h"
#include "tests/unit/net/listener_kit.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <nghttp2/nghttp2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

FAILING_CALL(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
FAILING_CALL(int, bind, -1, (int fd, const struct sockaddr *address, socklen_t len),
             (fd, address, len))
FAILING_CALL(int, connect, -1, (int fd, const struct sockaddr *address, socklen_t len),
             (fd, address, len))
FAILING_CALL(int, listen, -1, (int fd, int backlog), (fd, backlog))
FAILING_CALL(int, setsockopt, -1, (int fd, int level, int name, const void *value, socklen_t len),
             (fd, level, name, value, len))
FAILING_CALL(int, getsockopt, -1, (int fd, int level, int name, void *value, socklen_t *len),
             (fd, level, name, value, len))
FAILING_CALL(int, getsockname, -1, (int fd, struct sockaddr *address, socklen_t *len),
             (fd, address, len))
FAILING_CALL(int, chmod, -1, (const char *file, mode_t mode), (file, mode))
FAILING_CALL(int, lstat, -1, (const char *file, struct stat *out), (file, out))
FAILING_CALL(int, unlink, -1, (const char *file), (file))
FAILING_CALL(void *, mmap, MAP_FAILED,
             (void *at, size_t size, int protection, int flags, int fd, off_t offset),
             (at, size, protection, flags, fd, offset))
FAILING_CALL(int, madvise, -1, (void *at, size_t size, int advice), (at, size, advice))

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...) {
    va_list args;
    va_start(args, command);
    long value = va_arg(args, long);
    va_end(args);
    return failing_is_due("fcntl") ? -1 : __real_fcntl(fd, command, value);
}

FAILING_CALL(int, uv_tcp_open, UV_ENOMEM, (uv_tcp_t * tcp, uv_os_sock_t fd), (tcp, fd))
FAILING_CALL(int, uv_pipe_open, UV_ENOMEM, (uv_pipe_t * pipe, uv_file fd), (pipe, fd))

// Where libuv says that somebody comes, or cannot be accepted.
static uv_connection_cb on_connection;
static uv_stream_t *listening;

int __real_uv_listen(uv_stream_t *server, int n, uv_connection_cb cb);
int __wrap_uv_listen(uv_stream_t *server, int n, uv_connection_cb cb);
int __wrap_uv_listen(uv_stream_t *server, int n, uv_connection_cb cb) {
    on_connection = cb;
    listening = server;
    return failing_is_due("uv_listen") ? UV_ENOMEM : __real_uv_listen(server, n, cb);
}

// libuv forgets what could not be accepted.
int __real_uv_accept(uv_stream_t *server, uv_stream_t *stream);
int __wrap_uv_accept(uv_stream_t *server, uv_stream_t *stream);
int __wrap_uv_accept(uv_stream_t *server, uv_stream_t *stream) {
    int result = __real_uv_accept(server, stream);
    return failing_is_due("uv_accept") ? UV_EMFILE : result;
}

FAILING_CALL(int, uv_read_start, UV_ENOMEM, (uv_stream_t * stream, uv_alloc_cb a, uv_read_cb r),
             (stream, a, r))
FAILING_CALL(int, uv_write, UV_ENOMEM,
             (uv_write_t * write, uv_stream_t *stream, const uv_buf_t *bufs, unsigned n,
              uv_write_cb cb),
             (write, stream, bufs, n, cb))
FAILING_CALL(int, uv_shutdown, UV_ENOTCONN,
             (uv_shutdown_t * request, uv_stream_t *stream, uv_shutdown_cb cb),
             (request, stream, cb))
FAILING_CALL(int, uv_fileno, UV_EBADF, (const uv_handle_t *handle, uv_os_fd_t *fd), (handle, fd))

// A socket that takes nothing now is as common as one that fails.
int __real_uv_try_write(uv_stream_t *stream, const uv_buf_t *bufs, unsigned n);
int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t *bufs, unsigned n);
int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t *bufs, unsigned n) {
    if (failing_is_due("uv_try_write"))
        return UV_EPIPE;
    return failing_is_due("uv_try_write") ? UV_EAGAIN : __real_uv_try_write(stream, bufs, n);
}

FAILING_CALL(int, nghttp2_session_callbacks_new, NGHTTP2_ERR_NOMEM,
             (nghttp2_session_callbacks * *callbacks), (callbacks))
FAILING_CALL(int, nghttp2_option_new, NGHTTP2_ERR_NOMEM, (nghttp2_option * *option), (option))
FAILING_CALL(int, nghttp2_session_server_new3, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * *session, const nghttp2_session_callbacks *callbacks, void *ctx,
              const nghttp2_option *option, nghttp2_mem *memory),
             (session, callbacks, ctx, option, memory))
FAILING_CALL(int, nghttp2_submit_settings, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * session, uint8_t flags, const nghttp2_settings_entry *entries,
              size_t n),
             (session, flags, entries, n))
FAILING_CALL(int, nghttp2_submit_response, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * session, int32_t id, const nghttp2_nv *fields, size_t n,
              const nghttp2_data_provider *data),
             (session, id, fields, n, data))
FAILING_CALL(int, nghttp2_submit_trailer, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * session, int32_t id, const nghttp2_nv *fields, size_t n),
             (session, id, fields, n))
FAILING_CALL(int, nghttp2_submit_goaway, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * session, uint8_t flags, int32_t last, uint32_t code,
              const uint8_t *text, size_t len),
             (session, flags, last, code, text, len))
FAILING_CALL(int, nghttp2_submit_rst_stream, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * session, uint8_t flags, int32_t id, uint32_t code),
             (session, flags, id, code))
FAILING_CALL(int, nghttp2_session_consume_connection, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * session, size_t len), (session, len))
FAILING_CALL(int, nghttp2_session_consume_stream, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * session, int32_t id, size_t len), (session, id, len))
FAILING_CALL(int, nghttp2_session_resume_data, NGHTTP2_ERR_NOMEM,
             (nghttp2_session * session, int32_t id), (session, id))

// ---- calls that are answered with their message

static const uint64_t LONGEST_NS = UINT64_C(10000000000);
enum { LARGE = 100000, TOO_LARGE = 600000 }; // for a Unix socket to take at once
enum { LONG_US = 100000 };                   // what follows waits for the next turn
static int n_open;

static void *on_request(void *server, struct stream *stream, const struct stream_request *request) {
    (void)server, (void)request;
    n_open++;
    stream_charge(stream, LONG_US);
    return stream;
}

static void on_message(void *ctx, const uint8_t *bytes, size_t len) {
    static const uint8_t head[FRAME_HEAD_SIZE];
    struct buf frame = {0};
    failing_pause();
    cr_assert(buf_append(&frame, head, sizeof head) && buf_append(&frame, bytes, len));
    failing_go_on();
    (void)!stream_send(ctx, &frame);
}

static void on_half_close(void *ctx) {
    stream_finish(ctx, GRPC_OK, NULL);
}

static void on_drain(void *ctx) {
    (void)ctx;
}

static void on_close(void *ctx) {
    (void)ctx;
    n_open--;
}

static const struct stream_events streams = {.on_request = on_request,
                                             .on_message = on_message,
                                             .on_half_close = on_half_close,
                                             .on_drain = on_drain,
                                             .on_close = on_close};

// ---- a listener's life

struct way {
    const char *address;
    struct tls_context *tls;
    size_t len;      // of a large message
    const char *old; // a socket file there that nobody answers on; NULL: none
};

static void open_loop(void) {
    failing_pause();
    listener_kit_open();
    limits.sweep_ms = 1;
    limits.goaway_ms = 1;
    limits.drain_ms = 200;
    limits.linger_ms = 20;
    client.window = 2 * TOO_LARGE;
}

TestSuite(conn_failure, .init = open_loop, .fini = listener_kit_close, .timeout = 120);

static bool start(const struct way *way) {
    const struct listener_events events = {.streams = &streams};
    const struct listener_options options = {
        .address = way->address, .tls = way->tls, .limits = &limits};
    error_clear(&err);
    failing_go_on();
    listener = listener_create(&loop, &options, &events, &err);
    bool is_started = listener && listener_start(listener, &err);
    failing_pause();
    cr_assert_eq(is_started, !err.is_set, "%s", err.message);
    return is_started;
}

static void turn_once(void) {
    failing_go_on();
    uv_run(&loop, UV_RUN_NOWAIT);
    failing_pause();
    if (!client.is_ended)
        client_turn(&client);
}

// True when a call of so many bytes has come back. It does, or its connection ends.
static bool is_echoed(size_t len) {
    static uint8_t bytes[TOO_LARGE];
    int32_t id = peer_request(client.peer, "/a", NULL);
    peer_message(client.peer, id, bytes, len);
    peer_end(client.peer, id);
    uint64_t until_ns = uv_hrtime() + LONGEST_NS;
    while (!peer_answer(client.peer, id)->is_closed && !client.is_ended) {
        turn_once();
        cr_assert_lt(uv_hrtime(), until_ns, "%s", failing_name());
    }
    return peer_has_line(client.peer, id, "grpc-status: 0") &&
           peer_answer(client.peer, id)->n_data == FRAME_HEAD_SIZE + len;
}

static bool is_served(const struct way *way) {
    client_connect(&client, listener_address(listener), way->tls != NULL);
    bool is_good = is_echoed(5) && is_echoed(way->len);
    client_finish(&client);
    return is_good;
}

// Whoever breaks the rules is told why, if that can be, and let go.
static void break_rules(const struct way *way) {
    static const char priority_of_nothing[] = "\0\0\5\2\0\0\0\0\0\0\0\0\1\x10";
    client_connect(&client, listener_address(listener), way->tls != NULL);
    client_turn(&client);
    client_write_raw(&client, priority_of_nothing, sizeof priority_of_nothing - 1);
    uint64_t until_ns = uv_hrtime() + LONGEST_NS;
    while (!client.is_ended) {
        turn_once();
        cr_assert_lt(uv_hrtime(), until_ns, "%s", failing_name());
    }
    client_finish(&client);
}

static void stop(enum listener_stop_mode how) {
    failing_go_on();
    listener_stop(listener, how);
    uv_run(&loop, UV_RUN_DEFAULT);
    failing_pause();
}

// As a server that was killed.
static void leave_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void serve_or_not(void *ctx) {
    const struct way *way = ctx;
    if (way->old)
        leave_socket(way->old);
    if (start(way)) {
        bool is_good = is_served(way);
        cr_assert(is_good || failing_has_failed());
        break_rules(way);
        // Where a failure ended one connection, the next is served.
        if (failing_has_failed())
            cr_assert(is_served(way), "%s", failing_name());
        stop(LISTENER_DRAIN);
    } else {
        cr_assert(failing_has_failed());
    }
    listener_destroy(listener);
    uv_run(&loop, UV_RUN_DEFAULT);
    listener = NULL;
    cr_assert_eq(n_open, 0);
}

static char unix_address[160];

Test(conn_failure, over_tcp_a_connection_that_fails_ends_and_the_next_is_served) {
    struct way way = {.address = "127.0.0.1:0", .len = LARGE};
    cr_assert_gt(failing_each(serve_or_not, &way), 40);
}

Test(conn_failure, over_a_unix_socket_a_connection_that_fails_ends_and_the_next_is_served) {
    struct way way = {.address = unix_address, .len = TOO_LARGE};
    snprintf(unix_address, sizeof unix_address, "unix:%s/socket", files.directory);
    cr_assert_gt(failing_each(serve_or_not, &way), 40);
}

Test(conn_failure, a_socket_file_left_behind_is_replaced_or_the_listener_does_not_start) {
    struct way way = {.address = unix_address, .len = LARGE, .old = unix_address + strlen("unix:")};
    snprintf(unix_address, sizeof unix_address, "unix:%s/socket", files.directory);
    cr_assert_gt(failing_each(serve_or_not, &way), 40);
    unlink(way.old);
}

Test(conn_failure, over_tls_a_connection_that_fails_ends_and_the_next_is_served) {
    struct way way = {.address = "127.0.0.1:0", .tls = tls, .len = LARGE};
    cr_assert_gt(failing_each(serve_or_not, &way), 40);
}

// ---- an address that several share

static void share_or_not(void *ctx) {
    const struct way *way = ctx;
    struct address address;
    error_clear(&err);
    int fd = address_open(&address, way->address, false, 0600, &err);
    cr_assert_geq(fd, 0, "%s", err.message);
    failing_go_on();
    int share = address_share(&address, fd, &err);
    failing_pause();
    cr_assert_eq(share >= 0, !failing_has_failed(), "%s", failing_name());
    cr_assert_eq(share >= 0, !err.is_set);
    if (share >= 0)
        close(share);
    close(fd);
    address_remove(&address);
}

Test(conn_failure, an_address_is_shared_or_the_reason_said) {
    struct way tcp = {.address = "127.0.0.1:0"}, local = {.address = unix_address};
    snprintf(unix_address, sizeof unix_address, "unix:%s/socket", files.directory);
    cr_assert_geq(failing_each(share_or_not, &tcp), 8);
    cr_assert_geq(failing_each(share_or_not, &local), 1);
}

// ---- many at once

enum { CROWD = 6 }; // more than shake hands in a turn

static struct client crowd[CROWD];

static bool is_over(struct client *one) {
    return one->is_ended || peer_answer(one->peer, 1)->is_closed;
}

static void serve_crowd_or_not(void) {
    size_t n_over = 0, n_failed = 0;
    for (size_t i = 0; i < CROWD; i++) {
        crowd[i].step = 40; // a hello in several pieces
        client_connect(&crowd[i], listener_address(listener), true);
        peer_end(crowd[i].peer, peer_request(crowd[i].peer, "/a", NULL));
    }
    for (uint64_t until_ns = uv_hrtime() + LONGEST_NS; n_over < CROWD;) {
        turn_once();
        n_over = 0;
        for (size_t i = 0; i < CROWD; i++) {
            if (!is_over(&crowd[i]))
                client_turn(&crowd[i]);
            n_over += is_over(&crowd[i]);
        }
        cr_assert_lt(uv_hrtime(), until_ns, "%s", failing_name());
    }
    for (size_t i = 0; i < CROWD; i++) {
        n_failed += !peer_has_line(crowd[i].peer, 1, "grpc-status: 0");
        client_finish(&crowd[i]);
    }
    cr_assert_leq(n_failed, failing_has_failed() ? 1 : 0, "%s", failing_name());
    while (listener_n_connections(listener) > 0)
        turn_once();
}

Test(conn_failure, of_a_crowd_that_shakes_hands_only_the_one_that_fails_is_lost) {
    struct way way = {.address = "127.0.0.1:0", .tls = tls};
    failing_begin(0);
    client.is_ended = true; // the crowd calls
    limits.max_per_address = limits.connect_burst = 1000000;
    cr_assert(start(&way));
    // Each of the crowd makes the same calls: some of them are enough.
    for (size_t n = 1; n == 1 || failing_has_failed(); n += CROWD - 1) {
        failing_begin(n);
        serve_crowd_or_not();
    }
    stop(LISTENER_DRAIN);
    listener_destroy(listener);
    listener = NULL;
}

Test(conn_failure, that_nobody_can_be_accepted_is_told_in_one_line_and_the_next_is_served) {
    struct way way = {.address = "127.0.0.1:0", .len = LARGE};
    char output[4096];
    cr_redirect_stderr();
    failing_begin(0);
    limits.sweep_ms = 60000;
    cr_assert(start(&way));
    on_connection(listening, UV_EMFILE);
    on_connection(listening, UV_ENFILE);
    cr_assert(is_served(&way));
    stop(LISTENER_DRAIN);
    listener_destroy(listener);
    listener = NULL;
    fflush(stderr);
    output[fread(output, 1, sizeof output - 1, cr_get_redirected_stderr())] = '\0';
    const char *line = strstr(output, "accept_failed");
    cr_assert_not_null(line, "%s", output);
    cr_assert_not_null(strstr(line, uv_strerror(UV_ENFILE)), "%s", output);
    cr_assert_null(strstr(line + 1, "accept_failed"), "%s", output);
}
