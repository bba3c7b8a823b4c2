// A growing run of bytes: appended at the end, consumed at the front, moved without copying.
//
// Invariant: start <= end <= capacity; the content is data[start..end). A buf that is all zero is
// empty and valid. When memory runs out an append returns false and leaves the content as it was.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data; // owned
    size_t start;
    size_t end;
    size_t capacity;
};

// Frees the bytes. The buf is empty and can be used again.
void buf_finish(struct buf *buf);

// Forgets the content, keeps the memory.
void buf_clear(struct buf *buf);

static inline size_t buf_len(const struct buf *buf) {
    return buf->end - buf->start;
}
// Never NULL, so that nothing may be copied from it.
static inline const uint8_t *buf_bytes(const struct buf *buf) {
    static const uint8_t nothing;
    return buf->data != NULL ? buf->data + buf->start : &nothing;
}

// Room for len more bytes at the end; returns where they go (buf_commit makes them content), NULL
// without memory.
uint8_t *buf_reserve(struct buf *buf, size_t len) __attribute__((warn_unused_result));
void buf_commit(struct buf *buf, size_t len);

bool buf_append(struct buf *buf, const void *bytes, size_t len) __attribute__((warn_unused_result));
bool buf_append_text(struct buf *buf, const char *text) __attribute__((warn_unused_result));
bool buf_format(struct buf *buf, const char *format, ...)
    __attribute__((warn_unused_result, format(printf, 2, 3)));

// Drops len bytes at the front; len <= buf_len.
void buf_consume(struct buf *buf, size_t len);

// to takes from's content and memory; from is empty afterwards, what to held is freed.
void buf_move(struct buf *to, struct buf *from);

// Each takes the other's content and memory.
void buf_swap(struct buf *a, struct buf *b);
