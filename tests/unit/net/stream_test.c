#include "server/net/stream_wire.h"

#include "proto/gzip.h"
#include "tests/unit/net/recorder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

// One stream with its host, without HTTP/2 around it.
struct bench {
    struct net_limits limits;
    struct recorder recorder;
    struct stream_host host;
    struct stream *stream;
    int n_ready;
};

static struct bench bench;

static void on_ready(struct stream_host *host, struct stream *stream) {
    (void)host;
    (void)stream;
    bench.n_ready++;
}

static void open_bench(void) {
    bench = (struct bench){.limits = net_limits_default};
    bench.host = (struct stream_host){.events = &recorder_events,
                                      .server = &bench.recorder,
                                      .peer = "test",
                                      .limits = &bench.limits,
                                      .now_ms = 1000,
                                      .on_ready = on_ready};
    bench.stream = stream_create(&bench.host, 1);
    cr_assert_not_null(bench.stream);
}

static void close_bench(void) {
    stream_destroy(bench.stream);
    cr_assert_eq(bench.recorder.n_open, 0);
    cr_assert_eq(bench.host.partial_total, 0);
    cr_assert_eq(bench.host.queued_total, 0);
    recorder_finish(&bench.recorder);
}

TestSuite(stream, .init = open_bench, .fini = close_bench);

static void reopen(void) {
    close_bench();
    open_bench();
}

static void header(const char *name, const char *value) {
    cr_assert(stream_take_header(bench.stream, name, strlen(name), value, strlen(value)));
}

// A good request head in which one header has another value; NULL leaves it out.
static void begin_with(const char *changed, const char *value) {
    static const char *const usual[][2] = {{":method", "POST"},
                                           {":path", "/shap.v1.Plans/GetPlan"},
                                           {"content-type", "application/grpc"},
                                           {"te", "trailers"},
                                           {"authorization", "Bearer t"}};
    bool is_usual = false;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        bool is_changed = strcmp(changed, usual[i][0]) == 0;
        is_usual = is_usual || is_changed;
        if (!is_changed || value)
            header(usual[i][0], is_changed ? value : usual[i][1]);
    }
    if (!is_usual && value)
        header(changed, value);
    stream_begin(bench.stream);
}

static void begin(void) {
    begin_with("te", "trailers");
}

static void feed(const void *bytes, size_t len) {
    stream_feed(bench.stream, bytes, len);
}

static void expect_events(const char *events) {
    cr_assert_str_eq(recorder_text(&bench.recorder), events);
}

static void expect_status(enum grpc_status status) {
    cr_assert(bench.stream->is_finished);
    cr_assert_eq(bench.stream->status, status, "%s: %s", status_name((int)bench.stream->status),
                 bench.stream->message);
}

Test(stream, timeouts_are_read_in_every_unit) {
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"1H", 3600000000},
        {"2M", 120000000},
        {"3S", 3000000},
        {"4m", 4000},
        {"5u", 5},
        {"6n", 1},
        {"1001n", 2},
        {"0n", 0},
        {"99999999H", INT64_C(359999996400000000)},
        {"00000001S", 1000000},
        {"", -1},
        {"S", -1},
        {"1", -1},
        {"1s", -1},
        {"123456789S", -1},
        {"-1S", -1},
        {" 1S", -1},
        {"1S ", -1},
        {"1SS", -1},
        {"1.5S", -1},
        {"+1S", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(stream_parse_timeout(cases[i].text), cases[i].us, "%s", cases[i].text);
}

