#include "server/rpc/deadline.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { N = 500 };

static int compare(const void *a, const void *b) {
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

Test(deadline, nothing_comes_first_when_nothing_is_set) {
    struct deadlines deadlines = {0};
    struct deadline deadline = {0};
    cr_assert_null(deadlines_first(&deadlines));
    deadlines_remove(&deadlines, &deadline);
    deadlines_finish(&deadlines);
}

Test(deadline, they_come_in_their_order_however_they_were_set) {
    struct deadlines deadlines = {0};
    struct deadline all[N] = {0};
    int64_t expected[N];
    srand(1);
    for (size_t i = 0; i < N; i++) {
        expected[i] = rand() % 100;
        cr_assert(deadlines_add(&deadlines, &all[i], expected[i]));
    }
    qsort(expected, N, sizeof *expected, compare);
    for (size_t i = 0; i < N; i++) {
        struct deadline *first = deadlines_first(&deadlines);
        cr_assert_eq(first->at_us, expected[i]);
        deadlines_remove(&deadlines, first);
        cr_assert_eq(first->place, 0);
    }
    cr_assert_null(deadlines_first(&deadlines));
    deadlines_finish(&deadlines);
}

Test(deadline, one_that_is_removed_never_comes_and_the_rest_keep_their_order) {
    struct deadlines deadlines = {0};
    struct deadline all[N] = {0};
    srand(2);
    for (size_t i = 0; i < N; i++)
        cr_assert(deadlines_add(&deadlines, &all[i], rand() % 1000));
    for (size_t i = 0; i < N; i += 3) {
        deadlines_remove(&deadlines, &all[i]);
        deadlines_remove(&deadlines, &all[i]);
    }
    int64_t last = 0;
    size_t n = 0;
    for (struct deadline *first; (first = deadlines_first(&deadlines)) != NULL; n++) {
        cr_assert_neq((first - all) % 3, 0);
        cr_assert_geq(first->at_us, last);
        last = first->at_us;
        deadlines_remove(&deadlines, first);
    }
    cr_assert_eq(n, N - (N + 2) / 3);
    deadlines_finish(&deadlines);
}
