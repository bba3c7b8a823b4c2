// The certificates of a server while it serves: reads their files again when told to, warns of one
// that ends, or of a list of revoked ones that does, and has the key of session tickets changed
// every hour.
#pragma once

#include "server/net/tls.h"

#include <uv.h>

enum { TLS_KEEPER_FILES = 4 };

struct tls_keeper {
    struct tls_context *tls; // borrowed; NULL: plaintext, there is nothing to do
    uv_timer_t hourly;
    unsigned n_hours;
};

// Warns of what is wrong by now: a certificate or list that has expired or does so within 30 days,
// a file that could not be read again. files are the paths of all that tls was made of; NULL: none.
void tls_keeper_start(struct tls_keeper *keeper, uv_loop_t *loop, struct tls_context *tls,
                      const char *const files[TLS_KEEPER_FILES]);

// For connections from now on; false when a file cannot be used: that is logged, and what was read
// before stays.
bool tls_keeper_reload(struct tls_keeper *keeper);

// The timer is closed in a later turn of the loop. Harmless when repeated.
void tls_keeper_stop(struct tls_keeper *keeper);
