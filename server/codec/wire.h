// The wire format of protobuf, one field at a time: a reader that trusts no length, and the writing
// of numbers. Knows nothing of messages. Used by check and encode (reading) and decode (writing).
// Source: protobuf.dev, "Encoding".
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_NUMBER = 0, WIRE_EIGHT = 1, WIRE_BYTES = 2, WIRE_FOUR = 5 };
enum { WIRE_NUMBER_MAX = 10 }; // bytes of the longest number

struct wire {
    const uint8_t *at; // borrowed; the next byte to read
    const uint8_t *end;
    const char *problem; // after WIRE_BROKEN: what is wrong, "is cut short"
};

struct wire_field {
    uint32_t tag; // the field's number
    unsigned type;
    uint64_t number;      // WIRE_NUMBER: as sent; WIRE_EIGHT and WIRE_FOUR: the bits
    const uint8_t *bytes; // WIRE_BYTES; borrowed
    size_t len;
};

enum wire_step { WIRE_END, WIRE_FIELD, WIRE_BROKEN };

static inline struct wire wire_of(const uint8_t *bytes, size_t len) {
    return (struct wire){.at = bytes, .end = bytes ? bytes + len : bytes};
}

// Reads the next field of a message.
enum wire_step wire_next(struct wire *wire, struct wire_field *field);

// Reads the next element of a packed field of numbers (type WIRE_NUMBER or WIRE_EIGHT); field's tag
// is left alone.
enum wire_step wire_next_packed(struct wire *wire, unsigned type, struct wire_field *field);

// True when field, sent as bytes, holds packed elements of the wire type `type`.
static inline bool wire_is_packed(const struct wire_field *field, unsigned type) {
    return field->type == WIRE_BYTES && type != WIRE_BYTES;
}

// How many bytes number takes, 1 to WIRE_NUMBER_MAX.
size_t wire_number_size(uint64_t number);

// Writes number to out, which has the room; returns how many bytes it took. Most take one.
size_t wire_put_long_number(uint8_t *out, uint64_t number);
static inline size_t wire_put_number(uint8_t *out, uint64_t number) {
    if (number >= 0x80)
        return wire_put_long_number(out, number);
    *out = (uint8_t)number;
    return 1;
}
