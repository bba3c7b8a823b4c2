// An allowance: so many at once, and so many more as time goes by. Whoever grants it embeds one;
// all zero is a full one.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ALLOWANCE_ONE = 1000000000, ALLOWANCE_LONG_MS = 10000000 };

struct allowance {
    uint64_t spent; // billionths of one that have not come back yet
    uint64_t at_ms; // when that was so
};

// How much comes back in a millisecond: for so many a second, and for one each so many ms.
static inline uint64_t allowance_per_second(uint64_t n) {
    return n * (ALLOWANCE_ONE / 1000);
}
static inline uint64_t allowance_every_ms(uint64_t ms) {
    return ms > 0 ? (ALLOWANCE_ONE + ms - 1) / ms : ALLOWANCE_ONE;
}

// What has come back by now.
static inline void allowance_refill(struct allowance *allowance, uint64_t back, uint64_t now_ms) {
    uint64_t passed_ms = now_ms > allowance->at_ms ? now_ms - allowance->at_ms : 0;
    uint64_t all = (passed_ms < ALLOWANCE_LONG_MS ? passed_ms : ALLOWANCE_LONG_MS) * back;
    allowance->spent -= all < allowance->spent ? all : allowance->spent;
    allowance->at_ms = now_ms;
}

// Spends one of burst. False when none is left.
static inline bool allowance_spend(struct allowance *allowance, uint64_t burst, uint64_t back,
                                   uint64_t now_ms) {
    allowance_refill(allowance, back, now_ms);
    if (allowance->spent + ALLOWANCE_ONE > burst * ALLOWANCE_ONE)
        return false;
    allowance->spent += ALLOWANCE_ONE;
    return true;
}
