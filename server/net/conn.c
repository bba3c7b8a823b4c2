#include "server/net/conn.h"

#include "server/base/secret.h"
#include "server/net/address.h"
#include "server/net/h2.h"
#include "server/net/peers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TCP_KEEPALIVE_S = 60 };

static uint64_t now_ms(const struct conn *conn) {
    return uv_now(conn->host->loop);
}

static void mark_dirty(void *ctx) {
    struct conn *conn = ctx;
    if (conn->state == CONN_OPEN || conn->state == CONN_ENDING)
        conn->host->on_dirty(conn->host, conn);
}

static void drop_late(struct conn *conn) {
    if (conn->late)
        buf_finish(&conn->late->bytes);
    free(conn->late);
    conn->late = NULL;
}

static void on_socket_closed(uv_handle_t *handle) {
    struct conn *conn = handle->data;
    h2_destroy(conn->h2);
    tls_session_destroy(conn->tls);
    list_unlink(&conn->in_all);
    conn->host->on_closed(conn->host, conn);
    buf_finish(&conn->early);
    drop_late(conn);
    free(conn);
}

void conn_close(struct conn *conn) {
    if (conn->state == CONN_CLOSED)
        return;
    conn->state = CONN_CLOSED;
    list_unlink(&conn->in_dirty);
    list_unlink(&conn->in_shaking);
    uv_close(&conn->socket.handle, on_socket_closed);
}

// No more bytes are taken; what says why is still sent.
static void end(struct conn *conn, const struct error *err) {
    conn->host->on_failed(conn->host, conn, err->message);
    if (conn->state == CONN_OPEN)
        conn->state = CONN_ENDING;
    mark_dirty(conn);
}

static void fail(struct conn *conn, const struct error *err) {
    conn->host->on_failed(conn->host, conn, err->message);
    conn_close(conn);
}

// Plain bytes hold tokens, so they are wiped.
static bool feed_tls(struct conn *conn, const uint8_t *bytes, size_t len, struct error *err) {
    struct buf *plain = &conn->host->plain;
    bool is_fed = tls_session_feed(conn->tls, bytes, len, plain, err);
    size_t n = buf_len(plain);
    if (is_fed && n > 0)
        is_fed = h2_feed(conn->h2, buf_bytes(plain), n, now_ms(conn), err);
    if (n > 0)
        secret_wipe(plain->data + plain->start, n);
    buf_clear(plain);
    return is_fed;
}

static void pause_reading(struct conn *conn) {
    bool is_clogged = conn->late && h2_is_backlogged(conn->h2);
    if (conn->state == CONN_CLOSED || conn->is_paused || (!is_clogged && !h2_has_rest(conn->h2)))
        return;
    uv_read_stop(&conn->socket.stream);
    conn->is_paused = true;
}

static void receive(struct conn *conn, const uint8_t *bytes, size_t len) {
    struct error err;
    error_clear(&err);
    bool is_fed = conn->tls ? feed_tls(conn, bytes, len, &err)
                            : h2_feed(conn->h2, bytes, len, now_ms(conn), &err);
    if (!is_fed) {
        end(conn, &err);
        return;
    }
    if (conn->tls && conn->state == CONN_OPEN && tls_session_is_ended(conn->tls))
        conn->state = CONN_ENDING;
    mark_dirty(conn);
    pause_reading(conn);
}

// What comes after our side of the handshake is owed to whom it was given, and cheap.
static bool is_shaking(const struct conn *conn) {
    return conn->tls && !conn->has_spoken;
}

static bool is_in_line(const struct conn *conn) {
    return !list_is_empty(&conn->in_shaking);
}

// It is read from until it has sent a good deal, so that who leaves is seen to be gone.
static void await_shake(struct conn *conn, const uint8_t *bytes, size_t len) {
    struct error err = {.is_set = false};
    if (!buf_append(&conn->early, bytes, len)) {
        error_set(&err, "TLS: out of memory");
        fail(conn, &err);
    } else if (buf_len(&conn->early) >= CONN_LITTLE_SIZE) {
        uv_read_stop(&conn->socket.stream);
        conn->is_paused = true;
    }
}

