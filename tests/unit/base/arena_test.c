#include "server/base/arena.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(arena, pieces_are_aligned_for_any_type_and_do_not_overlap) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    char *previous = NULL;
    for (size_t size = 1; size < 600; size++) {
        char *piece = arena_alloc(&arena, size);
        cr_assert_not_null(piece);
        cr_assert_eq((uintptr_t)piece % _Alignof(max_align_t), 0);
        memset(piece, (int)(size & 0x7f), size);
        if (previous)
            cr_assert_eq(previous[size - 2], (char)((size - 1) & 0x7f));
        previous = piece;
    }
    arena_finish(&arena);
}

Test(arena, a_large_piece_leaves_the_newest_block_in_use) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    char *before = arena_alloc(&arena, 16);
    char *large = arena_alloc(&arena, 100000);
    char *after = arena_alloc(&arena, 16);
    cr_assert_not_null(large);
    memset(large, 1, 100000);
    cr_assert_eq(after - before, 16);
    arena_finish(&arena);
}

Test(arena, nothing_is_given_beyond_the_limit) {
    struct arena arena;
    arena_init(&arena, 10000);
    size_t given = 0;
    while (arena_alloc(&arena, 160))
        given += 160;
    cr_assert_gt(given, 9000);
    cr_assert_leq(given, 10000);
    cr_assert_leq(arena.total, 10000);
    cr_assert_null(arena_alloc(&arena, 20000));
    arena_finish(&arena);
}

Test(arena, sizes_that_overflow_are_refused) {
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    cr_assert_null(arena_alloc(&arena, SIZE_MAX));
    cr_assert_null(arena_alloc(&arena, SIZE_MAX - 7));
    cr_assert_null(arena_calloc(&arena, SIZE_MAX / 2, 4));
    cr_assert_null(arena_copy(&arena, "", SIZE_MAX));
    arena_finish(&arena);
}

Test(arena, no_bytes_are_a_piece_too) {
    struct arena arena;
    arena_init(&arena, 10000);
    cr_assert_not_null(arena_alloc(&arena, 0));
    cr_assert_not_null(arena_calloc(&arena, 0, 8));
    cr_assert_str_eq(arena_copy(&arena, NULL, 0), "");
    arena_finish(&arena);
}

Test(arena, calloc_clears_memory_that_was_used_before) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    memset(arena_alloc(&arena, 1000), 0xff, 1000);
    arena_reset(&arena);
    const char *piece = arena_calloc(&arena, 100, 10);
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(piece[i], 0);
    arena_finish(&arena);
}

Test(arena, reset_keeps_one_block_and_gives_it_out_again) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < 1000; i++)
        cr_assert_not_null(arena_alloc(&arena, 100));
    arena_reset(&arena);
    size_t kept = arena.total;
    cr_assert_gt(kept, 0);
    cr_assert_not_null(arena_alloc(&arena, 100));
    cr_assert_eq(arena.total, kept);
    arena_finish(&arena);
    cr_assert_eq(arena.total, 0);
}

Test(arena, texts_are_copied_and_formatted) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    cr_assert_str_eq(arena_copy(&arena, "milestone", 4), "mile");
    cr_assert_str_eq(arena_format(&arena, "%s/%d/%d", "SH4.3", 2, 1), "SH4.3/2/1");
    cr_assert_str_eq(arena_format(&arena, "%s", ""), "");
    cr_assert_eq(strlen(arena_format(&arena, "%9000d", 1)), 9000);
    arena_finish(&arena);
}

Test(arena, the_nth_allocation_fails_when_a_test_asks_for_it) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    arena.fail_after = 3;
    cr_assert_not_null(arena_alloc(&arena, 1));
    cr_assert_not_null(arena_copy(&arena, "a", 1));
    cr_assert_null(arena_format(&arena, "a"));
    cr_assert_not_null(arena_alloc(&arena, 1));
    arena_finish(&arena);
}