Test(stream, a_request_head_is_judged_before_anyone_hears_of_it) {
    static const struct {
        const char *name;
        const char *value;
        const char *http_status;
        enum grpc_status status; // OK: the request is passed on
    } cases[] = {
        {"te", "trailers", "200", GRPC_OK},
        {"te", NULL, "200", GRPC_OK},
        {"authorization", NULL, "200", GRPC_OK},
        {"content-type", "application/grpc+proto", "200", GRPC_OK},
        {"content-type", "application/grpc;charset=utf-8", "200", GRPC_OK},
        {"content-type", "application/grpc+proto; x=y", "200", GRPC_OK},
        {"content-type", "application/grpc ; x=y", "200", GRPC_OK},
        {"content-type", "application/grpc+json", "415", GRPC_INVALID_ARGUMENT},
        {"content-type", "application/grpc-web", "415", GRPC_INVALID_ARGUMENT},
        {"content-type", "application/json", "415", GRPC_INVALID_ARGUMENT},
        {"content-type", NULL, "415", GRPC_INVALID_ARGUMENT},
        {":method", "GET", "405", GRPC_INTERNAL},
        {":method", NULL, "405", GRPC_INTERNAL},
        {":path", "shap.v1.Plans/GetPlan", "200", GRPC_UNIMPLEMENTED},
        {":path", NULL, "200", GRPC_UNIMPLEMENTED},
        {"grpc-timeout", "1S", "200", GRPC_OK},
        {"grpc-timeout", "soon", "200", GRPC_INTERNAL},
        {"x-trace-bin", "AAEC", "200", GRPC_OK},
        {"x-trace-bin", "AAE=", "200", GRPC_OK},
        {"x-trace-bin", "AAE", "200", GRPC_OK},
        {"x-trace-bin", "AA", "200", GRPC_OK},
        {"x-trace-bin", "AAEC,AA==, AAE", "200", GRPC_OK},
        {"x-trace-bin", "AAEC , AAE  ,  ,AA==", "200", GRPC_OK},
        {"x-trace-bin", "AAEC ,AA E", "200", GRPC_INTERNAL},
        {"x-trace-bin", "", "200", GRPC_OK},
        {"x-trace-bin", "A", "200", GRPC_INTERNAL},
        {"x-trace-bin", "AA=", "200", GRPC_INTERNAL},
        {"x-trace-bin", "AAEC=", "200", GRPC_INTERNAL},
        {"x-trace-bin", "AA==,AA-_", "200", GRPC_INTERNAL},
        {"x-trace-bin", "AA\xc3\xa9", "200", GRPC_INTERNAL},
        {"x-trace", "A", "200", GRPC_OK},
        {"grpc-encoding", "gzip", "200", GRPC_OK},
        {"grpc-encoding", "identity", "200", GRPC_OK},
        {"grpc-encoding", "snappy", "200", GRPC_UNIMPLEMENTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_with(cases[i].name, cases[i].value);
        bool is_good = cases[i].status == GRPC_OK;
        cr_assert_eq(bench.stream->is_finished, !is_good, "%s", cases[i].value);
        cr_assert_eq(bench.recorder.n_calls, is_good ? 1 : 0, "%s", cases[i].value);
        cr_assert_str_eq(bench.stream->http_status, cases[i].http_status, "%s", cases[i].value);
        if (!is_good)
            expect_status(cases[i].status);
        reopen();
    }
}

Test(stream, the_head_of_a_request_is_kept_for_the_layer_above) {
    header("x-trace-bin", "AAEC");
    begin_with("grpc-timeout", "20m");
    cr_assert_str_eq(bench.stream->request.path, "/shap.v1.Plans/GetPlan");
    cr_assert_str_eq(bench.stream->request.authorization, "Bearer t");
    cr_assert_str_eq(bench.stream->request.peer, "test");
    cr_assert_eq(bench.stream->request.timeout_us, 20000);
    cr_assert_str_eq(stream_find_header(bench.stream, "x-trace-bin"), "AAEC");
    cr_assert_null(stream_find_header(bench.stream, "x-other"));
}

Test(stream, messages_are_the_same_wherever_the_bytes_are_split) {
    static const char bytes[] = "\0\0\0\0\5hello\0\0\0\0\0\0\0\0\0\1x";
    const size_t len = sizeof bytes - 1;
    for (size_t at = 0; at <= len; at++) {
        begin();
        feed(bytes, at);
        feed(bytes + at, len - at);
        stream_half_close(bench.stream);
        expect_events("1 request /shap.v1.Plans/GetPlan\n1 message 5 hello\n1 message 0 \n"
                      "1 message 1 x\n1 half-close\n");
        cr_assert_eq(bench.stream->partial_since_ms, 0);
        reopen();
    }
}

Test(stream, a_request_that_ends_inside_a_message_is_an_error) {
    for (size_t len = 1; len < 10; len++) {
        begin();
        feed("\0\0\0\0\5hello", len);
        stream_half_close(bench.stream);
        expect_status(GRPC_INTERNAL);
        expect_events("1 request /shap.v1.Plans/GetPlan\n");
        reopen();
    }
}

Test(stream, a_frame_with_an_unknown_flag_is_an_error) {
    begin();
    feed("\2\0\0\0\5hello", 10);
    expect_status(GRPC_INTERNAL);
    expect_events("1 request /shap.v1.Plans/GetPlan\n");
}

Test(stream, a_message_may_be_as_large_as_the_limit_and_no_larger) {
    static char body[1 << 20];
    begin();
    feed("\0\0\x10\0\0", 5);
    feed(body, 1000000);
    feed(body, sizeof body - 1000000);
    cr_assert(strstr(recorder_text(&bench.recorder), "1 message 1048576 "));
    feed("\0\0\x10\0\1", 5);
    expect_status(GRPC_RESOURCE_EXHAUSTED);
}

Test(stream, the_largest_length_a_frame_can_state_is_refused_at_once) {
    begin();
    feed("\0\xff\xff\xff\xff", 5);
    expect_status(GRPC_RESOURCE_EXHAUSTED);
    cr_assert_eq(bench.host.partial_total, 0);
}

static size_t compress_frame(uint8_t *frame, size_t size, const void *bytes, size_t len) {
    z_stream zip = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)len};
    cr_assert_eq(deflateInit2(&zip, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zip.next_out = frame + FRAME_HEAD_SIZE;
    zip.avail_out = (uInt)(size - FRAME_HEAD_SIZE);
    cr_assert_eq(deflate(&zip, Z_FINISH), Z_STREAM_END);
    uint32_t n = (uint32_t)zip.total_out;
    deflateEnd(&zip);
    frame_put_head(frame, (struct frame_head){.compressed = true, .len = n});
    return n + FRAME_HEAD_SIZE;
}

static struct frame_head expect_frame(const char *content, size_t len) {
    struct frame_head head;
    struct buf plain = {0};
    struct buf *queue = &bench.stream->queue;
    cr_assert(frame_get_head(buf_bytes(queue), &head));
    cr_assert_geq(buf_len(queue), FRAME_HEAD_SIZE + head.len);
    const uint8_t *bytes = buf_bytes(queue) + FRAME_HEAD_SIZE;
    if (head.compressed)
        cr_assert_eq(gzip_inflate(bytes, head.len, 1 << 24, &plain), INFLATE_DONE);
    else
        cr_assert(buf_append(&plain, bytes, head.len));
    cr_assert_eq(buf_len(&plain), len);
    cr_assert_eq(memcmp(buf_bytes(&plain), content, len), 0);
    buf_finish(&plain);
    cr_assert_not(stream_take_sent(bench.stream, FRAME_HEAD_SIZE + head.len));
    return head;
}

Test(stream, an_answer_worth_it_is_compressed_for_a_client_that_takes_gzip) {
    static char body[(1 << 20) + 1];
    begin_with("grpc-accept-encoding", "identity,deflate, gzip");
    for (size_t len = bench.limits.compress_from - 1; len <= bench.limits.compress_from; len++) {
        cr_assert(recorder_send(bench.stream, body, len));
        struct frame_head head = expect_frame(body, len);
        cr_assert_eq(head.compressed, len == bench.limits.compress_from);
    }
    for (size_t len = (1 << 20); len <= (1 << 20) + 1; len++) {
        cr_assert(recorder_send(bench.stream, body, len));
        bench.stream->was_high = false;
        cr_assert_eq(expect_frame(body, len).compressed, len == (1 << 20));
    }
}

Test(stream, an_answer_that_gzip_would_not_shorten_goes_plain) {
    static char body[10000];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)((random = random * 1664525 + 1013904223) >> 24);
    begin_with("grpc-accept-encoding", "gzip");
    cr_assert(recorder_send(bench.stream, body, sizeof body));
    cr_assert_not(expect_frame(body, sizeof body).compressed);
}

