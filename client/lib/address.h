// Where a server is, or several that are one service, from what people type: "HOST[:PORT]",
// "https://HOST[:PORT]", "http://LOOPBACK:PORT" or "unix:/path". Plaintext to another machine is
// refused here, before anything is sent. Pure: no look-ups.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "server/base/error.h"

enum { ADDRESS_HOST_SIZE = 256, ADDRESS_PORT_SIZE = 8, ADDRESS_MOST = 16 };

struct address {
    bool is_tls;
    bool is_unix;
    char host[ADDRESS_HOST_SIZE]; // without brackets; of a Unix socket its path
    char port[ADDRESS_PORT_SIZE]; // digits; empty for a Unix socket
};

bool address_parse(const char *text, struct address *address, struct error *err)
    __attribute__((warn_unused_result));

// The same of one or several, with commas between them: at least one, at most ADDRESS_MOST.
bool address_parse_all(const char *text, struct address addresses[ADDRESS_MOST], size_t *n,
                       struct error *err) __attribute__((warn_unused_result));

// Whether two addresses are one place, as they are written.
bool address_is_same(const struct address *one, const struct address *other);

// Whether a host is this machine: "localhost", 127.0.0.0/8 or ::1.
bool address_is_loopback(const char *host);
