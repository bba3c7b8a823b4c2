// A listener on a loop of its own and a client of it, for the tests of connections: opened before a
// test and closed after it.
#pragma once

#include "server/net/listener.h"
#include "tests/unit/net/certificate.h"
#include "tests/unit/net/recorder.h"
#include "tests/unit/net/socket_client.h"

extern uv_loop_t loop;
extern struct recorder recorder;
extern struct net_limits limits; // as by default until a test says otherwise
extern struct certificate files;
extern struct tls_context *tls; // of the files
extern struct listener *listener;
extern struct client client;
extern struct error err;

void listener_kit_open(void);

// The listener goes if it is still there; everything must have come to its end by then.
void listener_kit_close(void);

// Makes the listener, and starts it. with_tls may be NULL.
void listener_kit_start(const char *address, struct tls_context *with_tls);

// Lets the server and the client do what they can do now.
void turn(void);

// Turns until a condition holds; the suite's timeout ends what never comes.
#define UNTIL(condition)                                                                           \
    while (!(condition))                                                                           \
    turn()

// Returns the stream of a call that the server has heard of.
int32_t begin_call(void);
