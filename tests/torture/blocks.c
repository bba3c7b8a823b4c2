// What memory is held, and what of it nothing points to: roots are all writable memory of the
// process but the heap itself and these tables; the stack counts from here on.
#define _GNU_SOURCE
#include "tests/torture/torture.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROOM = 1 << 17, MAPS_SIZE = 1 << 18 };

struct block {
    uintptr_t start;
    size_t size;
    const void *caller;
};

// One region, so that it can be told from what the program holds.
struct tables {
    struct block held[ROOM]; // open addressing
    struct block sorted[ROOM];
    uint32_t pending[ROOM]; // reached, not looked through yet
    bool is_reached[ROOM];
    char maps[MAPS_SIZE];
};

static struct tables *tables;
static size_t n_held;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

bool blocks_init(void) {
    mallopt(M_MMAP_MAX, 0); // so that all blocks lie in the heap
    mallopt(M_ARENA_MAX, 1);
    void *memory = mmap(NULL, sizeof *tables, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    tables = memory;
    return true;
}

static size_t home_of(uintptr_t start) {
    return (size_t)((start >> 4) * 0x9e3779b97f4a7c15u >> 44) % ROOM;
}

// Where it stands, or would.
static size_t slot_of(uintptr_t start) {
    size_t i = home_of(start);
    while (tables->held[i].start != 0 && tables->held[i].start != start)
        i = (i + 1) % ROOM;
    return i;
}

void blocks_add(void *ptr, size_t size, const void *caller) {
    if (tables == NULL || ptr == NULL || is_inside)
        return;
    pthread_mutex_lock(&mutex);
    size_t i = slot_of((uintptr_t)ptr);
    n_held += tables->held[i].start == 0;
    tables->held[i] = (struct block){(uintptr_t)ptr, size, caller};
    if (n_held > ROOM / 2)
        abort();
    pthread_mutex_unlock(&mutex);
}

// Those behind it move up, so that no search ends too early.
static void close_gap(size_t gap) {
    for (size_t i = (gap + 1) % ROOM; tables->held[i].start != 0; i = (i + 1) % ROOM) {
        size_t home = home_of(tables->held[i].start);
        if ((i + ROOM - home) % ROOM < (i + ROOM - gap) % ROOM)
            continue;
        tables->held[gap] = tables->held[i];
        gap = i;
    }
    tables->held[gap].start = 0;
}

void blocks_remove(void *ptr) {
    if (tables == NULL || ptr == NULL || is_inside)
        return;
    pthread_mutex_lock(&mutex);
    size_t i = slot_of((uintptr_t)ptr);
    if (tables->held[i].start != 0) {
        close_gap(i);
        n_held--;
    }
    pthread_mutex_unlock(&mutex);
}

// ---- What can be reached ----

struct search {
    size_t n, n_pending;
};

static int compare(const void *one, const void *other) {
    const struct block *a = one, *b = other;
    return (a->start > b->start) - (a->start < b->start);
}

static void collect(struct search *search) {
    for (size_t i = 0; i < ROOM; i++)
        if (tables->held[i].start != 0)
            tables->sorted[search->n++] = tables->held[i];
    qsort(tables->sorted, search->n, sizeof *tables->sorted, compare);
    memset(tables->is_reached, 0, search->n * sizeof *tables->is_reached);
}

static void reach(struct search *search, uintptr_t address) {
    size_t from = 0, to = search->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (tables->sorted[middle].start <= address)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == 0 || tables->is_reached[from - 1])
        return;
    const struct block *block = &tables->sorted[from - 1];
    if (address > block->start + block->size)
        return;
    tables->is_reached[from - 1] = true;
    tables->pending[search->n_pending++] = (uint32_t)(from - 1);
}

__attribute__((no_sanitize("address"))) static void look_through(struct search *search,
                                                                 uintptr_t from, uintptr_t to) {
    const struct block *last = &tables->sorted[search->n - 1];
    uintptr_t lowest = tables->sorted[0].start, highest = last->start + last->size;
    for (uintptr_t at = (from + 7) & ~(uintptr_t)7; at + sizeof(uintptr_t) <= to; at += 8) {
        uintptr_t word = *(const uintptr_t *)at;
        if (word >= lowest && word <= highest)
            reach(search, word);
    }
}

static void look_through_pending(struct search *search) {
    while (search->n_pending > 0) {
        const struct block *block = &tables->sorted[tables->pending[--search->n_pending]];
        look_through(search, block->start, block->start + block->size);
    }
}

static size_t read_maps(void) {
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    for (ssize_t n; fd >= 0 && (n = read(fd, tables->maps + len, MAPS_SIZE - 1 - len)) > 0;)
        len += (size_t)n;
    close(fd);
    tables->maps[len] = '\0';
    return len;
}

static void look_through_roots(struct search *search) {
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t ours = (uintptr_t)tables, shared = (uintptr_t)control;
    read_maps();
    for (char *line = tables->maps; *line != '\0'; line = strchr(line, '\n') + 1) {
        unsigned long from, to;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' ||
            rights[1] != 'w')
            continue;
        const char *end = strchr(line, '\n');
        if ((end - line > 6 && memcmp(end - 6, "[heap]", 6) == 0) ||
            (shared >= from && shared < to))
            continue;
        if (ours >= from && ours < to) { // may lie in one mapping with others
            look_through(search, from, ours);
            from = ours + sizeof *tables;
        }
        look_through(search, here > from && here < to ? here : from, to);
    }
}

void blocks_audit(void) {
    struct search search = {0};
    pthread_mutex_lock(&mutex);
    control->n_blocks = n_held;
    control->n_bytes = control->n_leaked = control->leaked_bytes = 0;
    collect(&search);
    if (search.n > 0) {
        __builtin_unwind_init();
        look_through_roots(&search);
        look_through_pending(&search);
    }
    for (size_t i = 0; i < search.n; i++) {
        control->n_bytes += tables->sorted[i].size;
        if (tables->is_reached[i])
            continue;
        if (control->n_leaked < N_LEAKS)
            control->leaked[control->n_leaked] = place_of(tables->sorted[i].caller);
        control->n_leaked++;
        control->leaked_bytes += tables->sorted[i].size;
    }
    pthread_mutex_unlock(&mutex);
}
