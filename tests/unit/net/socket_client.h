// A client on a real, non-blocking socket: nghttp2's client (peer) and, when asked for, TLS. It
// works only when it is given a turn.
#pragma once

#include "tests/unit/net/certificate.h"
#include "tests/unit/net/peer.h"

#include <stddef.h>

struct client {
    int fd; // -1: not connected
    struct peer *peer;
    struct tls_peer tls; // ssl is NULL in plaintext
    struct buf to_write; // bytes for the socket
    size_t step;         // most bytes written in a turn; 0: all
    uint32_t window;     // of flow control; 0: HTTP/2's default
    uint32_t source;     // the address to come from, in host order; 0: any
    bool is_mute;        // neither reads nor writes
    bool is_ended;       // the server has closed
};

// address: as listener_address gives it. Keeps step, window and source.
void client_connect(struct client *client, const char *address, bool has_tls);
void client_finish(struct client *client);

// Reads and writes what can be read and written now.
void client_turn(struct client *client);

// Writes bytes past HTTP/2 and TLS.
void client_write_raw(struct client *client, const void *bytes, size_t len);
