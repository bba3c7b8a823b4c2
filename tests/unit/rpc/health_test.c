#include "tests/unit/rpc/world.h"

#include "grpc/health/v1/health.pb-c.h"
#include "server/base/log.h"

#include <criterion/criterion.h>

enum { UNKNOWN, SERVING, NOT_SERVING, SERVICE_UNKNOWN };

static struct world world;
static struct stream stream;

static void setup(void) {
    log_set_level(LOG_ERROR);
    world_start(&world, &(struct world_options){0});
}

static void teardown(void) {
    stream_close(&stream);
    world_stop(&world);
}

TestSuite(health, .init = setup, .fini = teardown, .timeout = 60);

static void ask(const char *method, const char *service) {
    Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    request.service = (char *)service;
    stream_close(&stream);
    stream_call(&world, &stream, method, NULL, &request.base);
}

static int last_status(void) {
    Grpc__Health__V1__HealthCheckResponse *response =
        grpc__health__v1__health_check_response__unpack(NULL, buf_len(&stream.last),
                                                        buf_bytes(&stream.last));
    cr_assert_not_null(response);
    int status = (int)response->status;
    grpc__health__v1__health_check_response__free_unpacked(response, NULL);
    return status;
}

Test(health, check_says_serving_for_the_server_and_each_service) {
    static const char *const names[] = {NULL,
                                        "",
                                        "shap.v1.Returns",
                                        "grpc.health.v1.Health",
                                        "grpc.reflection.v1.ServerReflection",
                                        "grpc.reflection.v1alpha.ServerReflection"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ask("/grpc.health.v1.Health/Check", names[i]);
        cr_assert_eq(stream.status, GRPC_OK);
        cr_assert_eq(last_status(), SERVING);
    }
}

Test(health, check_does_not_find_an_unknown_service) {
    ask("/grpc.health.v1.Health/Check", "shap.v1.Nothing");
    cr_assert_eq(stream.status, GRPC_NOT_FOUND);
}

Test(health, reflection_that_is_switched_off_is_not_found) {
    health_know(world.health, NULL, 0);
    ask("/grpc.health.v1.Health/Check", "grpc.reflection.v1.ServerReflection");
    cr_assert_eq(stream.status, GRPC_NOT_FOUND);
}

Test(health, check_needs_no_database) {
    rpc_suspend(world.rpc);
    health_set(world.health, false);
    ask("/grpc.health.v1.Health/Check", "");
    cr_assert_eq(stream.status, GRPC_OK);
    cr_assert_eq(last_status(), NOT_SERVING);
}

Test(health, watch_tells_now_and_at_every_change) {
    ask("/grpc.health.v1.Health/Watch", "");
    cr_assert_eq(stream.n_frames, 1);
    cr_assert_eq(last_status(), SERVING);
    health_set(world.health, true);
    cr_assert_eq(stream.n_frames, 1);
    health_set(world.health, false);
    cr_assert_eq(stream.n_frames, 2);
    cr_assert_eq(last_status(), NOT_SERVING);
    health_set(world.health, true);
    cr_assert_eq(last_status(), SERVING);
    cr_assert_not(stream.is_finished);
}

Test(health, watch_of_an_unknown_service_stays_open) {
    ask("/grpc.health.v1.Health/Watch", "shap.v1.Nothing");
    cr_assert_eq(last_status(), SERVICE_UNKNOWN);
    health_set(world.health, false);
    cr_assert_eq(stream.n_frames, 1);
    cr_assert_not(stream.is_finished);
}

Test(health, watch_may_be_left_and_ends_with_the_server) {
    ask("/grpc.health.v1.Health/Watch", "");
    stream_close(&stream);
    health_set(world.health, false);
    health_set(world.health, true);
    ask("/grpc.health.v1.Health/Watch", "");
    health_stop(world.health);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
}

Test(health, no_watch_begins_when_the_server_stops) {
    health_stop(world.health);
    ask("/grpc.health.v1.Health/Watch", "");
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
    ask("/grpc.health.v1.Health/Check", "");
    cr_assert_eq(last_status(), NOT_SERVING);
}

Test(health, bytes_that_are_no_request_are_invalid) {
    stream_begin(&world, &stream, "/grpc.health.v1.Health/Check", NULL, -1);
    rpc_stream_events.on_message(stream.ctx, (const uint8_t *)"\x0a\xff", 2);
    stream_half_close(&stream);
    cr_assert_eq(stream.status, GRPC_INVALID_ARGUMENT);
}

Test(health, a_request_of_many_unknown_fields_is_not_unpacked) {
    static uint8_t bytes[8192];
    for (size_t i = 0; i < sizeof bytes; i += 2)
        bytes[i] = 0x78;
    stream_begin(&world, &stream, "/grpc.health.v1.Health/Check", NULL, -1);
    rpc_stream_events.on_message(stream.ctx, bytes, sizeof bytes);
    stream_half_close(&stream);
    cr_assert_eq(stream.status, GRPC_INVALID_ARGUMENT);
}