static void take(struct conn *conn, const uint8_t *bytes, size_t len) {
    if (is_in_line(conn) || (is_shaking(conn) && !conn->host->may_shake(conn->host, conn)))
        await_shake(conn, bytes, len);
    else
        receive(conn, bytes, len);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    struct conn *conn = stream->data;
    if (n < 0)
        conn_close(conn);
    else if (n > 0 && conn->state == CONN_OPEN)
        take(conn, (const uint8_t *)buf->base, (size_t)n);
    if (n > 0 && !conn->tls)
        secret_wipe(buf->base, (size_t)n);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)suggested;
    struct conn *conn = handle->data;
    bool is_to_wait = is_shaking(conn) || conn->host->work > H2_TURN_WORK;
    *buf = uv_buf_init(conn->host->read, is_to_wait ? CONN_LITTLE_SIZE : CONN_READ_SIZE);
}

static bool start_reading(struct conn *conn) {
    conn->is_paused = false;
    return uv_read_start(&conn->socket.stream, on_alloc, on_read) == 0;
}

void conn_shake(struct conn *conn) {
    struct buf early = {0};
    assert(conn->state == CONN_OPEN); // or it had left the line
    buf_move(&early, &conn->early);
    bool was_paused = conn->is_paused;
    conn->is_paused = false;
    receive(conn, buf_bytes(&early), buf_len(&early));
    buf_finish(&early);
    assert(!conn->is_paused); // nothing but the handshake was in it
    if (!was_paused)
        return;
    conn->is_paused = true; // if it has failed, until it lingers
    if (conn->state == CONN_OPEN && !start_reading(conn))
        conn_close(conn);
}

static void name_user(struct conn *conn) {
    uv_os_fd_t fd = -1;
    if (uv_fileno(&conn->socket.handle, &fd) == 0)
        address_format_user(fd, conn->peer, sizeof conn->peer);
}

static bool is_admitted(struct conn *conn) {
    struct sockaddr_storage peer = {.ss_family = AF_UNIX};
    int len = sizeof peer;
    if (conn->socket.handle.type == UV_TCP)
        uv_tcp_getpeername(&conn->socket.tcp, (struct sockaddr *)&peer, &len);
    address_format((struct sockaddr *)&peer, conn->peer, sizeof conn->peer);
    if (conn->socket.handle.type == UV_NAMED_PIPE)
        name_user(conn);
    return conn->host->admit(conn->host, conn, (struct sockaddr *)&peer);
}

static bool open_protocols(struct conn *conn, struct error *err) {
    struct conn_host *host = conn->host;
    if (host->tls && !(conn->tls = tls_session_create(host->tls, err)))
        return false;
    const struct h2_options options = {.limits = &host->limits,
                                       .streams = host->events,
                                       .server = host->server,
                                       .rooms = host->rooms,
                                       .peer = conn->peer,
                                       .origin = peers_origin(conn->entry),
                                       .organisation =
                                           conn->tls ? tls_session_organisation(conn->tls) : "",
                                       .partial_all = &host->partial_all,
                                       .held = peers_held(conn->entry),
                                       .work = &host->work,
                                       .spares = host->spares,
                                       .on_dirty = mark_dirty,
                                       .ctx = conn};
    conn->h2 = h2_create(&options, err);
    return conn->h2 != NULL;
}

static bool accept_socket(struct conn *conn, uv_stream_t *server) {
    if (server->type == UV_TCP)
        uv_tcp_init(conn->host->loop, &conn->socket.tcp);
    else
        uv_pipe_init(conn->host->loop, &conn->socket.pipe, 0);
    conn->socket.handle.data = conn;
    if (uv_accept(server, &conn->socket.stream) != 0)
        return false;
    if (server->type == UV_TCP) {
        uv_tcp_nodelay(&conn->socket.tcp, 1);
        uv_tcp_keepalive(&conn->socket.tcp, 1, TCP_KEEPALIVE_S);
    }
    return true;
}

struct conn *conn_accept(struct conn_host *host, uv_stream_t *server) {
    struct conn *conn = calloc(1, sizeof *conn);
    if (!conn)
        return NULL;
    struct error err = {.is_set = false};
    conn->host = host;
    list_init(&conn->in_all);
    list_init(&conn->in_dirty);
    list_init(&conn->in_shaking);
    conn->since_ms = conn->busy_ms = now_ms(conn);
    if (!accept_socket(conn, server) || !is_admitted(conn)) {
        conn_close(conn);
        return conn;
    }
    if (!open_protocols(conn, &err))
        fail(conn, &err);
    else if (!start_reading(conn))
        conn_close(conn);
    mark_dirty(conn);
    return conn;
}

