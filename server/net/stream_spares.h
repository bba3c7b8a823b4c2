// Streams that are over, kept for the next ones with the memory that they had: a call begins and
// ends without asking for any. The listener owns those of all its connections.
#pragma once

#include "server/base/list.h"

#include <stddef.h>

struct stream_spares {
    struct list streams; // owned, the latest first
    size_t n;
};

void stream_spares_init(struct stream_spares *spares);

// Frees them; others may be kept afterwards.
void stream_spares_finish(struct stream_spares *spares);
