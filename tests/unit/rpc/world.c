#include "tests/unit/rpc/world.h"

#include "proto/frame.h"
#include "server/descriptor_set.h"
#include "server/pg/session.h"
#include "tests/unit/failing/failing.h"
#include "tests/unit/server/cluster.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static ProtobufCServiceDescriptor directory; // of all of it only GetServerInfo and WhoAmI
static const ProtobufCServiceDescriptor *const services[] = {
    &shap__v1__returns__descriptor, &shap__v1__events__descriptor, &directory};
enum { N_SERVICES = sizeof services / sizeof *services };

// ---- the world

static int64_t clock_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

static int64_t now_us(void *ctx) {
    struct world *world = ctx;
    world->shift_us += world->look_us;
    return (world->stopped_us > 0 ? world->stopped_us : clock_us()) + world->shift_us;
}

static void on_suspect(void *ctx) {
    struct world *world = ctx;
    world->n_suspected++;
}

static void on_follow(void *ctx, bool is_wanted) {
    struct world *world = ctx;
    world->is_ring_wanted = is_wanted;
}

static void on_check(uv_check_t *check) {
    struct world *world = check->data;
    (void)rpc_turn(world->rpc);
}

static void on_prepare(uv_prepare_t *prepare) {
    struct world *world = prepare->data;
    (void)rpc_turn(world->rpc);
}

static void on_state(void *ctx, bool usable, const char *reason) {
    struct world *world = ctx;
    (void)reason;
    if (!usable)
        rpc_suspend(world->rpc);
    else
        cr_assert(rpc_serve(world->rpc, world->registry, world->pool));
    health_set(world->health, usable);
}

// They stand one after the other.
static void describe_directory(void) {
    directory = shap__v1__directory__descriptor;
    while (strcmp(directory.methods[0].name, "GetServerInfo") != 0)
        directory.methods++;
    directory.n_methods = 2;
    cr_assert_str_eq(directory.methods[1].name, "WhoAmI");
}

static void read_api(struct world *world) {
    struct error err = {0};
    struct buf report = {0};
    arena_init(&world->arena, 16 << 20);
    cr_assert(
        catalog_read(cluster_server(), "shap_v1", 5000, NULL, &world->arena, &world->catalog, &err),
        "%s", err.message);
    world->registry =
        registry_build(services, N_SERVICES, &world->catalog, "shap_v1", &world->arena, &report);
    cr_assert_not_null(world->registry, "%.*s", (int)buf_len(&report),
                       (const char *)buf_bytes(&report));
    buf_finish(&report);
}

static void create_rpc(struct world *world, const struct world_options *options) {
    struct error err = {0};
    world->health = health_create(services, N_SERVICES, &err);
    health_methods(world->health, world->natives);
    health_know(world->health, reflection_services, REFLECTION_METHODS);
    world->reflection = reflection_create(descriptor_set, descriptor_set_len, &err);
    cr_assert_not_null(world->reflection, "%s", err.message);
    reflection_methods(world->reflection, world->natives + HEALTH_METHODS);
    world->rpc_options = (struct rpc_options){
        .now_us = now_us,
        .on_suspect = on_suspect,
        .on_follow = on_follow,
        .ctx = world,
        .unary_max_us = 10000000,
        .stream_max_us = 20000000,
        .queue_limit = options->queue_limit > 0 ? options->queue_limit : 1000,
        .arena_limit = 1 << 20,
        .held_limit = HELD_LIMIT,
        .followers_max = 300,
        .streams_each = options->streams_each > 0 ? options->streams_each : 300,
        .long_each = options->long_each > 0 ? options->long_each : 300,
        .followers_each = options->followers_each > 0 ? options->followers_each : 300,
        .read_groups_max = 2,
        .rounds_max = 1,
        .follow_us = FOLLOW_US,
        .guesses_max = options->guesses_max,
        .guess_us = GUESS_US,
        .natives = world->natives,
        .n_natives = HEALTH_METHODS + REFLECTION_METHODS,
    };
    world->rpc = rpc_create(&world->rpc_options, &err);
    cr_assert_not_null(world->rpc);
}

void world_start(struct world *world, const struct world_options *options) {
    struct error err = {0};
    memset(world, 0, sizeof *world);
    describe_directory();
    read_api(world);
    uv_loop_init(&world->loop);
    create_rpc(world, options);
    uv_check_init(&world->loop, &world->check);
    world->check.data = world;
    uv_check_start(&world->check, on_check);
    uv_prepare_init(&world->loop, &world->prepare);
    world->prepare.data = world;
    uv_prepare_start(&world->prepare, on_prepare);
    const struct pool_options pool_options = {
        .loop = &world->loop,
        .conninfo = cluster_server(),
        .n_links = options->n_links > 0 ? options->n_links : 2,
        .n_stream_links = options->n_stream_links > 0 ? options->n_stream_links : 1,
        .queue_limit = 1000,
        .on_state = on_state,
        .ctx = world,
    };
    world->pool = pool_create(&pool_options, &err);
    cr_assert_not_null(world->pool);
    while (!pool_has_idle_link(world->pool))
        world_turn(world);
    world->stopped_us = options->stops_clock ? clock_us() : 0;
}

static void destroy_rpc(struct world *world) {
    cr_assert_eq(rpc_n_calls(world->rpc), 0);
    rpc_destroy(world->rpc);
    health_destroy(world->health);
    reflection_destroy(world->reflection);
}

static void on_flushed(void *ctx) {
    *(bool *)ctx = true;
}

