// A stream: one gRPC call as it comes over HTTP/2. It collects request frames into messages, queues
// answers, and tells the layer above through a table of functions. It knows nothing of sockets,
// TLS, methods or SQL.
//
// Who owns what: h2 owns its streams. The layer above gets a `struct stream *` in on_request and
// may use it until on_close, which comes exactly once and last for every stream for which
// on_request returned non-NULL. What on_request returns is passed back as `ctx`; the stream does
// not own it.
//
// None of the answering functions calls back from inside itself: bytes are queued, and flushed once
// per turn of the loop. They may be called from within any event.
#pragma once

#include "server/base/buf.h"
#include "server/base/list.h"
#include "proto/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;
struct stream_host;

// The head of a request; strings are borrowed and live as long as the stream.
struct stream_request {
    const char *path;          // "/shap.v1.Plans/GetPlan"
    const char *authorization; // the header's value; NULL when absent
    const char *peer;          // where the connection comes from, for the log
    const char *origin;        // as whom to count it; empty: a Unix socket
    const char *organisation;  // the code that its client's certificate names; empty: it has none
    int64_t timeout_us;        // grpc-timeout; -1 when absent
};

struct stream_events {
    // A well-formed gRPC request has begun. Returns what later events get as ctx, or NULL when the
    // call has been answered already with stream_finish (no further event follows then).
    void *(*on_request)(void *server, struct stream *stream, const struct stream_request *request);
    // One whole message; the bytes are borrowed until the function returns.
    void (*on_message)(void *ctx, const uint8_t *bytes, size_t len);
    // The client sends no more. Not called after stream_finish.
    void (*on_half_close)(void *ctx);
    // The bytes queued have fallen to the low mark after having been above the high one.
    void (*on_drain)(void *ctx);
    // The stream is over: finished and flushed, reset, or its connection is gone. ctx forgets the
    // stream.
    void (*on_close)(void *ctx);
};

enum {
    STREAM_QUEUE_HIGH = 64 * 1024, // a producer stops above this ...
    STREAM_QUEUE_LOW = 16 * 1024,  // ... and is told at this
};

// How a message is sent: each is flagged on its own. To a client that takes no gzip every one goes
// plain.
enum stream_encoding {
    STREAM_AS_WORTH, // compressed from limits.compress_from bytes to a MiB, if that shortens it
    STREAM_PLAIN,
    STREAM_GZIP,
};

// The place that a call given up keeps among those of its connection (limits.max_streams) while its
// work goes on: who begins and resets calls is no faster than the work they make. All zero: none is
// kept.
struct stream_place {
    struct list item;         // in the host's places
    struct stream_host *host; // borrowed; NULL: none is kept, or the connection is gone
};

// In on_close, when the work goes on: place is the caller's, until stream_leave_place.
void stream_keep_place(struct stream *stream, struct stream_place *place);

// The work has ended. Harmless when no place is kept.
void stream_leave_place(struct stream_place *place);

// Queues one message. frame holds FRAME_HEAD_SIZE bytes of room followed by the message; the head
// is filled in here. Takes frame's memory; afterwards, also on failure, frame is empty, and holds
// memory of an earlier one for the next. False when memory is out or the stream has been finished.
bool stream_send_as(struct stream *stream, struct buf *frame, enum stream_encoding encoding)
    __attribute__((warn_unused_result));

// The same with STREAM_AS_WORTH.
bool stream_send(struct stream *stream, struct buf *frame) __attribute__((warn_unused_result));

// Whether the message that on_message tells of now came compressed.
bool stream_was_compressed(const struct stream *stream);

// Bytes queued and not yet handed to the connection; a producer pauses above STREAM_QUEUE_HIGH.
size_t stream_queued(const struct stream *stream);

// Ends the call with its status. message is for people, UTF-8, may be NULL; copied. Without any
// stream_send before it the answer is trailers only. A second call is ignored.
void stream_finish(struct stream *stream, enum grpc_status status, const char *message);

// What was done for the stream inside an event took so long: it counts as work of this turn of the
// loop, like the bytes that were decoded. What else came on the connection waits for the next turn
// when that was much, so that no client keeps the loop to itself.
void stream_charge(const struct stream *stream, int64_t us);

// A request header by its lower-case name; NULL when absent. Binary headers (-bin) come as they
// were sent.
const char *stream_find_header(const struct stream *stream, const char *name);

// Adds a header to the answer's head (before the first stream_send) or to its trailers (before
// stream_finish). Copied. False when memory is out, after 24 of them, or when the name is not a
// lower-case header name or the value not printable ASCII.
bool stream_add_header(struct stream *stream, const char *name, const char *value)
    __attribute__((warn_unused_result));
bool stream_add_trailer(struct stream *stream, const char *name, const char *value)
    __attribute__((warn_unused_result));
