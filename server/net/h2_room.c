#define _DEFAULT_SOURCE // madvise, getpagesize and anonymous pages are not POSIX

#include "server/net/h2_room.h"

#include "server/base/list.h"
#include "server/net/h2_spares.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, BUFFER_HEAD = 80 }; // of the first page, for the heads of usual answers
enum { SLAB_ROOMS = 64, SLAB_SIZE = SLAB_ROOMS * H2_ROOM_SIZE };

struct slab {
    struct list item; // in the vacant ones of its rooms
    struct h2_rooms *rooms;
    uint8_t *pages;  // owned
    uint64_t vacant; // a bit for each room
};

struct h2_rooms {
    struct list vacant; // slabs with a room to lend; the others are known to their rooms only
    size_t n_slabs;
    struct h2_spares spares; // for what is on the heap
};

// Lies at its own beginning.
struct h2_room {
    struct slab *slab;
    struct list heap; // what did not fit
    bool has_failed;
    uint32_t front; // where the next block begins ...
    uint32_t back;  // ... and where the tables at the end do
};

static const uint64_t all_vacant = UINT64_MAX;
static_assert(SLAB_ROOMS == 64, "a bit for each room");

struct h2_rooms *h2_rooms_create(void) {
    struct h2_rooms *rooms = calloc(1, sizeof *rooms);
    if (!rooms)
        return NULL;
    list_init(&rooms->vacant);
    h2_spares_init(&rooms->spares);
    return rooms;
}

static void destroy_slab(struct slab *slab) {
    slab->rooms->n_slabs--;
    list_unlink(&slab->item);
    munmap(slab->pages, SLAB_SIZE);
    free(slab);
}

void h2_rooms_destroy(struct h2_rooms *rooms) {
    if (!rooms)
        return;
    while (!list_is_empty(&rooms->vacant))
        destroy_slab(list_entry(rooms->vacant.next, struct slab, item));
    assert(rooms->n_slabs == 0);
    h2_spares_finish(&rooms->spares);
    free(rooms);
}

void h2_rooms_trim(struct h2_rooms *rooms) {
    h2_spares_finish(&rooms->spares);
}

static bool add_slab(struct h2_rooms *rooms) {
    struct slab *slab = calloc(1, sizeof *slab);
    if (!slab)
        return false;
    void *pages = mmap(NULL, SLAB_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        free(slab);
        return false;
    }
    (void)madvise(pages, SLAB_SIZE, MADV_NOHUGEPAGE); // one would hold what nobody has written to
    slab->rooms = rooms;
    slab->pages = pages;
    slab->vacant = all_vacant;
    list_append(&rooms->vacant, &slab->item);
    rooms->n_slabs++;
    return true;
}

struct h2_room *h2_rooms_lend(struct h2_rooms *rooms) {
    if (!rooms || (list_is_empty(&rooms->vacant) && !add_slab(rooms)))
        return NULL;
    struct slab *slab = list_entry(rooms->vacant.next, struct slab, item);
    size_t n = 0;
    while (!(slab->vacant >> n & 1))
        n++;
    slab->vacant &= ~((uint64_t)1 << n);
    if (slab->vacant == 0)
        list_unlink(&slab->item);
    struct h2_room *room = (void *)(slab->pages + n * H2_ROOM_SIZE);
    *room = (struct h2_room){.slab = slab, .front = sizeof *room, .back = H2_ROOM_SIZE};
    list_init(&room->heap);
    return room;
}

// They read as zeros from now on. Where the system's pages are larger than ours one may hold what
// is not to be given back.
static void give_back(void *pages, size_t size) {
    size_t unit = (size_t)getpagesize();
    bool is_whole = (uintptr_t)pages % unit == 0 && size % unit == 0;
    if (!is_whole || madvise(pages, size, MADV_DONTNEED) != 0)
        memset(pages, 0, size);
}

void h2_rooms_return(struct h2_room *room) {
    if (!room)
        return;
    struct slab *slab = room->slab;
    size_t n = (size_t)((uint8_t *)room - slab->pages) / H2_ROOM_SIZE;
    h2_spares_give_all(&slab->rooms->spares, &room->heap);
    give_back(room, H2_ROOM_SIZE);
    if (slab->vacant == 0)
        list_append(&slab->rooms->vacant, &slab->item);
    slab->vacant |= (uint64_t)1 << n;
    if (slab->vacant == all_vacant && slab->rooms->n_slabs > 1)
        destroy_slab(slab);
}

static bool is_inside(const struct h2_room *room, const void *block) {
    return (uintptr_t)block - (uintptr_t)room < H2_ROOM_SIZE; // before it is far beyond it
}

// What is written to from its beginning on: small ones on the first page, then a large one.
static void *take_front(struct h2_room *room, size_t size) {
    const size_t unit = alignof(max_align_t);
    size_t end = size < PAGE ? PAGE - BUFFER_HEAD : room->back;
    if (room->front > end || size > end - room->front)
        return NULL;
    void *block = (uint8_t *)room + room->front;
    room->front += (uint32_t)((size + unit - 1) / unit * unit);
    return block;
}

// What is written to here and there: on pages of its own.
static void *take_back(struct h2_room *room, size_t size) {
    if (size > room->back)
        return NULL;
    uint32_t at = (uint32_t)((room->back - size) / PAGE * PAGE);
    if (at < room->front)
        return NULL;
    room->back = at;
    return (uint8_t *)room + at;
}

static struct h2_spares *spares_of(struct h2_room *room) {
    return &room->slab->rooms->spares;
}

static void *take_heap(struct h2_room *room, size_t size) {
    void *block = h2_spares_take(spares_of(room), &room->heap, size);
    room->has_failed = room->has_failed || !block;
    return block;
}

void *h2_room_malloc(size_t size, void *ctx) {
    void *block = take_front(ctx, size);
    return block ? block : take_heap(ctx, size);
}

// Nothing in a room is used twice, so that it is zeros still.
void *h2_room_calloc(size_t n, size_t size, void *ctx) {
    void *block = n * size < PAGE ? take_front(ctx, n * size) : take_back(ctx, n * size);
    if (block)
        return block;
    block = take_heap(ctx, n * size);
    return block ? memset(block, 0, n * size) : NULL;
}

// How long it was is not known. What follows it in the room is copied, too, and does no harm.
static void *move_out(struct h2_room *room, const void *block, size_t size) {
    size_t most = H2_ROOM_SIZE - (size_t)((const uint8_t *)block - (uint8_t *)room);
    void *longer = take_heap(room, size);
    if (longer)
        memcpy(longer, block, size < most ? size : most);
    return longer;
}

void *h2_room_realloc(void *block, size_t size, void *ctx) {
    struct h2_room *room = ctx;
    if (!block)
        return h2_room_malloc(size, room);
    if (is_inside(room, block))
        return move_out(room, block, size);
    void *longer = h2_spares_resize(spares_of(room), &room->heap, block, size);
    room->has_failed = room->has_failed || !longer;
    return longer;
}

void h2_room_free(void *block, void *ctx) {
    if (block && !is_inside(ctx, block))
        h2_spares_give(spares_of(ctx), block);
}

bool h2_room_has_failed(const struct h2_room *room) {
    return room && room->has_failed;
}

static bool is_zeros(const uint8_t *bytes, size_t len) {
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

void h2_room_rest(struct h2_room *room) {
    uint8_t *begin = (uint8_t *)room;
    for (size_t at = room->back; at < H2_ROOM_SIZE; at += PAGE)
        if (is_zeros(begin + at, PAGE))
            give_back(begin + at, PAGE);
}
