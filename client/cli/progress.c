#include "client/cli/progress.h"

#include "client/cli/invocation.h"
#include "client/cli/terminal.h"

static bool is_shown(const struct invocation *invocation) {
    return !invocation->is_quiet && terminal_is_one(invocation->err);
}

void progress_show(struct invocation *invocation, const char *what, size_t done, size_t total) {
    if (!is_shown(invocation))
        return;
    if (total > 0)
        fprintf(invocation->err, "\r%s: %zu of %zu\x1b[K", what, done, total);
    else
        fprintf(invocation->err, "\r%s: %zu\x1b[K", what, done);
    fflush(invocation->err);
}

void progress_end(struct invocation *invocation) {
    if (is_shown(invocation))
        fputs("\r\x1b[K", invocation->err);
}
