// What a hostile server sends to shap: the client's HTTP/2 and the meaning of its answers. Each
// call ends once, and never well without a status.
//
// Input: a byte for the pieces, a byte for the calls, then frames: a byte each for type, flags,
// stream and the payload's length; of HEADERS the payload may be made of well-known fields, of DATA
// a message with its head.
#include "client/lib/answer.h"
#include "client/lib/wire.h"
#include "proto/frame.h"
#include "proto/gzip.h"
#include "shap/v1/plans.pb-c.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { CALLS_MAX = 4, FRAME_HEAD = 9, DATA = 0, HEADERS = 1, RAW = 15, MADE = 0x10, GZIP = 0x20 };

struct bench_call {
    struct wire_call call;
    struct answer answer;
    struct buf body;
    bool is_closed;
};

struct bench {
    struct wire *wire;
    struct bench_call calls[CALLS_MAX];
    size_t n_calls;
    size_t piece;
    bool is_over;
};

static void on_field(void *ctx, const char *name, const char *value) {
    struct bench_call *call = ctx;
    FUZZ_CHECK(!call->is_closed);
    answer_feed_field(&call->answer, name, value);
}

static bool on_data(void *ctx, const void *bytes, size_t len) {
    struct bench_call *call = ctx;
    FUZZ_CHECK(!call->is_closed);
    return answer_feed_body(&call->answer, bytes, len);
}

static void on_close(void *ctx, uint32_t error_code) {
    struct bench_call *call = ctx;
    struct shap_outcome outcome;
    (void)error_code;
    FUZZ_CHECK(!call->is_closed);
    call->is_closed = true;
    answer_end(&call->answer, &outcome);
    bool is_whole =
        call->answer.has_status && !call->answer.is_broken && buf_len(&call->answer.body) == 0;
    FUZZ_CHECK(outcome.status != GRPC_OK || is_whole);
    FUZZ_CHECK(outcome.status == GRPC_OK || outcome.message[0] != '\0');
}

static const struct wire_events events = {on_field, on_data, on_close};

static void drain(struct bench *bench) {
    struct buf out = {0};
    bench->is_over = !wire_drain(bench->wire, &out) || bench->is_over;
    buf_finish(&out);
}

static void feed(struct bench *bench, struct fuzz_input input) {
    while (input.len > 0 && !bench->is_over) {
        struct fuzz_input piece = fuzz_take(&input, bench->piece);
        bench->is_over = !wire_feed(bench->wire, piece.bytes, piece.len);
        drain(bench);
    }
}

static void start_call(struct bench *bench) {
    static const struct wire_field fields[] = {{":method", "POST", false},
                                               {":scheme", "http", false},
                                               {":path", "/a.B/C", false},
                                               {":authority", "a", false},
                                               {"authorization", "x", true}};
    struct bench_call *call = &bench->calls[bench->n_calls++];
    answer_init(&call->answer, &shap__v1__milestone__descriptor, NULL, NULL);
    FUZZ_CHECK(buf_append(&call->body, "\0\0\0\0\0", 5));
    call->call = (struct wire_call){.ctx = call, .body = &call->body};
    call->is_closed = !wire_has_room(bench->wire) ||
                      !wire_start(bench->wire, fields, sizeof fields / sizeof *fields, &call->call);
    drain(bench);
}

// ---- frames

// A literal field, neither indexed nor Huffman-coded (RFC 7541, 6.2.2).
static void put_field(struct buf *out, const char *name, const char *value) {
    FUZZ_CHECK(
        buf_format(out, "%c%c%s%c%s", 0x10, (int)strlen(name), name, (int)strlen(value), value));
}

static void put_fields(struct buf *out, struct fuzz_input *rest) {
    static const struct {
        const char *name;
        const char *value;
    } known[] = {{":status", "200"},        {"content-type", "application/grpc"},
                 {"grpc-encoding", "gzip"}, {"grpc-status", "0"},
                 {"grpc-status", "14"},     {"grpc-message", "a%20%f0%9f%8f%a0%"},
                 {":status", "503"},        {"content-type", "text/html"}};
    uint8_t bits = fuzz_byte(rest);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (bits >> i & 1)
            put_field(out, known[i].name, known[i].value);
}

static void put_message(struct buf *out, struct fuzz_input *rest, bool is_gzip) {
    struct buf zipped = {0};
    uint8_t head[FRAME_HEAD_SIZE];
    FUZZ_CHECK(!is_gzip || gzip_deflate(rest->bytes, rest->len, &zipped));
    struct fuzz_input message =
        is_gzip ? (struct fuzz_input){buf_bytes(&zipped), buf_len(&zipped)} : *rest;
    frame_put_head(head, (struct frame_head){.compressed = is_gzip, .len = (uint32_t)message.len});
    FUZZ_CHECK(buf_append(out, head, sizeof head));
    FUZZ_CHECK(message.len == 0 || buf_append(out, message.bytes, message.len));
    *rest = (struct fuzz_input){rest->bytes + rest->len, 0};
    buf_finish(&zipped);
}

static void run_frame(struct bench *bench, struct fuzz_input *input) {
    struct buf frame = {0};
    uint8_t type = fuzz_byte(input) % 16;
    uint8_t flags = fuzz_byte(input);
    uint8_t id = fuzz_byte(input) & 0x0f;
    struct fuzz_input rest = fuzz_take(input, fuzz_byte(input));
    const uint8_t head[FRAME_HEAD] = {0, 0, 0, type, flags & 0x0f, 0, 0, 0, id};
    if (type == RAW) {
        feed(bench, rest);
        return;
    }
    FUZZ_CHECK(buf_append(&frame, head, sizeof head));
    if (type == HEADERS && flags & MADE)
        put_fields(&frame, &rest);
    else if (type == DATA && flags & MADE)
        put_message(&frame, &rest, flags & GZIP);
    FUZZ_CHECK(rest.len == 0 || buf_append(&frame, rest.bytes, rest.len));
    size_t len = buf_len(&frame) - FRAME_HEAD;
    uint8_t *at = frame.data + frame.start;
    at[1] = (uint8_t)(len >> 8);
    at[2] = (uint8_t)len;
    feed(bench, (struct fuzz_input){buf_bytes(&frame), buf_len(&frame)});
    buf_finish(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    static const size_t pieces[] = {SIZE_MAX, 1, 7, 64};
    struct fuzz_input input = {bytes, len};
    struct bench bench = {.piece = pieces[fuzz_byte(&input) % 4]};
    uint8_t options = fuzz_byte(&input);
    bench.wire = wire_create(&events);
    FUZZ_CHECK(bench.wire != NULL);
    for (size_t i = options % CALLS_MAX + 1; i > 0; i--)
        start_call(&bench);
    feed(&bench, (struct fuzz_input){(const uint8_t *)"\0\0\0\4\0\0\0\0", FRAME_HEAD});
    while (input.len > 0 && !bench.is_over)
        run_frame(&bench, &input);
    for (size_t i = 0; i < bench.n_calls; i++)
        if (options >> (4 + i) & 1)
            wire_cancel(bench.wire, &bench.calls[i].call);
    drain(&bench);
    wire_destroy(bench.wire);
    for (size_t i = 0; i < bench.n_calls; i++) {
        answer_finish(&bench.calls[i].answer);
        buf_finish(&bench.calls[i].body);
    }
    return 0;
}
