// What a client is inside the library; programs see shap.h only.
#pragma once

#include "client/lib/address.h"
#include "client/lib/connection.h"
#include "client/lib/shap.h"
#include "client/lib/wire.h"
#include "server/base/buf.h"

struct shap_client {
    struct address addresses[ADDRESS_MOST]; // of one service, in the order in which they are tried
    char *authorities[ADDRESS_MOST];        // owned: "host:port" of each, as the request names it
    size_t n_addresses;
    size_t at;              // which is called now ...
    struct address address; // ... that one
    const char *authority;  // and its authority
    bool is_leaving;        // no more calls are begun on this connection: it serves nothing now
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

// Goes on to the next address, of those that there are; the connection is closed by then.
void client_move_on(struct shap_client *client);

// How people know the address that is called now: "host:port" or "unix:/path".
enum { CLIENT_NAME_SIZE = ADDRESS_HOST_SIZE + ADDRESS_PORT_SIZE + 8 };
const char *client_name(const struct shap_client *client, char name[CLIENT_NAME_SIZE]);

bool client_is_interrupted(const struct shap_client *client);
