// Deadlines: which call must end first. A binary heap of moments; whoever wants one embeds a
// deadline and keeps it alive while it is set. No clock and no timer of its own: the owner asks for
// the earliest and comes back then.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline {
    int64_t at_us;
    size_t place; // in the heap, from 1; 0 = not set
};

struct deadlines {
    struct deadline **heap; // owned; what it points to is borrowed
    size_t n;
    size_t capacity;
};

void deadlines_finish(struct deadlines *deadlines);

// False without memory; the deadline is not set then. It must not be set already.
bool deadlines_add(struct deadlines *deadlines, struct deadline *deadline, int64_t at_us)
    __attribute__((warn_unused_result));

// Harmless when it is not set.
void deadlines_remove(struct deadlines *deadlines, struct deadline *deadline);

// The one that comes first; NULL when there is none.
struct deadline *deadlines_first(const struct deadlines *deadlines);
