#include "server/pg/watch.h"

#include <stdlib.h>

struct watch {
    uv_poll_t poll;
    int events; // waited for now
    void (*on_ready)(void *ctx);
    void *ctx; // borrowed
};

static void on_closed(uv_handle_t *handle) {
    free(handle->data);
}

struct watch *watch_create(uv_loop_t *loop, int fd, void (*on_ready)(void *ctx), void *ctx) {
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    if (uv_poll_init(loop, &watch->poll, fd) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->on_ready = on_ready;
    watch->ctx = ctx;
    return watch;
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    (void)events;
    struct watch *watch = poll->data;
    if (status < 0)
        watch->events = 0; // libuv has stopped it
    watch->on_ready(watch->ctx);
}

bool watch_want(struct watch *watch, int events) {
    if (watch->events == events)
        return true;
    int code = events ? uv_poll_start(&watch->poll, events, on_poll) : uv_poll_stop(&watch->poll);
    if (code == 0)
        watch->events = events;
    return code == 0;
}

void watch_destroy(struct watch *watch) {
    if (!watch)
        return;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_closed);
}
