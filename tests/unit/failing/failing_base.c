// The calls of server/base that need memory, which fail seldom otherwise: most find room.
#include "tests/unit/failing/failing.h"

#include "server/base/arena.h"
#include "server/base/buf.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_SIZE = 1024 };

FAILING_CALL(void *, arena_alloc, NULL, (struct arena * arena, size_t size), (arena, size))
FAILING_CALL(void *, arena_calloc, NULL, (struct arena * arena, size_t n, size_t size),
             (arena, n, size))
FAILING_CALL(char *, arena_copy, NULL, (struct arena * arena, const char *text, size_t len),
             (arena, text, len))
FAILING_CALL(uint8_t *, buf_reserve, NULL, (struct buf * buf, size_t len), (buf, len))
FAILING_CALL(bool, buf_append, false, (struct buf * buf, const void *bytes, size_t len),
             (buf, bytes, len))
FAILING_CALL(bool, buf_append_text, false, (struct buf * buf, const char *text), (buf, text))

char *__real_arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *__wrap_arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *__wrap_arena_format(struct arena *arena, const char *format, ...) {
    char text[TEXT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return failing_is_due("arena_format") ? NULL : __real_arena_format(arena, "%s", text);
}

bool __real_buf_format(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool __wrap_buf_format(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool __wrap_buf_format(struct buf *buf, const char *format, ...) {
    char text[TEXT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return !failing_is_due("buf_format") && __real_buf_format(buf, "%s", text);
}
