#include "server/net/listener.h"

#include "server/base/log.h"
#include "server/net/address.h"
#include "server/net/conn.h"
#include "server/net/h2_room.h"
#include "server/net/peers.h"
#include "server/net/stream_spares.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_SOCKET_MODE = 0660 };
enum { TRIM_AFTER = 100 }; // connections that have gone

// In one turn of the loop, so that those who are connected never wait for a crowd: about half a
// millisecond of connections, and one of handshakes. The others come at the next turns.
enum { ACCEPTS_A_TURN = 16, SHAKES_A_TURN = 4 };

// Lines of connections that failed, in a sweep; more are told of in one.
enum { FAILURES_A_SWEEP = 20 };

enum listener_state {
    LISTENER_BOUND,    // has a descriptor, no handle
    LISTENER_OPEN,     // accepts
    LISTENER_NOTICED,  // draining: the shutdown notice is out
    LISTENER_DRAINING, // draining: the last GOAWAY is out
    LISTENER_CLOSING,  // connections and handles are being closed
    LISTENER_STOPPED,  // nothing is left
};

// Why a connection is refused: what peers say, or that all are too many.
enum { TOO_MANY_OF_ALL = PEERS_NO_MEMORY + 1, N_REASONS };

// Those that were refused for one reason since the last sweep.
struct refused {
    size_t n;
    char peer[CONN_PEER_SIZE]; // of the latest
};

struct listener {
    struct conn_host host; // what connections know of us
    struct listener_events events;
    struct address address;
    enum listener_state state;
    int fd; // owned while BOUND, else -1
    union conn_socket socket;
    uv_prepare_t prepare; // flushes before the loop waits ...
    uv_idle_t idle;       // ... and this, while anything is dirty, keeps it from waiting
    uv_timer_t sweep;
    uv_timer_t deadline; // of the draining states
    unsigned n_handles;  // of ours, that libuv holds
    struct list conns;
    struct list dirty;
    struct list shaking; // those whose handshake is to go on, by their round
    uint64_t round;      // that is on
    size_t n_conns;
    size_t n_gone;       // since the heap was trimmed
    size_t n_accepted;   // in this turn of the loop ...
    size_t n_shaken;     // ... and steps of handshakes
    struct peers *peers; // owned; who they are
    struct stream_spares spares;
    struct refused refused[N_REASONS];
    size_t n_failed;   // connections, since the last sweep
    int accept_error;  // the latest, since then; 0: none
    bool is_waiting;   // a connection could not be taken for want of memory ...
    bool is_put_off;   // ... or because there were enough in this turn
    bool is_destroyed; // free at the end
};

static struct listener *of_host(struct conn_host *host) {
    return list_entry(host, struct listener, host);
}

// The file goes first: a server started now finds the path free.
static void close_fd(struct listener *listener) {
    if (listener->fd < 0)
        return;
    address_remove(&listener->address);
    close(listener->fd);
    listener->fd = -1;
}

static void free_listener(struct listener *listener) {
    close_fd(listener);
    buf_finish(&listener->host.plain);
    buf_finish(&listener->host.out);
    peers_destroy(listener->peers);
    h2_rooms_destroy(listener->host.rooms);
    stream_spares_finish(&listener->spares);
    free(listener->host.read);
    free(listener);
}

static void on_handle_closed(uv_handle_t *handle) {
    struct listener *listener = handle->data;
    if (--listener->n_handles > 0)
        return;
    listener->state = LISTENER_STOPPED;
    if (listener->is_destroyed)
        free_listener(listener);
    else if (listener->events.on_stopped)
        listener->events.on_stopped(listener->events.ctx);
}

static void close_handle(uv_handle_t *handle) {
    if (!uv_is_closing(handle))
        uv_close(handle, on_handle_closed);
}

static void close_socket(struct listener *listener) {
    close_fd(listener);
    if (uv_is_closing(&listener->socket.handle))
        return;
    address_remove(&listener->address);
    close_handle(&listener->socket.handle);
}

static void close_handles(struct listener *listener) {
    close_socket(listener);
    close_handle((uv_handle_t *)&listener->prepare);
    close_handle((uv_handle_t *)&listener->idle);
    close_handle((uv_handle_t *)&listener->sweep);
    close_handle((uv_handle_t *)&listener->deadline);
}

