// The certificates of a server while it serves: reads their files again when told to, warns of one
// that ends, and has the key of session tickets changed every hour.
#pragma once

#include "server/net/tls.h"

#include <uv.h>

struct tls_keeper {
    struct tls_context *tls; // borrowed; NULL: plaintext, there is nothing to do
    uv_timer_t hourly;
    unsigned n_hours;
};

// Warns of what is wrong by now: a certificate that has expired or does so within 30 days, a file
// that could not be read again. files are the paths of certificate, key and authority; NULL: none.
void tls_keeper_start(struct tls_keeper *keeper, uv_loop_t *loop, struct tls_context *tls,
                      const char *const files[3]);

// For connections from now on; a file that cannot be used is logged, and what was read before
// stays.
void tls_keeper_reload(struct tls_keeper *keeper);

// The timer is closed in a later turn of the loop. Harmless when repeated.
void tls_keeper_stop(struct tls_keeper *keeper);
