// Where in a message something is, for its error message: "rows[3].who". A chain of places on the
// stack, each pointing to the one around it; the text is made only when it is needed. Used by
// check, encode and decode.
#pragma once

#include "server/base/error.h"

#include <stddef.h>

struct path {
    const struct path *parent; // borrowed; NULL at the message itself
    const char *name;          // borrowed; NULL: the message itself
    ptrdiff_t index;           // of the element; -1 where the field is not repeated
};

// Sets err to the place followed by the message, which begins with what separates them: " is not
// valid UTF-8", ": 7 is too large". Without a place it speaks of "the message". Returns false.
bool path_fail(const struct path *path, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