Test(stream, no_answer_is_compressed_for_a_client_that_takes_no_gzip) {
    static const char *const taken[] = {NULL, "", "identity", "gzipx,xgzip,deflate", "GZIP"};
    static char body[10000];
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        begin_with("grpc-accept-encoding", taken[i]);
        for (int encoding = STREAM_AS_WORTH; encoding <= STREAM_GZIP; encoding++) {
            cr_assert(recorder_send_as(bench.stream, body, sizeof body, encoding));
            cr_assert_not(expect_frame(body, sizeof body).compressed);
        }
        reopen();
    }
}

Test(stream, each_answer_can_be_asked_for_plain_or_compressed) {
    static char body[10000];
    begin_with("grpc-accept-encoding", "gzip");
    cr_assert(recorder_send_as(bench.stream, body, sizeof body, STREAM_PLAIN));
    cr_assert(recorder_send_as(bench.stream, "", 0, STREAM_GZIP));
    cr_assert(recorder_send_as(bench.stream, "x", 1, STREAM_GZIP));
    cr_assert(recorder_send_as(bench.stream, "y", 1, STREAM_PLAIN));
    cr_assert_not(expect_frame(body, sizeof body).compressed);
    cr_assert(expect_frame("", 0).compressed);
    cr_assert(expect_frame("x", 1).compressed);
    cr_assert_not(expect_frame("y", 1).compressed);
}

