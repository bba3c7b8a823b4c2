#define _DEFAULT_SOURCE // mincore is not POSIX

#include "server/net/h2_room.h"

#include "server/net/h2_wire.h"
#include "tests/unit/failing/failing.h"
#include "tests/unit/net/pair.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = H2_ROOM_SIZE / PAGE };

static struct h2_rooms *rooms;
static struct h2_room *room;

static void open_room(void) {
    rooms = h2_rooms_create();
    room = h2_rooms_lend(rooms);
    cr_assert_not_null(room);
}

static void close_room(void) {
    h2_rooms_return(room);
    h2_rooms_destroy(rooms);
}

TestSuite(h2_room, .init = open_room, .fini = close_room);

static bool is_in_room(const void *block) {
    return (const char *)block >= (const char *)room &&
           (const char *)block < (const char *)room + H2_ROOM_SIZE;
}

// Pages of the room that take memory.
static size_t n_pages(struct h2_room *of) {
    unsigned char is_there[PAGES];
    size_t n = 0;
    cr_assert_eq(mincore(of, H2_ROOM_SIZE, is_there), 0);
    for (size_t i = 0; i < PAGES; i++)
        n += is_there[i] & 1;
    return n;
}

Test(h2_room, blocks_lie_in_the_room_as_long_as_they_fit) {
    char *small = h2_room_malloc(2900, room);
    char *buffer = h2_room_realloc(NULL, 16394, room);
    char *table = h2_room_calloc(256, 16, room);
    char *more = h2_room_calloc(256, 16, room);
    cr_assert(is_in_room(small));
    cr_assert(is_in_room(buffer));
    cr_assert(is_in_room(table));
    cr_assert_not(is_in_room(more));
    memset(small, 1, 2900);
    memset(buffer, 2, 16394);
    memset(more, 3, 4096);
    for (size_t i = 0; i < 4096; i++)
        cr_assert_eq(table[i], 0);
    memset(table, 4, 4096);
    cr_assert_eq(small[2899], 1);
    cr_assert_eq(buffer[0], 2);
    cr_assert_eq(buffer[16393], 2);
    h2_room_free(small, room);
    h2_room_free(buffer, room);
    h2_room_free(table, room);
    h2_room_free(more, room);
}

Test(h2_room, what_is_larger_than_a_room_is_on_the_heap) {
    char *table = h2_room_calloc(H2_ROOM_SIZE / 16 + 1, 16, room);
    char *buffer = h2_room_malloc(H2_ROOM_SIZE, room);
    cr_assert_not(is_in_room(table));
    cr_assert_not(is_in_room(buffer));
    memset(table, 1, H2_ROOM_SIZE + 16);
    memset(buffer, 1, H2_ROOM_SIZE);
    h2_room_free(table, room);
    h2_room_free(buffer, room);
    h2_room_free(h2_room_calloc(0, 0, room), room);
}

Test(h2_room, a_block_that_grows_keeps_what_it_holds) {
    char *block = h2_room_malloc(10, room);
    memcpy(block, "0123456789", 10);
    block = h2_room_realloc(block, 100000, room);
    cr_assert_not(is_in_room(block));
    cr_assert_eq(memcmp(block, "0123456789", 10), 0);
    memset(block, 1, 100000);
    block = h2_room_realloc(block, 200000, room);
    cr_assert_eq(block[99999], 1);
    h2_room_free(block, room);
}

Test(h2_room, without_memory_nothing_is_given_and_what_was_stays) {
    char *inside = h2_room_malloc(10, room), *outside = h2_room_malloc(H2_ROOM_SIZE, room);
    memcpy(inside, "inside", 7);
    memcpy(outside, "outside", 8);
    cr_assert_not(h2_room_has_failed(room));
    failing_begin(1);
    cr_assert_null(h2_room_realloc(outside, 10 * H2_ROOM_SIZE, room));
    cr_assert(h2_room_has_failed(room));
    failing_begin(1);
    cr_assert_null(h2_room_realloc(inside, H2_ROOM_SIZE, room));
    failing_begin(1);
    cr_assert_null(h2_room_calloc(1, H2_ROOM_SIZE + 1, room));
    failing_begin(0);
    cr_assert_str_eq(inside, "inside");
    cr_assert_str_eq(outside, "outside");
    h2_room_free(outside, room);
}

Test(h2_room, a_page_with_anything_on_it_is_not_given_back) {
    char *table = h2_room_calloc(256, 16, room);
    cr_assert(is_in_room(table));
    for (size_t i = 0; i < 4096; i += 4095) {
        table[i] = 7;
        h2_room_rest(room);
        cr_assert_eq(table[i], 7);
        table[i] = 0;
    }
    table[1] = 7;
    h2_room_rest(room);
    cr_assert_eq(table[1], 7);
}

