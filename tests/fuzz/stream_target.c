// gRPC's framing: a request's body in pieces. However it is cut, the layer above hears the same.
//
// Input: a byte of options (GZIP, REFUSES), a byte for the pieces, the body.
#include "server/net/stream_wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/net/recorder.h"

#include <string.h>

enum { GZIP = 1, REFUSES = 2, STAYS_OPEN = 4 };

static void on_ready(struct stream_host *host, struct stream *stream) {
    (void)host;
    (void)stream;
}

static void take_header(struct stream *stream, const char *name, const char *value) {
    FUZZ_CHECK(stream_take_header(stream, name, strlen(name), value, strlen(value)));
}

static void begin(struct stream *stream, uint8_t options) {
    take_header(stream, ":method", "POST");
    take_header(stream, ":path", "/a.B/C");
    take_header(stream, "content-type", "application/grpc");
    if (options & GZIP)
        take_header(stream, "grpc-encoding", "gzip");
    stream_begin(stream);
}

// Pieces of 1 to 16 bytes when the byte is odd, their sizes following from it; else the whole.
static void feed(struct stream *stream, struct fuzz_input body, uint8_t pieces) {
    uint32_t state = pieces;
    while (body.len > 0) {
        state = state * 1103515245 + 12345;
        struct fuzz_input piece =
            fuzz_take(&body, pieces % 2 == 1 ? 1 + (state >> 16) % 16 : body.len);
        stream_feed(stream, piece.bytes, piece.len);
    }
}

static void run(struct recorder *recorder, struct fuzz_input body, uint8_t options,
                uint8_t pieces) {
    // Small limits are reached by small inputs. A message in one piece is never partial: only where
    // that limit is no smaller than the other is it all the same how the body is cut.
    struct net_limits limits = net_limits_default;
    limits.max_message = 300;
    limits.max_partial = 300;
    struct stream_host host = {.events = &recorder_events,
                               .server = recorder,
                               .peer = "fuzz",
                               .limits = &limits,
                               .now_ms = 1,
                               .on_ready = on_ready};
    struct stream *stream = stream_create(&host, 1);
    FUZZ_CHECK(stream != NULL);
    recorder->refuses = options & REFUSES;
    begin(stream, options);
    feed(stream, body, pieces);
    FUZZ_CHECK(host.partial_total <= limits.max_partial);
    if (!(options & STAYS_OPEN))
        stream_half_close(stream);
    (void)!buf_format(&recorder->text, "%d %d\n", (int)stream->is_finished, (int)stream->status);
    stream_destroy(stream);
    FUZZ_CHECK(recorder->n_open == 0);
    FUZZ_CHECK(host.partial_total == 0 && host.queued_total == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct recorder whole = {.n_calls = 0};
    struct recorder cut = {.n_calls = 0};
    struct fuzz_input input = {bytes, len};
    uint8_t options = fuzz_byte(&input);
    uint8_t pieces = fuzz_byte(&input);
    run(&whole, input, options, 0);
    run(&cut, input, options, pieces | 1);
    FUZZ_CHECK(strcmp(recorder_text(&whole), recorder_text(&cut)) == 0);
    recorder_finish(&whole);
    recorder_finish(&cut);
    return 0;
}
