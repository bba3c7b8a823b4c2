// A watch: one uv_poll on a socket that belongs to libpq. libpq closes and replaces sockets by
// itself, so a watch is made for one stage of a connection's life and dropped before the next; its
// handle is freed in its own close callback. Used by link only.
#pragma once

#include <stdbool.h>
#include <uv.h>

struct watch;

// on_ready is told that the socket can be read or written, or has failed (reading will tell).
struct watch *watch_create(uv_loop_t *loop, int fd, void (*on_ready)(void *ctx), void *ctx)
    __attribute__((warn_unused_result));

// Sets what is waited for: UV_READABLE, UV_WRITABLE, both or 0. False when the loop refuses.
bool watch_want(struct watch *watch, int events) __attribute__((warn_unused_result));

// Stops at once: the socket may be closed as soon as this returns. NULL is allowed.
void watch_destroy(struct watch *watch);
