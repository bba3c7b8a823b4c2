// The limits of the net layers: one table with a default and a reason for each. The server fills it
// from its options and gives it to listener_create; connections and streams borrow it.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct net_limits {
    size_t max_message;         // bytes of one request message, also after decompression
    size_t compress_from;       // bytes from which an answer is worth gzip; 0: none is
    size_t max_partial;         // bytes of unfinished messages held for one connection
    size_t max_header_list;     // bytes of request headers, counted as in RFC 9113, 6.5.2
    uint32_t max_streams;       // calls in flight on one connection
    uint32_t stream_window;     // bytes a client may send on a stream before we take them
    uint32_t connection_window; // the same for all streams of a connection together
    uint32_t max_idle_frames;   // frames without work (PING, SETTINGS ...) since the last with some
    uint64_t reset_burst;       // streams a client may reset at once ...
    uint64_t reset_rate;        // ... and per second after that
    size_t max_output;          // bytes given to a socket at once, the rest waits its turn
    size_t max_queued; // bytes of answers before we read no more from a peer that does not read
    size_t max_connections; // of one listener; more are closed as they come
    uint64_t handshake_ms;  // from accept to the end of the TLS handshake and HTTP/2 preface
    uint64_t request_ms;    // a header block or a message, from its first byte to its last
    uint64_t write_ms;      // without a byte taken by a reader that has bytes to take
    uint64_t linger_ms;     // for the peer to read our last bytes and end
    uint64_t goaway_ms;     // from the shutdown notice to the GOAWAY that ends it
    uint64_t drain_ms;      // from stop to the end of calls still in flight
    uint64_t sweep_ms;      // how often deadlines are looked at: their precision
};

extern const struct net_limits net_limits_default;
