#include "server/net/h2_spares.h"

#include "server/base/reuse.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Lies before each block.
struct h2_spare {
    alignas(max_align_t) struct list item; // in its owner's, or in those kept
    size_t size;                           // of the block
};

static const size_t size_max = (size_t)H2_SPARE_UNIT * H2_SPARE_SIZES;

void h2_spares_init(struct h2_spares *spares) {
    for (size_t i = 0; i < H2_SPARE_SIZES; i++)
        list_init(&spares->blocks[i]);
    spares->held = 0;
}

void h2_spares_finish(struct h2_spares *spares) {
    for (size_t i = 0; i < H2_SPARE_SIZES; i++)
        for (struct list *item; (item = list_take_first(&spares->blocks[i])) != NULL;)
            free(list_entry(item, struct h2_spare, item));
    spares->held = 0;
}

static bool is_small(size_t size) {
    return size > 0 && size <= size_max;
}

static struct list *kept(struct h2_spares *spares, size_t size) {
    return &spares->blocks[(size - 1) / H2_SPARE_UNIT];
}

static struct h2_spare *make(size_t size) {
    size_t whole =
        is_small(size) ? (size + H2_SPARE_UNIT - 1) / H2_SPARE_UNIT * H2_SPARE_UNIT : size;
    struct h2_spare *spare = malloc(sizeof *spare + whole);
    if (spare)
        spare->size = whole;
    return spare;
}

static struct h2_spare *take_kept(struct h2_spares *spares, size_t size) {
    struct list *item = is_small(size) ? list_take_first(kept(spares, size)) : NULL;
    if (!item)
        return NULL;
    struct h2_spare *spare = list_entry(item, struct h2_spare, item);
    spares->held -= spare->size;
    return spare;
}

void *h2_spares_take(struct h2_spares *spares, struct list *owner, size_t size) {
    struct h2_spare *spare = take_kept(spares, size);
    if (!spare)
        spare = make(size);
    if (!spare)
        return NULL;
    list_append(owner, &spare->item);
    return spare + 1;
}

static void give(struct h2_spares *spares, struct h2_spare *spare) {
    size_t size = spare->size;
    list_unlink(&spare->item);
    if (!IS_MEMORY_REUSED || !is_small(size) || spares->held + size > H2_SPARES_MAX) {
        free(spare);
        return;
    }
    list_append(kept(spares, size)->next, &spare->item); // before the first, that is
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
