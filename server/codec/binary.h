// PostgreSQL's binary forms of composites and arrays: writing into a block of known size, and
// reading without trusting any length. Numbers are big endian. Used by encode and decode.
// Source: record_send and array_send in PostgreSQL's rowtypes.c and arrayfuncs.c.
//
//   composite: number of attributes, then for each: type oid, length (-1: NULL), bytes
//   array:     dimensions (0 or 1 here), has NULLs, element oid, then where there is a dimension:
//              number of elements, lower bound, and for each element: length (-1: NULL), bytes
#pragma once

#include "server/codec/shape.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct writer {
    uint8_t *data; // borrowed
    size_t len;
    size_t capacity;
    bool is_full; // something did not fit; what was written is worthless
};

static inline void writer_put_bytes(struct writer *writer, const void *bytes, size_t len) {
    if (len > writer->capacity - writer->len) {
        writer->is_full = true;
        return;
    }
    if (len > 0)
        memcpy(writer->data + writer->len, bytes, len);
    writer->len += len;
}

static inline void binary_store_u32(uint8_t *bytes, uint32_t number) {
    bytes[0] = (uint8_t)(number >> 24);
    bytes[1] = (uint8_t)(number >> 16);
    bytes[2] = (uint8_t)(number >> 8);
    bytes[3] = (uint8_t)number;
}

static inline void writer_put_u32(struct writer *writer, uint32_t number) {
    uint8_t bytes[4];
    binary_store_u32(bytes, number);
    writer_put_bytes(writer, bytes, sizeof bytes);
}

static inline void writer_put_null(struct writer *writer) {
    writer_put_u32(writer, UINT32_MAX);
}

static inline void writer_put_u64(struct writer *writer, uint64_t number) {
    uint8_t bytes[8];
    binary_store_u32(bytes, (uint32_t)(number >> 32));
    binary_store_u32(bytes + 4, (uint32_t)number);
    writer_put_bytes(writer, bytes, sizeof bytes);
}

// Overwrites four bytes that were written before.
static inline void writer_set_u32(struct writer *writer, size_t at, uint32_t number) {
    assert(writer->is_full || at + 4 <= writer->len);
    if (!writer->is_full)
        binary_store_u32(writer->data + at, number);
}

// Leaves room for a length and returns its place; writer_end_value fills it in with the number of
// bytes written since.
static inline size_t writer_begin_value(struct writer *writer) {
    size_t place = writer->len;
    writer_put_u32(writer, 0);
    return place;
}
static inline void writer_end_value(struct writer *writer, size_t place) {
    writer_set_u32(writer, place, (uint32_t)(writer->len - place - 4));
}

static inline uint32_t binary_u32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline uint64_t binary_u64(const uint8_t *bytes) {
    return (uint64_t)binary_u32(bytes) << 32 | binary_u32(bytes + 4);
}

struct reader {
    const uint8_t *at; // borrowed
    const uint8_t *end;
};

static inline struct reader reader_of(const struct value *value) {
    return (struct reader){.at = value->bytes, .end = value->bytes + value->len};
}

// False when there are not enough bytes left.
bool reader_take_u32(struct reader *reader, uint32_t *number);

// A length and that many bytes.
bool reader_take_value(struct reader *reader, struct value *value);

// The attributes of a composite into values, which has room for shape->n_fields. False unless their
// number and types are the shape's and every byte is accounted for.
bool reader_take_composite(struct reader reader, const struct shape *shape, struct value *values);

// The head of an array of elements of type oid; the elements follow and are taken one by one with
// reader_take_value. False when it has several dimensions or other elements.
bool reader_take_array_head(struct reader *reader, uint32_t oid, uint32_t *n_elements);
