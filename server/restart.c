#include "server/restart.h"

enum {
    STEADY_SECONDS = 60, // what ran for so long is started again at once ...
    PAUSE_SECONDS = 1, // ... and what did not at first, too, then after a pause, doubled each time
    DOUBLINGS = 8,     // in any case
};

time_t restart_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

void restart_begin(struct restart *restart, time_t now) {
    restart->started_at = now;
}

int restart_end(struct restart *restart, time_t now, int most_seconds) {
    bool was_steady = now - restart->started_at >= STEADY_SECONDS;
    restart->n_early_ends = was_steady ? 0 : restart->n_early_ends + 1;
    int n = restart->n_early_ends - 2;
    int pause = n < 0 ? 0 : PAUSE_SECONDS << (n < DOUBLINGS ? n : DOUBLINGS);
    if (pause > most_seconds)
        pause = most_seconds;
    restart->start_at = now + pause;
    return pause;
}

bool restart_is_due(const struct restart *restart, time_t now) {
    return now >= restart->start_at;
}
