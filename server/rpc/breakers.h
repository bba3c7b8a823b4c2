// The memory of who breaks groups: callers whose calls fail, alone too, by what they say, with an
// error that no function expected (a verdict breaks nothing). Such a call undoes the whole unit it
// shares, and each of the others must be tried again. Who has sent a few of late shares no more,
// until some time has passed without another: one is an accident, and may be of our own making.
//
// A caller is a token's digest or, without a token, where the call comes from. The table is fixed:
// where it is full, those who broke least and longest ago are forgotten first. Owned by rpc, which
// gives it the time.
#pragma once

#include "server/rpc/identity.h"

enum {
    BREAKS_MOST = 3, // at once; then one more each time one is forgotten
    // Each is forgotten after so long, and so long goes a caller alone after his last one: he costs
    // the others one group a minute of thousands, and who sends a list with faults in it has his
    // speed back soon after it.
    BREAK_US = 60000000,
};

struct breakers;

struct breakers *breakers_create(void) __attribute__((warn_unused_result));
void breakers_destroy(struct breakers *breakers);

// A call of the caller's failed alone. True when this was the one that he shares no more for.
bool breakers_count(struct breakers *breakers, const struct identity *caller, int64_t now_us);

// Whether the caller's calls are to be served in units of their own.
bool breakers_has(const struct breakers *breakers, const struct identity *caller, int64_t now_us);
