// The topics of `shap help` that are no command's, for the help itself and the manual page.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "server/base/buf.h"

struct topic {
    const char *name;
    bool (*add)(struct buf *out); // appends the text
};

extern const struct topic help_topics[];
extern const size_t n_help_topics;

// NULL when there is none.
const struct topic *help_find_topic(const char *name);
