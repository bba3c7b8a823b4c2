#include "server/codec/path.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_SIZE = 256 };

// Appends to text as far as there is room; returns the new length.
static size_t append(char *text, size_t len, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static size_t append(char *text, size_t len, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text + len, TEXT_SIZE - len, format, args);
    va_end(args);
    if (n < 0)
        return len;
    size_t end = len + (size_t)n;
    return end < TEXT_SIZE ? end : TEXT_SIZE - 1;
}

static size_t append_place(char *text, size_t len, const struct path *path) {
    if (!path || !path->name)
        return len;
    len = append_place(text, len, path->parent);
    len = append(text, len, "%s%s", len > 0 ? "." : "", path->name);
    if (path->index >= 0)
        len = append(text, len, "[%td]", path->index);
    return len;
}

bool path_fail(const struct path *path, struct error *err, const char *format, ...) {
    char place[TEXT_SIZE] = "", message[TEXT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (append_place(place, 0, path) == 0)
        append(place, 0, "the message");
    return error_set(err, "%s%s", place, message);
}
