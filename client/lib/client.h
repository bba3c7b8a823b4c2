// What a client is inside the library; programs see shap.h only.
#pragma once

#include "client/lib/address.h"
#include "client/lib/connection.h"
#include "client/lib/shap.h"
#include "client/lib/wire.h"
#include "server/base/buf.h"

struct shap_client {
    struct address address;
    char *authority;        // owned: "host:port", as the request names it
    char *ca_file;          // owned; NULL: the system's authorities
    char *crl_file;         // owned; NULL: none
    char *client_cert_file; // owned; NULL: none
    char *client_key_file;  // owned; with the certificate
    char *authorization;    // owned, secret: the header's value; NULL: none
    int timeout_ms;
    bool notes_certificate;
    const volatile sig_atomic_t *interrupted; // borrowed; may be NULL
    struct connection *connection;            // owned; kept between calls; NULL: none is open
    struct wire *wire;                        // owned: HTTP/2 on that connection
    struct buf unsent;                        // of the connection
    struct shap_connection known;
};

bool client_is_interrupted(const struct shap_client *client);
