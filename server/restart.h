// When a child process that has died is started again: at once when it ran for long, and with a
// pause that grows when it dies again and again, as on a full disk: in vain, but not without end.
#pragma once

#include <stdbool.h>
#include <time.h>

struct restart {
    int n_early_ends; // in a row
    time_t started_at;
    time_t start_at; // not before
};

// Seconds of a clock that never goes back, for the functions below.
time_t restart_clock(void);

// The child is being started.
void restart_begin(struct restart *restart, time_t now);

// It has ended. Returns the seconds until it is to be started again, most_seconds at most.
int restart_end(struct restart *restart, time_t now, int most_seconds);

bool restart_is_due(const struct restart *restart, time_t now);
