#include "server/net/h2_spares.h"

#include "server/base/reuse.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Lies before each block.
struct h2_spare {
    alignas(max_align_t) struct list item; // in its owner's
    struct h2_spare *before;               // while it is kept: the one that was kept before it
    size_t size;                           // of the block
};

void h2_spares_init(struct h2_spares *spares) {
    *spares = (struct h2_spares){.held = 0};
}

void h2_spares_finish(struct h2_spares *spares) {
    for (size_t i = 0; i < H2_SPARE_SIZES; i++)
        for (struct h2_spare *spare; (spare = spares->kept[i]) != NULL;) {
            spares->kept[i] = spare->before;
            free(spare);
        }
    spares->held = 0;
}

// Those up to so many units are kept together; of none, and of more than H2_SPARE_SIZES, none are.
static size_t place_of(size_t size) {
    return (size - 1) / H2_SPARE_UNIT;
}

static struct h2_spare *make(size_t size) {
    size_t place = place_of(size);
    size_t whole = place < H2_SPARE_SIZES ? (place + 1) * H2_SPARE_UNIT : size;
    struct h2_spare *spare = malloc(sizeof *spare + whole);
    if (spare)
        spare->size = whole;
    return spare;
}

void *h2_spares_take(struct h2_spares *spares, struct list *owner, size_t size) {
    size_t place = place_of(size);
    struct h2_spare *spare = place < H2_SPARE_SIZES ? spares->kept[place] : NULL;
    if (spare) {
        spares->kept[place] = spare->before;
        spares->held -= spare->size;
    } else if (!(spare = make(size))) {
        return NULL;
    }
    list_append(owner, &spare->item);
    return spare + 1;
}

static void give(struct h2_spares *spares, struct h2_spare *spare) {
    size_t size = spare->size, place = place_of(size);
    list_unlink(&spare->item);
    if (!IS_MEMORY_REUSED || place >= H2_SPARE_SIZES || spares->held + size > H2_SPARES_MAX) {
        free(spare);
        return;
    }
    spare->before = spares->kept[place];
    spares->kept[place] = spare;
    spares->held += size;
}

void h2_spares_give(struct h2_spares *spares, void *block) {
    if (block)
        give(spares, (struct h2_spare *)block - 1);
}

void h2_spares_give_all(struct h2_spares *spares, struct list *owner) {
    while (!list_is_empty(owner))
        give(spares, list_entry(owner->next, struct h2_spare, item));
}

void *h2_spares_resize(struct h2_spares *spares, struct list *owner, void *block, size_t size) {
    size_t before = block ? ((struct h2_spare *)block - 1)->size : 0;
    if (block && size <= before)
        return block;
    void *longer = h2_spares_take(spares, owner, size);
    if (!longer)
        return NULL;
    if (before > 0)
        memcpy(longer, block, before);
    h2_spares_give(spares, block);
    return longer;
}
