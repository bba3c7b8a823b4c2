#include "server/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 256 };

void buf_finish(struct buf *buf) {
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf) {
    buf->start = 0;
    buf->end = 0;
}

static void move_to_front(struct buf *buf) {
    size_t len = buf_len(buf);
    assert(buf->data || len == 0);
    if (len > 0)
        memmove(buf->data, buf->data + buf->start, len);
    buf->start = 0;
    buf->end = len;
}

// Doubling keeps the cost of many small appends linear.
static bool grow(struct buf *buf, size_t need) {
    size_t capacity = buf->capacity > CAPACITY_MIN ? buf->capacity : CAPACITY_MIN;
    while (capacity < need)
        capacity *= 2;
    uint8_t *data = realloc(buf->data, capacity);
    if (!data)
        return false;
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

static uint8_t *make_room(struct buf *buf, size_t len) {
    if (len > SIZE_MAX / 4 || buf_len(buf) > SIZE_MAX / 4)
        return NULL;
    // Moving costs as much as what is kept, so it must free at least that much.
    size_t need = buf_len(buf) + len;
    if (buf->start >= buf_len(buf))
        move_to_front(buf);
    if (!buf->data || len > buf->capacity - buf->end)
        if (!grow(buf, buf->start + need))
            return NULL;
    return buf->data + buf->end;
}

uint8_t *buf_reserve(struct buf *buf, size_t len) {
    if (buf->data && len <= buf->capacity - buf->end)
        return buf->data + buf->end;
    return make_room(buf, len);
}

void buf_commit(struct buf *buf, size_t len) {
    assert(len <= buf->capacity - buf->end);
    buf->end += len;
}

bool buf_append(struct buf *buf, const void *bytes, size_t len) {
    uint8_t *to = buf_reserve(buf, len);
    if (!to)
        return false;
    if (len > 0)
        memcpy(to, bytes, len);
    buf_commit(buf, len);
    return true;
}

bool buf_append_text(struct buf *buf, const char *text) {
    return buf_append(buf, text, strlen(text));
}

bool buf_format(struct buf *buf, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    uint8_t *to = len >= 0 ? buf_reserve(buf, (size_t)len + 1) : NULL;
    if (to) {
        vsnprintf((char *)to, (size_t)len + 1, format, again);
        buf_commit(buf, (size_t)len);
    }
    va_end(again);
    va_end(args);
    return to != NULL;
}

void buf_consume(struct buf *buf, size_t len) {
    assert(len <= buf_len(buf));
    buf->start += len;
    if (buf->start == buf->end)
        buf_clear(buf);
}

void buf_move(struct buf *to, struct buf *from) {
    if (to == from)
        return;
    free(to->data);
    *to = *from;
    *from = (struct buf){0};
}

void buf_swap(struct buf *a, struct buf *b) {
    struct buf before = *a;
    *a = *b;
    *b = before;
}
