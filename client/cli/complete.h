// What can come next on a command line that is being typed: the words a shell offers on the
// tabulator key, from the command table.
#pragma once

#include <stdbool.h>
#include "client/cli/invocation.h"

// Appends a line for each word that the last of words can become, "word" or "word\ttext about it";
// none where the shell should offer files. words are those after "shap", the last one unfinished
// (it may be empty). Milestones, organisations and plans are those of the server, if it answers at
// once.
bool complete_add(struct buf *out, struct invocation *invocation, const char *const *words,
                  size_t n_words) __attribute__((warn_unused_result));
