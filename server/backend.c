#include "server/backend.h"

#include "server/base/log.h"
#include "server/pg/bell.h"

#include <stdlib.h>
#include <string.h>

enum {
    READ_TIMEOUT_MS = 3000,
    RETRY_MS = 2000,   // after a catalog that could not be read or does not fit
    SUSPECT_MS = 1000, // at most one look in this time because of a suspicion
};

struct backend {
    struct backend_options options;
    struct api api;
    struct pool *pool; // owned; NULL while being replaced and when closed
    struct bell *bell; // owned; rings at every commit; may be NULL
    bool is_usable;    // the pool has a link
    bool is_serving;   // on_serve was the last thing told
    bool is_fresh;     // api was read just before the pool was made
    bool is_closing;

    uv_work_t work; // reads `next`
    bool is_working;
    bool is_again; // work is to be done once more
    uint64_t worked_at_ms;
    struct api next;
    enum api_result result;
    struct buf report;
    struct error err;
    uv_timer_t retry;

    size_t n_open; // what a callback is still awaited from, before we can go on or be freed
    void (*on_closed)(void *ctx);
    void *closed_ctx; // borrowed
};

static void read_again(struct backend *backend);

static void suspend(struct backend *backend) {
    if (!backend->is_serving)
        return;
    backend->is_serving = false;
    backend->options.on_suspend(backend->options.ctx);
}

static void serve(struct backend *backend) {
    backend->is_serving = true;
    backend->options.on_serve(backend->options.ctx, backend->api.registry, backend->pool);
}

static void on_state(void *ctx, bool usable, const char *reason) {
    struct backend *backend = ctx;
    bool is_fresh = backend->is_fresh;
    backend->is_usable = usable;
    backend->is_fresh = false;
    log_event(usable ? LOG_INFO : LOG_WARNING, usable ? "database-usable" : "database-lost",
              "reason", reason, NULL);
    if (!usable)
        suspend(backend);
    else if (is_fresh)
        serve(backend);
    else
        read_again(backend);
}

static bool open_pool(struct backend *backend, struct error *err) {
    const struct pool_options options = {
        .loop = backend->options.loop,
        .conninfo = backend->options.conninfo,
        .n_links = backend->options.n_links,
        .n_stream_links = backend->options.n_stream_links,
        .n_long_links = backend->options.n_long_links,
        .queue_limit = backend->options.queue_limit,
        .on_state = on_state,
        .ctx = backend,
    };
    backend->is_usable = false;
    backend->is_fresh = true;
    backend->pool = pool_create(&options, err);
    return backend->pool != NULL;
}

// Without memory for it there is none: what it would ring for is found out later.
static void open_bell(struct backend *backend) {
    const struct bell_options options = {.loop = backend->options.loop,
                                         .conninfo = backend->options.conninfo,
                                         .channel = "shap_link",
                                         .on_ring = backend->options.on_ring,
                                         .ctx = backend->options.ctx};
    backend->bell = bell_create(&options);
}