Test(stream, compression_of_answers_can_be_switched_off) {
    static char body[100000];
    bench.limits.compress_from = 0;
    begin_with("grpc-accept-encoding", "gzip");
    cr_assert(recorder_send(bench.stream, body, 60000));
    cr_assert_not(expect_frame(body, 60000).compressed);
}

static const char text[] = "hello hello hello hello hello hello";

Test(stream, a_compressed_message_is_decompressed) {
    uint8_t frame[200];
    size_t len = compress_frame(frame, sizeof frame, text, sizeof text - 1);
    begin_with("grpc-encoding", "gzip");
    feed(frame, len);
    feed("\0\0\0\0\1x", 6);
    expect_events("1 request /shap.v1.Plans/GetPlan\n"
                  "1 compressed message 35 hello hello hello he\n1 message 1 x\n");
}

Test(stream, a_compressed_message_broken_anywhere_is_an_error_or_the_same_message) {
    uint8_t frame[200];
    size_t len = compress_frame(frame, sizeof frame, text, sizeof text - 1);
    for (size_t at = FRAME_HEAD_SIZE; at < len; at++) {
        frame[at] ^= 0x55;
        begin_with("grpc-encoding", "gzip");
        feed(frame, len);
        cr_assert(bench.stream->is_finished ||
                  strstr(recorder_text(&bench.recorder), "message 35 hello hello hello he"));
        frame[at] ^= 0x55;
        reopen();
    }
    for (uint32_t cut = 0; cut < len - FRAME_HEAD_SIZE; cut++) {
        frame_put_head(frame, (struct frame_head){.compressed = true, .len = cut});
        begin_with("grpc-encoding", "gzip");
        feed(frame, FRAME_HEAD_SIZE + cut);
        cr_assert(bench.stream->is_finished);
        cr_assert(bench.stream->status == GRPC_INTERNAL ||
                  bench.stream->status == GRPC_RESOURCE_EXHAUSTED);
        reopen();
    }
}

Test(stream, bytes_after_a_compressed_message_are_an_error) {
    uint8_t frame[200];
    size_t len = compress_frame(frame, sizeof frame, text, sizeof text - 1);
    frame_put_head(frame, (struct frame_head){true, (uint32_t)(len - FRAME_HEAD_SIZE + 1)});
    begin_with("grpc-encoding", "gzip");
    feed(frame, len + 1);
    expect_status(GRPC_INTERNAL);
}

Test(stream, a_compressed_message_stops_growing_at_the_limit) {
    static char zeros[1 << 20];
    static uint8_t frame[1 << 16];
    for (size_t limit = sizeof zeros - 1; limit <= sizeof zeros; limit++) {
        bench.limits.max_message = limit;
        size_t len = compress_frame(frame, sizeof frame, zeros, sizeof zeros);
        begin_with("grpc-encoding", "gzip");
        feed(frame, len);
        if (limit < sizeof zeros)
            expect_status(GRPC_RESOURCE_EXHAUSTED);
        else
            cr_assert(strstr(recorder_text(&bench.recorder), "1 compressed message 1048576 "));
        reopen();
    }
}

Test(stream, a_compressed_message_needs_an_encoding) {
    begin();
    feed("\1\0\0\0\0", 5);
    expect_status(GRPC_INTERNAL);
}

Test(stream, nothing_is_told_after_the_end_of_the_call) {
    begin();
    stream_finish(bench.stream, GRPC_ABORTED, "enough");
    feed("\0\0\0\0\5hello", 10);
    stream_half_close(bench.stream);
    expect_events("1 request /shap.v1.Plans/GetPlan\n");
}

