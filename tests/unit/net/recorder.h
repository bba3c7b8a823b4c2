// A layer above for tests: writes down every event as a line of text, and answers as told.
//
//   "1 request /path", "1 message 5 hello", "1 compressed message 5 hello", "1 half-close",
//   "1 drain", "1 close"
// The number counts the calls. Owns its records; calls are freed at their close.
#pragma once

#include "server/base/buf.h"
#include "server/net/stream.h"

struct recorder {
    struct buf text;
    int n_calls;                 // begun
    int n_open;                  // not yet closed
    struct stream *stream;       // of the latest call
    bool is_silent;              // no message is echoed, no call finished
    bool refuses;                // every call is finished in on_request
    struct stream_place *places; // where calls that are closed keep their place; NULL: they do not
    size_t n_places;
    void (*on_event)(void); // called in each event, unless NULL
};

extern const struct stream_events recorder_events;

// What was recorded, as a string that lives until the next event.
const char *recorder_text(struct recorder *recorder);
void recorder_finish(struct recorder *recorder);

// Queues one message of len bytes. False as stream_send.
bool recorder_send(struct stream *stream, const void *bytes, size_t len);
bool recorder_send_as(struct stream *stream, const void *bytes, size_t len, int encoding);
