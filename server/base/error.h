// What went wrong, for whoever called: one message, set by the first function that knows the cause.
//
// A function that can fail takes `struct error *err` last and returns false or NULL. Callers pass
// the same err up; nobody overwrites a message that is set. The text is for people: what, where,
// what to do.
#pragma once

#include <stdarg.h>
#include <stdbool.h>

enum { ERROR_SIZE = 768 };

struct error {
    bool is_set;
    char message[ERROR_SIZE]; // UTF-8, cut at a character when longer
};

// Sets the message unless one is set already. Returns false, so that `return error_set(err, ...)`
// reads well.
bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The same followed by ": " and strerror(code).
bool error_set_errno(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Forgets the message, so that err can be used again. It makes an error fit for use, too: where
// many calls pass, to clear all of its bytes takes longer than what may fail.
static inline void error_clear(struct error *err) {
    err->is_set = false;
    err->message[0] = '\0';
}
