#include "server/rpc/deadline.h"

#include <assert.h>
#include <stdlib.h>

void deadlines_finish(struct deadlines *deadlines) {
    free(deadlines->heap);
    *deadlines = (struct deadlines){0};
}

static void put(struct deadlines *deadlines, size_t place, struct deadline *deadline) {
    deadlines->heap[place - 1] = deadline;
    deadline->place = place;
}

static bool is_before(const struct deadlines *deadlines, size_t a, size_t b) {
    return deadlines->heap[a - 1]->at_us < deadlines->heap[b - 1]->at_us;
}

static void swap(struct deadlines *deadlines, size_t a, size_t b) {
    struct deadline *first = deadlines->heap[a - 1];
    put(deadlines, a, deadlines->heap[b - 1]);
    put(deadlines, b, first);
}

static void rise(struct deadlines *deadlines, size_t place) {
    for (; place > 1 && is_before(deadlines, place, place / 2); place /= 2)
        swap(deadlines, place, place / 2);
}

static void sink(struct deadlines *deadlines, size_t place) {
    for (;;) {
        size_t child = 2 * place;
        if (child > deadlines->n)
            return;
        if (child < deadlines->n && is_before(deadlines, child + 1, child))
            child++;
        if (!is_before(deadlines, child, place))
            return;
        swap(deadlines, child, place);
        place = child;
    }
}

static bool grow(struct deadlines *deadlines) {
    size_t capacity = deadlines->capacity > 0 ? 2 * deadlines->capacity : 64;
    struct deadline **heap = realloc(deadlines->heap, capacity * sizeof(struct deadline *));
    if (heap == NULL)
        return false;
    deadlines->heap = heap;
    deadlines->capacity = capacity;
    return true;
}

bool deadlines_add(struct deadlines *deadlines, struct deadline *deadline, int64_t at_us) {
    assert(deadline->place == 0);
    if (deadlines->n == deadlines->capacity && !grow(deadlines))
        return false;
    deadline->at_us = at_us;
    deadlines->n++;
    put(deadlines, deadlines->n, deadline);
    rise(deadlines, deadlines->n);
    return true;
}

void deadlines_remove(struct deadlines *deadlines, struct deadline *deadline) {
    size_t place = deadline->place;
    if (place == 0)
        return;
    struct deadline *last = deadlines->heap[--deadlines->n];
    deadline->place = 0;
    if (last == deadline)
        return;
    put(deadlines, place, last);
    rise(deadlines, place);
    sink(deadlines, last->place);
}

struct deadline *deadlines_first(const struct deadlines *deadlines) {
    return deadlines->n > 0 ? deadlines->heap[0] : NULL;
}
