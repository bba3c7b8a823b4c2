#include "server/pg/bell.h"

#include "server/base/log.h"
#include "server/pg/link.h"

#include <stdio.h>
#include <stdlib.h>

enum { LISTEN_MS = 10000 };

struct bell {
    struct bell_options options;
    struct link *link; // owned
    char sql[80];      // LISTEN
    struct statement listen;
    struct unit unit;
    void (*on_closed)(void *ctx);
    void *closed_ctx; // borrowed
};

static void on_row(void *ctx, size_t step, const struct value *columns, size_t n_columns) {
    (void)ctx;
    (void)step;
    (void)columns;
    (void)n_columns;
}

// It cannot listen on a standby: whoever watches looks again by himself, only later.
static void on_done(void *ctx, const struct failure *failure) {
    struct bell *bell = ctx;
    if (failure == NULL)
        bell->options.on_ring(bell->options.ctx, NULL);
    else if (bell->on_closed == NULL)
        log_event(LOG_WARNING, "not-listening", "reason", failure->message, NULL);
}

static const struct unit_events UNIT_EVENTS = {.on_row = on_row, .on_done = on_done};

static void on_usable(void *ctx, struct link *link) {
    struct bell *bell = ctx;
    link_send(link, &bell->unit);
}

static void on_idle(void *ctx, struct link *link) {
    (void)ctx;
    (void)link;
}

static void on_lost(void *ctx, struct link *link, bool was_usable, const char *reason) {
    (void)ctx;
    (void)link;
    if (was_usable)
        log_event(LOG_WARNING, "bell-lost", "reason", reason, NULL);
}

static void on_notify(void *ctx, const char *payload) {
    struct bell *bell = ctx;
    bell->options.on_ring(bell->options.ctx, payload);
}

static void on_link_closed(void *ctx) {
    struct bell *bell = ctx;
    void (*on_closed)(void *ctx) = bell->on_closed;
    void *closed_ctx = bell->closed_ctx;
    free(bell);
    on_closed(closed_ctx);
}

static const struct link_events LINK_EVENTS = {.on_usable = on_usable,
                                               .on_idle = on_idle,
                                               .on_lost = on_lost,
                                               .on_notify = on_notify,
                                               .on_closed = on_link_closed};

struct bell *bell_create(const struct bell_options *options) {
    struct bell *bell = calloc(1, sizeof *bell);
    if (bell == NULL)
        return NULL;
    bell->options = *options;
    snprintf(bell->sql, sizeof bell->sql, "listen %s", options->channel);
    bell->listen = (struct statement){.name = "listen", .sql = bell->sql};
    bell->unit = (struct unit){.steps = {{&bell->listen, NULL}},
                               .n_steps = 1,
                               .timeout_ms = LISTEN_MS,
                               .events = &UNIT_EVENTS,
                               .ctx = bell};
    list_init(&bell->unit.item);
    bell->link = link_create(options->loop, options->conninfo, &LINK_EVENTS, bell);
    if (bell->link != NULL)
        return bell;
    free(bell);
    return NULL;
}

void bell_destroy(struct bell *bell, void (*on_closed)(void *ctx), void *ctx) {
    bell->on_closed = on_closed;
    bell->closed_ctx = ctx;
    link_destroy(bell->link);
}
