// The list of the certificates that an authority revoked (a CRL, RFC 5280, 5): made, added to and
// read in memory, in DER, the form in which it is published. Who calls it (shapd cert) reads and
// writes the file.
#pragma once

#include "server/net/tls_issue.h"

// A certificate to be revoked, and why: one of the words of TLS_CRL_REASONS.
struct tls_revocation {
    const struct buf *certificate; // PEM
    const char *reason;
};

// What is on a list about one certificate.
struct tls_crl_entry {
    char serial[48]; // hexadecimal
    char day[TLS_DAY_SIZE];
    const char *reason; // "no reason given" when there is none that we know
};

#define TLS_CRL_REASONS "key-compromise, affiliation-changed, superseded or cessation-of-operation"

bool tls_crl_is_reason(const char *word);

// A list of the authority that is good for so many days: whom the one before revoked (NULL: there
// is none), and one more (NULL: none). False: err says that list or certificate are not of this
// authority, or that it is revoked already.
bool tls_crl_issue(const struct tls_pair *authority, const struct buf *before, int days,
                   const struct tls_revocation *revocation, struct buf *made, struct error *err)
    __attribute__((warn_unused_result));

// How many are on the list; -1: it cannot be read.
int tls_crl_count(const struct buf *list);

// The i-th of the list, in the order in which they were revoked. False: there are not so many, or
// it cannot be read.
bool tls_crl_entry(const struct buf *list, size_t i, struct tls_crl_entry *entry);

// Whether a certificate, PEM, is on the list. False: one of them cannot be read.
bool tls_crl_look_up(const struct buf *list, const struct buf *certificate, bool *is_on_it,
                     struct error *err) __attribute__((warn_unused_result));

// The day on which the list ends, as 2027-12-31; empty when it is none.
void tls_crl_last_day(const struct buf *list, char day[TLS_DAY_SIZE]);
