// How far a long command has come: one line on stderr, redrawn in place, on a terminal only.
#pragma once

#include <stddef.h>
#include "client/cli/command.h"

// Shows "what: done of total" (total 0: without it). Silent with --quiet or without a terminal.
void progress_show(struct invocation *invocation, const char *what, size_t done, size_t total);

// Takes the line away; anything else may be written after it.
void progress_end(struct invocation *invocation);
