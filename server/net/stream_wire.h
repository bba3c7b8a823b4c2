// The lower side of a stream: what h2 does with it. Private to stream*.c and h2*.c.
//
// Who owns what: h2 creates a stream at the first byte of its request head and destroys it when
// HTTP/2 says that it is closed, or with the connection. A stream owns its headers, its half-read
// message and its queue of answers. It borrows its host, which h2 embeds.
#pragma once

#include "proto/frame.h"
#include "server/base/arena.h"
#include "server/base/buf.h"
#include "server/base/list.h"
#include "server/net/limits.h"
#include "server/net/stream.h"
#include "server/net/stream_spares.h"

// What all streams of one connection share.
struct stream_host {
    const struct stream_events *events; // borrowed
    void *server;                       // borrowed; the ctx of on_request
    const char *peer;                   // borrowed from conn, as are the next two
    const char *origin;
    const char *organisation;
    const struct net_limits *limits; // borrowed
    uint64_t now_ms;                 // the loop's time at the last feed or sweep
    size_t partial_total;            // bytes of unfinished messages in all streams ...
    size_t *partial_all; // ... and those of all connections; borrowed; NULL: there is no other
    size_t *held; // what all streams of this peer's address hold; borrowed; NULL: not counted
    struct stream_spares *spares; // borrowed; NULL: none is kept
    size_t *work;        // bytes decoded in this turn of the loop, or STREAM_WORK_A_US; borrowed
    size_t queued_total; // bytes of answers in all queues
    struct list places;  // of calls given up whose work goes on
    size_t n_places;
    // A stream has something new to send. Called from inside answering functions.
    void (*on_ready)(struct stream_host *host, struct stream *stream);
};

enum { STREAM_ANSWER_HEADERS_MAX = 24 }; // that the layer above may add to head or trailers
enum { STREAM_WORK_A_US = 512 };         // bytes that are decoded in a microsecond

// Those of a request's fields that we read ourselves.
enum stream_field {
    FIELD_OTHER,
    FIELD_PATH,
    FIELD_CONTENT_TYPE,
    FIELD_AUTHORIZATION,
    FIELD_TIMEOUT,
    FIELD_ENCODING,
    FIELD_ACCEPT_ENCODING,
    STREAM_FIELDS
};

// Lies in the stream's arena, with its texts behind it.
struct stream_header {
    struct stream_header *next;
    const char *name;
    const char *value;
    size_t name_len;
    size_t value_len;
    enum stream_field field; // of a request
};

struct stream_headers {
    struct stream_header *first;
    struct stream_header *last;
    size_t n;
};

struct stream {
    struct list in_all;     // in h2's streams
    struct list in_ready;   // in h2's streams with something to send
    struct list in_drained; // in h2's streams to be told on_drain
    struct list in_waiting; // in h2's streams that wait for a share of max_partial
    struct stream_host *host;
    int32_t id;
    struct arena arena; // every header
    size_t held;        // about the bytes that it holds, as counted in host->held

    struct stream_headers received;
    const char *fields[STREAM_FIELDS]; // their values; of several the first; NULL: it is not there
    size_t received_len;               // counted as in RFC 9113, 6.5.2, also what was not kept
    struct stream_request request;
    bool is_post;          // its :method
    bool is_gzip;          // grpc-encoding of the request
    bool takes_gzip;       // grpc-accept-encoding of the request names it
    bool has_begun;        // the request's head is whole
    bool is_malformed;     // it is no request of HTTP/2: it has been reset
    bool was_reset;        // by the client
    int32_t window_before; // of the client, when its SETTINGS began to come

    uint64_t partial_since_ms; // when the unfinished head or message began; 0 when none is
    uint8_t frame_head[FRAME_HEAD_SIZE];
    size_t n_frame_head;     // bytes of it received
    struct frame_head frame; // valid when all are
    struct buf partial;      // of the message, what came in earlier pieces
    size_t n_messages;       // whole ones, so far
    size_t n_reserved;       // of max_partial, for that message; h2's, as is the next
    size_t n_withheld;       // bytes that came and are not given back to the window
    bool is_half_closed;     // the client sends no more

