#include "server/pg/cancel.h"

#include <stdlib.h>

struct cancel {
    uv_work_t work;
    PGcancel *target; // owned
    void (*on_over)(void *ctx);
    void *ctx; // borrowed
};

// In a worker: touches nothing but the target.
static void run(uv_work_t *work) {
    struct cancel *cancel = work->data;
    char reason[256];
    // Too late is not a failure, and there is nobody to tell of one.
    (void)PQcancel(cancel->target, reason, sizeof reason);
}

static void destroy(struct cancel *cancel) {
    PQfreeCancel(cancel->target);
    free(cancel);
}

static void on_run(uv_work_t *work, int status) {
    (void)status;
    struct cancel *cancel = work->data;
    void (*on_over)(void *ctx) = cancel->on_over;
    void *ctx = cancel->ctx;
    destroy(cancel);
    on_over(ctx);
}

struct cancel *cancel_start(uv_loop_t *loop, PGconn *conn, void (*on_over)(void *ctx), void *ctx) {
    struct cancel *cancel = calloc(1, sizeof *cancel);
    if (!cancel)
        return NULL;
    cancel->target = PQgetCancel(conn);
    cancel->work.data = cancel;
    cancel->on_over = on_over;
    cancel->ctx = ctx;
    if (!cancel->target || uv_queue_work(loop, &cancel->work, run, on_run) != 0) {
        destroy(cancel);
        return NULL;
    }
    return cancel;
}
