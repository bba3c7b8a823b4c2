#include "server/restart.h"

#include <criterion/criterion.h>

static struct restart restart;

// Runs from one moment to another: the pause.
static int run(time_t from, time_t to) {
    restart_begin(&restart, from);
    return restart_end(&restart, to, 8);
}

Test(restart, what_ran_for_a_minute_is_started_again_at_once) {
    cr_assert_eq(run(1000, 1060), 0);
    cr_assert(restart_is_due(&restart, 1060));
}

Test(restart, who_dies_again_and_again_waits_longer_each_time_and_eight_seconds_at_most) {
    static const int pauses[] = {0, 1, 2, 4, 8, 8, 8};
    time_t now = 1000;
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        cr_assert_eq(run(now, now + 1), pauses[i], "the pause %zu", i);
        now += 1;
        if (pauses[i] > 0)
            cr_assert_not(restart_is_due(&restart, now + pauses[i] - 1));
        now += pauses[i];
        cr_assert(restart_is_due(&restart, now));
    }
}

Test(restart, a_minute_of_work_ends_the_pauses) {
    for (time_t now = 1000; now < 1005; now++)
        (void)run(now, now);
    cr_assert_eq(run(2000, 2060), 0);
    cr_assert_eq(run(2060, 2061), 0);
    cr_assert_eq(run(2061, 2062), 1);
}

Test(restart, the_longest_pause_is_the_callers) {
    restart_begin(&restart, 1000);
    for (int i = 0; i < 5; i++)
        cr_assert_leq(restart_end(&restart, 1000, 1), 1);
    cr_assert_eq(restart_end(&restart, 1000, 1), 1);
    cr_assert_eq(restart_end(&restart, 1000, 0), 0);
}

Test(restart, the_clock_goes_on) {
    time_t before = restart_clock();
    cr_assert_geq(restart_clock(), before);
    cr_assert_gt(before, 0);
}
