// What the two halves of h2 share: h2.c takes frames in, h2_output.c gives them out. Private to
// them.
#pragma once

#include "server/net/allowance.h"
#include "server/net/h2.h"
#include "server/net/h2_room.h"
#include "server/net/stream_wire.h"

#include <nghttp2/nghttp2.h>

enum { H2_HEAD_SIZE = 9, H2_SKIPPED_MAX = 16, H2_ENDED_MAX = 256 };

// Stream ids passed over by a later one, first to last.
struct h2_id_range {
    int32_t first;
    int32_t last;
};

struct h2 {
    struct stream_host host;  // what streams know of us
    nghttp2_session *session; // owned
    struct h2_room *room;     // borrowed; where the session lies; NULL: on the heap
    struct list streams;      // owned: every open stream
    struct list ready;        // those with something new to send
    struct list drained;      // those to be told on_drain
    struct list waiting;      // those whose large message waits for a share of max_partial
    struct stream *latest;    // borrowed; the one found last; NULL: it is gone
    size_t n_reserved;        // of max_partial, by all streams
    size_t n_taken;           // bytes that the connection's window has not been given back yet
    size_t n_streams;

    void (*on_dirty)(void *ctx);
    void *ctx; // back-link to conn

    uint8_t head[H2_HEAD_SIZE]; // of the frame that comes
    size_t n_head;              // bytes of it that are there
    size_t n_payload;           // bytes of the frame, or of the preface, that are to come
    bool is_in_block;           // a header block has begun and not ended
    uint64_t coming_ms;         // since when the frame or block has been coming; 0: none is
    size_t own_work;            // host.work, where no other connection shares it
    struct buf rest;            // came and is to be fed at the next turn
    uint64_t ended_ms;          // when the last call ended; 0: none since the room rested

    bool is_open;
    int32_t last_id;             // the largest the peer has used; 0: none
    struct h2_id_range *skipped; // owned; a ring: the oldest are forgotten; may be NULL
    size_t n_skipped;
    int32_t *ended; // owned; a ring of streams that we ended before the peer did; may be NULL
    size_t n_ended;
    int32_t initial_window;     // of the peer's streams
    bool is_leaving;            // a GOAWAY of ours says which stream was the last ...
    int32_t leaving_id;         // ... this one
    uint32_t n_idle_frames;     // since the last frame with work, less what time forgives
    struct allowance pings;     // of the peer, since our last answer
    struct allowance resets;    // of streams, by either side
    uint32_t failure;           // the error code for the peer ...
    const char *failure_reason; // ... when this is set
    bool is_goodbye_submitted;  // its GOAWAY is in nghttp2's queue ...
    bool is_over;               // ... and is given out: nothing follows it

    struct buf *out;  // borrowed while draining
    size_t out_limit; // valid while draining
};

// The open stream of that id; NULL: there is none, or it was refused.
struct stream *h2_find_stream(struct h2 *h2, int32_t id);
