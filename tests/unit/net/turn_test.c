// What a turn of the loop costs: answers that are due together leave in one write and as few TLS
// records as hold them, and calls that follow others ask for no memory.
#include "server/base/reuse.h"
#include "server/net/h2.h"
#include "server/net/h2_room.h"
#include "server/net/stream_spares.h"
#include "tests/unit/net/listener_kit.h"

#include "proto/frame.h"

#include <criterion/criterion.h>
#include <string.h>

enum { CALLS = 16, RECORD_HEAD = 5, RECORD_MAX = 16 * 1024, OVERHEAD_MAX = 256 };

// ---- writes and records

static size_t n_writes, n_records;
static size_t lengths[64]; // of the records

int __real_uv_try_write(uv_stream_t *stream, const uv_buf_t bufs[], unsigned n);
int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t bufs[], unsigned n);

static void count_records(const uint8_t *bytes, size_t len) {
    for (size_t at = 0; at + RECORD_HEAD <= len && n_records < 64; n_records++) {
        lengths[n_records] = (size_t)bytes[at + 3] << 8 | bytes[at + 4];
        at += RECORD_HEAD + lengths[n_records];
    }
}

int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t bufs[], unsigned n) {
    n_writes++;
    for (unsigned i = 0; i < n; i++)
        count_records((const uint8_t *)bufs[i].base, bufs[i].len);
    return __real_uv_try_write(stream, bufs, n);
}

static void open_line(void) {
    listener_kit_open();
    client.window = 1 << 20;
    listener_kit_start("127.0.0.1:0", tls);
    client_connect(&client, listener_address(listener), true);
}

TestSuite(turn, .init = open_line, .fini = listener_kit_close, .timeout = 30);

static void answer_together(const char *message, size_t len) {
    int32_t ids[CALLS];
    for (int i = 0; i < CALLS; i++) {
        ids[i] = peer_request(client.peer, "/a", NULL);
        peer_message(client.peer, ids[i], message, len);
        peer_end(client.peer, ids[i]);
    }
    n_writes = n_records = 0;
    for (int i = 0; i < CALLS; i++) {
        UNTIL(peer_answer(client.peer, ids[i])->is_closed);
        cr_assert(peer_has_line(client.peer, ids[i], "grpc-status: 0"));
    }
}

Test(turn, answers_due_together_leave_in_one_record_and_one_write) {
    answer_together("hello", 5);
    for (int round = 0; round < 3; round++) {
        answer_together("hello", 5);
        cr_assert_eq(n_writes, 1);
        cr_assert_eq(n_records, 1);
    }
}

Test(turn, what_is_larger_fills_its_records) {
    static char message[3000];
    answer_together(message, sizeof message); // the server's window opens for as much
    answer_together(message, sizeof message);
    size_t n_full = 0;
    for (size_t i = 0; i < n_records; i++)
        n_full += lengths[i] > RECORD_MAX && lengths[i] <= RECORD_MAX + OVERHEAD_MAX;
    cr_assert_eq(n_records - n_full, n_writes, "%zu of %zu are full", n_full, n_records);
    cr_assert_geq(n_full, 1);
}

// ---- memory

static bool is_counting;
static size_t n_allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size) {
    n_allocations += is_counting;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
    n_allocations += is_counting;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size) {
    n_allocations += is_counting;
    return __real_realloc(old, size);
}

static struct stream *streams[CALLS];
static size_t n_begun;

static void *on_request(void *server, struct stream *stream, const struct stream_request *request) {
    (void)server, (void)request;
    streams[n_begun++ % CALLS] = stream;
    return stream;
}

static void on_message(void *ctx, const uint8_t *bytes, size_t len) {
    (void)ctx, (void)bytes, (void)len;
}

// As a call does it, whose frame's memory goes round.
static void on_half_close(void *ctx) {
    static struct buf frame;
    if (!buf_append(&frame, "\0\0\0\0\0hello", FRAME_HEAD_SIZE + 5))
        return;
    (void)!stream_send(ctx, &frame);
    stream_finish(ctx, GRPC_OK, NULL);
}

static void on_close(void *ctx) {
    (void)ctx;
}

static void on_dirty(void *ctx) {
    (void)ctx;
}

static void exchange(struct h2 *h2, struct peer *peer) {
    static struct buf out;
    peer_collect(peer);
    is_counting = true;
    cr_assert(h2_feed(h2, buf_bytes(&peer->out), buf_len(&peer->out), 1, &err));
    cr_assert(h2_drain(h2, &out, 1 << 20, &err));
    is_counting = false;
    buf_clear(&peer->out);
    cr_assert(peer_feed(peer, buf_bytes(&out), buf_len(&out)));
    buf_clear(&out);
}

static size_t allocations_of_calls(struct h2 *h2, struct peer *peer) {
    int32_t ids[CALLS];
    n_allocations = 0;
    for (int i = 0; i < CALLS; i++) {
        ids[i] = peer_request(peer, "/a", "authorization", "Bearer t", NULL);
        peer_message(peer, ids[i], "hello", 5);
        peer_end(peer, ids[i]);
    }
    exchange(h2, peer);
    for (int i = 0; i < CALLS; i++)
        cr_assert(peer_has_line(peer, ids[i], "grpc-status: 0"));
    return n_allocations;
}

Test(memory, calls_that_follow_others_ask_for_none) {
    static const struct stream_events events = {.on_request = on_request,
                                                .on_message = on_message,
                                                .on_half_close = on_half_close,
                                                .on_close = on_close};
    struct stream_spares spares;
    stream_spares_init(&spares);
    const struct h2_options options = {.limits = &net_limits_default,
                                       .streams = &events,
                                       .rooms = h2_rooms_create(),
                                       .spares = &spares,
                                       .peer = "test",
                                       .on_dirty = on_dirty};
    struct h2 *h2 = h2_create(&options, &err);
    struct peer *peer = peer_create(0);
    size_t first = allocations_of_calls(h2, peer), later = 0;
    (void)allocations_of_calls(h2, peer);
    for (int i = 0; i < 10; i++)
        later += allocations_of_calls(h2, peer);
    cr_assert_gt(first, 2 * CALLS);
    cr_assert(later == 0 || !IS_MEMORY_REUSED, "%zu in 10 rounds, %zu in the first", later, first);
    h2_destroy(h2);
    h2_rooms_destroy(options.rooms);
    stream_spares_finish(&spares);
    peer_destroy(peer);
}
