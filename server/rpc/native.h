// The one seam for methods that are not SQL: a native method is a path and two functions. The call
// collects the request, counts and logs it like any other; the method answers on call->stream
// through call_answer, now or later.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct call;

struct native_method {
    const char *path;
    // The request is complete: bytes are borrowed until the function returns. The method sends
    // what it wants to the call's stream and ends it with call_answer, or keeps call (a watch)
    // until on_over.
    void (*on_call)(void *owner, struct call *call, const uint8_t *bytes, size_t len);
    // The call is over, however it ended; comes once after on_call. NULL: the method keeps no call.
    void (*on_over)(void *owner, struct call *call);
    void *owner; // borrowed, outlives the calls
};