// True when nothing more will come from HTTP/2.
static bool is_finished(const struct conn *conn) {
    return conn->state == CONN_ENDING || h2_is_done(conn->h2);
}

// Fills the host's out with what is to be sent now, encrypted if need be.
static bool fill_out(struct conn *conn, struct error *err) {
    struct conn_host *host = conn->host;
    size_t limit = host->limits.max_output;
    if (!conn->tls)
        return h2_drain(conn->h2, &host->out, limit, err);
    if (tls_session_can_write(conn->tls)) {
        if (!h2_drain(conn->h2, &host->plain, limit, err) ||
            !tls_session_write(conn->tls, &host->plain, &host->out, err))
            return false;
    }
    if (is_finished(conn) && !conn->is_tls_closed) {
        tls_session_close(conn->tls);
        conn->is_tls_closed = true;
    }
    return tls_session_drain(conn->tls, &host->out) || error_set(err, "TLS: out of memory");
}

static void on_written(uv_write_t *write, int status) {
    struct conn *conn = write->data;
    drop_late(conn);
    if (conn->state == CONN_CLOSED)
        return;
    bool may_read = !h2_has_rest(conn->h2) && !is_in_line(conn);
    if (status < 0 || (conn->is_paused && may_read && !start_reading(conn)))
        conn_close(conn);
    else
        mark_dirty(conn);
}

// What the socket does not take now is left to libuv.
static bool write_later(struct conn *conn) {
    struct conn_late *late = conn->late = calloc(1, sizeof *late);
    if (!late)
        return false;
    buf_move(&late->bytes, &conn->host->out);
    uv_buf_t rest =
        uv_buf_init((char *)late->bytes.data + late->bytes.start, (unsigned)buf_len(&late->bytes));
    late->unsent = buf_len(&late->bytes);
    late->sent_ms = now_ms(conn);
    late->write.data = conn;
    return uv_write(&late->write, &conn->socket.stream, &rest, 1, on_written) == 0;
}

static bool write_out(struct conn *conn) {
    struct buf *out = &conn->host->out;
    if (buf_len(out) == 0)
        return true;
    conn->has_spoken = true;
    uv_buf_t all = uv_buf_init((char *)out->data + out->start, (unsigned)buf_len(out));
    int n = uv_try_write(&conn->socket.stream, &all, 1);
    if (n < 0 && n != UV_EAGAIN)
        return false;
    buf_consume(out, n > 0 ? (size_t)n : 0);
    if (buf_len(out) > 0)
        return write_later(conn);
    return true;
}

static void on_shutdown(uv_shutdown_t *request, int status) {
    struct conn *conn = request->data;
    if (status < 0)
        conn_close(conn);
}

// Closing with unread bytes in the socket would make the kernel throw our last ones away.
static void linger(struct conn *conn) {
    conn->state = CONN_LINGERING;
    conn->since_ms = now_ms(conn);
    conn->late = calloc(1, sizeof *conn->late);
    if (!conn->late) {
        conn_close(conn);
        return;
    }
    conn->late->shutdown.data = conn;
    if ((conn->is_paused && !start_reading(conn)) ||
        uv_shutdown(&conn->late->shutdown, &conn->socket.stream, on_shutdown) != 0)
        conn_close(conn);
}

static void send_out(struct conn *conn) {
    bool is_full = buf_len(&conn->host->out) >= conn->host->limits.max_output;
    if (!write_out(conn))
        conn_close(conn);
    else if (is_full)
        mark_dirty(conn);
    else if (!conn->late && is_finished(conn))
        linger(conn);
}

// What was put off at the last turn, and then what comes.
static void go_on(struct conn *conn) {
    struct error err;
    error_clear(&err);
    if (conn->state != CONN_OPEN || !h2_has_rest(conn->h2))
        return;
    if (!h2_feed_rest(conn->h2, now_ms(conn), &err))
        end(conn, &err);
    else if (!h2_has_rest(conn->h2) && !start_reading(conn))
        conn_close(conn);
}

void conn_flush(struct conn *conn) {
    struct error err;
    error_clear(&err);
    if (!conn->late)
        go_on(conn);
    if (conn->late || (conn->state != CONN_OPEN && conn->state != CONN_ENDING))
        return;
    bool is_filled = fill_out(conn, &err);
    if (!is_filled)
        fail(conn, &err);
    // An event raised by filling may have stopped the listener.
    if (conn->state != CONN_CLOSED)
        send_out(conn);
    buf_clear(&conn->host->plain);
    buf_clear(&conn->host->out);
}

