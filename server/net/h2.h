// HTTP/2 for one connection, the server's side: bytes in, bytes out, no socket and no clock.
// nghttp2 is known nowhere else.
//
// Who calls it: conn. Who owns what: h2 owns its streams and keeps its own list of them. It is
// never fed, drained or destroyed from inside an event of a stream: answers given there are queued,
// on_dirty tells conn, and conn drains once per turn of the loop.
#pragma once

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/net/limits.h"
#include "server/net/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h2;
struct h2_rooms;
struct stream_spares;

enum { H2_TURN_WORK = 512 * 1024 }; // bytes decoded in a turn of the loop: about a millisecond

struct h2_options {
    const struct net_limits *limits;     // borrowed
    const struct stream_events *streams; // borrowed; the layer above
    void *server;                        // borrowed; the ctx of streams->on_request
    struct h2_rooms *rooms;              // borrowed; where it has its memory; NULL: on the heap
    const char *peer;                    // borrowed; what requests say they come from ...
    const char *origin;                  // ... as whom they are counted ...
    const char *organisation;            // ... and whose certificate they come with, when they do
    size_t *partial_all; // borrowed; see stream_host; may be NULL, as may the next two
    size_t *held;
    size_t *work;
    struct stream_spares *spares; // borrowed; where streams come from; NULL: the heap
    void (*on_dirty)(void *ctx);  // there may be something to drain; called from anywhere
    void *ctx;                    // borrowed; passed to on_dirty
};

// A connection that has our SETTINGS to send. NULL when memory is out.
struct h2 *h2_create(const struct h2_options *options, struct error *err)
    __attribute__((warn_unused_result));

// Every stream still open gets its on_close. NULL is allowed.
void h2_destroy(struct h2 *h2);

// Takes len bytes from the peer; now_ms is the loop's clock. False when the connection is beyond
// repair: drain once more (a GOAWAY may say why), then destroy; it takes no more bytes.
bool h2_feed(struct h2 *h2, const uint8_t *bytes, size_t len, uint64_t now_ms, struct error *err)
    __attribute__((warn_unused_result));

// Whether h2_feed has put some of its bytes off, because what was decoded in this turn of the loop
// keeps the others waiting long enough: feed nothing until h2_feed_rest, at the loop's next turn,
// has taken them.
bool h2_has_rest(const struct h2 *h2);
bool h2_feed_rest(struct h2 *h2, uint64_t now_ms, struct error *err)
    __attribute__((warn_unused_result));

// Appends to out what is to be sent, and stops soon after out holds limit bytes: drain again when
// those are gone. False when memory is out or HTTP/2 fails: the connection is beyond repair.
bool h2_drain(struct h2 *h2, struct buf *out, size_t limit, struct error *err)
    __attribute__((warn_unused_result));

// Looks at the deadlines of what is half received. False when the peer has been sending one header
// block or one frame for longer than limits.request_ms: the connection is to be closed.
bool h2_sweep(struct h2 *h2, uint64_t now_ms) __attribute__((warn_unused_result));

// True once the peer's preface and first SETTINGS have come.
bool h2_is_open(const struct h2 *h2);

// True when nothing is left to receive or to send: after a GOAWAY and the last stream.
bool h2_is_done(const struct h2 *h2);

// True when so much waits to be sent that a peer whose socket is full should not be read from.
bool h2_is_backlogged(const struct h2 *h2);

// Streams open now.
size_t h2_n_streams(const struct h2 *h2);

// Says that the connection will end soon; streams are still accepted (RFC 9113, 6.8).
void h2_shutdown_notice(struct h2 *h2);

// Says which stream was the last; later ones are ignored, earlier ones served.
void h2_goaway(struct h2 *h2);

// Ends every call that goes on with that status; the layer above is told on_close.
void h2_end_calls(struct h2 *h2, enum grpc_status status, const char *message);
