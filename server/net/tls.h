// TLS over memory: bytes in, bytes out, no socket. A context holds certificate and key and is
// shared by all connections of a listener; a session is one connection. OpenSSL is known nowhere
// else, but to tls_issue.
//
// Who calls it: the server creates one context from its options and gives it to listener_create,
// which borrows it (it must outlive the listener). conn owns its session and moves the bytes.
//
// TLS 1.3, or from 1.2 on with ECDHE and AEAD only, without renegotiation and compression; X25519
// or P-256; ALPN "h2" is required. Sessions are resumed by tickets that hold all there is to know,
// sealed with keys that only this process has, and those that it hands them to, and that change
// (tls_context_rotate): the server keeps nothing of them.
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
    const char *client_ca_file;   // PEM: whose certificates clients may show; NULL: none is asked
    const char
        *client_crl_file;    // PEM or DER: whom these revoked; NULL: nobody. With client_ca_file
    bool is_client_required; // a client without a certificate is refused
    bool allows_1_2;         // TLS 1.2, too
};

enum {
    TLS_TICKET_S = 3600,        // how long a session can be resumed; a key lives twice as long
    TLS_ORGANISATION_SIZE = 64, // a code's room
};

// The name by which a client's certificate binds its connection to an organisation: one URI among
// its subject's alternative names, this followed by the organisation's code.
#define TLS_ORGANISATION_URI "urn:shap:organisation:"

// Whether OpenSSL has what it works with. Where it found no memory for that it goes on without, and
// crashes: to be asked before its first use, and asked once.
bool tls_is_ready(struct error *err) __attribute__((warn_unused_result));

// Reads the files, and tries what was read; NULL with the file and the cure when one cannot be used
// or they do not belong together. The options' texts are borrowed for the context's life.
struct tls_context *tls_context_create(const struct tls_options *options, struct error *err)
    __attribute__((warn_unused_result));

// Every session is gone. NULL is allowed.
void tls_context_destroy(struct tls_context *context);

// Reads the same files again, and tries them: for sessions made from now on. False: err says what
// is wrong with them and what to do, and the context is as before. Where clients are asked for
// certificates no earlier session can be resumed: what is trusted may be less now.
bool tls_context_reload(struct tls_context *context, struct error *err)
    __attribute__((warn_unused_result));

// A new key for tickets; those of the key before are still taken, older ones are not. To be called
// every TLS_TICKET_S. Without random bytes the old one stays.
void tls_context_rotate(struct tls_context *context);

// The keys of tickets, to be handed from one process to others that serve the same addresses: what
// one of them seals, all of them open. Secrets: to be wiped.
enum { TLS_TICKETS_SIZE = 162 };

struct tls_tickets {
    unsigned char bytes[TLS_TICKETS_SIZE];
};

void tls_context_give_tickets(const struct tls_context *context, struct tls_tickets *tickets);

// In the place of its own.
void tls_context_take_tickets(struct tls_context *context, const struct tls_tickets *tickets);

// When the certificate expires, in seconds since 1970.
int64_t tls_context_expires(const struct tls_context *context);

// When the first of the lists of revoked certificates ends; INT64_MAX: never, or there is none.
// They go on to be used: whom they name stays refused, and whom they do not is served.
int64_t tls_context_crl_expires(const struct tls_context *context);

// The server's side of a new connection; NULL when memory is out.
struct tls_session *tls_session_create(struct tls_context *context, struct error *err)
    __attribute__((warn_unused_result));
void tls_session_destroy(struct tls_session *session);

// Takes len encrypted bytes from the peer and appends what they decrypt to; during the handshake
// nothing is appended. False when the peer broke the protocol, chose no h2 or showed a certificate
// that is not good: an alert may then be waiting in tls_session_drain, and the session takes no
// more.
bool tls_session_feed(struct tls_session *session, const uint8_t *bytes, size_t len,
                      struct buf *plain, struct error *err) __attribute__((warn_unused_result));

// Encrypts all of plain and appends it to out, after what tls_session_drain would have; wipes and
// empties plain. Only when tls_session_can_write.
bool tls_session_write(struct tls_session *session, struct buf *plain, struct buf *out,
                       struct error *err) __attribute__((warn_unused_result));

// Appends what else is to be sent to the peer: of handshakes, and alerts. False when memory is out.
bool tls_session_drain(struct tls_session *session, struct buf *out)
    __attribute__((warn_unused_result));

// True from the end of the handshake, with h2 agreed on, until something fails.
bool tls_session_can_write(const struct tls_session *session);

// The code of the organisation that the client's certificate names; empty without a certificate,
// and before the end of the handshake. Lives as long as the session.
const char *tls_session_organisation(const struct tls_session *session);

// Whether the client's certificate, if it showed one, would be good for a new session, too: false
// when a reload took the trust from its authority, or it stands on a list now.
bool tls_session_is_trusted(const struct tls_session *session);

// True once the peer has said that it sends no more (close_notify).
bool tls_session_is_ended(const struct tls_session *session);

// Queues our close_notify, to be drained and sent.
void tls_session_close(struct tls_session *session);