static bool is_stalled(struct conn *conn) {
    struct conn_late *late = conn->late;
    if (!late)
        return false;
    size_t unsent = uv_stream_get_write_queue_size(&conn->socket.stream);
    if (late->unsent - unsent >= conn->host->limits.write_least) {
        late->unsent = unsent;
        late->sent_ms = now_ms(conn);
    }
    return now_ms(conn) - late->sent_ms > conn->host->limits.write_ms;
}

static void retire(struct conn *conn, enum conn_retirement retirement) {
    conn->retirement = retirement;
    conn->retired_ms = now_ms(conn);
    if (retirement == CONN_NOTICED)
        h2_shutdown_notice(conn->h2);
    else if (retirement == CONN_LEAVES)
        h2_goaway(conn->h2);
    else
        h2_end_calls(conn->h2, GRPC_UNAVAILABLE,
                     "this connection has come to its end; call again, and go on with the last "
                     "cursor where there is one");
}

// A tenth more for some than for others: connections made together do not all come back together.
static uint64_t age_limit_ms(const struct conn *conn) {
    uint64_t age_ms = conn->host->limits.age_ms;
    return age_ms + age_ms * (conn->since_ms % 100) / 1000;
}

// Ends a connection that is too old or has had no call for too long: as when the server stops, with
// time for the calls it has, and then a status for those that go on. False when that is over.
static bool sweep_age(struct conn *conn) {
    const struct net_limits *limits = &conn->host->limits;
    uint64_t now = now_ms(conn);
    if (h2_n_streams(conn->h2) > 0)
        conn->busy_ms = now;
    bool is_old = limits->age_ms > 0 && now - conn->since_ms > age_limit_ms(conn);
    bool is_idle = limits->idle_ms > 0 && now - conn->busy_ms > limits->idle_ms;
    if (conn->is_draining || conn->state != CONN_OPEN || !h2_is_open(conn->h2))
        return true;
    if (conn->retirement == CONN_STAYS && (is_old || is_idle))
        retire(conn, CONN_NOTICED);
    else if (conn->retirement == CONN_NOTICED && now - conn->retired_ms > limits->goaway_ms)
        retire(conn, CONN_LEAVES);
    else if (conn->retirement == CONN_LEAVES && now - conn->retired_ms > limits->grace_ms)
        retire(conn, CONN_CUT);
    return conn->retirement != CONN_CUT || now - conn->retired_ms <= limits->linger_ms;
}

void conn_sweep(struct conn *conn) {
    const struct net_limits *limits = &conn->host->limits;
    uint64_t age_ms = now_ms(conn) - conn->since_ms;
    if (conn->state == CONN_CLOSED)
        return;
    if (conn->state == CONN_LINGERING) {
        if (age_ms > limits->linger_ms)
            conn_close(conn);
        return;
    }
    struct error err = {.is_set = false};
    if (!h2_is_open(conn->h2) && age_ms > limits->handshake_ms)
        error_set(&err, "no TLS handshake and HTTP/2 preface in time");
    else if (!h2_sweep(conn->h2, now_ms(conn)))
        error_set(&err, "a frame or the request headers took too long to arrive");
    else if (is_stalled(conn))
        error_set(&err, "the peer takes no bytes");
    else if (!sweep_age(conn))
        error_set(&err, "its last calls took too long to end");
    if (err.is_set)
        fail(conn, &err);
}

void conn_recheck(struct conn *conn) {
    struct error err = {.is_set = false};
    if (conn->state == CONN_CLOSED || !conn->tls || tls_session_is_trusted(conn->tls))
        return;
    error_set(&err, "the client's certificate is trusted no more");
    fail(conn, &err);
}

void conn_shutdown_notice(struct conn *conn) {
    conn->is_draining = true;
    if (conn->state == CONN_OPEN && conn->retirement == CONN_STAYS)
        retire(conn, CONN_NOTICED);
}

void conn_goaway(struct conn *conn) {
    if (conn->state != CONN_OPEN)
        return;
    if (!h2_is_open(conn->h2))
        conn_close(conn);
    else if (conn->retirement < CONN_LEAVES)
        retire(conn, CONN_LEAVES);
}
