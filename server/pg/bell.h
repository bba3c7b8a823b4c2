// The bell: hears PostgreSQL's NOTIFY on one channel, on a connection of its own that comes back by
// itself. What was said while there was none is not heard: whoever listens is told when it hears
// (again) and looks for itself. It listens only while that is wanted: each notice wakes a session
// of PostgreSQL and us.
//
// The owner is told of everything on the loop's thread, never from inside bell_create or
// bell_listen.
#pragma once

#include <stdbool.h>
#include <uv.h>

struct bell;

struct bell_options {
    uv_loop_t *loop;      // borrowed
    const char *conninfo; // libpq connection string; borrowed
    const char *channel;  // a plain name in lower case; borrowed
    // It rang. payload NULL: it hears from now on, or again; anything may have been missed.
    void (*on_ring)(void *ctx, const char *payload);
    void *ctx; // borrowed
};

// Begins to connect at the next turn of the loop. NULL without memory.
struct bell *bell_create(const struct bell_options *options) __attribute__((warn_unused_result));

// Whether it is to be listened to; at first it is not. What rings meanwhile may still be told.
void bell_listen(struct bell *bell, bool is_wanted);

// Closes the connection; on_closed comes when the last handle is closed, and the bell is freed.
void bell_destroy(struct bell *bell, void (*on_closed)(void *ctx), void *ctx);