// One line a reason for all of a sweep: a flood of connections is none of lines.
static void log_refused(struct listener *listener) {
    static const char *const reasons[N_REASONS] = {
        [PEERS_TOO_MANY] = "too many connections from this address",
        [PEERS_TOO_FAST] = "too many new connections from this address",
        [PEERS_NO_MEMORY] = "out of memory",
        [TOO_MANY_OF_ALL] = "too many connections",
    };
    for (size_t i = 0; i < N_REASONS; i++) {
        struct refused *refused = &listener->refused[i];
        if (refused->n > 0)
            log_event(LOG_WARNING, "connections_refused", "n", LOG_NUMBER(refused->n), "peer",
                      refused->peer, "reason", reasons[i], NULL);
        refused->n = 0;
    }
}

static void on_conn_failed(struct conn_host *host, struct conn *conn, const char *reason) {
    struct listener *listener = of_host(host);
    if (++listener->n_failed <= FAILURES_A_SWEEP)
        log_event(LOG_INFO, "connection_failed", "peer", conn->peer, "reason", reason, NULL);
}

static void log_failed(struct listener *listener) {
    if (listener->n_failed > FAILURES_A_SWEEP)
        log_event(LOG_INFO, "connections_failed", "n",
                  LOG_NUMBER(listener->n_failed - FAILURES_A_SWEEP), NULL);
    if (listener->accept_error != 0)
        log_event(LOG_WARNING, "accept_failed", "address", listener->address.text, "reason",
                  uv_strerror(listener->accept_error), NULL);
    listener->n_failed = 0;
    listener->accept_error = 0;
}

static void close_now(struct listener *listener) {
    listener->state = LISTENER_CLOSING;
    close_socket(listener);
    for (struct list *item = listener->conns.next; item != &listener->conns; item = item->next)
        conn_close(list_entry(item, struct conn, in_all));
    if (listener->n_conns == 0)
        close_handles(listener);
}

static void on_idle(uv_idle_t *idle) {
    (void)idle;
}

static void on_conn_dirty(struct conn_host *host, struct conn *conn) {
    struct listener *listener = of_host(host);
    if (!list_is_empty(&conn->in_dirty))
        return;
    list_append(&listener->dirty, &conn->in_dirty);
    uv_idle_start(&listener->idle, on_idle);
}

// One of each address has its turn in a round: whoever comes with many waits for them himself.
static uint64_t next_round(const struct listener *listener, struct conn *conn) {
    uint64_t *round = peers_round(conn->entry);
    if (!round)
        return listener->round;
    if (*round < listener->round)
        *round = listener->round;
    return (*round)++;
}

static void line_up(struct listener *listener, struct conn *conn) {
    struct list *before = listener->shaking.previous;
    conn->round = next_round(listener, conn);
    while (before != &listener->shaking &&
           list_entry(before, struct conn, in_shaking)->round > conn->round)
        before = before->previous;
    list_append(before->next, &conn->in_shaking); // before the next one, that is
}

// Those who have waited go first.
static bool may_shake(struct conn_host *host, struct conn *conn) {
    struct listener *listener = of_host(host);
    if (listener->n_shaken < SHAKES_A_TURN && list_is_empty(&listener->shaking)) {
        listener->n_shaken++;
        return true;
    }
    line_up(listener, conn);
    uv_idle_start(&listener->idle, on_idle);
    return false;
}

static bool admit(struct conn_host *host, struct conn *conn, const struct sockaddr *address) {
    struct listener *listener = of_host(host);
    unsigned reason = TOO_MANY_OF_ALL;
    if (listener->n_conns < host->limits.max_connections)
        reason = peers_enter(listener->peers, address, uv_now(host->loop), &conn->entry);
    if (reason == PEERS_WELCOME)
        return true;
    struct refused *refused = &listener->refused[reason];
    refused->n++;
    memcpy(refused->peer, conn->peer, sizeof conn->peer);
    return false;
}

static void on_conn_closed(struct conn_host *host, struct conn *conn) {
    struct listener *listener = of_host(host);
    peers_leave(conn->entry);
    listener->n_conns--;
    listener->n_gone++;
    if (listener->n_conns == 0 && listener->state > LISTENER_OPEN)
        close_handles(listener);
}

// What becomes dirty meanwhile has its turn next time.
static void flush_dirty(struct listener *listener) {
    struct list turn;
    list_init(&turn);
    for (struct list *item; (item = list_take_first(&listener->dirty)) != NULL;)
        list_append(&turn, item);
    for (struct list *item; (item = list_take_first(&turn)) != NULL;)
        conn_flush(list_entry(item, struct conn, in_dirty));
}

