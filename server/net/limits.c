#include "server/net/limits.h"

const struct net_limits net_limits_default = {
    .max_message = 1024 * 1024,       // protobuf-c needs up to 70 times as much to unpack
    .compress_from = 4 * 1024,        // 30 microseconds against two packets on a poor line
    .max_partial = 8 * 1024 * 1024,   // eight of the largest; more wait in their windows
    .max_partial_all = 32 << 20,      // what four busy connections have; doubled by growing
    .max_held = 16 << 20,             // two thousand calls, or eight busy with large messages
    .max_header_list = 8 * 1024,      // what gRPC suggests
    .stream_window = 64 * 1024 - 1,   // HTTP/2's own; 256 that wait hold 16 MiB
    .connection_window = 1024 * 1024, // one whole message whatever the other streams do
    .max_output = 256 * 1024,         // what a loopback socket takes
    .max_queued = 4 * 1024 * 1024,    // sixty streams at their high mark

    .max_connections = 16 * 1024, // idle ones hold 6 to 9 KiB each, with TLS 20 to 24
    .max_per_address = 1024,      // an office behind one address; sixteen of them fill the server
    .connect_burst = 500,         // everybody returns at once after a restart
    .connect_rate = 50,           // as handshakes 1 in 40 of a processor
    .max_streams = 256,           // the largest group of one commit
    .max_idle_frames = 1000,      // window updates for all streams, and more
    .reset_burst = 500,           // an impatient client cancels what it has in flight
    .reset_rate = 50,             // far above a person, far below an attack
    .ping_burst = 10,             // some clients send one with each call they give up
    .ping_ms = 10 * 1000,         // gRPC clients go no lower
    .idle_ping_ms = 60 * 1000,    // what keeps a NAT's entry alive

    .handshake_ms = 10 * 1000, // a bad line with three retransmissions
    .request_ms = 30 * 1000,   // a megabyte at modem speed is not served
    .write_ms = 60 * 1000,     // a reader may think for a minute, not hold a link for ten
    .write_least = 8 * 1024,   // a byte now and then is not reading
    .idle_ms = 60 * 60 * 1000, // longer than clients idle on purpose
    .age_ms = 0,               // for load balancers, who want calls to move
    .grace_ms = 30 * 1000,     // longer than any unary call
    .linger_ms = 2 * 1000,     // one retransmission
    .goaway_ms = 100,          // a round trip, so that no request crosses it
    .drain_ms = 30 * 1000,     // longer than any unary call
    .sweep_ms = 1000,
};
