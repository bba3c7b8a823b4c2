#include "server/net/limits.h"

const struct net_limits net_limits_default = {
    .max_message = 1024 * 1024,       // protobuf-c needs up to 70 times as much to unpack
    .compress_from = 4 * 1024,        // 30 microseconds against two packets on a poor line
    .max_partial = 8 * 1024 * 1024,   // 256 streams must not hold 256 MiB
    .max_header_list = 8 * 1024,      // what gRPC suggests
    .max_streams = 256,               // the largest group of one commit
    .stream_window = 256 * 1024,      // a megabyte message in four round trips
    .connection_window = 1024 * 1024, // one whole message whatever the other streams do
    .max_idle_frames = 1000,          // gRPC clients probe bandwidth with PINGs
    .reset_burst = 1000,              // an impatient client cancels what it has in flight
    .reset_rate = 50,                 // far above a person, far below an attack
    .max_output = 256 * 1024,         // what a loopback socket takes
    .max_queued = 4 * 1024 * 1024,    // sixty streams at their high mark
    .max_connections = 16 * 1024,     // idle ones hold 15 KiB each, with TLS 40
    .handshake_ms = 10 * 1000,        // a bad line with three retransmissions
    .request_ms = 30 * 1000,          // a megabyte at modem speed is not served
    .write_ms = 30 * 1000,            // the same for reading
    .linger_ms = 2 * 1000,            // one retransmission
    .goaway_ms = 100,                 // a round trip, so that no request crosses it
    .drain_ms = 30 * 1000,            // longer than any unary call
    .sweep_ms = 1000,
};
