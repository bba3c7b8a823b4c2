// The client's side of HTTP/2 for tests: nghttp2's own client, which makes the bytes to feed and
// reads the bytes that come back. It touches no socket.
#pragma once

#include "server/base/buf.h"

#include <nghttp2/nghttp2.h>
#include <stdbool.h>

enum { PEER_STREAMS_MAX = 600 };

// What has come back on one stream.
struct peer_answer {
    char text[512];      // "name: value" lines of all headers and trailers
    size_t n_data;       // bytes of DATA
    struct buf data;     // the first of them
    bool is_closed;      // the stream is over ...
    uint32_t close_code; // ... with this error code
    bool was_reset;      // by RST_STREAM ...
    uint32_t reset_code; // ... with this error code
};

struct peer {
    nghttp2_session *session;                     // owned
    struct buf out;                               // bytes for the server, not yet taken
    struct peer_answer answers[PEER_STREAMS_MAX]; // by stream id / 2
    struct buf bodies[PEER_STREAMS_MAX];          // what is still to be sent, by stream id / 2
    bool is_body_open[PEER_STREAMS_MAX];          // more may be added: no END_STREAM
    int n_goaways;
    int32_t goaway_last_id; // of the latest
    uint32_t goaway_code;
};

// window: of each stream and the connection, 0 for HTTP/2's default.
struct peer *peer_create(uint32_t window);
void peer_destroy(struct peer *peer);

// Begins a gRPC request, without closing it; returns its stream id. extra: name, value, ..., NULL.
int32_t peer_request(struct peer *peer, const char *path, ...) __attribute__((sentinel));

// Adds a whole message to the request's body. peer_end closes the request after it.
void peer_message(struct peer *peer, int32_t id, const void *bytes, size_t len);
void peer_body(struct peer *peer, int32_t id, const void *bytes, size_t len);
void peer_end(struct peer *peer, int32_t id);

// Collects in peer->out what nghttp2 wants to send.
void peer_collect(struct peer *peer);

// Takes bytes from the server; true when nghttp2 finds them right.
bool peer_feed(struct peer *peer, const uint8_t *bytes, size_t len);

struct peer_answer *peer_answer(struct peer *peer, int32_t id);

// True when the answer has the header or trailer line.
bool peer_has_line(struct peer *peer, int32_t id, const char *line);
