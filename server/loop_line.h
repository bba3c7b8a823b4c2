// The line between one of several loops and the process that keeps them: its orders come down, and
// word that the loop serves goes up. A pair of sockets whose ends are struct loop.line and that
// process's own (see loops.c).
#pragma once

#include "server/config.h"
#include "server/net/address.h"
#include "server/net/tls.h"

#include <uv.h>

// What a loop is given at its start. All descriptors are for it to close.
struct loop {
    size_t number; // from 1
    int line;
    const struct address *places; // borrowed; where it listens, in the order of the options
    int sockets[CONFIG_LIST_MAX]; // one for each
};

enum loop_order {
    LOOP_TICKETS, // take these keys
    LOOP_RELOAD,  // read the files of certificates again, and take these keys
    LOOP_STOP,    // the first time: drain, the second: at once
};

struct loop_message {
    enum loop_order order;
    struct tls_tickets tickets;
};

struct loop_line {
    uv_poll_t poll;
    int fd; // owned while it polls
    void (*on_message)(void *ctx, const struct loop_message *message);
    void *ctx; // borrowed
};

// on_message comes for each order, in their sequence.
void loop_line_start(struct loop_line *line, uv_loop_t *loop, int fd,
                     void (*on_message)(void *ctx, const struct loop_message *message), void *ctx);

// Says that this loop serves.
void loop_line_tell(const struct loop_line *line);

// The handle is closed in a later turn of the loop. Harmless when repeated.
void loop_line_stop(struct loop_line *line);
