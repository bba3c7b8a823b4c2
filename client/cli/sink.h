// Where a command's bytes go that are no listing: stdout as they come, or a file that appears whole
// and only when all went well.
#pragma once

#include <stdbool.h>
#include "client/cli/command.h"
#include "server/base/buf.h"

struct sink {
    struct invocation *invocation; // borrowed
    const char *path;              // borrowed; NULL: stdout
    struct buf bytes;              // what is added and not written yet
    bool has_failed;               // told
};

void sink_start(struct sink *sink, struct invocation *invocation, const char *path);

// Tells that bytes were added (or, with is_added false, that there was no memory for them) and
// writes what is due. False: stop; the reason has been told.
bool sink_added(struct sink *sink, bool is_added) __attribute__((warn_unused_result));

bool sink_has_failed(const struct sink *sink);

// Writes the rest when code is EXIT_OK, forgets it otherwise. Returns code, or EXIT_FAILED when it
// could not be written (told).
int sink_finish(struct sink *sink, int code);
