#include "server/net/stream_spares.h"

#include "server/base/reuse.h"
#include "server/net/stream_wire.h"
#include "tests/unit/net/recorder.h"

#include <criterion/criterion.h>
#include <string.h>

static struct recorder recorder;
static struct stream_spares spares;
static struct stream_host host;

static void on_ready(struct stream_host *of, struct stream *stream) {
    (void)of, (void)stream;
}

static void open_host(void) {
    stream_spares_init(&spares);
    host = (struct stream_host){.events = &recorder_events,
                                .server = &recorder,
                                .peer = "test",
                                .limits = &net_limits_default,
                                .spares = &spares,
                                .on_ready = on_ready};
}

static void close_host(void) {
    stream_spares_finish(&spares);
    cr_assert_eq(spares.n, 0);
    recorder_finish(&recorder);
}

TestSuite(stream_spares, .init = open_host, .fini = close_host);

static struct stream *begin(int32_t id) {
    static const char *const headers[][2] = {{":method", "POST"},
                                             {":path", "/a"},
                                             {"content-type", "application/grpc"},
                                             {"x-trace", "1"}};
    struct stream *stream = stream_create(&host, id);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        cr_assert(stream_take_header(stream, headers[i][0], strlen(headers[i][0]), headers[i][1],
                                     strlen(headers[i][1])));
    stream_begin(stream);
    return stream;
}

Test(stream_spares, one_that_follows_another_knows_nothing_of_it) {
    struct stream *before = begin(1);
    cr_assert(stream_add_header(before, "x-answer", "2"));
    cr_assert(recorder_send(before, "hello", 5));
    stream_finish(before, GRPC_NOT_FOUND, "gone");
    stream_destroy(before);
    struct stream *stream = stream_create(&host, 3);
    cr_assert(stream == before || !IS_MEMORY_REUSED);
    cr_assert_null(stream_find_header(stream, "x-trace"));
    cr_assert_eq(stream_queued(stream), 0);
    cr_assert_eq(host.queued_total, 0);
    cr_assert_not(stream->is_finished);
    cr_assert_null(stream->head.first);
    cr_assert_null(stream->message);
    stream_destroy(stream);
}

Test(stream_spares, one_that_held_much_is_not_kept) {
    static char large[8000];
    struct stream *stream = begin(1);
    cr_assert(recorder_send(stream, large, sizeof large));
    stream_destroy(stream);
    cr_assert_eq(spares.n, 0);
}

Test(stream_spares, no_more_are_kept_than_may_be) {
    enum { MANY = 300 };
    static struct stream *streams[MANY];
    for (int i = 0; i < MANY; i++)
        streams[i] = begin(2 * i + 1);
    for (int i = 0; i < MANY; i++)
        stream_destroy(streams[i]);
    cr_assert_eq(spares.n, IS_MEMORY_REUSED ? 64 : 0);
}
