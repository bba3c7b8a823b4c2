#include "server/base/error.h"

#include "server/base/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

// Appends formatted text after len bytes; a text that does not fit is cut at a character.
static void append(struct error *err, const char *format, va_list args) {
    size_t len = strlen(err->message);
    int n = vsnprintf(err->message + len, ERROR_SIZE - len, format, args);
    if (n >= 0 && (size_t)n >= ERROR_SIZE - len)
        err->message[utf8_cut(err->message, ERROR_SIZE - 1)] = '\0';
}

__attribute__((format(printf, 2, 3))) static void append_format(struct error *err,
                                                                const char *format, ...) {
    va_list args;
    va_start(args, format);
    append(err, format, args);
    va_end(args);
}

static bool begin(struct error *err) {
    assert(err);
    if (err->is_set)
        return false;
    err->is_set = true;
    err->message[0] = '\0';
    return true;
}

bool error_set(struct error *err, const char *format, ...) {
    if (!begin(err))
        return false;
    va_list args;
    va_start(args, format);
    append(err, format, args);
    va_end(args);
    return false;
}

bool error_set_errno(struct error *err, int code, const char *format, ...) {
    if (!begin(err))
        return false;
    va_list args;
    va_start(args, format);
    append(err, format, args);
    va_end(args);

    char reason[128];
    if (strerror_r(code, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", code);
    append_format(err, ": %s", reason);
    return false;
}
