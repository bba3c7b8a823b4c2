// A connection: one socket, optionally TLS, and the HTTP/2 on it. It moves bytes between them and
// keeps the deadlines; it knows nothing of calls.
//
// Who calls it: listener, which embeds a conn_host and is told through it. Who owns what: a conn
// owns itself from conn_accept on: it is freed in the close callback of its socket, after the
// host's on_closed. conn owns its tls_session and its h2; h2 owns the streams.
#pragma once

#include "server/base/buf.h"
#include "server/base/list.h"
#include "server/net/limits.h"
#include "server/net/stream.h"
#include "server/net/tls.h"

#include <stdbool.h>
#include <uv.h>

struct h2;
struct h2_rooms;
struct stream_spares;
struct conn;
struct peer_entry;

enum { CONN_READ_SIZE = 64 * 1024, CONN_PEER_SIZE = 56 };
enum { CONN_LITTLE_SIZE = 4 * 1024 }; // most read at once of what may have to wait

// What all connections of one listener share. The buffers are scratch: used and emptied within one
// read or flush, so that an idle connection holds none.
struct conn_host {
    uv_loop_t *loop;                    // borrowed
    struct tls_context *tls;            // borrowed; NULL: plaintext
    const struct stream_events *events; // borrowed; the layer above
    void *server;                       // borrowed; the ctx of events->on_request
    struct net_limits limits;
    struct h2_rooms *rooms;       // owned by the listener; of all connections; NULL: they have none
    struct stream_spares *spares; // the same
    size_t work;                  // bytes decoded in this turn of the loop
    size_t partial_all;           // bytes of unfinished messages of all connections
    struct buf plain;             // owned by the listener, as are the next two
    struct buf out;
    char *read; // CONN_READ_SIZE bytes
    // The connection wants conn_flush before the loop waits.
    void (*on_dirty)(struct conn_host *host, struct conn *conn);
    // Whether the connection may go on with its TLS handshake in this turn of the loop. If not,
    // conn_shake comes in a later one.
    bool (*may_shake)(struct conn_host *host, struct conn *conn);
    // Whether a connection from this address is welcome; if not it is closed unheard.
    bool (*admit)(struct conn_host *host, struct conn *conn, const struct sockaddr *address);
    // The connection is being ended because of something that it did or did not do.
    void (*on_failed)(struct conn_host *host, struct conn *conn, const char *reason);
    // The connection is gone and is freed on return; its streams have had their on_close.
    void (*on_closed)(struct conn_host *host, struct conn *conn);
};

enum conn_state {
    CONN_OPEN,
    CONN_ENDING,    // takes no more bytes; what is left is being sent
    CONN_LINGERING, // all is sent; waits for the peer to close
    CONN_CLOSED,    // its socket is being closed
};

// How far an open connection is on its way out.
enum conn_retirement {
    CONN_STAYS,
    CONN_NOTICED, // the shutdown notice is out
    CONN_LEAVES,  // the last GOAWAY is out
    CONN_CUT,     // calls that went on were ended
};

union conn_socket {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

// What libuv does when the socket lets it: writes bytes or, when all are written, shuts down. Most
// connections have nothing of it until they end.
struct conn_late {
    union {
        uv_write_t write;
        uv_shutdown_t shutdown;
    };
    struct buf bytes;
    size_t unsent;    // of them, when last looked at
    uint64_t sent_ms; // when that last became less
};

struct conn {
    struct list in_all;     // in the listener's connections
    struct list in_dirty;   // in those to be flushed
    struct list in_shaking; // in those whose TLS handshake is to go on ...
    uint64_t round;         // ... in this round
    struct conn_host *host;
    enum conn_state state;
    union conn_socket socket;
    struct tls_session *tls; // owned; NULL: plaintext
    struct h2 *h2;           // owned
    struct buf early;        // what came and waits for its turn to shake hands
    struct conn_late *late;  // owned; NULL: nothing is late
    bool has_spoken;         // something was sent
    bool is_paused;          // not reading until what is being written is gone
    bool is_tls_closed;      // our close_notify is queued
    uint64_t since_ms;       // of accept; of the state LINGERING
    uint64_t busy_ms;        // when it last had a call
    enum conn_retirement retirement;
    uint64_t retired_ms;      // when that began
    bool is_draining;         // the listener says when it is over
    struct peer_entry *entry; // the listener's
    char peer[CONN_PEER_SIZE];
};

// Takes the connection that waits on server. NULL when memory is out: it goes on waiting.
struct conn *conn_accept(struct conn_host *host, uv_stream_t *server)
    __attribute__((warn_unused_result));

// Goes on with the TLS handshake that may_shake put off.
void conn_shake(struct conn *conn);

// Sends what there is to send. Once per turn of the loop, after on_dirty.
void conn_flush(struct conn *conn);

// Looks at the deadlines.
void conn_sweep(struct conn *conn);

// Closes at once when the client's certificate is trusted no more.
void conn_recheck(struct conn *conn);

// Tells the peer that the connection will end; then, a round trip later, that it ends with the
// calls it has. A connection that has not shaken hands is closed.
void conn_shutdown_notice(struct conn *conn);
void conn_goaway(struct conn *conn);

// Closes at once. Streams get their on_close on a later turn of the loop. Harmless when repeated.
void conn_close(struct conn *conn);
