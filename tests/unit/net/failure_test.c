// Every allocation of the net layer fails once, over a whole session. nghttp2's and OpenSSL's own
// allocations are theirs.
#include "server/net/h2.h"

#include "server/net/stream_spares.h"
#include "tests/unit/failing/failing.h"
#include "tests/unit/net/peer.h"
#include "tests/unit/net/recorder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void on_dirty(void *ctx) {
    (void)ctx;
}

static void make_session(struct peer *peer) {
    static char large[40000];
    int32_t one = peer_request(peer, "/a", "authorization", "Bearer t", NULL);
    int32_t two = peer_request(peer, "/b", "content-type", "text/plain", NULL);
    int32_t three = peer_request(peer, "/c", "grpc-encoding", "br", NULL);
    peer_message(peer, one, "hello", 5);
    peer_message(peer, one, large, sizeof large);
    peer_end(peer, one);
    peer_end(peer, two);
    peer_end(peer, three);
    peer_collect(peer);
}

// Feeds the session in pieces and drains after each, as conn does.
static void serve(struct h2 *h2, const struct buf *input, struct error *err) {
    enum { PIECE = 1000 };
    struct buf out = {0};
    bool is_good = true;
    for (size_t at = 0; at < buf_len(input) && is_good; at += PIECE) {
        size_t rest = buf_len(input) - at;
        is_good = h2_feed(h2, buf_bytes(input) + at, rest < PIECE ? rest : PIECE, 1, err) &&
                  h2_drain(h2, &out, SIZE_MAX / 2, err);
    }
    buf_finish(&out);
}

static void run(void *ctx) {
    const struct buf *input = ctx;
    struct recorder recorder = {.n_calls = 0};
    struct error err = {.is_set = false};
    struct stream_spares spares;
    stream_spares_init(&spares);
    const struct h2_options options = {.limits = &net_limits_default,
                                       .spares = &spares,
                                       .streams = &recorder_events,
                                       .server = &recorder,
                                       .peer = "test",
                                       .on_dirty = on_dirty};
    struct h2 *h2 = h2_create(&options, &err);
    cr_assert_eq(h2 == NULL, err.is_set);
    if (h2)
        serve(h2, input, &err);
    h2_destroy(h2);
    stream_spares_finish(&spares);
    recorder_finish(&recorder);
    cr_assert_eq(recorder.n_open, 0);
}

Test(failure, every_allocation_may_fail) {
    struct peer *peer = peer_create(0);
    make_session(peer);
    cr_assert_gt(failing_each(run, &peer->out), 20);
    peer_destroy(peer);
}
