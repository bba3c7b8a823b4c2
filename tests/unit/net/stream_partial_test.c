#include "server/net/stream_wire.h"
#include "tests/unit/net/recorder.h"

#include <criterion/criterion.h>
#include <string.h>

// A stream of one connection, beside others that hold 1000 bytes of unfinished messages; 3000 are
// the most.
struct bench {
    struct net_limits limits;
    struct recorder recorder;
    size_t held;
    struct stream_host host;
    struct stream *stream;
};

static struct bench bench;
static const uint8_t zeros[8000];

static void on_ready(struct stream_host *host, struct stream *stream) {
    (void)host;
    (void)stream;
}

static void header(const char *name, const char *value) {
    cr_assert(stream_take_header(bench.stream, name, strlen(name), value, strlen(value)));
}

static void open_bench(void) {
    bench = (struct bench){.limits = net_limits_default, .held = 1000};
    bench.limits.max_partial_all = 3000;
    bench.host = (struct stream_host){.events = &recorder_events,
                                      .server = &bench.recorder,
                                      .peer = "test",
                                      .limits = &bench.limits,
                                      .partial_all = &bench.held,
                                      .now_ms = 1000,
                                      .on_ready = on_ready};
    bench.stream = stream_create(&bench.host, 1);
    cr_assert_not_null(bench.stream);
    header(":method", "POST");
    header(":path", "/a");
    header("content-type", "application/grpc");
    stream_begin(bench.stream);
}

static void close_bench(void) {
    stream_destroy(bench.stream);
    cr_assert_eq(bench.host.partial_total, 0);
    cr_assert_eq(bench.held, 1000);
    recorder_finish(&bench.recorder);
}

TestSuite(stream_partial, .init = open_bench, .fini = close_bench);

static void feed(const void *bytes, size_t len) {
    (void)stream_feed(bench.stream, bytes, len);
}

Test(stream_partial, what_all_connections_hold_of_large_messages_is_limited) {
    feed("\0\0\0\xff\xff", 5);
    feed(zeros, 2000);
    cr_assert_not(bench.stream->is_finished);
    cr_assert_eq(bench.held, 3000);
    cr_assert_eq(bench.host.partial_total, 2000);
    feed(zeros, 1);
    cr_assert(bench.stream->is_finished);
    cr_assert_eq(bench.stream->status, GRPC_RESOURCE_EXHAUSTED);
    cr_assert_eq(bench.held, 1000);
}

Test(stream_partial, a_small_message_is_held_however_much_others_hold) {
    feed("\0\0\0\x10\0", 5);
    feed(zeros, 4000);
    cr_assert_eq(bench.held, 5000);
    feed(zeros, 96);
    cr_assert(strstr(recorder_text(&bench.recorder), "1 message 4096 "));
}

Test(stream_partial, a_message_that_comes_in_one_piece_is_not_held_at_all) {
    uint8_t whole[FRAME_HEAD_SIZE + sizeof zeros] = {0, 0, 0, 0x1f, 0x40};
    bench.held = 3000;
    feed(whole, sizeof whole);
    cr_assert(strstr(recorder_text(&bench.recorder), "1 message 8000 "));
    bench.held -= 2000;
}

Test(stream_partial, what_is_unfinished_of_a_call_that_is_answered_is_dropped) {
    feed("\0\0\0\xff\xff", 5);
    feed(zeros, 1000);
    cr_assert_eq(stream_unfinished(bench.stream), 65535);
    stream_finish(bench.stream, GRPC_DEADLINE_EXCEEDED, NULL);
    cr_assert_eq(stream_unfinished(bench.stream), 0);
    feed(zeros, 1000);
    cr_assert_eq(bench.held, 1000);
}

Test(stream_partial, what_the_streams_of_an_address_hold_is_counted_and_limited) {
    size_t held = 0;
    bench.limits.max_held = 24 * 1024;
    bench.host.held = &held;
    struct stream *stream = stream_create(&bench.host, 3);
    size_t empty = held;
    cr_assert_gt(empty, 0);
    cr_assert(stream_may_begin(&bench.host));
    cr_assert(stream_take_header(stream, "x", 1, (const char *)zeros, sizeof zeros));
    cr_assert_geq(held, empty + sizeof zeros);
    struct stream *other = stream_create(&bench.host, 5);
    cr_assert(stream_take_header(other, "x", 1, (const char *)zeros, sizeof zeros));
    bench.limits.max_held = held;
    cr_assert_not(stream_may_begin(&bench.host));
    stream_destroy(other);
    cr_assert(stream_may_begin(&bench.host));
    stream_destroy(stream);
    cr_assert_eq(held, 0);
    bench.host.held = NULL;
}