static void accept_conn(struct listener *listener) {
    struct conn *conn = conn_accept(&listener->host, &listener->socket.stream);
    listener->is_waiting = !conn;
    if (!conn)
        return;
    listener->n_accepted++;
    list_append(&listener->conns, &conn->in_all);
    listener->n_conns++;
}

// What the last turn put off.
static void admit_more(struct listener *listener) {
    listener->n_accepted = 0;
    listener->n_shaken = 0;
    if (listener->is_put_off && listener->state == LISTENER_OPEN)
        accept_conn(listener);
    listener->is_put_off = false;
    for (struct list *item;
         listener->n_shaken < SHAKES_A_TURN && (item = list_take_first(&listener->shaking));) {
        struct conn *conn = list_entry(item, struct conn, in_shaking);
        listener->round = conn->round;
        listener->n_shaken++;
        conn_shake(conn);
    }
}

static void on_prepare(uv_prepare_t *prepare) {
    struct listener *listener = prepare->data;
    listener->host.work = 0;
    flush_dirty(listener);
    admit_more(listener);
    if (list_is_empty(&listener->dirty) && list_is_empty(&listener->shaking))
        uv_idle_stop(&listener->idle);
}

// libuv holds it, and looks for no other until it is taken.
static void put_off(struct listener *listener) {
    listener->is_put_off = true;
    uv_idle_start(&listener->idle, on_idle);
}

static void on_connection(uv_stream_t *server, int status) {
    struct listener *listener = server->data;
    if (status < 0)
        listener->accept_error = status;
    else if (listener->n_accepted < ACCEPTS_A_TURN)
        accept_conn(listener);
    else
        put_off(listener);
}

