// An arena: memory that is given out piece by piece and taken back all at once.
//
// One call of the server has one arena; everything decoded or built for that call lies in it, and
// nothing in it is freed alone. The first block is part of the caller's memory plan (arena_init
// gives none; blocks are allocated on demand, kept by arena_reset and freed by arena_finish).
#pragma once

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; // owned, newest first
    char *at;                   // in the newest block: what is given out next ...
    size_t room;                // ... and the bytes from there on
    size_t total;               // bytes held in all blocks
    size_t limit;               // arena_alloc fails when total would pass this
    size_t fail_after;          // tests: the n-th allocation from now fails; 0 = never
};

// An empty arena that will hold at most limit bytes.
void arena_init(struct arena *arena, size_t limit);

// Frees every block. The arena is empty and can be used again.
void arena_finish(struct arena *arena);

// Takes everything back but keeps one block for the next call.
void arena_reset(struct arena *arena);

// size bytes, aligned for any type, not cleared; NULL when memory or the limit is exhausted. size 0
// gives a pointer that is not NULL.
void *arena_alloc(struct arena *arena, size_t size) __attribute__((warn_unused_result));

// The same, cleared, for n elements; fails when n * size overflows.
void *arena_calloc(struct arena *arena, size_t n, size_t size) __attribute__((warn_unused_result));

// A copy of len bytes with a NUL after them.
char *arena_copy(struct arena *arena, const char *text, size_t len)
    __attribute__((warn_unused_result));

// A formatted string.
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((warn_unused_result, format(printf, 2, 3)));
