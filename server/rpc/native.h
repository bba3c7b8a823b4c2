// The one seam for methods that are not SQL: a native method is a path and functions. The call
// counts, times and logs it like any other; the method sends to its client with call_send and ends
// the call with call_answer, now or later.
//
// It takes either one request, which the call collects (on_call), or a stream of them (on_message),
// which it hears of as they come and may answer at any time.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct call;

struct native_method {
    const char *path;
    // One request: it is complete, bytes are borrowed until the function returns. The method
    // answers, or keeps call (a watch) until on_over. NULL: the method takes a stream.
    void (*on_call)(void *owner, struct call *call, const uint8_t *bytes, size_t len);
    // A stream of requests, all three or none: it has begun; one message, borrowed as above; the
    // client sends no more. Nothing comes after call_answer but on_over.
    void (*on_begin)(void *owner, struct call *call);
    void (*on_message)(void *owner, struct call *call, const uint8_t *bytes, size_t len);
    void (*on_half_close)(void *owner, struct call *call);
    // stream_queued has fallen to the low mark after having been above the high one. NULL: the
    // method never sends that much.
    void (*on_drain)(void *owner, struct call *call);
    // The call is over, however it ended; comes once after on_call or on_begin. NULL: the method
    // keeps no call.
    void (*on_over)(void *owner, struct call *call);
    void *owner; // borrowed, outlives the calls
};
