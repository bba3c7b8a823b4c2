#include "tests/unit/net/listener_kit.h"

#include <criterion/criterion.h>
#include <signal.h>

uv_loop_t loop;
struct recorder recorder;
struct net_limits limits;
struct certificate files;
struct tls_context *tls;
struct listener *listener;
struct client client;
struct error err;

static const struct listener_events events = {.streams = &recorder_events, .server = &recorder};

void listener_kit_open(void) {
    signal(SIGPIPE, SIG_IGN);
    certificate_create(&files);
    const struct tls_options options = {.certificate_file = files.certificate_file,
                                        .key_file = files.key_file};
    tls = tls_context_create(&options, &err);
    cr_assert_not_null(tls, "%s", err.message);
    cr_assert_eq(uv_loop_init(&loop), 0);
    limits = net_limits_default;
    client.fd = -1;
}

void listener_kit_close(void) {
    listener_destroy(listener);
    uv_run(&loop, UV_RUN_DEFAULT);
    client_finish(&client);
    cr_assert_eq(uv_loop_close(&loop), 0);
    cr_assert_eq(recorder.n_open, 0);
    recorder_finish(&recorder);
    tls_context_destroy(tls);
    certificate_remove(&files);
}

void listener_kit_start(const char *address, struct tls_context *with_tls) {
    const struct listener_options options = {
        .address = address, .tls = with_tls, .limits = &limits};
    listener = listener_create(&loop, &options, &events, &err);
    cr_assert_not_null(listener, "%s", err.message);
    cr_assert(listener_start(listener, &err), "%s", err.message);
}

void turn(void) {
    uv_run(&loop, UV_RUN_NOWAIT);
    if (client.fd >= 0)
        client_turn(&client);
}

int32_t begin_call(void) {
    int32_t id = peer_request(client.peer, "/a", NULL);
    int n_calls = recorder.n_calls;
    UNTIL(recorder.n_calls > n_calls);
    return id;
}
