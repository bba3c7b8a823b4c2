// Spares: small blocks that nghttp2 has freed, kept by size for the next of that size. A call makes
// and frees the same few again and again, and more of them at a time than the heap keeps at hand.
//
// Who calls it: h2_room. The rooms own the spares of all their connections; a block in use is in
// the list of whom it was taken for.
#pragma once

#include "server/base/list.h"

#include <stddef.h>

enum { H2_SPARE_UNIT = 32, H2_SPARE_SIZES = 16, H2_SPARES_MAX = 128 * 1024 };

struct h2_spare;

struct h2_spares {
    struct h2_spare *kept[H2_SPARE_SIZES]; // owned, the latest first
    size_t held;                           // bytes of them, at most H2_SPARES_MAX
};

void h2_spares_init(struct h2_spares *spares);

// Frees what is kept; more may be kept afterwards.
void h2_spares_finish(struct h2_spares *spares);

// As malloc and realloc; the block is added to owner. Sizes do not overflow.
void *h2_spares_take(struct h2_spares *spares, struct list *owner, size_t size)
    __attribute__((warn_unused_result));
void *h2_spares_resize(struct h2_spares *spares, struct list *owner, void *block, size_t size)
    __attribute__((warn_unused_result));

// As free; and the same for all blocks of an owner.
void h2_spares_give(struct h2_spares *spares, void *block);
void h2_spares_give_all(struct h2_spares *spares, struct list *owner);
