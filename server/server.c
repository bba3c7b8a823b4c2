#include "server/server.h"

#include "server/backend.h"
#include "server/base/log.h"
#include "server/tls_keeper.h"
#include "server/descriptor_set.h"
#include "server/config_limits.h"
#include "server/net/address.h"
#include "server/net/listener.h"
#include "server/rpc/health.h"
#include "server/rpc/reflection.h"
#include "server/rpc/rpc.h"
#include "server/services.h"

#include <signal.h>
#include <string.h>

enum { N_SIGNALS = 4, EMBEDDED_WATCH_MS = 1000 };
enum { HELD_MESSAGES = 64 }; // the largest requests that are held at a time

struct server {
    const struct server_options *options; // borrowed
    uv_loop_t loop;
    uv_prepare_t prepare; // a turn of rpc before the loop waits ...
    uv_check_t check;     // ... and after
    uv_timer_t deadline;  // of the call that must end first
    uv_timer_t watch;     // of the embedded PostgreSQL
    uv_timer_t hourly;    // for tls_keeper, when alone
    uv_signal_t signals[N_SIGNALS];
    struct tls_keeper tls_keeper;
    struct loop_line line; // when one of several
    struct health *health;
    struct reflection *reflection; // NULL: switched off
    struct rpc *rpc;
    struct backend *backend;
    struct native_method natives[HEALTH_METHODS + REFLECTION_METHODS];
    size_t n_natives;
    struct listener *listeners[CONFIG_LIST_MAX];
    size_t n_listeners;
    size_t n_stopping; // listeners that are not stopped yet
    bool is_listening;
    bool is_stopping;
    bool is_told_to_stop; // by its line
    bool is_broken;       // stops because of err
    struct error err;
};

static void stop(struct server *server, enum listener_stop_mode how);

static int64_t now_us(void *ctx) {
    (void)ctx;
    return (int64_t)(uv_hrtime() / 1000);
}

static void fail(struct server *server, const struct error *err) {
    log_event(LOG_ERROR, "stopping", "reason", err->message, NULL);
    server->is_broken = true;
    (void)error_set(&server->err, "%s", err->message);
    stop(server, LISTENER_DRAIN);
}

// ---- turns

static void on_check(uv_check_t *check) {
    struct server *server = check->data;
    (void)rpc_turn(server->rpc);
}

static void on_deadline(uv_timer_t *timer) {
    struct server *server = timer->data;
    (void)rpc_turn(server->rpc);
}

static void on_prepare(uv_prepare_t *prepare) {
    struct server *server = prepare->data;
    int64_t left_us = rpc_turn(server->rpc);
    if (left_us < 0)
        uv_timer_stop(&server->deadline);
    else
        uv_timer_start(&server->deadline, on_deadline, (uint64_t)(left_us + 999) / 1000, 0);
}

// ---- the database

static void start_listening(struct server *server) {
    struct error err = {0};
    if (server->is_listening || server->is_stopping)
        return;
    server->is_listening = true;
    for (size_t i = 0; i < server->n_listeners; i++) {
        if (!listener_start(server->listeners[i], &err)) {
            fail(server, &err);
            return;
        }
        if (server->options->loop == NULL)
            log_event(LOG_INFO, "listening", "address", listener_address(server->listeners[i]),
                      NULL);
    }
    if (server->options->loop != NULL)
        loop_line_tell(&server->line);
}

static void on_serve(void *ctx, const struct registry *registry, struct pool *pool) {
    struct server *server = ctx;
    struct error err = {0};
    if (server->is_stopping)
        return;
    if (!rpc_serve(server->rpc, registry, pool)) {
        error_set(&err, "out of memory");
        fail(server, &err);
        return;
    }
    health_set(server->health, true);
    log_event(LOG_INFO, "serving", "methods", LOG_NUMBER(registry->n_methods), NULL);
    start_listening(server);
}

