#include "server/codec/binary.h"

bool reader_take_u32(struct reader *reader, uint32_t *number) {
    if (reader->end - reader->at < 4)
        return false;
    *number = binary_u32(reader->at);
    reader->at += 4;
    return true;
}

bool reader_take_value(struct reader *reader, struct value *value) {
    uint32_t len;
    if (!reader_take_u32(reader, &len))
        return false;
    if (len == UINT32_MAX) {
        *value = (struct value){.len = -1};
        return true;
    }
    if (len > INT32_MAX || len > (size_t)(reader->end - reader->at))
        return false;
    *value = (struct value){.bytes = reader->at, .len = (int32_t)len};
    reader->at += len;
    return true;
}

bool reader_take_composite(struct reader reader, const struct shape *shape, struct value *values) {
    uint32_t n, oid;
    if (!reader_take_u32(&reader, &n) || n != shape->n_fields)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!reader_take_u32(&reader, &oid) || oid != shape->fields[i].shape->oid)
            return false;
        if (!reader_take_value(&reader, &values[i]))
            return false;
    }
    return reader.at == reader.end;
}

bool reader_take_array_head(struct reader *reader, uint32_t oid, uint32_t *n_elements) {
    uint32_t n_dimensions, has_null, element_oid, n, lower_bound;
    if (!reader_take_u32(reader, &n_dimensions) || !reader_take_u32(reader, &has_null) ||
        !reader_take_u32(reader, &element_oid))
        return false;
    if (n_dimensions > 1 || element_oid != oid)
        return false;
    *n_elements = 0;
    if (n_dimensions == 0)
        return true;
    if (!reader_take_u32(reader, &n) || !reader_take_u32(reader, &lower_bound))
        return false;
    *n_elements = n;
    return true;
}
