// The server: owns loop, listeners, rpc, native methods and backend, connects them, and drains them
// when it is told to stop.
#pragma once

#include "server/api.h"
#include "server/config.h"
#include "server/embedded.h"
#include "server/loop_line.h"
#include "server/net/tls.h"

// Of a Unix socket's file. Whoever reaches it needs a token, as on loopback: it is open to all.
enum { SERVER_SOCKET_MODE = 0666 };

struct server_options {
    const struct config *config;  // borrowed, as all of these
    const char *conninfo;         // as the server's role
    struct tls_context *tls;      // NULL: plaintext
    struct embedded *embedded;    // NULL: the database is not ours
    struct config_list addresses; // where to listen
    struct loop *loop;            // one of several; NULL: alone
};

// Serves until a signal stops it (SIGTERM, SIGINT: the first drains, the second stops at once;
// SIGHUP reads the certificates again). One of several loops takes such orders from its line, and
// drains when it is told to stop by a signal. Takes over what api holds. On anything but
// EXIT_CODE_OK err says why.
enum exit_code server_run(const struct server_options *options, struct api *api, struct error *err)
    __attribute__((warn_unused_result));