struct backend *backend_create(const struct backend_options *options, struct api *api,
                               struct error *err) {
    struct backend *backend = calloc(1, sizeof *backend);
    if (backend == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    backend->options = *options;
    if (!open_pool(backend, err)) {
        free(backend);
        return NULL;
    }
    open_bell(backend);
    backend->api = *api;
    memset(api, 0, sizeof *api);
    uv_timer_init(options->loop, &backend->retry);
    backend->retry.data = backend;
    return backend;
}

void backend_listen(struct backend *backend, bool is_wanted) {
    if (backend->bell != NULL)
        bell_listen(backend->bell, is_wanted);
}

// ---- the end

static void count_closed(struct backend *backend) {
    if (--backend->n_open > 0)
        return;
    void (*on_closed)(void *ctx) = backend->on_closed;
    void *ctx = backend->closed_ctx;
    api_finish(&backend->api);
    free(backend);
    on_closed(ctx);
}

static void on_timer_closed(uv_handle_t *handle) {
    count_closed(handle->data);
}

static void on_part_closed(void *ctx) {
    count_closed(ctx);
}

void backend_destroy(struct backend *backend, void (*on_closed)(void *ctx), void *ctx) {
    backend->is_closing = true;
    backend->on_closed = on_closed;
    backend->closed_ctx = ctx;
    backend->n_open += 1u + (backend->pool != NULL) + (backend->bell != NULL) + backend->is_working;
    if (backend->bell != NULL)
        bell_destroy(backend->bell, on_part_closed, backend);
    backend->bell = NULL;
    uv_close((uv_handle_t *)&backend->retry, on_timer_closed);
    if (backend->pool != NULL)
        pool_destroy(backend->pool, on_part_closed, backend);
    backend->pool = NULL;
}

// ---- another API

static void retry_later(struct backend *backend);

static void reopen(struct backend *backend) {
    struct error err = {0};
    if (open_pool(backend, &err))
        return;
    log_event(LOG_ERROR, "pool-not-opened", "reason", err.message, NULL);
    retry_later(backend);
}

static void on_retry(uv_timer_t *timer) {
    struct backend *backend = timer->data;
    if (backend->pool == NULL)
        reopen(backend);
    else
        read_again(backend);
}

static void retry_later(struct backend *backend) {
    uv_timer_start(&backend->retry, on_retry, RETRY_MS, 0);
}

// The old pool is gone and nobody uses the old API any more.
static void on_replaced(void *ctx) {
    struct backend *backend = ctx;
    api_finish(&backend->api);
    backend->api = backend->next;
    memset(&backend->next, 0, sizeof backend->next);
    if (backend->is_closing) {
        count_closed(backend);
        return;
    }
    backend->n_open--;
    reopen(backend);
}

static void replace(struct backend *backend) {
    struct pool *pool = backend->pool;
    log_event(LOG_INFO, "api-changed", "action", "compiled anew", NULL);
    suspend(backend);
    backend->options.on_replace(backend->options.ctx);
    backend->pool = NULL;
    backend->n_open++;
    pool_destroy(pool, on_replaced, backend);
}

// ---- reading the catalog in a worker

static void on_work(uv_work_t *work) {
    struct backend *backend = work->data;
    backend->result = api_read(&backend->next, backend->options.conninfo, READ_TIMEOUT_MS, NULL,
                               &backend->report, &backend->err);
}

static void log_mismatch(struct backend *backend) {
    if (backend->result == API_UNREACHABLE) {
        log_event(LOG_WARNING, "catalog-unread", "reason", backend->err.message, NULL);
        return;
    }
    (void)!buf_append(&backend->report, "", 1);
    char *rest = (char *)backend->report.data + backend->report.start;
    for (char *line = strtok_r(rest, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        log_event(LOG_ERROR, "api-mismatch", "reason", line, NULL);
}

static void take_result(struct backend *backend) {
    if (backend->result != API_OK) {
        log_mismatch(backend);
        if (backend->result == API_MISMATCH)
            suspend(backend);
        api_finish(&backend->next);
        retry_later(backend);
    } else if (backend->next.catalog.fingerprint != backend->api.catalog.fingerprint) {
        replace(backend);
    } else {
        api_finish(&backend->next);
        if (!backend->is_serving)
            serve(backend);
    }
}

static void on_worked(uv_work_t *work, int status) {
    struct backend *backend = work->data;
    (void)status;
    backend->is_working = false;
    backend->worked_at_ms = uv_now(backend->options.loop);
    if (backend->is_closing) {
        api_finish(&backend->next);
        buf_finish(&backend->report);
        count_closed(backend);
        return;
    }
    // Lost meanwhile: read again when it is back. Come back meanwhile: what was read may be older.
    if (!backend->is_usable || backend->is_again)
        api_finish(&backend->next);
    else
        take_result(backend);
    buf_finish(&backend->report);
    if (backend->is_usable && backend->is_again)
        read_again(backend);
}

static void read_again(struct backend *backend) {
    if (backend->is_working || backend->pool == NULL) {
        backend->is_again = backend->is_working;
        return;
    }
    uv_timer_stop(&backend->retry);
    error_clear(&backend->err);
    backend->is_again = false;
    backend->is_working = true;
    backend->work.data = backend;
    if (uv_queue_work(backend->options.loop, &backend->work, on_work, on_worked) != 0) {
        backend->is_working = false;
        retry_later(backend);
    }
}

void backend_suspect(struct backend *backend) {
    uint64_t now_ms = uv_now(backend->options.loop);
    if (!backend->is_serving || backend->is_working || backend->is_closing ||
        (backend->worked_at_ms != 0 && now_ms - backend->worked_at_ms < SUSPECT_MS))
        return;
    read_again(backend);
}
