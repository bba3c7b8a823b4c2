// The certificates of a server while it serves: reads their files again when told to, warns of one
// that ends, or of a list of revoked ones that does, and has the keys of session tickets changed
// every hour. Of several loops each has a keeper, which follows the one of the process above them.
#pragma once

#include "server/config.h"
#include "server/net/tls.h"

struct tls_keeper {
    struct tls_context *tls; // borrowed; NULL: plaintext, there is nothing to do
    unsigned n_hours;
    bool is_behind; // follows, and could not read what it was to
};

void tls_keeper_init(struct tls_keeper *keeper, struct tls_context *tls);

// Warns of what is wrong by now: a certificate or list that has expired or does so within 30 days,
// a file of the configuration's that could not be read again.
void tls_keeper_check(const struct tls_keeper *keeper, const struct config *config);

// To be called every TLS_TICKET_S: new keys, and once a day the warnings of what ends.
void tls_keeper_hour(struct tls_keeper *keeper);

// For connections from now on; false when a file cannot be used: that is logged, and what was read
// before stays.
bool tls_keeper_reload(struct tls_keeper *keeper);

// Takes the keys of the one that it follows, which has just reloaded or had its hour. One that
// cannot read the files keeps to itself until it can: who is no longer trusted elsewhere may be
// here, and what is sealed here must not be opened there. True: the files were read.
bool tls_keeper_follow(struct tls_keeper *keeper, const struct tls_tickets *tickets,
                       bool is_reload);
