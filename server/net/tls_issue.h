// Makes keys and certificates for a first installation: a private authority, and what it issues to
// servers and to the clients of partner organisations. ECDSA on P-256 with SHA-256; PEM in memory:
// who calls it (shapd cert) reads and writes the files.
//
// An authority may only issue end entities (pathlen 0). A server's certificate is good for servers
// only and a client's for clients only, whatever else the same authority issued.
#pragma once

#include "server/base/buf.h"
#include "server/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { TLS_NAMES_SIZE = 1024, TLS_DAY_SIZE = 16, TLS_URL_SIZE = 256 };

// A certificate and its key, both PEM.
struct tls_pair {
    struct buf certificate;
    struct buf key; // secret
};

// What a certificate is to say.
struct tls_wish {
    const char *subject;   // of a server: host names and IP addresses with commas between them;
                           // of a client: its organisation's code
    int days;              // how long it is good, though never for longer than its authority
    const char *crl_url;   // where whom its authority revoked can be fetched; NULL: it does not say
    const struct buf *key; // of a server: the PEM of the key it is for; NULL: a new one
};

// Frees both, and wipes the key. Accepts a pair of zeros.
void tls_pair_finish(struct tls_pair *pair);

// An authority of its own, called by the first of the names and the day; good for so many days.
bool tls_issue_authority(const char *names, int days, struct tls_pair *made, struct error *err)
    __attribute__((warn_unused_result));

// A server's certificate, by the authority. False: err says which name is none, or what is wrong
// with the authority.
bool tls_issue_server(const struct tls_pair *authority, const struct tls_wish *wish,
                      struct tls_pair *made, struct error *err) __attribute__((warn_unused_result));

// A client's certificate that names an organisation by its code, see TLS_ORGANISATION_URI.
bool tls_issue_client(const struct tls_pair *authority, const struct tls_wish *wish,
                      struct tls_pair *made, struct error *err) __attribute__((warn_unused_result));

// The names that a server's certificate is for, as tls_issue_server takes them.
bool tls_issue_names(const struct buf *certificate, char names[TLS_NAMES_SIZE], struct error *err)
    __attribute__((warn_unused_result));

// The crl_url of a certificate; empty: it has none. False: it cannot be read.
bool tls_issue_crl_url(const struct buf *certificate, char url[TLS_URL_SIZE], struct error *err)
    __attribute__((warn_unused_result));

// Whether a certificate is good for a server.
bool tls_issue_is_server(const struct buf *certificate);

// The last day of a certificate, as 2027-12-31; empty when it is none.
void tls_issue_last_day(const struct buf *certificate, char day[TLS_DAY_SIZE]);