static void on_suspend(void *ctx) {
    struct server *server = ctx;
    rpc_suspend(server->rpc);
    health_set(server->health, false);
    log_event(LOG_WARNING, "not-serving", NULL);
}

static void on_replace(void *ctx) {
    struct server *server = ctx;
    rpc_forget(server->rpc);
}

static void on_suspect(void *ctx) {
    struct server *server = ctx;
    backend_suspect(server->backend);
}

static void on_follow(void *ctx, bool is_wanted) {
    struct server *server = ctx;
    backend_listen(server->backend, is_wanted);
}

static void on_ring(void *ctx, const char *council) {
    struct server *server = ctx;
    rpc_ring(server->rpc, council);
}

static void watch_embedded(struct server *server) {
    struct error err = {0};
    if (server->options->embedded != NULL && !server->is_stopping &&
        !embedded_watch(server->options->embedded, &err))
        fail(server, &err);
}

static void on_watch(uv_timer_t *timer) {
    watch_embedded(timer->data);
}

// ---- stopping

static void close_handle(uv_handle_t *handle) {
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_handles(struct server *server) {
    close_handle((uv_handle_t *)&server->prepare);
    close_handle((uv_handle_t *)&server->check);
    close_handle((uv_handle_t *)&server->deadline);
    close_handle((uv_handle_t *)&server->watch);
    close_handle((uv_handle_t *)&server->hourly);
    if (server->options->loop != NULL)
        loop_line_stop(&server->line);
    for (size_t i = 0; i < N_SIGNALS; i++)
        close_handle((uv_handle_t *)&server->signals[i]);
    // libuv gave it its default back, and PostgreSQL is still to be stopped.
    signal(SIGHUP, SIG_IGN);
}

static void on_backend_closed(void *ctx) {
    struct server *server = ctx;
    server->backend = NULL;
    close_handles(server);
}

static void on_flushed(void *ctx) {
    struct server *server = ctx;
    rpc_forget(server->rpc);
    backend_destroy(server->backend, on_backend_closed, server);
}

static void on_listener_stopped(void *ctx) {
    struct server *server = ctx;
    if (--server->n_stopping == 0)
        rpc_flush(server->rpc, on_flushed, server);
}

// What has not begun to listen has nothing to drain.
static void discard_listeners(struct server *server) {
    for (size_t i = 0; i < server->n_listeners; i++)
        listener_destroy(server->listeners[i]);
    server->n_listeners = 0;
    server->n_stopping = 1;
    on_listener_stopped(server);
}

static void stop(struct server *server, enum listener_stop_mode how) {
    bool is_first = !server->is_stopping;
    server->is_stopping = true;
    if (is_first) {
        health_stop(server->health);
        if (server->reflection != NULL)
            reflection_stop(server->reflection);
        rpc_stop(server->rpc);
        server->n_stopping = server->n_listeners;
    }
    if (is_first && !server->is_listening) {
        discard_listeners(server);
        return;
    }
    for (size_t i = 0; i < server->n_listeners; i++)
        listener_stop(server->listeners[i], how);
}

static void begin_to_stop(struct server *server, enum listener_stop_mode how, const char *signal) {
    log_event(LOG_INFO, how == LISTENER_NOW ? "stopping-at-once" : "stopping", "signal", signal,
              "calls", LOG_NUMBER(rpc_n_calls(server->rpc)), NULL);
    stop(server, how);
}

static void recheck(struct server *server) {
    for (size_t i = 0; i < server->n_listeners; i++)
        listener_recheck(server->listeners[i]);
}

static void on_hour(uv_timer_t *timer) {
    struct server *server = timer->data;
    tls_keeper_hour(&server->tls_keeper);
}

static void on_message(void *ctx, const struct loop_message *message) {
    struct server *server = ctx;
    bool is_reload = message->order == LOOP_RELOAD;
    if (message->order == LOOP_STOP) {
        begin_to_stop(server, server->is_told_to_stop ? LISTENER_NOW : LISTENER_DRAIN, NULL);
        server->is_told_to_stop = true;
    } else if (!server->is_stopping &&
               tls_keeper_follow(&server->tls_keeper, &message->tickets, is_reload)) {
        recheck(server);
    }
}

static void on_signal(uv_signal_t *handle, int number) {
    struct server *server = handle->data;
    if (number == SIGCHLD) {
        watch_embedded(server);
        return;
    }
    bool is_first = !server->is_stopping;
    bool is_alone = server->options->loop == NULL;
    if (number == SIGHUP && is_first && is_alone && tls_keeper_reload(&server->tls_keeper))
        recheck(server);
    // Those who stop several may tell each of them, and the one above them, too.
    if (number != SIGHUP && (is_first || is_alone))
        begin_to_stop(server, is_first ? LISTENER_DRAIN : LISTENER_NOW, LOG_NUMBER(number));
}

// ---- creation

static bool create_listeners(struct server *server, struct error *err) {
    const struct config *config = server->options->config;
    const struct net_limits limits = config_limits(config);
    const struct loop *loop = server->options->loop;
    const struct listener_events events = {.streams = &rpc_stream_events,
                                           .server = server->rpc,
                                           .on_stopped = on_listener_stopped,
                                           .ctx = server};
    for (size_t i = 0; i < server->options->addresses.n; i++) {
        const char *address = server->options->addresses.items[i];
        const struct listener_options options = {
            .address = address,
            .tls = strncmp(address, "unix:", 5) != 0 ? server->options->tls : NULL,
            .socket_mode = SERVER_SOCKET_MODE,
            .limits = &limits,
            .bound = loop != NULL ? &loop->places[i] : NULL,
            .socket = loop != NULL ? loop->sockets[i] : -1,
        };
        struct listener *listener = listener_create(&server->loop, &options, &events, err);
        if (listener == NULL)
            return false;
        server->listeners[server->n_listeners++] = listener;
    }
    return true;
}

// Whether nobody outside this machine reaches the server. A wrong address is refused later.
static bool is_local(const struct config_list *addresses) {
    for (size_t i = 0; i < addresses->n; i++) {
        struct address address;
        struct error err = {0};
        if (!address_parse(&address, addresses->items[i], &err) || !address_is_loopback(&address))
            return false;
    }
    return true;
}

static bool has_reflection(const struct server_options *options) {
    const char *said = options->config->reflection;
    return said != NULL ? strcmp(said, "on") == 0 : is_local(&options->addresses);
}

static bool create_natives(struct server *server, struct error *err) {
    server->health = health_create(services, n_services, err);
    if (server->health == NULL)
        return false;
    health_methods(server->health, server->natives);
    server->n_natives = HEALTH_METHODS;
    if (!has_reflection(server->options))
        return true;
    server->reflection = reflection_create(descriptor_set, descriptor_set_len, err);
    if (server->reflection == NULL)
        return false;
    reflection_methods(server->reflection, server->natives + server->n_natives);
    server->n_natives += REFLECTION_METHODS;
    health_know(server->health, reflection_services, REFLECTION_METHODS);
    return true;
}

static bool create_rpc(struct server *server, struct error *err) {
    const struct config *config = server->options->config;
    const struct rpc_options options = {
        .now_us = now_us,
        .on_suspect = on_suspect,
        .on_follow = on_follow,
        .ctx = server,
        .unary_max_us = config->call_seconds * INT64_C(1000000),
        .stream_max_us = config->stream_seconds * INT64_C(1000000),
        .queue_limit = (size_t)config->queue,
        .arena_limit = 16 * (size_t)config->max_message + (1 << 20),
        .held_limit = HELD_MESSAGES * (size_t)config->max_message,
        .followers_max = (size_t)config->watches,
        .streams_each = (size_t)config->streams_each,
        .long_each = config->report_links > 1 ? (size_t)config->report_links - 1 : 1,
        .followers_each = (size_t)config->watches_each,
        .read_groups_max = ((size_t)config->links + 3) / 4,
        .rounds_max = ((size_t)config->links + 3) / 4,
        .follow_us = config->watch_seconds * INT64_C(1000000),
        .guesses_max = (size_t)config->wrong_tokens,
        .guess_us = config->wrong_token_seconds * INT64_C(1000000),
        .natives = server->natives,
        .n_natives = server->n_natives,
    };
    server->rpc = rpc_create(&options, err);
    return server->rpc != NULL;
}

static bool create_backend(struct server *server, struct api *api, struct error *err) {
    const struct config *config = server->options->config;
    const struct backend_options options = {
        .loop = &server->loop,
        .conninfo = server->options->conninfo,
        .n_links = (size_t)config->links,
        .n_stream_links = (size_t)config->stream_links,
        .n_long_links = (size_t)config->report_links,
        .queue_limit = (size_t)config->queue,
        .on_serve = on_serve,
        .on_suspend = on_suspend,
        .on_replace = on_replace,
        .on_ring = on_ring,
        .ctx = server,
    };
    server->backend = backend_create(&options, api, err);
    return server->backend != NULL;
}

static void start_keeping(struct server *server) {
    const uint64_t hour_ms = UINT64_C(1000) * TLS_TICKET_S;
    const struct loop *loop = server->options->loop;
    tls_keeper_init(&server->tls_keeper, server->options->tls);
    server->hourly.data = server;
    uv_timer_init(&server->loop, &server->hourly);
    if (loop != NULL) {
        loop_line_start(&server->line, &server->loop, loop->line, on_message, server);
        return;
    }
    uv_timer_start(&server->hourly, on_hour, hour_ms, hour_ms);
    tls_keeper_check(&server->tls_keeper, server->options->config);
}

// Started last, so that ours runs before the listeners' prepare handles flush what it answers.
static void start_handles(struct server *server) {
    static const int numbers[N_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    struct error err = {0};
    server->prepare.data = server->check.data = server->deadline.data = server->watch.data = server;
    uv_timer_init(&server->loop, &server->deadline);
    uv_timer_init(&server->loop, &server->watch);
    uv_timer_start(&server->watch, on_watch, EMBEDDED_WATCH_MS, EMBEDDED_WATCH_MS);
    uv_check_init(&server->loop, &server->check);
    uv_check_start(&server->check, on_check);
    uv_prepare_init(&server->loop, &server->prepare);
    uv_prepare_start(&server->prepare, on_prepare);
    for (size_t i = 0; i < N_SIGNALS; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        if (uv_signal_start(&server->signals[i], on_signal, numbers[i]) != 0)
            error_set(&err, "the system delivers no signals");
    }
    start_keeping(server);
    if (err.is_set)
        fail(server, &err);
}

static void finish(struct server *server) {
    for (size_t i = 0; i < server->n_listeners; i++)
        listener_destroy(server->listeners[i]);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    rpc_destroy(server->rpc);
    health_destroy(server->health);
    reflection_destroy(server->reflection);
    uv_loop_close(&server->loop);
}

enum exit_code server_run(const struct server_options *options, struct api *api,
                          struct error *err) {
    struct server server = {.options = options};
    if (uv_loop_init(&server.loop) != 0) {
        error_set(err, "the system gives no event loop");
        return EXIT_CODE_FAILED;
    }
    bool is_created = create_natives(&server, err) && create_rpc(&server, err) &&
                      create_listeners(&server, err) && create_backend(&server, api, err);
    if (is_created) {
        start_handles(&server);
        uv_run(&server.loop, UV_RUN_DEFAULT);
    }
    finish(&server);
    if (server.is_broken)
        error_set(err, "%s", server.err.message);
    return is_created && !server.is_broken ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}
