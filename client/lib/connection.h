// One connection to the server, as bytes: name look-up, proxy, Unix socket, TLS and the check of
// the server's name and authority are libcurl's.
//
// libcurl's own HTTP/2 is not used: 7.88 fails the second plaintext request of a connection, and
// drops the trailers of an answer, gRPC's status with them, once GOAWAY has come or the connection
// has ended. wire speaks HTTP/2 over what is opened here.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "client/lib/shap.h"

struct connection;

// Before the first: has the libraries that connections need begin.
bool connection_prepare(struct error *err) __attribute__((warn_unused_result));

// Connects, in timeout_ms at most (0: ten seconds). NULL: *outcome says why. Fills what is known of
// the connection either way.
struct connection *connection_open(const struct shap_client *client, int timeout_ms,
                                   struct shap_connection *known, struct shap_outcome *outcome)
    __attribute__((warn_unused_result));

// Accepts NULL.
void connection_close(struct connection *connection);

// Once it has ended: the server's TLS alert in libcurl's words; NULL: it sent none.
const char *connection_alert(const struct connection *connection);

// The socket, to poll.
int connection_fd(const struct connection *connection);

// Sends what it can; *n_sent is 0 when the socket is full. False: the connection is gone.
bool connection_send(struct connection *connection, const void *bytes, size_t len, size_t *n_sent)
    __attribute__((warn_unused_result));

// Receives what is there; *n is 0 when there is nothing now. False: the connection has ended.
bool connection_receive(struct connection *connection, void *bytes, size_t size, size_t *n)
    __attribute__((warn_unused_result));
