// A listener: one address on which shapd accepts connections, and all connections accepted there.
//
// Who calls it: the server creates one per --listen option. Life:
//   listener_create (binds)  ->  listener_start (accepts)  ->  listener_stop  ->  on_stopped
//   ->  listener_destroy
// listener_destroy may also be called at any other moment, once; see there. The loop, the TLS
// context and the server ctx are borrowed and outlive the listener. Everything runs on the loop's
// thread.
#pragma once

#include "server/base/error.h"
#include "server/net/limits.h"
#include "server/net/stream.h"
#include "server/net/tls.h"

#include <stdbool.h>
#include <uv.h>

struct address;
struct listener;

struct listener_options {
    const char *address;             // unix:/path, 127.0.0.1:port, [::1]:port, host:port; port 0:
                                     // any that is free
    struct tls_context *tls;         // borrowed; NULL: plaintext, on loopback and Unix sockets only
    unsigned socket_mode;            // of a Unix socket's file; 0 means 0660
    const struct net_limits *limits; // copied; NULL: net_limits_default
    const struct address *bound;     // copied; where `socket` listens by now, in the place of
                                     // `address`, on which all else was checked; NULL: nothing does
    int socket;                      // taken over; a file of it is its maker's
};

struct listener_events {
    const struct stream_events *streams; // borrowed; what the calls of all connections are told to
    void *server;                        // borrowed; passed to streams->on_request
    // A listener_stop has come to its end: no connection is left. Called once, on a later turn of
    // the loop than the listener_stop. listener_destroy is allowed inside. May be NULL.
    void (*on_stopped)(void *ctx);
    void *ctx; // borrowed; passed to on_stopped
};

// Binds the address and queues connections without accepting them, so that a port in use is known
// before anything starts. A Unix socket file that nobody answers on is replaced. NULL with the
// cause and the cure: wrong syntax, plaintext on an address that is not loopback, address in use,
// no right to bind.
struct listener *listener_create(uv_loop_t *loop, const struct listener_options *options,
                                 const struct listener_events *events, struct error *err)
    __attribute__((warn_unused_result));

// Accepts connections from now on. After a failure only listener_destroy is left.
bool listener_start(struct listener *listener, struct error *err)
    __attribute__((warn_unused_result));

// The address really bound, with the real port, in the syntax of listener_options.address: for the
// log and for tests. Lives as long as the listener.
const char *listener_address(const struct listener *listener);

// Connections open now, those that are closing included.
size_t listener_n_connections(const struct listener *listener);

// To be called after tls_context_reload: ends the connections of clients whose certificate is
// trusted no more.
void listener_recheck(struct listener *listener);

enum listener_stop_mode {
    LISTENER_DRAIN, // refuse new connections and calls, serve those in flight (limits.drain_ms)
    LISTENER_NOW,   // close everything; every stream gets its on_close on a later turn
};

// Begins to stop. NOW may follow DRAIN; anything else said twice is ignored. Calls on_stopped when
// no connection is left.
void listener_stop(struct listener *listener, enum listener_stop_mode how);

// Ends the listener from any state: what is still open is closed as by LISTENER_NOW, on_stopped is
// not called any more, and the memory is freed at once or, while libuv still holds a handle, on a
// later turn of the loop. Streams still open get their on_close before that. NULL is allowed.
void listener_destroy(struct listener *listener);
