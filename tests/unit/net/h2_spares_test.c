#include "server/net/h2_spares.h"

#include "server/base/reuse.h"

#include <criterion/criterion.h>
#include <string.h>

static struct h2_spares spares;
static struct list mine, theirs; // blocks in use

static void init(void) {
    h2_spares_init(&spares);
    list_init(&mine);
    list_init(&theirs);
}

static void finish(void) {
    cr_assert(list_is_empty(&mine) && list_is_empty(&theirs));
    h2_spares_finish(&spares);
    cr_assert_eq(spares.held, 0);
}

TestSuite(h2_spares, .init = init, .fini = finish);

Test(h2_spares, a_block_given_back_is_the_next_of_its_size) {
    void *small = h2_spares_take(&spares, &mine, 40), *large = h2_spares_take(&spares, &mine, 400);
    cr_assert_neq(small, large);
    h2_spares_give(&spares, small);
    h2_spares_give(&spares, large);
    if (!IS_MEMORY_REUSED)
        return;
    cr_assert_eq(spares.held, 64 + 416);
    cr_assert_eq(h2_spares_take(&spares, &mine, 385), large);
    cr_assert_eq(h2_spares_take(&spares, &mine, 64), small);
    cr_assert_eq(spares.held, 0);
    h2_spares_give(&spares, small);
    h2_spares_give(&spares, large);
}

Test(h2_spares, all_of_an_owner_go_together) {
    char *first = h2_spares_take(&spares, &mine, 64);
    memset(first, 1, 64);
    void *others = h2_spares_take(&spares, &theirs, 64);
    cr_assert_not_null(h2_spares_take(&spares, &mine, 5000));
    h2_spares_give_all(&spares, &mine);
    cr_assert(list_is_empty(&mine));
    cr_assert_not(list_is_empty(&theirs));
    h2_spares_give(&spares, others);
    cr_assert(list_is_empty(&theirs));
    cr_assert_eq(spares.held, IS_MEMORY_REUSED ? 128 : 0);
}

Test(h2_spares, what_is_large_or_nothing_is_not_kept) {
    char *block = h2_spares_take(&spares, &mine, 513);
    memset(block, 1, 513);
    h2_spares_give(&spares, block);
    h2_spares_give(&spares, h2_spares_take(&spares, &mine, 0));
    h2_spares_give(&spares, NULL);
    cr_assert_eq(spares.held, 0);
}

Test(h2_spares, no_more_is_kept_than_may_be) {
    enum { MANY = H2_SPARES_MAX / 512 + 10 };
    static void *blocks[MANY];
    for (size_t i = 0; i < MANY; i++)
        blocks[i] = h2_spares_take(&spares, &mine, 512);
    for (size_t i = 0; i < MANY; i++)
        h2_spares_give(&spares, blocks[i]);
    cr_assert_eq(spares.held, IS_MEMORY_REUSED ? H2_SPARES_MAX : 0);
}

Test(h2_spares, a_block_that_grows_keeps_what_it_holds) {
    static const size_t sizes[] = {64, 65, 600, 5000};
    char *block = h2_spares_resize(&spares, &mine, NULL, 10);
    memcpy(block, "0123456789", 10);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        block = h2_spares_resize(&spares, &mine, block, sizes[i]);
        cr_assert_eq(memcmp(block, "0123456789", 10), 0);
        memset(block + 10, 1, sizes[i] - 10);
    }
    cr_assert_eq(h2_spares_resize(&spares, &mine, block, 20), block, "it is long enough");
    h2_spares_give(&spares, block);
}
