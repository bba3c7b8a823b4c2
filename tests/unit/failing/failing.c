#include "tests/unit/failing/failing.h"

#include <errno.h>
#include <stdlib.h>

static size_t n_left; // calls to the one that fails; 0: none does
static bool is_paused;
static const char *failed; // NULL: nothing

void failing_begin(size_t n) {
    n_left = n;
    failed = NULL;
}

bool failing_has_failed(void) {
    return failed != NULL;
}

const char *failing_name(void) {
    return failed ? failed : "none";
}

void failing_pause(void) {
    is_paused = true;
}

void failing_go_on(void) {
    is_paused = false;
}

bool failing_is_due(const char *name) {
    if (is_paused || n_left == 0 || --n_left > 0)
        return false;
    failed = name;
    errno = ENOMEM;
    return true;
}

size_t failing_each(void (*scenario)(void *ctx), void *ctx) {
    for (size_t n = 1;; n++) {
        failing_begin(n);
        scenario(ctx);
        n_left = 0;
        if (!failed)
            return n - 1;
    }
}

FAILING_CALL(void *, malloc, NULL, (size_t size), (size))
FAILING_CALL(void *, calloc, NULL, (size_t n, size_t size), (n, size))
FAILING_CALL(void *, realloc, NULL, (void *old, size_t size), (old, size))
