// The backend: what the server runs against, a pool of links and the API compiled from the
// database's catalog. It notices when the database goes away and comes back, reads the catalog
// again then (in a worker, the loop goes on), and replaces pool and API when it has changed. Owned
// by the server; everything on the loop's thread.
#pragma once

#include "server/api.h"
#include "server/base/error.h"
#include "server/pg/pool.h"

struct backend;

struct backend_options {
    uv_loop_t *loop;      // borrowed
    const char *conninfo; // borrowed
    size_t n_links;
    size_t n_stream_links;
    size_t n_long_links;
    size_t queue_limit;
    // Calls can be served with these from now on (again).
    void (*on_serve)(void *ctx, const struct registry *registry, struct pool *pool);
    // Calls cannot be served until on_serve; registry and pool stay.
    void (*on_suspend)(void *ctx);
    // Registry and pool are about to be replaced: nobody may use them after this.
    void (*on_replace)(void *ctx);
    // While it is listened to: a commit of that council; NULL: any may have been missed.
    void (*on_ring)(void *ctx, const char *council);
    void *ctx; // borrowed
};

// Starts with an API that has just been read; takes over what it holds (api is empty afterwards).
struct backend *backend_create(const struct backend_options *options, struct api *api,
                               struct error *err) __attribute__((warn_unused_result));

// Reads the catalog soon, because something suggests that the API was deployed anew. Calls are
// served meanwhile.
void backend_suspect(struct backend *backend);

// Whether on_ring is to come; at first it does not.
void backend_listen(struct backend *backend, bool is_wanted);

// Ends all units and closes everything; on_closed comes when it is done, and the backend is freed.
void backend_destroy(struct backend *backend, void (*on_closed)(void *ctx), void *ctx);