// What many connections leave free does not go back to the system by itself: there is always
// something small above it. What is kept for the next calls is strewn over many pages by then.
static void trim_heap(struct listener *listener) {
    if (listener->n_gone < TRIM_AFTER)
        return;
    listener->n_gone = 0;
    h2_rooms_trim(listener->host.rooms);
    stream_spares_finish(&listener->spares);
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

static void on_sweep(uv_timer_t *timer) {
    struct listener *listener = timer->data;
    log_refused(listener);
    log_failed(listener);
    peers_sweep(listener->peers, uv_now(listener->host.loop));
    for (struct list *item = listener->conns.next; item != &listener->conns; item = item->next)
        conn_sweep(list_entry(item, struct conn, in_all));
    trim_heap(listener);
    if (listener->is_waiting && listener->state == LISTENER_OPEN)
        accept_conn(listener);
}

static struct listener *alloc_listener(uv_loop_t *loop, const struct listener_options *options,
                                       const struct listener_events *events) {
    struct listener *listener = calloc(1, sizeof *listener);
    char *read = malloc(CONN_READ_SIZE);
    struct h2_rooms *rooms = h2_rooms_create();
    struct peers *peers = listener ? peers_create(&listener->host.limits) : NULL;
    if (!listener || !read || !rooms || !peers) {
        free(listener);
        free(read);
        h2_rooms_destroy(rooms);
        peers_destroy(peers);
        return NULL;
    }
    listener->events = *events;
    listener->peers = peers;
    listener->fd = -1;
    list_init(&listener->conns);
    list_init(&listener->dirty);
    list_init(&listener->shaking);
    stream_spares_init(&listener->spares);
    listener->host = (struct conn_host){
        .loop = loop,
        .tls = options->tls,
        .events = events->streams,
        .server = events->server,
        .limits = options->limits ? *options->limits : net_limits_default,
        .rooms = rooms,
        .spares = &listener->spares,
        .read = read,
        .on_dirty = on_conn_dirty,
        .may_shake = may_shake,
        .admit = admit,
        .on_failed = on_conn_failed,
        .on_closed = on_conn_closed,
    };
    return listener;
}

static bool bind_or_take(struct listener *listener, const struct listener_options *options,
                         struct error *err) {
    struct address *address = &listener->address;
    unsigned mode = options->socket_mode ? options->socket_mode : DEFAULT_SOCKET_MODE;
    if (!options->bound) {
        listener->fd = address_open(address, options->address, options->tls != NULL, mode, err);
        return listener->fd >= 0;
    }
    *address = *options->bound;
    address->inode = 0; // whose file it is removes it
    listener->fd = options->socket;
    return true;
}

struct listener *listener_create(uv_loop_t *loop, const struct listener_options *options,
                                 const struct listener_events *events, struct error *err) {
    struct listener *listener = alloc_listener(loop, options, events);
    if (!listener) {
        error_set(err, "cannot listen on %s: out of memory", options->address);
        return NULL;
    }
    if (bind_or_take(listener, options, err))
        return listener;
    free_listener(listener);
    return NULL;
}

static void init_handles(struct listener *listener) {
    uv_loop_t *loop = listener->host.loop;
    if (address_is_unix(&listener->address))
        uv_pipe_init(loop, &listener->socket.pipe, 0);
    else
        uv_tcp_init(loop, &listener->socket.tcp);
    uv_prepare_init(loop, &listener->prepare);
    uv_idle_init(loop, &listener->idle);
    uv_timer_init(loop, &listener->sweep);
    uv_timer_init(loop, &listener->deadline);
    listener->socket.handle.data = listener;
    listener->prepare.data = listener;
    listener->idle.data = listener;
    listener->sweep.data = listener;
    listener->deadline.data = listener;
    listener->n_handles = 5;
    listener->state = LISTENER_OPEN;
}

// The handle takes the descriptor; on failure it stays ours.
static int open_socket(struct listener *listener) {
    int result = address_is_unix(&listener->address)
                     ? uv_pipe_open(&listener->socket.pipe, listener->fd)
                     : uv_tcp_open(&listener->socket.tcp, listener->fd);
    if (result != 0)
        return result;
    listener->fd = -1;
    return uv_listen(&listener->socket.stream, SOMAXCONN, on_connection);
}

bool listener_start(struct listener *listener, struct error *err) {
    assert(listener->state == LISTENER_BOUND);
    uint64_t sweep_ms = listener->host.limits.sweep_ms;
    init_handles(listener);
    int result = open_socket(listener);
    if (result != 0)
        return error_set(err, "cannot listen on %s: %s", listener->address.text,
                         uv_strerror(result));
    uv_prepare_start(&listener->prepare, on_prepare);
    uv_timer_start(&listener->sweep, on_sweep, sweep_ms, sweep_ms);
    return true;
}

const char *listener_address(const struct listener *listener) {
    return listener->address.text;
}

size_t listener_n_connections(const struct listener *listener) {
    return listener->n_conns;
}

static void on_drain_deadline(uv_timer_t *timer) {
    struct listener *listener = timer->data;
    log_event(LOG_WARNING, "drain_cut_short", "address", listener->address.text, "connections",
              LOG_NUMBER(listener->n_conns), NULL);
    close_now(listener);
}

static void on_goaway_deadline(uv_timer_t *timer) {
    struct listener *listener = timer->data;
    uv_timer_start(timer, on_drain_deadline, listener->host.limits.drain_ms, 0);
    listener->state = LISTENER_DRAINING;
    for (struct list *item = listener->conns.next; item != &listener->conns; item = item->next)
        conn_goaway(list_entry(item, struct conn, in_all));
}

static void drain(struct listener *listener) {
    listener->state = LISTENER_NOTICED;
    if (listener->n_conns == 0) {
        close_now(listener);
        return;
    }
    close_socket(listener);
    for (struct list *item = listener->conns.next; item != &listener->conns; item = item->next)
        conn_shutdown_notice(list_entry(item, struct conn, in_all));
    uv_timer_start(&listener->deadline, on_goaway_deadline, listener->host.limits.goaway_ms, 0);
}

void listener_recheck(struct listener *listener) {
    for (struct list *item = listener->conns.next; item != &listener->conns; item = item->next)
        conn_recheck(list_entry(item, struct conn, in_all));
}

void listener_stop(struct listener *listener, enum listener_stop_mode how) {
    if (listener->state == LISTENER_BOUND)
        init_handles(listener);
    if (listener->state >= LISTENER_CLOSING)
        return;
    log_refused(listener);
    log_failed(listener);
    if (how == LISTENER_NOW)
        close_now(listener);
    else if (listener->state == LISTENER_OPEN)
        drain(listener);
}

void listener_destroy(struct listener *listener) {
    if (!listener)
        return;
    listener->is_destroyed = true;
    if (listener->state == LISTENER_BOUND || listener->state == LISTENER_STOPPED)
        free_listener(listener);
    else
        listener_stop(listener, LISTENER_NOW);
}
