// The limits of the net layers: one table with a default and a reason for each. The server fills it
// from its options and gives it to listener_create; connections and streams borrow it.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct net_limits {
    // ---- sizes
    size_t max_message;     // bytes of one request message, also after decompression
    size_t compress_from;   // bytes from which an answer is worth gzip; 0: none is
    size_t max_partial;     // bytes of large messages that a connection sends at a time
    size_t max_partial_all; // bytes of unfinished messages of all connections of a listener
    size_t max_held;        // bytes that all calls of one address hold; Unix sockets do not count
    size_t max_header_list; // bytes of request headers, counted as in RFC 9113, 6.5.2
    uint32_t stream_window; // bytes a client may send on a stream before we take them
    uint32_t connection_window; // the same for all streams of a connection together
    size_t max_output;          // bytes given to a socket at once, the rest waits its turn
    size_t max_queued; // bytes of answers before we read no more from a peer that does not read

    // ---- counts
    size_t max_connections;   // of one listener; more are closed as they come
    size_t max_per_address;   // of these, from one address; Unix sockets do not count
    uint64_t connect_burst;   // connections an address may make at once ...
    uint64_t connect_rate;    // ... and per second after that
    uint32_t max_streams;     // calls in flight on one connection, given up ones that run included
    uint32_t max_idle_frames; // frames without work (SETTINGS, tiny DATA ...) since some was done
    uint64_t reset_burst;     // streams that may be reset at once, by either side ...
    uint64_t reset_rate;      // ... and per second after that
    uint64_t ping_burst;      // PINGs since we last sent an answer ...
    uint64_t ping_ms;         // ... and one more each time this long has passed
    uint64_t idle_ping_ms;    // the same while no call is open

    // ---- times
    uint64_t handshake_ms; // from accept to the end of the TLS handshake and HTTP/2 preface
    uint64_t request_ms;   // a header block or a message, from its first byte to its last
    uint64_t write_ms;     // for a reader that has bytes to take to take some ...
    size_t write_least;    // ... this many, or all
    uint64_t idle_ms;      // without a call before the connection is ended; 0: never
    uint64_t age_ms;       // of a connection before it is ended; 0: never
    uint64_t grace_ms;     // for the calls of a connection that is being ended
    uint64_t linger_ms;    // for the peer to read our last bytes and end
    uint64_t goaway_ms;    // from the shutdown notice to the GOAWAY that ends it
    uint64_t drain_ms;     // from stop to the end of calls still in flight
    uint64_t sweep_ms;     // how often deadlines are looked at: their precision
};

extern const struct net_limits net_limits_default;
