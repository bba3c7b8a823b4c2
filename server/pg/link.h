// A link: one connection to PostgreSQL on the loop, carrying one unit at a time. It connects by
// itself, and again when it is lost, after a delay that grows with every failure. Used by pool
// and bell only.
//
// Who owns what: they own their links and hear of them through link_events; a link owns its
// connection, socket watch and timer, and is freed in its last close callback.
#pragma once

#include "server/base/list.h"
#include "server/pg/pool.h"

#include <uv.h>

struct link_events {
    // It has (re)connected and can take a unit.
    void (*on_usable)(void *ctx, struct link *link);
    // The unit it carried is over (its on_done comes right after this) and it can take another.
    void (*on_idle)(void *ctx, struct link *link);
    // It has lost its connection or could not get one. was_usable: on_usable had been told.
    void (*on_lost)(void *ctx, struct link *link, bool was_usable, const char *reason);
    // PostgreSQL said NOTIFY with this payload on a channel that is listened to. NULL: not
    // expected.
    void (*on_notify)(void *ctx, const char *payload);
    // After link_destroy: the last that is heard of it; it is freed.
    void (*on_closed)(void *ctx);
};

// Starts to connect at the next turn of the loop. conninfo is borrowed. NULL without memory.
struct link *link_create(uv_loop_t *loop, const char *conninfo, const struct link_events *events,
                         void *ctx) __attribute__((warn_unused_result));

// Closes the connection. A unit it carries ends with 57P01 before on_closed.
void link_destroy(struct link *link);

// The link's place in a list of the pool's.
struct list *link_item(struct link *link);
struct link *link_of_item(struct list *item);

// Sends a unit. The link must have been announced by on_usable or on_idle and be free since.
void link_send(struct link *link, struct unit *unit);

// The unit it carries is inert from now on; a stream is cancelled on the server.
void link_abandon(struct link *link);

// Makes its next attempt at once if it waits for it: another link has just found the database.
void link_hurry(struct link *link);

// Connects again if it is idle: others have found that PostgreSQL does not answer.
void link_renew(struct link *link);

// Whether it was lost because PostgreSQL did not answer, although the connection seemed good.
bool link_was_silent(const struct link *link);

void link_pause(struct link *link);
void link_resume(struct link *link);
