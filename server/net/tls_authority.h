// A private authority, taken out of PEM in memory, and what else those need who sign with it:
// certificates (tls_issue.c) and lists of revoked ones (tls_crl.c). Private to them.
#pragma once

#include "server/net/tls_issue.h"

#include <openssl/x509.h>

enum { TLS_EARLIER_S = 3600 }; // what is signed is good from an hour ago, for clocks that are late

struct tls_authority {
    X509 *certificate; // owned, as is the key
    EVP_PKEY *key;
};

// Fails when the two cannot be read, do not belong together, or are those of no authority that is
// good now. tls_authority_close in any case.
bool tls_authority_open(const struct tls_pair *pair, struct tls_authority *authority,
                        struct error *err) __attribute__((warn_unused_result));
void tls_authority_close(struct tls_authority *authority);

// What is in PEM; NULL: it is not. Whoever reads owns it. The first borrows pem while it lives.
BIO *tls_open_pem(const struct buf *pem);
X509 *tls_read_certificate(const struct buf *pem);
EVP_PKEY *tls_read_key(const struct buf *pem);

// Sets err to what failed, and why OpenSSL says it did.
bool tls_fail(struct error *err, const char *what);
