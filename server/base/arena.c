#include "server/base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 4096, BLOCK_MAX = 64 * 1024 };

struct arena_block {
    struct arena_block *older; // owned
    size_t capacity;           // bytes in data
    max_align_t data[];
};

static size_t align_up(size_t size) {
    const size_t unit = _Alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

void arena_init(struct arena *arena, size_t limit) {
    *arena = (struct arena){.limit = limit};
}

static void free_blocks(struct arena_block *block) {
    while (block) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_finish(struct arena *arena) {
    free_blocks(arena->blocks);
    arena->blocks = NULL;
    arena->at = NULL;
    arena->room = 0;
    arena->total = 0;
}

// From its beginning on.
static void use(struct arena *arena, struct arena_block *block) {
    arena->blocks = block;
    arena->at = (char *)block->data;
    arena->room = block->capacity;
}

void arena_reset(struct arena *arena) {
    if (!arena->blocks)
        return;
    free_blocks(arena->blocks->older);
    arena->blocks->older = NULL;
    arena->total = arena->blocks->capacity;
    use(arena, arena->blocks);
}

// The capacity of the next block: it grows with the arena, holds size, and stays within the limit.
static size_t next_capacity(const struct arena *arena, size_t size) {
    size_t capacity = arena->total;
    if (capacity < BLOCK_MIN)
        capacity = BLOCK_MIN;
    if (capacity > BLOCK_MAX)
        capacity = BLOCK_MAX;
    if (capacity < size)
        capacity = size;
    size_t room = arena->limit - arena->total;
    return capacity <= room ? capacity : size;
}

static struct arena_block *add_block(struct arena *arena, size_t size) {
    if (arena->total > arena->limit || size > arena->limit - arena->total)
        return NULL;
    size_t capacity = next_capacity(arena, size);
    if (capacity > SIZE_MAX - sizeof(struct arena_block))
        return NULL;
    struct arena_block *block = malloc(sizeof *block + capacity);
    if (!block)
        return NULL;
    *block = (struct arena_block){.capacity = capacity};
    arena->total += capacity;
    return block;
}

// A piece larger than a block's share goes behind the newest block, whose rest stays in use.
static void *alloc_behind(struct arena *arena, size_t size) {
    struct arena_block *block = add_block(arena, size);
    if (!block)
        return NULL;
    block->older = arena->blocks->older;
    arena->blocks->older = block;
    return block->data;
}

static bool must_fail(struct arena *arena) {
    return arena->fail_after > 0 && --arena->fail_after == 0;
}

// need is aligned, as is all room.
static void *take(struct arena *arena, size_t need) {
    char *piece = arena->at;
    arena->at += need;
    arena->room -= need;
    return piece;
}

static void *alloc_slowly(struct arena *arena, size_t size) {
    if (must_fail(arena) || size > SIZE_MAX / 2)
        return NULL;
    size_t need = align_up(size > 0 ? size : 1);
    if (need <= arena->room)
        return take(arena, need);
    if (arena->blocks && need >= BLOCK_MAX / 4)
        return alloc_behind(arena, need);
    struct arena_block *block = add_block(arena, need);
    if (!block)
        return NULL;
    block->older = arena->blocks;
    use(arena, block);
    return take(arena, need);
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size == 0 || size > arena->room || arena->fail_after > 0)
        return alloc_slowly(arena, size);
    return take(arena, align_up(size));
}

void *arena_calloc(struct arena *arena, size_t n, size_t size) {
    if (size > 0 && n > SIZE_MAX / size)
        return NULL;
    void *piece = arena_alloc(arena, n * size);
    return piece ? memset(piece, 0, n * size) : NULL;
}

char *arena_copy(struct arena *arena, const char *text, size_t len) {
    char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;
    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = len >= 0 ? arena_alloc(arena, (size_t)len + 1) : NULL;
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
