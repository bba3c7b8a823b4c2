// Rooms: where nghttp2 keeps the session of one connection, so that it holds little while idle.
//
// nghttp2 allocates 25 KiB with every session, most of it for later: a buffer for the largest frame
// to be sent, a table for hundreds of streams. A room is address space alone, whose pages take
// memory when they are first written to:
//
//   | the session, the buffer's first bytes | the rest of the buffer ... | the table      |
//   | one page, always held                 | for long header blocks     | while in calls |
//
// What does not fit is on the heap, as is what comes after the session has been made: the small
// blocks of calls, which are kept for the next ones (h2_spares.h).
//
// Who calls it: the listener owns the rooms of all its connections; h2 borrows one for its life and
// gives nghttp2 the functions below to allocate with.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { H2_ROOM_SIZE = 24 * 1024 };

struct h2_rooms;
struct h2_room;

// NULL when memory is out.
struct h2_rooms *h2_rooms_create(void) __attribute__((warn_unused_result));

// Every room has been returned. NULL is allowed.
void h2_rooms_destroy(struct h2_rooms *rooms);

// Frees the blocks that are kept for the next calls.
void h2_rooms_trim(struct h2_rooms *rooms);

// An empty room; NULL when the system gives no more, or rooms is NULL.
struct h2_room *h2_rooms_lend(struct h2_rooms *rooms) __attribute__((warn_unused_result));

// All that was allocated goes, also on the heap. NULL is allowed.
void h2_rooms_return(struct h2_room *room);

// As those without "h2_room_", in a room or on the heap. To free what lies in the room does
// nothing: it goes with the room. The sizes are nghttp2's own, which do not overflow.
void *h2_room_malloc(size_t size, void *room);
void *h2_room_calloc(size_t n, size_t size, void *room);
void *h2_room_realloc(void *block, size_t size, void *room);
void h2_room_free(void *block, void *room);

// Whether one of them has ever answered NULL. NULL is allowed.
bool h2_room_has_failed(const struct h2_room *room);

// Gives back the memory of the table when it is empty: all zeros.
void h2_room_rest(struct h2_room *room);
