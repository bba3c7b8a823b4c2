#include "server/pg/pool.h"

#include "server/pg/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 2000 };

// Links of one kind, and what waits for them.
struct lane {
    struct pool *pool;   // back-link
    struct link **links; // owned
    size_t n_links;
    size_t n_usable;
    struct list idle;  // of links; the last is the one used last
    struct list queue; // of units
    size_t n_waiting;
    bool is_hopeless; // no link is usable and none was for a while
    uv_timer_t patience;
};

enum { LANE_UNITS, LANE_STREAMS, LANE_LONG, N_LANES };

struct pool {
    uv_loop_t *loop; // borrowed
    char *conninfo;  // owned
    size_t queue_limit;
    uint64_t patience_ms;
    void (*on_state)(void *ctx, bool usable, const char *reason);
    void *ctx; // borrowed
    struct lane lanes[N_LANES];
    struct list over;   // units that end without having been sent
    uv_timer_t deliver; // for those
    bool is_closing;
    size_t n_open; // links and handles that are not closed yet
    void (*on_closed)(void *ctx);
    void *closed_ctx; // borrowed
};

static const struct failure ABANDONED = {.sqlstate = "57014", .message = "nobody waits for it"};
static const struct failure NO_LINK = {.sqlstate = "08006",
                                       .message = "the database cannot be reached"};
static const struct failure STOPPING = {.sqlstate = "57P01", .message = "the server is stopping"};

static void on_deliver(uv_timer_t *timer);

static struct unit *unit_of_item(struct list *item) {
    return list_entry(item, struct unit, item);
}

// The unit waits in a queue: it is told at the next turn of the loop.
static void end_waiting(struct lane *lane, struct unit *unit, const struct failure *failure) {
    struct pool *pool = lane->pool;
    list_unlink(&unit->item);
    lane->n_waiting--;
    unit->failure = failure;
    list_append(&pool->over, &unit->item);
    if (!pool->is_closing)
        uv_timer_start(&pool->deliver, on_deliver, 0, 0);
}

static void end_all_waiting(struct lane *lane, const struct failure *failure) {
    while (!list_is_empty(&lane->queue))
        end_waiting(lane, unit_of_item(lane->queue.next), failure);
}

static void deliver_all(struct pool *pool) {
    struct list *item;
    while ((item = list_take_first(&pool->over)) != NULL) {
        struct unit *unit = unit_of_item(item);
        unit->events->on_done(unit->ctx, unit->failure);
    }
}

static void on_deliver(uv_timer_t *timer) {
    deliver_all(timer->data);
}

// The link used last is used first: its caches are warm, and the others can rest.
static struct link *take_idle(struct lane *lane) {
    struct list *item = lane->idle.previous;
    if (item == &lane->idle)
        return NULL;
    list_unlink(item);
    return link_of_item(item);
}

static struct lane *lane_of(struct pool *pool, const struct unit *unit) {
    if (unit->is_stream)
        return &pool->lanes[LANE_STREAMS];
    bool is_apart = unit->is_long && pool->lanes[LANE_LONG].n_links > 0;
    return &pool->lanes[is_apart ? LANE_LONG : LANE_UNITS];
}

static void dispatch(struct lane *lane) {
    while (!list_is_empty(&lane->queue)) {
        struct link *link = take_idle(lane);
        if (!link)
            return;
        lane->n_waiting--;
        link_send(link, unit_of_item(list_take_first(&lane->queue)));
    }
}

static void tell_state(struct lane *lane, bool usable, const char *reason) {
    struct pool *pool = lane->pool;
    bool is_told = lane == &pool->lanes[LANE_UNITS] && pool->on_state && !pool->is_closing;
    if (is_told)
        pool->on_state(pool->ctx, usable, reason);
}

static void on_patience(uv_timer_t *timer) {
    struct lane *lane = timer->data;
    lane->is_hopeless = true;
    end_all_waiting(lane, &NO_LINK);
}

static void on_idle(void *ctx, struct link *link) {
    struct lane *lane = ctx;
    list_append(&lane->idle, link_item(link));
    dispatch(lane);
}

// The database is there again: units may wait for these links, too, whose next attempts are at
// once.
static void give_hope(struct lane *lane) {
    if (lane->is_hopeless)
        uv_timer_start(&lane->patience, on_patience, lane->pool->patience_ms, 0);
    lane->is_hopeless = false;
    for (size_t i = 0; i < lane->n_links; i++)
        link_hurry(lane->links[i]);
}

static void give_others_hope(struct pool *pool) {
    for (size_t i = 0; i < N_LANES; i++)
        if (pool->lanes[i].n_usable == 0)
            give_hope(&pool->lanes[i]);
}

static void on_usable(void *ctx, struct link *link) {
    struct lane *lane = ctx;
    list_append(&lane->idle, link_item(link));
    lane->n_usable++;
    lane->is_hopeless = false;
    uv_timer_stop(&lane->patience);
    if (lane->n_usable == 1) {
        give_others_hope(lane->pool);
        tell_state(lane, true, NULL);
    }
    if (!lane->pool->is_closing)
        dispatch(lane);
}

// What one link has found by waiting is not to be found by each of the others, one after the other.
static void renew_idle_links(struct pool *pool) {
    for (size_t i = 0; i < N_LANES; i++)
        for (size_t n = 0; n < pool->lanes[i].n_links; n++)
            link_renew(pool->lanes[i].links[n]);
}

