#include "server/pg/bell.h"

#include "server/base/log.h"
#include "server/pg/link.h"

#include <stdio.h>
#include <stdlib.h>

enum { LISTEN_MS = 10000 };

struct bell {
    struct bell_options options;
    struct link *link;              // owned
    char sql[2][80];                // UNLISTEN and LISTEN
    struct statement statements[2]; // the same
    struct unit unit;
    bool is_free;   // the link can take the unit
    bool is_wanted; // to listen
    bool is_told;   // that, on this connection, to PostgreSQL
    void (*on_closed)(void *ctx);
    void *closed_ctx; // borrowed
};

static void on_row(void *ctx, size_t step, const struct value *columns, size_t n_columns) {
    (void)ctx;
    (void)step;
    (void)columns;
    (void)n_columns;
}

static void tell(struct bell *bell) {
    if (!bell->is_free || bell->is_told == bell->is_wanted)
        return;
    bell->is_free = false;
    bell->is_told = bell->is_wanted;
    bell->unit.steps[0].statement = &bell->statements[bell->is_wanted];
    link_send(bell->link, &bell->unit);
}

void bell_listen(struct bell *bell, bool is_wanted) {
    bell->is_wanted = is_wanted;
    tell(bell);
}

// It cannot listen on a standby: whoever watches looks again by himself, only later.
static void on_done(void *ctx, const struct failure *failure) {
    struct bell *bell = ctx;
    tell(bell); // what has changed meanwhile
    if (failure == NULL && bell->is_told)
        bell->options.on_ring(bell->options.ctx, NULL);
    else if (failure != NULL && bell->on_closed == NULL)
        log_event(LOG_WARNING, "not-listening", "reason", failure->message, NULL);
}

static const struct unit_events UNIT_EVENTS = {.on_row = on_row, .on_done = on_done};

static void on_usable(void *ctx, struct link *link) {
    struct bell *bell = ctx;
    (void)link;
    bell->is_free = true;
    bell->is_told = false;
    tell(bell);
}

static void on_idle(void *ctx, struct link *link) {
    struct bell *bell = ctx;
    (void)link;
    bell->is_free = true;
}

static void on_lost(void *ctx, struct link *link, bool was_usable, const char *reason) {
    struct bell *bell = ctx;
    (void)link;
    bell->is_free = false;
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
    for (size_t i = 0; i < 2; i++) {
        const char *name = i == 0 ? "unlisten" : "listen";
        snprintf(bell->sql[i], sizeof bell->sql[i], "%s %s", name, options->channel);
        bell->statements[i] = (struct statement){.name = name, .sql = bell->sql[i]};
    }
    bell->unit =
        (struct unit){.n_steps = 1, .timeout_ms = LISTEN_MS, .events = &UNIT_EVENTS, .ctx = bell};
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
