// A server's TLS and a client's over memory, for the tests of TLS: one of each, opened before a
// test and closed after it.
#pragma once

#include "server/net/tls.h"
#include "tests/unit/net/certificate.h"

enum { TLS_KIT_PATH_SIZE = 96 };

extern struct tls_kit {
    struct certificate files;
    struct tls_context *context;
    struct tls_session *session;
    struct tls_peer peer;
    struct buf to_server, to_client, received;
    struct error err;
} kit;

// Files, and a context and a session of them; the peer is for the test to make.
void tls_kit_open(void);
void tls_kit_close(void);

// What a context of the files is made with.
struct tls_options tls_kit_options(void);

// Another context, and the session of it; another session only. The peer's is gone, too.
void tls_kit_open_context(const struct tls_options *options);
void tls_kit_open_session(void);

// One flight each way, the server's input in pieces of at most step bytes; all flights of a
// handshake.
bool tls_kit_exchange(size_t step);
bool tls_kit_shake_hands(size_t step);

// Writes a file of that name beside the kit's; path is where it stands. The test removes it.
void tls_kit_write(char path[TLS_KIT_PATH_SIZE], const char *name, const struct buf *bytes);

void tls_kit_say(const char *text);

// Shakes hands; the caller owns the ticket.
SSL_SESSION *tls_kit_take_ticket(void);

// Whether a new connection is resumed by the ticket, which is used up.
bool tls_kit_is_resumed(int version, SSL_SESSION *ticket);
