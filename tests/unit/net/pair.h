// A server's and a client's side of HTTP/2 and the bytes between them, for tests of h2.
#pragma once

#include "server/net/h2.h"
#include "tests/unit/net/peer.h"
#include "tests/unit/net/recorder.h"

enum { PAIR_NOW_MS = 1000, PAIR_ALL = 1 << 30 };

struct pair {
    struct net_limits limits;
    struct recorder recorder; // above h2
    struct h2 *h2;            // owned
    struct peer *peer;        // owned; NULL: the server's side alone
    struct buf out;           // from the server, not yet taken
    struct error err;
    bool is_failed; // h2_feed has said so
    uint64_t now_ms;
    int n_dirty; // times that on_dirty came
};

// limits: NULL for the usual ones. window: as in peer_create.
void pair_init(struct pair *pair, const struct net_limits *limits, uint32_t window);
void pair_init_alone(struct pair *pair, const struct net_limits *limits);

// Asserts that every call has been closed.
void pair_finish(struct pair *pair);

// Gives the server bytes, at now_ms (PAIR_NOW_MS at first), unless it has failed.
void pair_feed(struct pair *pair, const void *bytes, size_t len);

// Carries what the server sends to the client, and asserts that this finds it right.
void pair_drain(struct pair *pair, size_t limit);

// Carries bytes both ways until both sides are silent.
void pair_exchange(struct pair *pair);

// Carries what the client has to send, and no answer.
void pair_open(struct pair *pair);

// Feeds a request head on a stream id of our choice, past the client, whose
// own heads the server's HPACK table no longer fits then.
void pair_feed_headers(struct pair *pair, int32_t id, uint8_t flags);
