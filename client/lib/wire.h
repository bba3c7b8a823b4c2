// HTTP/2, the client's side, for one connection: bytes in, bytes out, no socket and no clock.
// nghttp2 is known nowhere else in the client.
//
// Owned by the client; a call is lent to it until it is closed or cancelled. Events are called from
// inside wire_feed and wire_drain, and must not feed, drain or destroy the wire.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "server/base/buf.h"

struct wire;

// A call on the wire, part of whatever the caller keeps of it.
struct wire_call {
    void *ctx;              // for the events
    const struct buf *body; // borrowed; stays as it is until the call is closed
    size_t n_sent;          // of body
    int32_t stream;         // 0: not on a wire
};

struct wire_events {
    void (*on_field)(void *ctx, const char *name, const char *value); // of headers and trailers
    // A piece of the body. False: nothing more is wanted, the stream is cancelled.
    bool (*on_data)(void *ctx, const void *bytes, size_t len);
    // The stream has ended, with an HTTP/2 error code (RFC 9113, section 7); comes exactly once,
    // last.
    void (*on_close)(void *ctx, uint32_t error_code);
};

enum {
    WIRE_NO_ERROR = 0x0,
    WIRE_REFUSED_STREAM = 0x7,
    WIRE_CANCEL = 0x8,
    WIRE_ENHANCE_YOUR_CALM = 0xb,
    WIRE_INADEQUATE_SECURITY = 0xc,
};

struct wire_field {
    const char *name;
    const char *value;
    bool is_secret; // is never put into the header table
};

// events is borrowed. NULL without memory.
struct wire *wire_create(const struct wire_events *events) __attribute__((warn_unused_result));

// Calls still open are forgotten without an event. Accepts NULL.
void wire_destroy(struct wire *wire);

// Whether one more call can be begun now: the server allows so many at a time.
bool wire_has_room(const struct wire *wire);

// Begins a call: the fields, then its body from the beginning. False when none can be begun.
bool wire_start(struct wire *wire, const struct wire_field *fields, size_t n_fields,
                struct wire_call *call) __attribute__((warn_unused_result));

// Ends a call from this side: no event comes any more. Harmless for one that is not on the wire.
void wire_cancel(struct wire *wire, struct wire_call *call);

// Takes what came. False: what came is not HTTP/2, or memory is out; the connection is beyond
// repair.
bool wire_feed(struct wire *wire, const void *bytes, size_t len)
    __attribute__((warn_unused_result));

// Appends what is to be sent. False: as above.
bool wire_drain(struct wire *wire, struct buf *out) __attribute__((warn_unused_result));

// Whether no more calls can be begun here: the server said goodbye, or the stream numbers are used
// up.
bool wire_is_closing(const struct wire *wire);

// Whether nothing will be sent or received any more: after the goodbyes, or a breach of HTTP/2.
bool wire_is_dead(const struct wire *wire);

// Whether a whole frame has come from the server at all.
bool wire_has_spoken(const struct wire *wire);
