// What the steps of attacks have in common.
#pragma once

#include "tests/attacks/attacks.h"

enum {
    IN_FLIGHT = 64,
    MEGABYTE = 1024 * 1024
}; // calls, where one is to be answered before the next

// Without memory the program ends.
void append(struct buf *buf, const void *bytes, size_t len);

// Both return the stream. A whole call has the payload as its message.
uint32_t open_call(struct attacker *attacker, struct line *line);
uint32_t whole_call(struct attacker *attacker, struct line *line);

// Calls of the line that are neither answered nor reset.
size_t n_in_flight(const struct line *line);
