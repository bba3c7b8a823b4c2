// What the files of the TLS module share: contexts (tls_context.c), their trial (tls_trial.c),
// sessions (tls.c), which certificates of clients are good (tls_client.c), and whose they are
// (tls_organisation.c). Private to them.
#pragma once

#include "server/net/tls.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

enum { TICKET_NAME_SIZE = 16, TICKET_KEY_SIZE = 32 };

// What one generation of session tickets is sealed with (RFC 5077, 4).
struct ticket_key {
    bool is_set;
    unsigned char name[TICKET_NAME_SIZE]; // stands in the ticket: which key it was
    unsigned char cipher[TICKET_KEY_SIZE];
    unsigned char mac[TICKET_KEY_SIZE];
};

struct tls_context {
    struct tls_options options; // the texts are borrowed
    SSL_CTX *ssl;               // owned; sessions made of an earlier one hold that themselves
    BIO_METHOD *method;         // owned; of all sessions
    int64_t expires;
    int64_t crl_expires;
    unsigned n_rotations;
    struct ticket_key issuing;  // seals and opens
    struct ticket_key previous; // opens only
};

// The reason of the last OpenSSL failure, which is forgotten.
const char *tls_last_reason(void);

// Has a context ask clients for certificates, as its options say. *crl_expires: see
// tls_context_crl_expires.
bool tls_ask_clients(SSL_CTX *ssl, const struct tls_options *options, int64_t *crl_expires,
                     struct error *err) __attribute__((warn_unused_result));

// Tries a context before anybody is served with it: shakes hands in memory with a client that
// offers TLS 1.3 and h2, checks nothing and shows nothing. Where memory is out OpenSSL makes one
// that lacks some way of signing, without a word: nobody could connect.
bool tls_try(SSL_CTX *ssl, const char *certificate_file, struct error *err)
    __attribute__((warn_unused_result));

// Whether a client's certificate, with the chain above it (NULL: none), is good by what ssl trusts.
bool tls_is_client_good(const SSL_CTX *ssl, X509 *certificate, STACK_OF(X509) * chain);

// Whether a file can be opened; else err names it, and what it is to hold.
bool tls_can_read(const char *file, const char *what, struct error *err)
    __attribute__((warn_unused_result));

// Seconds since 1970.
int64_t tls_seconds(const ASN1_TIME *time);

// How OpenSSL takes and gives the bytes of a session; NULL when memory is out.
BIO_METHOD *tls_create_method(void) __attribute__((warn_unused_result));

// Finds the code of the one organisation that a client's certificate names. False when it names
// none or several: organisation is of no use then.
bool tls_read_organisation(X509 *certificate, char organisation[TLS_ORGANISATION_SIZE])
    __attribute__((warn_unused_result));