void world_renew(struct world *world, const struct world_options *options) {
    bool is_flushed = false;
    rpc_forget(world->rpc);
    rpc_flush(world->rpc, on_flushed, &is_flushed);
    while (rpc_n_calls(world->rpc) > 0 || !is_flushed || !pool_has_idle_link(world->pool))
        world_turn(world);
    destroy_rpc(world);
    create_rpc(world, options);
    cr_assert(rpc_serve(world->rpc, world->registry, world->pool));
    health_set(world->health, true);
}

static void on_pool_closed(void *ctx) {
    struct world *world = ctx;
    world->is_pool_closed = true;
}

void world_stop(struct world *world) {
    health_stop(world->health);
    reflection_stop(world->reflection);
    rpc_forget(world->rpc);
    pool_destroy(world->pool, on_pool_closed, world);
    while (!world->is_pool_closed)
        world_turn(world);
    uv_close((uv_handle_t *)&world->check, NULL);
    uv_close((uv_handle_t *)&world->prepare, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&world->loop), 0);
    destroy_rpc(world);
    arena_finish(&world->arena);
}

void world_turn(struct world *world) {
    uv_run(&world->loop, UV_RUN_ONCE);
}

void world_ask(const char *sql, char answer[100]) {
    struct error err = {0};
    struct session *session = session_create(cluster_admin(), &err);
    cr_assert_not_null(session, "%s", err.message);
    cr_assert(session_query_text(session, sql, NULL, 0, answer, 100, &err), "%s", err.message);
    session_destroy(session);
}

// ---- streams

static size_t n_places;

void stream_keep_place(struct stream *stream, struct stream_place *place) {
    (void)stream;
    cr_assert_null(place->host);
    place->host = (struct stream_host *)(void *)&n_places;
    n_places++;
}

void stream_leave_place(struct stream_place *place) {
    n_places -= place->host != NULL;
    place->host = NULL;
}

size_t world_n_places(void) {
    return n_places;
}

bool stream_was_compressed(const struct stream *stream) {
    return stream->is_compressed;
}

bool stream_send(struct stream *stream, struct buf *frame) {
    return stream_send_as(stream, frame, STREAM_AS_WORTH);
}

bool stream_send_as(struct stream *stream, struct buf *frame, enum stream_encoding encoding) {
    stream->encoding = encoding;
    cr_assert_not(stream->is_finished);
    if (failing_is_due("stream_send_as")) {
        buf_finish(frame);
        return false;
    }
    cr_assert_geq(buf_len(frame), FRAME_HEAD_SIZE);
    if (stream->is_paused)
        stream->queued += buf_len(frame);
    buf_consume(frame, FRAME_HEAD_SIZE);
    buf_move(&stream->last, frame);
    stream->n_frames++;
    return true;
}

size_t stream_queued(const struct stream *stream) {
    return stream->queued;
}

void stream_charge(const struct stream *stream, int64_t us) {
    ((struct stream *)(uintptr_t)stream)->charged_us += us;
}

void stream_finish(struct stream *stream, enum grpc_status status, const char *message) {
    if (stream->is_finished)
        return;
    stream->is_finished = true;
    stream->status = status;
    snprintf(stream->message, sizeof stream->message, "%s", message != NULL ? message : "");
}

void stream_begin(struct world *world, struct stream *stream, const char *path, const char *token,
                  int64_t timeout_us) {
    char whole[100];
    char authorization[100];
    snprintf(whole, sizeof whole, "%s%s", path[0] == '/' ? "" : "/shap.v1.Returns/", path);
    snprintf(authorization, sizeof authorization, "Bearer %s", token != NULL ? token : "");
    const struct stream_request request = {
        .path = whole,
        .authorization = token != NULL ? authorization : NULL,
        .peer = "test",
        .origin = "here",
        .timeout_us = timeout_us,
    };
    memset(stream, 0, sizeof *stream);
    stream->ctx = rpc_stream_events.on_request(world->rpc, stream, &request);
}

void stream_message(struct stream *stream, const ProtobufCMessage *message) {
    uint8_t bytes[4096];
    cr_assert_lt(protobuf_c_message_get_packed_size(message), sizeof bytes);
    size_t len = protobuf_c_message_pack(message, bytes);
    rpc_stream_events.on_message(stream->ctx, bytes, len);
}

void stream_half_close(struct stream *stream) {
    if (!stream->is_finished)
        rpc_stream_events.on_half_close(stream->ctx);
}

void stream_call(struct world *world, struct stream *stream, const char *path, const char *token,
                 const ProtobufCMessage *message) {
    stream_begin(world, stream, path, token, -1);
    cr_assert_not_null(stream->ctx, "%s", stream->message);
    stream_message(stream, message);
    stream_half_close(stream);
}

void stream_await(struct world *world, struct stream *stream) {
    while (!stream->is_finished)
        world_turn(world);
}

void stream_close(struct stream *stream) {
    if (stream->ctx != NULL)
        rpc_stream_events.on_close(stream->ctx);
    stream->ctx = NULL;
    buf_finish(&stream->last);
}

Shap__V1__Return *stream_return(const struct stream *stream) {
    Shap__V1__Return *answer =
        shap__v1__return__unpack(NULL, buf_len(&stream->last), buf_bytes(&stream->last));
    cr_assert_not_null(answer);
    return answer;
}

Shap__V1__Receipt *stream_receipt(const struct stream *stream) {
    Shap__V1__Receipt *receipt =
        shap__v1__receipt__unpack(NULL, buf_len(&stream->last), buf_bytes(&stream->last));
    cr_assert_not_null(receipt);
    return receipt;
}
