#include "server/net/stream_spares.h"

#include "server/base/reuse.h"
#include "server/net/stream_wire.h"

#include <stdlib.h>

enum {
    SPARES_MAX = 64,
    SPARE_SIZE_MAX = 4 * 1024, // of a spare stream's texts, and of its queue
};

void stream_spares_init(struct stream_spares *spares) {
    list_init(&spares->streams);
    spares->n = 0;
}

static void free_stream(struct stream *stream) {
    buf_finish(&stream->queue);
    arena_finish(&stream->arena);
    free(stream);
}

void stream_spares_finish(struct stream_spares *spares) {
    for (struct list *item; (item = list_take_first(&spares->streams)) != NULL;)
        free_stream(list_entry(item, struct stream, in_all));
    spares->n = 0;
}

struct stream *stream_take_spare(struct stream_spares *spares) {
    struct list *item = spares ? list_take_first(&spares->streams) : NULL;
    if (!item)
        return calloc(1, sizeof(struct stream));
    spares->n--;
    return list_entry(item, struct stream, in_all);
}

// The latest is taken first: its memory is at hand.
static bool keep(struct stream_spares *spares, struct stream *stream) {
    if (!IS_MEMORY_REUSED || !spares || spares->n >= SPARES_MAX ||
        stream->arena.total > SPARE_SIZE_MAX || stream->queue.capacity > SPARE_SIZE_MAX)
        return false;
    arena_reset(&stream->arena);
    buf_clear(&stream->queue);
    list_append(spares->streams.next, &stream->in_all); // before the first, that is
    spares->n++;
    return true;
}

void stream_give_spare(struct stream_spares *spares, struct stream *stream) {
    if (!keep(spares, stream))
        free_stream(stream);
}