Test(stream, only_the_first_end_of_a_call_counts) {
    begin();
    stream_finish(bench.stream, GRPC_ABORTED, "first");
    stream_finish(bench.stream, GRPC_OK, "second");
    expect_status(GRPC_ABORTED);
    cr_assert_str_eq(bench.stream->message, "first");
    cr_assert_not(recorder_send(bench.stream, "late", 4));
}

Test(stream, queued_messages_are_framed_one_after_the_other) {
    begin();
    cr_assert(recorder_send(bench.stream, "one", 3));
    cr_assert(recorder_send(bench.stream, "", 0));
    cr_assert(recorder_send(bench.stream, "three", 5));
    cr_assert_eq(stream_queued(bench.stream), 23);
    cr_assert_eq(
        memcmp(buf_bytes(&bench.stream->queue), "\0\0\0\0\3one\0\0\0\0\0\0\0\0\0\5three", 23), 0);
    cr_assert_eq(bench.n_ready, 3);
}

Test(stream, draining_is_told_once_at_the_low_mark) {
    static const char body[STREAM_QUEUE_HIGH] = "";
    begin();
    cr_assert(recorder_send(bench.stream, body, 100));
    cr_assert_not(stream_take_sent(bench.stream, 105));
    cr_assert(recorder_send(bench.stream, body, sizeof body));
    size_t above = stream_queued(bench.stream) - STREAM_QUEUE_LOW - 1;
    cr_assert_not(stream_take_sent(bench.stream, above));
    cr_assert(stream_take_sent(bench.stream, 1 + STREAM_QUEUE_LOW - 100));
    cr_assert_not(stream_take_sent(bench.stream, 100));
}

Test(stream, headers_of_the_answer_must_be_sendable) {
    begin();
    cr_assert(stream_add_header(bench.stream, "x-one", "value with spaces ~"));
    cr_assert(stream_add_trailer(bench.stream, "x-two-bin", "AAEC"));
    cr_assert_not(stream_add_header(bench.stream, "X-One", "v"));
    cr_assert_not(stream_add_header(bench.stream, "", "v"));
    cr_assert_not(stream_add_header(bench.stream, ":status", "v"));
    cr_assert_not(stream_add_header(bench.stream, "x", "a\nb"));
    cr_assert_not(stream_add_trailer(bench.stream, "x", "\xc3\xa9"));
    cr_assert_not(stream_add_trailer(bench.stream, "x", "\x7f"));
    for (int i = 1; i < STREAM_ANSWER_HEADERS_MAX; i++)
        cr_assert(stream_add_header(bench.stream, "x", ""));
    cr_assert_not(stream_add_header(bench.stream, "x", ""));
}

Test(stream, a_status_message_of_any_length_leaves_room_for_itself) {
    static char long_message[100000];
    memset(long_message, '%', sizeof long_message - 1);
    begin();
    stream_finish(bench.stream, GRPC_UNKNOWN, long_message);
    cr_assert_leq(strlen(bench.stream->message), 2048);
    cr_assert_geq(strlen(bench.stream->message), 2040);
}

Test(stream, a_status_without_words_has_no_message) {
    begin();
    stream_finish(bench.stream, GRPC_UNKNOWN, "");
    expect_status(GRPC_UNKNOWN);
    cr_assert_null(bench.stream->message);
}

Test(stream, the_time_that_an_event_took_is_work_of_the_turn) {
    size_t work = 7;
    begin();
    stream_charge(bench.stream, 100); // whose turn it is nobody counts
    bench.host.work = &work;
    stream_charge(bench.stream, 0);
    stream_charge(bench.stream, -1); // the clock was set
    cr_assert_eq(work, 7);
    stream_charge(bench.stream, 100);
    cr_assert_eq(work, 7 + 100 * STREAM_WORK_A_US);
}

Test(stream, a_token_is_wiped_before_its_memory_is_given_back) {
    begin();
    struct stream_header *header = bench.stream->received.first;
    while (strcmp(header->name, "authorization") != 0)
        header = header->next;
    cr_assert_str_eq(header->value, "Bearer t");
    stream_wipe_secrets(bench.stream);
    for (size_t i = 0; i < header->value_len; i++)
        cr_assert_eq(header->value[i], 0);
}
