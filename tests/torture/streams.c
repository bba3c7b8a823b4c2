// stdio, whose own calls of the kernel cannot be stood before. What is written to stderr does not
// fail: there would be nowhere to say so.
#define _GNU_SOURCE
#include "tests/torture/wrap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define HERE __builtin_return_address(0)

SYSTEM(FILE *, fopen, (const char *a, const char *b), (a, b), NULL, EMFILE, EACCES)
SYSTEM(FILE *, fdopen, (int a, const char *b), (a, b), NULL, ENOMEM)

// Afterwards the stream knows of it, as after a write that failed.
static bool is_failing(const struct failing *failing, FILE *stream, const void *caller) {
    int way;
    if (stream == stderr || !ask(failing, caller, &way))
        return false;
    stream->_flags |= _IO_ERR_SEEN;
    return true;
}

#define STREAM(type, name, parameters, arguments, stream, failed, error)                           \
    type name parameters {                                                                         \
        static __typeof__(&name) next;                                                             \
        static const struct failing failing = {#name, {error}, true, false};                       \
        if (is_failing(&failing, stream, HERE))                                                    \
            return failed;                                                                         \
        if (next == NULL)                                                                          \
            next = (__typeof__(next))(uintptr_t)find_next(#name);                                  \
        return next arguments;                                                                     \
    }

STREAM(size_t, fwrite, (const void *a, size_t b, size_t c, FILE *d), (a, b, c, d), d, 0, ENOSPC)
STREAM(int, fputs, (const char *a, FILE *b), (a, b), b, EOF, ENOSPC)
STREAM(int, fputc, (int a, FILE *b), (a, b), b, EOF, ENOSPC)
STREAM(int, puts, (const char *a), (a), stdout, EOF, ENOSPC)
STREAM(int, fflush, (FILE * a), (a), a, EOF, ENOSPC)
STREAM(size_t, fread, (void *a, size_t b, size_t c, FILE *d), (a, b, c, d), d, 0, EIO)
STREAM(char *, fgets, (char *a, int b, FILE *c), (a, b, c), c, NULL, EIO)
STREAM(ssize_t, getline, (char **a, size_t *b, FILE *c), (a, b, c), c, -1, EIO)
STREAM(int, vfprintf, (FILE * a, const char *b, va_list c), (a, b, c), a, -1, ENOSPC)

int fprintf(FILE *stream, const char *format, ...) {
    static const struct failing failing = {"fprintf", {ENOSPC}, true, false};
    va_list values;
    if (is_failing(&failing, stream, HERE))
        return -1;
    va_start(values, format);
    int n = vfprintf(stream, format, values);
    va_end(values);
    return n;
}

int printf(const char *format, ...) {
    static const struct failing failing = {"printf", {ENOSPC}, true, false};
    va_list values;
    if (is_failing(&failing, stdout, HERE))
        return -1;
    va_start(values, format);
    int n = vprintf(format, values);
    va_end(values);
    return n;
}

// It is closed, whatever it answers.
int fclose(FILE *stream) {
    static __typeof__(&fclose) next;
    static const struct failing failing = {"fclose", {ENOSPC}, true, false};
    if (next == NULL)
        next = (__typeof__(next))(uintptr_t)find_next("fclose");
    bool is_lost = is_failing(&failing, stream, HERE);
    int result = next(stream);
    if (!is_lost)
        return result;
    errno = ENOSPC;
    return EOF;
}
