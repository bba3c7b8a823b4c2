// What the files of the TLS module share: contexts (tls_context.c), sessions (tls.c), whose a
// client's certificate is (tls_organisation.c). Private to them.
#pragma once

#include "server/net/tls.h"

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
    int64_t expires;
    struct ticket_key issuing;  // seals and opens
    struct ticket_key previous; // opens only
};

// The reason of the last OpenSSL failure, which is forgotten.
const char *tls_last_reason(void);

// Finds the code of the one organisation that a client's certificate names. False when it names
// none or several: organisation is of no use then.
bool tls_read_organisation(X509 *certificate, char organisation[TLS_ORGANISATION_SIZE])
    __attribute__((warn_unused_result));
