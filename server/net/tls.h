// TLS 1.3 over memory: bytes in, bytes out, no socket. A context holds certificate and key and is
// shared by all connections of a listener; a session is one connection. OpenSSL is known nowhere
// else.
//
// Who calls it: the server creates one context from its options and gives it to listener_create,
// which borrows it (it must outlive the listener). conn owns its session and moves the bytes.
#pragma once

#include "server/base/buf.h"
#include "server/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_context;
struct tls_session;

struct tls_options {
    const char *certificate_file; // PEM: the server's certificate, then the chain above it
    const char *key_file;         // PEM: its private key, without passphrase
};

// Reads both files; NULL with the file and the cure when one cannot be used or they do not belong
// together. TLS 1.3 is the least version, ALPN "h2" is required.
struct tls_context *tls_context_create(const struct tls_options *options, struct error *err)
    __attribute__((warn_unused_result));

// Sessions that are still open keep what they need. NULL is allowed.
void tls_context_destroy(struct tls_context *context);

// The server's side of a new connection; NULL when memory is out.
struct tls_session *tls_session_create(struct tls_context *context, struct error *err)
    __attribute__((warn_unused_result));
void tls_session_destroy(struct tls_session *session);

// Takes len encrypted bytes from the peer and appends what they decrypt to; during the handshake
// nothing is appended. False when the peer broke the protocol or chose no h2: an alert may then be
// waiting in tls_session_drain, and the session takes no more.
bool tls_session_feed(struct tls_session *session, const uint8_t *bytes, size_t len,
                      struct buf *plain, struct error *err) __attribute__((warn_unused_result));

// Encrypts all of plain, wipes and empties it. Only when tls_session_can_write.
bool tls_session_write(struct tls_session *session, struct buf *plain, struct error *err)
    __attribute__((warn_unused_result));

// Appends what is to be sent to the peer. False when memory is out.
bool tls_session_drain(struct tls_session *session, struct buf *out)
    __attribute__((warn_unused_result));

// True from the end of the handshake, with h2 agreed on, until something fails.
bool tls_session_can_write(const struct tls_session *session);

// True once the peer has said that it sends no more (close_notify).
bool tls_session_is_ended(const struct tls_session *session);

// Queues our close_notify, to be drained and sent.
void tls_session_close(struct tls_session *session);
