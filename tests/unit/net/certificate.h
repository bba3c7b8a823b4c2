// Private keys and certificates, made for one test in a directory of its own, and a client that
// accepts them.
#pragma once

#include "server/base/buf.h"

#include <openssl/ssl.h>
#include <stdbool.h>

struct certificate {
    char directory[64];
    char certificate_file[96]; // for "localhost"
    char key_file[96];
    char other_key_file[96];
    char other_certificate_file[96]; // of the other key
    char client_file[96];            // of the first key; names the organisation home-housing
    char two_clients_file[96];       // the same, but names two
    char encrypted_key_file[96];
};

void certificate_create(struct certificate *certificate);

// Removes the files and the directory.
void certificate_remove(struct certificate *certificate);

// The client's side of TLS over memory.
struct tls_peer {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in;
    BIO *out;
};

// alpn: the protocols offered in wire form ("\2h2"), NULL for none. version: the only one spoken.
void tls_peer_init(struct tls_peer *peer, const char *alpn, int version);

// The same, resuming a session (borrowed); or in TLS 1.2 with one suite only, by OpenSSL's name.
void tls_peer_resume(struct tls_peer *peer, const char *alpn, int version, SSL_SESSION *session);
void tls_peer_offer(struct tls_peer *peer, const char *alpn, const char *suite);

// What the client shows when it is asked for a certificate; before the server's bytes are fed.
void tls_peer_show(struct tls_peer *peer, const char *certificate_file, const char *key_file);
void tls_peer_finish(struct tls_peer *peer);

// Takes the server's bytes, goes on with the handshake or appends what they decrypt to. False when
// TLS has failed.
bool tls_peer_feed(struct tls_peer *peer, struct buf *cipher, struct buf *plain);

// Encrypts all of plain and empties it; true once the handshake is over.
bool tls_peer_write(struct tls_peer *peer, struct buf *plain);

// Appends the bytes for the server.
void tls_peer_drain(struct tls_peer *peer, struct buf *cipher);
