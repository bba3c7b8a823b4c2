// A server of grpc.testing.TestService on the layers shapd has, without a database: what clients
// made by others ask for to see whether a server speaks gRPC. Not part of shapd.
//
//   interop_server ADDRESS [CERTIFICATE KEY]
//
// Prints "listening ADDRESS" when it does. Ends on SIGTERM when the calls in flight are answered,
// with status 0 only when no call is left.
#include "server/base/log.h"
#include "server/net/listener.h"
#include "server/rpc/rpc.h"
#include "tests/interop/test_service.h"

#include <signal.h>
#include <stdio.h>

static const size_t megabyte = 1024 * 1024;
// As many large calls as two connections may have at a time.
static const size_t many_large = 2 * 256 * 1024 * 1024;

struct server {
    uv_loop_t loop;
    uv_prepare_t prepare; // a turn of rpc before the loop waits ...
    uv_check_t check;     // ... and after
    uv_timer_t deadline;  // of the call that must end first
    uv_signal_t sigterm;
    struct native_method methods[TEST_SERVICE_METHODS];
    struct rpc *rpc;
    struct tls_context *tls;
    struct listener *listener;
};

static int64_t now_us(void *ctx) {
    (void)ctx;
    return (int64_t)(uv_hrtime() / 1000);
}

static void on_suspect(void *ctx) {
    (void)ctx;
}

static void on_follow(void *ctx, bool is_wanted) {
    (void)ctx;
    (void)is_wanted;
}

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

static void on_stopped(void *ctx) {
    struct server *server = ctx;
    uv_close((uv_handle_t *)&server->prepare, NULL);
    uv_close((uv_handle_t *)&server->check, NULL);
    uv_close((uv_handle_t *)&server->deadline, NULL);
    uv_close((uv_handle_t *)&server->sigterm, NULL);
}

static void on_sigterm(uv_signal_t *handle, int number) {
    struct server *server = handle->data;
    (void)number;
    listener_stop(server->listener, LISTENER_DRAIN);
}

// A server without methods of SQL needs no pool: the registry is empty.
static bool create_rpc(struct server *server, struct error *err) {
    static const struct method none;
    static const struct registry no_methods = {.n_methods = 0, .methods = &none};
    test_service_methods(&server->loop, server->methods);
    const struct rpc_options options = {
        .now_us = now_us,
        .on_suspect = on_suspect,
        .on_follow = on_follow,
        .ctx = server,
        .unary_max_us = INT64_C(60000000),
        .stream_max_us = INT64_C(60000000),
        .arena_limit = 4 * megabyte,
        .held_limit = many_large,
        .natives = server->methods,
        .n_natives = TEST_SERVICE_METHODS,
    };
    server->rpc = rpc_create(&options, err);
    return server->rpc != NULL &&
           (rpc_serve(server->rpc, &no_methods, NULL) || error_set(err, "out of memory"));
}

static bool create_listener(struct server *server, int n_args, char **args, struct error *err) {
    if (n_args == 4) {
        const struct tls_options files = {.certificate_file = args[2], .key_file = args[3]};
        server->tls = tls_context_create(&files, err);
        if (server->tls == NULL)
            return false;
    }
    // All clients of the matrix call at once, from one address.
    struct net_limits limits = net_limits_default;
    limits.max_held = many_large;
    const struct listener_options options = {
        .address = args[1], .tls = server->tls, .limits = &limits};
    const struct listener_events events = {.streams = &rpc_stream_events,
                                           .server = server->rpc,
                                           .on_stopped = on_stopped,
                                           .ctx = server};
    server->listener = listener_create(&server->loop, &options, &events, err);
    return server->listener != NULL && listener_start(server->listener, err);
}

// After the listener's, so that what rpc answers in a turn is flushed in the same.
static void start_handles(struct server *server) {
    server->prepare.data = server->check.data = server->deadline.data = server->sigterm.data =
        server;
    uv_timer_init(&server->loop, &server->deadline);
    uv_check_init(&server->loop, &server->check);
    uv_check_start(&server->check, on_check);
    uv_prepare_init(&server->loop, &server->prepare);
    uv_prepare_start(&server->prepare, on_prepare);
    uv_signal_init(&server->loop, &server->sigterm);
    uv_signal_start(&server->sigterm, on_sigterm, SIGTERM);
}

int main(int n_args, char **args) {
    struct server server = {.rpc = NULL};
    struct error err = {.is_set = false};
    if (n_args != 2 && n_args != 4)
        return 2;
    log_set_level(LOG_WARNING);
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&server.loop);
    if (create_rpc(&server, &err) && create_listener(&server, n_args, args, &err)) {
        start_handles(&server);
        printf("listening %s\n", listener_address(server.listener));
        fflush(stdout);
        uv_run(&server.loop, UV_RUN_DEFAULT);
    } else {
        fprintf(stderr, "interop_server: %s\n", err.message);
    }
    size_t n_calls = server.rpc != NULL ? rpc_n_calls(server.rpc) : 0;
    listener_destroy(server.listener);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    rpc_destroy(server.rpc);
    tls_context_destroy(server.tls);
    if (uv_loop_close(&server.loop) != 0 || n_calls != 0) {
        fprintf(stderr, "interop_server: %zu calls were left open\n", n_calls);
        return 3;
    }
    return err.is_set ? 1 : 0;
}
