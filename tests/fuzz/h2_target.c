// The whole way of a request through HTTP/2: bytes of a connection in, events and bytes out. The
// layer above echoes, is silent, or refuses.
//
// Input: a byte of options, a byte for the pieces, then either bytes as they are, or records that
// become frames with right lengths: so that more than a first broken frame is reached.
#include "proto/frame.h"
#include "proto/gzip.h"
#include "server/net/h2_wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/net/recorder.h"

#include <string.h>

enum { RAW = 1, NO_PREFACE = 2, SILENT = 4, REFUSES = 8 };         // options
enum { TICK = 13, NOTICE = 14, GOAWAY = 15 };                      // records that are no frames
enum { END_STREAM = 1, END_HEADERS = 4, MESSAGE = 16, LONG = 32 }; // of a record's second byte
enum { DATA = 0, HEADERS = 1, FRAME_HEAD = 9, OUTPUT_LIMIT = 16 * 1024, LATER_MS = 40 * 1000 };

struct bench {
    struct net_limits limits;
    struct recorder recorder;
    struct h2 *h2;
    uint64_t now_ms;
    size_t piece;
    bool is_over; // takes no more
};

static void on_dirty(void *ctx) {
    (void)ctx;
}

// What is sent must be whole frames of lawful length.
static void check_output(const struct buf *out) {
    struct fuzz_input left = {buf_bytes(out), buf_len(out)};
    while (left.len > 0) {
        FUZZ_CHECK(left.len >= FRAME_HEAD);
        struct fuzz_input head = fuzz_take(&left, FRAME_HEAD);
        size_t len =
            (size_t)head.bytes[0] << 16 | (size_t)head.bytes[1] << 8 | (size_t)head.bytes[2];
        FUZZ_CHECK(len <= 16 * 1024 && head.bytes[3] <= 9 && left.len >= len);
        fuzz_take(&left, len);
    }
}

static void drain(struct bench *bench) {
    struct buf out = {0};
    struct error err = {0};
    bool is_empty = false;
    while (!is_empty && h2_drain(bench->h2, &out, OUTPUT_LIMIT, &err)) {
        is_empty = buf_len(&out) == 0;
        check_output(&out);
        buf_clear(&out);
    }
    buf_finish(&out);
}

// What is long goes whole: in small pieces it would take all the time there is.
static void feed(struct bench *bench, struct fuzz_input input) {
    const size_t piece_len = input.len > 512 ? input.len : bench->piece;
    while (input.len > 0 && !bench->is_over) {
        struct error err = {0};
        struct fuzz_input piece = fuzz_take(&input, piece_len);
        bench->now_ms++;
        bench->is_over = !h2_feed(bench->h2, piece.bytes, piece.len, bench->now_ms, &err);
        FUZZ_CHECK(!bench->is_over || err.is_set);
        drain(bench);
    }
}

