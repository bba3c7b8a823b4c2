#include "server/codec/wire.h"

enum { KEY_SIZE_MAX = 5 }; // longer is refused by others, too, whatever number it spells

static enum wire_step broken(struct wire *wire, const char *problem) {
    wire->problem = problem;
    return WIRE_BROKEN;
}

static enum wire_step read_long_number(struct wire *wire, uint64_t *number) {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (wire->at == wire->end)
            return broken(wire, "is cut short");
        uint8_t byte = *wire->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *number = value;
            return WIRE_FIELD;
        }
    }
    return broken(wire, "holds a number of more than 64 bits");
}

// Most keys and lengths are one byte.
static inline enum wire_step read_number(struct wire *wire, uint64_t *number) {
    if (wire->at == wire->end || *wire->at >= 0x80)
        return read_long_number(wire, number);
    *number = *wire->at++;
    return WIRE_FIELD;
}

static enum wire_step read_fixed(struct wire *wire, size_t size, uint64_t *number) {
    if ((size_t)(wire->end - wire->at) < size)
        return broken(wire, "is cut short");
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)wire->at[i] << (8 * i);
    wire->at += size;
    *number = value;
    return WIRE_FIELD;
}

static inline enum wire_step read_bytes(struct wire *wire, struct wire_field *field) {
    uint64_t len;
    enum wire_step step = read_number(wire, &len);
    if (step != WIRE_FIELD)
        return step;
    if (len > (uint64_t)(wire->end - wire->at))
        return broken(wire, "is cut short");
    field->bytes = wire->at;
    field->len = (size_t)len;
    wire->at += field->len;
    return WIRE_FIELD;
}

static inline enum wire_step read_value(struct wire *wire, struct wire_field *field) {
    switch (field->type) {
    case WIRE_NUMBER:
        return read_number(wire, &field->number);
    case WIRE_EIGHT:
        return read_fixed(wire, 8, &field->number);
    case WIRE_FOUR:
        return read_fixed(wire, 4, &field->number);
    case WIRE_BYTES:
        return read_bytes(wire, field);
    default:
        return broken(wire, "holds a field of a wire type that is not supported");
    }
}

enum wire_step wire_next(struct wire *wire, struct wire_field *field) {
    if (wire->at == wire->end)
        return WIRE_END;
    uint64_t key;
    const uint8_t *from = wire->at;
    enum wire_step step = read_number(wire, &key);
    if (step != WIRE_FIELD)
        return step;
    if (wire->at - from > KEY_SIZE_MAX || key > UINT32_MAX || key >> 3 == 0)
        return broken(wire, "holds a field number that does not exist");
    field->tag = (uint32_t)(key >> 3);
    field->type = key & 7;
    return read_value(wire, field);
}

enum wire_step wire_next_packed(struct wire *wire, unsigned type, struct wire_field *field) {
    if (wire->at == wire->end)
        return WIRE_END;
    field->type = type;
    return type == WIRE_EIGHT ? read_fixed(wire, 8, &field->number)
                              : read_number(wire, &field->number);
}

size_t wire_number_size(uint64_t number) {
    size_t size = 1;
    while (number >= 0x80) {
        number >>= 7;
        size++;
    }
    return size;
}

size_t wire_put_long_number(uint8_t *out, uint64_t number) {
    size_t size = 0;
    while (number >= 0x80) {
        out[size++] = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    out[size++] = (uint8_t)number;
    return size;
}