    const char *http_status;        // static
    struct stream_headers head;     // of the answer, beyond the fixed ones
    struct stream_headers trailers; // the same
    struct buf queue;               // framed messages not yet given to HTTP/2
    enum grpc_status status;        // valid when finished
    char status_text[4];            // h2's, for its number
    const char *message;            // percent-encoded, in the arena; may be NULL
    bool is_finished;
    bool is_submitted; // HTTP/2 has the head of the answer
    uint64_t
        answered_ms; // when the trailers were sent before the request had ended; 0: they were not
    size_t surplus;  // bytes of the request that came after that
    uint64_t taking_ms; // since when the client has been to take what is queued ...
    size_t taken;       // ... and how much it has taken since
    bool was_high;      // the queue passed STREAM_QUEUE_HIGH and has not come down yet

    void *ctx; // borrowed from the layer above; NULL: it wants no events
};

// Whether the address of the peer may have one more: its streams hold less than limits.max_held.
bool stream_may_begin(const struct stream_host *host);

// NULL when memory is out.
struct stream *stream_create(struct stream_host *host, int32_t id)
    __attribute__((warn_unused_result));

// Tells the layer above on_close, if it has not been told; it hears nothing more. HTTP/2 may need
// the stream a little longer.
void stream_close_call(struct stream *stream);

// Closes the call, wipes and frees.
void stream_destroy(struct stream *stream);

// A stream to be begun: of what is in it only the memory of its arena and its queue counts, both
// empty. NULL when memory is out. Given back, or freed where there are no spares.
struct stream *stream_take_spare(struct stream_spares *spares) __attribute__((warn_unused_result));
void stream_give_spare(struct stream_spares *spares, struct stream *stream);

// Counts anew what it holds, after that may have changed.
void stream_recount_held(struct stream *stream);

// Overwrites what came in the header "authorization"; done by stream_destroy.
void stream_wipe_secrets(struct stream *stream);

// One header of the request. Beyond max_header_list it is counted and forgotten, as are the pseudo
// headers but :path, and te, which is for the connection. False when memory is out.
bool stream_take_header(struct stream *stream, const char *name, size_t name_len, const char *value,
                        size_t value_len) __attribute__((warn_unused_result));

// All headers have come: checks them and tells on_request, or answers with the error.
void stream_begin(struct stream *stream);

// Bytes of the request's body. True when they ended a message.
bool stream_feed(struct stream *stream, const uint8_t *bytes, size_t len);

// The length of the message whose head has come and whose end has not; 0: there is none.
size_t stream_unfinished(const struct stream *stream);

// The request has ended.
void stream_half_close(struct stream *stream);

// True when the client began a head or a message more than limits.request_ms ago and has not
// finished it.
bool stream_is_overdue(const struct stream *stream);

// True when the client has taken too little of the queue for limits.write_ms.
bool stream_is_stalled(const struct stream *stream);

// len bytes of the queue have been sent. True when the layer above is to be told on_drain.
bool stream_take_sent(struct stream *stream, size_t len) __attribute__((warn_unused_result));

// Checks the request head and fills stream->request; answers with the error and returns false when
// this is no gRPC call.
bool stream_check_request(struct stream *stream) __attribute__((warn_unused_result));

// Adds a copy to headers. NULL when memory is out.
struct stream_header *stream_headers_add(struct stream *stream, struct stream_headers *headers,
                                         const char *name, size_t name_len, const char *value,
                                         size_t value_len) __attribute__((warn_unused_result));

// Microseconds of a grpc-timeout: at most eight digits and one of H M S m u n, nanoseconds rounded
// up; -1 when it is none. Source: PROTOCOL-HTTP2.md, "Timeout".
int64_t stream_parse_timeout(const char *text);