static void feed_frame(struct bench *bench, uint8_t type, uint8_t flags, uint32_t id,
                       const struct buf *payload) {
    size_t len = buf_len(payload);
    const uint8_t head[FRAME_HEAD] = {
        (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len,       type,       flags,
        (uint8_t)(id >> 24),  (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id};
    feed(bench, (struct fuzz_input){head, sizeof head});
    feed(bench, (struct fuzz_input){buf_bytes(payload), len});
}

// ---- records

// A literal field, neither indexed nor Huffman-coded (RFC 7541, 6.2.2).
static void put_field(struct buf *out, const char *name, const char *value) {
    FUZZ_CHECK(
        buf_format(out, "%c%c%s%c%s", 0x10, (int)strlen(name), name, (int)strlen(value), value));
}

// The head of a good request; bits of the record's first byte add to it.
static void put_request(struct buf *out, struct fuzz_input *rest) {
    static const struct {
        const char *name;
        const char *value;
    } more[] = {{"grpc-encoding", "gzip"}, {"grpc-accept-encoding", "identity,gzip"},
                {"grpc-timeout", "1S"},    {"grpc-encoding", "br"},
                {"authorization", "x"},    {"te", "trailers"}};
    uint8_t bits = fuzz_byte(rest);
    put_field(out, ":method", "POST");
    put_field(out, ":scheme", "http");
    put_field(out, ":authority", "a");
    put_field(out, ":path", bits & 0x40 ? "no" : "/a.B/C");
    put_field(out, "content-type", bits & 0x80 ? "text/html" : "application/grpc");
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (bits >> i & 1)
            put_field(out, more[i].name, more[i].value);
}

// A whole message in its frame; the record's first byte says whether it is compressed.
static void put_message(struct buf *out, struct fuzz_input *rest) {
    struct buf zipped = {0};
    uint8_t head[FRAME_HEAD_SIZE];
    bool is_compressed = fuzz_byte(rest) & 1;
    size_t len = rest->len;
    if (is_compressed) {
        FUZZ_CHECK(gzip_deflate(rest->bytes, rest->len, &zipped));
        len = buf_len(&zipped);
    }
    frame_put_head(head, (struct frame_head){.compressed = is_compressed, .len = (uint32_t)len});
    FUZZ_CHECK(buf_append(out, head, sizeof head));
    FUZZ_CHECK(buf_append(out, is_compressed ? buf_bytes(&zipped) : rest->bytes, len));
    *rest = (struct fuzz_input){rest->bytes + rest->len, 0};
    buf_finish(&zipped);
}

// Zeros at the end make a payload longer than any input.
static void put_rest(struct buf *out, struct fuzz_input rest, bool is_long) {
    static const uint8_t zeros[15 * 1024];
    FUZZ_CHECK(buf_append(out, rest.bytes, rest.len));
    FUZZ_CHECK(!is_long || buf_append(out, zeros, sizeof zeros));
}

// Type, flags, stream, length of what follows.
static void run_record(struct bench *bench, struct fuzz_input *input) {
    struct buf payload = {0};
    uint8_t type = fuzz_byte(input) % 16;
    uint8_t flags = fuzz_byte(input);
    uint32_t id = fuzz_byte(input) & 0x3f;
    struct fuzz_input rest = fuzz_take(input, fuzz_byte(input));
    if (type == TICK) {
        bench->now_ms += LATER_MS;
        bench->is_over = !h2_sweep(bench->h2, bench->now_ms) || bench->is_over;
    } else if (type == NOTICE) {
        h2_shutdown_notice(bench->h2);
    } else if (type == GOAWAY) {
        h2_goaway(bench->h2);
    } else {
        if (type == HEADERS && flags & MESSAGE)
            put_request(&payload, &rest);
        else if (type == DATA && flags & MESSAGE)
            put_message(&payload, &rest);
        put_rest(&payload, rest, flags & LONG);
        feed_frame(bench, type, flags & 0xcf, id, &payload);
    }
    buf_finish(&payload);
}

// ---- one connection

static void run_input(struct bench *bench, struct fuzz_input *input, uint8_t options) {
    static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
    if (!(options & NO_PREFACE))
        feed(bench, (struct fuzz_input){preface, sizeof preface});
    if (options & RAW)
        feed(bench, *input);
    while (!(options & RAW) && input->len > 0 && !bench->is_over)
        run_record(bench, input);
    drain(bench);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    static const size_t pieces[] = {SIZE_MAX, 1, 7, 64};
    struct fuzz_input input = {bytes, len};
    struct error err = {0};
    uint8_t options = fuzz_byte(&input);
    struct bench bench = {.limits = net_limits_default, .now_ms = 1};
    bench.piece = pieces[fuzz_byte(&input) % 4];
    bench.recorder.is_silent = options & SILENT;
    bench.recorder.refuses = options & REFUSES;
    // Small limits are reached by small inputs.
    bench.limits.max_message = 60 * 1024;
    bench.limits.max_partial = 100 * 1024;
    bench.limits.max_header_list = 512;
    bench.limits.max_streams = 8;
    bench.limits.max_idle_frames = 20;
    bench.limits.reset_burst = 4;
    const struct h2_options h2_options = {.limits = &bench.limits,
                                          .streams = &recorder_events,
                                          .server = &bench.recorder,
                                          .peer = "fuzz",
                                          .on_dirty = on_dirty};
    bench.h2 = h2_create(&h2_options, &err);
    FUZZ_CHECK(bench.h2 != NULL);
    run_input(&bench, &input, options);
    size_t n_streams = h2_n_streams(bench.h2);
    FUZZ_CHECK(n_streams <= 2 * bench.limits.max_streams);
    FUZZ_CHECK(bench.h2->host.partial_total <=
               bench.limits.max_partial + n_streams * bench.limits.stream_window);
    h2_destroy(bench.h2);
    FUZZ_CHECK(bench.recorder.n_open == 0);
    recorder_finish(&bench.recorder);
    return 0;
}