// A first attempt that fails is told once, when patience begins to run: nothing was usable before.
static void on_lost(void *ctx, struct link *link, bool was_usable, const char *reason) {
    struct lane *lane = ctx;
    list_unlink(link_item(link));
    if (was_usable)
        lane->n_usable--;
    if (was_usable && link_was_silent(link))
        renew_idle_links(lane->pool);
    if (lane->n_usable > 0 || lane->is_hopeless || lane->pool->is_closing)
        return;
    if (uv_is_active((uv_handle_t *)&lane->patience))
        return;
    uv_timer_start(&lane->patience, on_patience, lane->pool->patience_ms, 0);
    tell_state(lane, false, reason);
}

static void destroy(struct pool *pool) {
    if (!pool)
        return;
    for (size_t i = 0; i < N_LANES; i++)
        free(pool->lanes[i].links);
    free(pool->conninfo);
    free(pool);
}

// Whatever was open is closed: links, then handles.
static void count_closed(struct pool *pool) {
    if (--pool->n_open > 0)
        return;
    void (*on_closed)(void *ctx) = pool->on_closed;
    void *ctx = pool->closed_ctx;
    destroy(pool);
    if (on_closed)
        on_closed(ctx);
}

static void on_link_closed(void *ctx) {
    struct lane *lane = ctx;
    count_closed(lane->pool);
}

static const struct link_events LINK_EVENTS = {
    .on_usable = on_usable, .on_idle = on_idle, .on_lost = on_lost, .on_closed = on_link_closed};

static void on_patience_closed(uv_handle_t *handle) {
    struct lane *lane = handle->data;
    count_closed(lane->pool);
}

static void on_deliver_closed(uv_handle_t *handle) {
    struct pool *pool = handle->data;
    deliver_all(pool);
    count_closed(pool);
}

static bool fill_lane(struct pool *pool, struct lane *lane, size_t n_links) {
    lane->links = calloc(n_links + 1, sizeof(struct link *));
    if (!lane->links)
        return false;
    for (; lane->n_links < n_links; lane->n_links++) {
        struct link *link = link_create(pool->loop, pool->conninfo, &LINK_EVENTS, lane);
        if (!link)
            return false;
        lane->links[lane->n_links] = link;
        pool->n_open++;
    }
    return true;
}

static void init_lane(struct pool *pool, struct lane *lane) {
    lane->pool = pool;
    list_init(&lane->idle);
    list_init(&lane->queue);
    uv_timer_init(pool->loop, &lane->patience);
    lane->patience.data = lane;
    pool->n_open++;
}

static void init_handles(struct pool *pool) {
    list_init(&pool->over);
    uv_timer_init(pool->loop, &pool->deliver);
    pool->deliver.data = pool;
    pool->n_open++;
    for (size_t i = 0; i < N_LANES; i++)
        init_lane(pool, &pool->lanes[i]);
}

struct pool *pool_create(const struct pool_options *options, struct error *err) {
    assert(options->n_links > 0);
    struct pool *pool = calloc(1, sizeof *pool);
    char *conninfo = strdup(options->conninfo);
    if (!pool || !conninfo) {
        free(conninfo);
        free(pool);
        error_set(err, "out of memory");
        return NULL;
    }
    *pool = (struct pool){.loop = options->loop,
                          .conninfo = conninfo,
                          .queue_limit = options->queue_limit,
                          .patience_ms = options->patience_ms ? options->patience_ms : PATIENCE_MS,
                          .on_state = options->on_state,
                          .ctx = options->ctx};
    init_handles(pool);
    if (fill_lane(pool, &pool->lanes[LANE_UNITS], options->n_links) &&
        fill_lane(pool, &pool->lanes[LANE_STREAMS], options->n_stream_links) &&
        fill_lane(pool, &pool->lanes[LANE_LONG], options->n_long_links))
        return pool;
    pool_destroy(pool, NULL, NULL);
    error_set(err, "out of memory");
    return NULL;
}

static void close_lane(struct lane *lane) {
    end_all_waiting(lane, &STOPPING);
    for (size_t i = 0; i < lane->n_links; i++)
        link_destroy(lane->links[i]);
    uv_close((uv_handle_t *)&lane->patience, on_patience_closed);
}

void pool_destroy(struct pool *pool, void (*on_closed)(void *ctx), void *ctx) {
    assert(!pool->is_closing);
    pool->is_closing = true;
    pool->on_closed = on_closed;
    pool->closed_ctx = ctx;
    for (size_t i = 0; i < N_LANES; i++)
        close_lane(&pool->lanes[i]);
    uv_close((uv_handle_t *)&pool->deliver, on_deliver_closed);
}

bool pool_submit(struct pool *pool, struct unit *unit, struct error *err) {
    struct lane *lane = lane_of(pool, unit);
    if (pool->is_closing)
        return error_set(err, "the server is stopping");
    if (lane->is_hopeless || lane->n_links == 0)
        return error_set(err, "the database cannot be reached");
    if (lane->n_waiting >= pool->queue_limit && list_is_empty(&lane->idle))
        return error_set(err, "the server is busy: %zu calls are waiting already", lane->n_waiting);
    unit->is_inert = false;
    unit->link = NULL;
    unit->failure = NULL;
    list_append(&lane->queue, &unit->item);
    lane->n_waiting++;
    dispatch(lane);
    return true;
}

bool pool_has_idle_link(const struct pool *pool) {
    return !list_is_empty(&pool->lanes[LANE_UNITS].idle);
}

void unit_abandon(struct pool *pool, struct unit *unit) {
    unit->is_inert = true;
    if (unit->link)
        link_abandon(unit->link);
    else if (!unit->failure)
        end_waiting(lane_of(pool, unit), unit, &ABANDONED);
}

void unit_pause(struct unit *unit) {
    if (unit->link)
        link_pause(unit->link);
}

void unit_resume(struct unit *unit) {
    if (unit->link)
        link_resume(unit->link);
}