Test(h2_room, a_room_that_was_used_is_lent_as_zeros) {
    char *old = h2_room_malloc(3000, room);
    memset(old, 1, 3000);
    h2_rooms_return(room);
    room = h2_rooms_lend(rooms);
    char *block = h2_room_calloc(1, 3000, room);
    cr_assert_eq(block, old, "the same room");
    for (size_t i = 0; i < 3000; i++)
        cr_assert_eq(block[i], 0);
}

Test(h2_room, many_rooms_are_apart_and_come_back) {
    enum { MANY = 200 };
    struct h2_room *all[MANY];
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < MANY; i++) {
            all[i] = h2_rooms_lend(rooms);
            cr_assert_not_null(all[i]);
            memset(h2_room_malloc(3000, all[i]), i, 3000);
        }
        for (int i = 0; i < MANY; i++) {
            const unsigned char *block = (unsigned char *)all[i] + PAGE / 2;
            cr_assert_eq(*block, i);
            cr_assert_eq(n_pages(all[i]), 1);
        }
        // Not in the order they were lent in.
        for (int i = 0; i < MANY; i += 2)
            h2_rooms_return(all[i]);
        for (int i = 1; i < MANY; i += 2)
            h2_rooms_return(all[i]);
    }
}

Test(h2_room, without_rooms_nothing_is_lent) {
    cr_assert_null(h2_rooms_lend(NULL));
    h2_rooms_return(NULL);
    h2_rooms_destroy(NULL);
}

// ---- with nghttp2

static void on_dirty(void *ctx) {
    (void)ctx;
}

static void open_pair(struct pair *pair) {
    pair_init(pair, NULL, 0);
    h2_destroy(pair->h2);
    const struct h2_options options = {.limits = &pair->limits,
                                       .streams = &recorder_events,
                                       .server = &pair->recorder,
                                       .rooms = rooms,
                                       .peer = "test",
                                       .on_dirty = on_dirty};
    pair->h2 = h2_create(&options, &pair->err);
    cr_assert_not_null(pair->h2);
}

Test(h2_room, a_connection_that_has_shaken_hands_holds_a_page) {
    struct pair pair;
    open_pair(&pair);
    pair_exchange(&pair);
    cr_assert(h2_is_open(pair.h2));
    h2_room_rest(pair.h2->room); // what was only read takes none, but mincore counts it
    cr_assert_eq(n_pages(pair.h2->room), 1);
    pair_finish(&pair);
}

Test(h2_room, after_calls_what_they_needed_is_given_back) {
    struct pair pair;
    open_pair(&pair);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 100; i++) {
            int32_t id = peer_request(pair.peer, "/a", "authorization", "Bearer t", NULL);
            peer_message(pair.peer, id, "hello", 5);
            peer_end(pair.peer, id);
        }
        pair_exchange(&pair);
        cr_assert_eq(h2_n_streams(pair.h2), 0);
        cr_assert_gt(n_pages(pair.h2->room), 1);
        pair.now_ms += 500;
        cr_assert(h2_sweep(pair.h2, pair.now_ms));
        cr_assert_gt(n_pages(pair.h2->room), 1, "it may go on");
        pair.now_ms += 2000;
        cr_assert(h2_sweep(pair.h2, pair.now_ms));
        cr_assert_eq(n_pages(pair.h2->room), 1);
    }
    cr_assert_eq(pair.recorder.n_calls, 300);
    pair_finish(&pair);
}

// ---- a system whose pages are larger

static const char *first_of_slab; // NULL: pages are as they are here
enum { LARGE_PAGE = 16384 };

// The kernel wants the beginning of a page, and takes whole pages.
int madvise(void *at, size_t len, int advice) {
    if (!first_of_slab || advice != MADV_DONTNEED)
        return (int)syscall(SYS_madvise, at, len, advice);
    if (((const char *)at - first_of_slab) % LARGE_PAGE != 0)
        return -1;
    memset(at, 0, (len + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE);
    return 0;
}

int getpagesize(void) {
    return first_of_slab ? LARGE_PAGE : PAGE;
}

Test(h2_room, where_pages_are_larger_its_neighbours_memory_stays) {
    struct h2_room *next = h2_rooms_lend(rooms);
    cr_assert_eq((char *)next - (char *)room, H2_ROOM_SIZE);
    char *table = h2_room_calloc(256, 16, room), *of_next = h2_room_malloc(100, next);
    memset(table, 1, 4096);
    memset(of_next, 2, 100);
    first_of_slab = (char *)room;
    h2_room_rest(room);
    memset(table, 0, 4096);
    h2_room_rest(room);
    h2_rooms_return(room);
    for (size_t i = 0; i < 100; i++)
        cr_assert_eq(of_next[i], 2);
    room = h2_rooms_lend(rooms);
    table = h2_room_calloc(256, 16, room);
    for (size_t i = 0; i < 4096; i++)
        cr_assert_eq(table[i], 0);
    h2_rooms_return(next);
}
