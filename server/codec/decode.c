#include "server/codec/binary.h"
#include "server/codec/calendar.h"
#include "server/codec/layout.h"
#include "server/codec/path.h"
#include "server/codec/wire.h"

#include <string.h>

struct decode {
    struct buf *out;   // borrowed
    struct error *err; // borrowed
};

static bool decode_message(const struct decode *decode, const struct plan *plan,
                           const struct path *path, const struct value *columns);

// buf_reserve, without the call where there is room already.
static inline uint8_t *room(const struct decode *decode, size_t len) {
    struct buf *out = decode->out;
    if (out->data && len <= out->capacity - out->end)
        return out->data + out->end;
    uint8_t *to = buf_reserve(out, len);
    if (!to)
        error_set(decode->err, "out of memory");
    return to;
}

static inline void commit(const struct decode *decode, size_t len) {
    decode->out->end += len;
}

static bool malformed(const struct decode *decode, const struct plan_field *field,
                      const struct path *path) {
    return path_fail(path, decode->err,
                     ": what the database sent is not %s as it was read at the start",
                     field->shape->name);
}

static bool put_key(const struct decode *decode, const struct plan_field *field,
                    unsigned wire_type) {
    uint8_t *to = room(decode, WIRE_NUMBER_MAX);
    if (!to)
        return false;
    commit(decode, wire_put_number(to, (uint64_t)field->tag << 3 | wire_type));
    return true;
}

static bool put_number(const struct decode *decode, uint64_t number) {
    uint8_t *to = room(decode, WIRE_NUMBER_MAX);
    if (!to)
        return false;
    commit(decode, wire_put_number(to, number));
    return true;
}

static bool put_double(const struct decode *decode, uint64_t bits) {
    uint8_t *to = room(decode, 8);
    if (!to)
        return false;
    for (size_t i = 0; i < 8; i++)
        to[i] = (uint8_t)(bits >> (8 * i));
    commit(decode, 8);
    return true;
}

// Room for a length and len bytes; the length is written already.
static uint8_t *put_len(const struct decode *decode, size_t len) {
    uint8_t *to = room(decode, WIRE_NUMBER_MAX + len);
    if (!to)
        return NULL;
    size_t size = wire_put_number(to, len);
    commit(decode, size);
    return to + size;
}

static bool put_bytes(const struct decode *decode, const struct value *value) {
    size_t len = (size_t)value->len;
    uint8_t *to = put_len(decode, len);
    if (!to)
        return false;
    if (len > 0)
        memcpy(to, value->bytes, len);
    commit(decode, len);
    return true;
}

static bool put_uuid(const struct decode *decode, const struct value *value) {
    uint8_t *to = put_len(decode, UUID_TEXT_LEN);
    if (!to)
        return false;
    uuid_format(value->bytes, to);
    commit(decode, UUID_TEXT_LEN);
    return true;
}

static bool put_date(const struct decode *decode, const struct path *path,
                     const struct value *value) {
    uint8_t *to = put_len(decode, DAY_TEXT_LEN);
    if (!to)
        return false;
    if (!day_format((int32_t)binary_u32(value->bytes), to))
        return path_fail(path, decode->err, ": a date outside the years 0001 to 9999");
    commit(decode, DAY_TEXT_LEN);
    return true;
}

// google.protobuf.Timestamp: seconds = 1, nanos = 2, neither written when 0.
static bool put_timestamp(const struct decode *decode, const struct path *path,
                          const struct value *value) {
    int64_t seconds;
    int32_t nanos;
    if (!moment_to_timestamp((int64_t)binary_u64(value->bytes), &seconds, &nanos))
        return path_fail(path, decode->err, ": a moment outside the years 0001 to 9999");
    uint8_t body[2 * (1 + WIRE_NUMBER_MAX)];
    size_t len = 0;
    if (seconds != 0) {
        body[len++] = 1 << 3 | WIRE_NUMBER;
        len += wire_put_number(body + len, (uint64_t)seconds);
    }
    if (nanos != 0) {
        body[len++] = 2 << 3 | WIRE_NUMBER;
        len += wire_put_number(body + len, (uint64_t)nanos);
    }
    return put_bytes(decode, &(struct value){.bytes = body, .len = (int32_t)len});
}

static bool put_label(const struct decode *decode, const struct plan_field *field,
                      const struct path *path, const struct value *value) {
    const struct label *label = labels_find_text(field->labels, value->bytes, (size_t)value->len);
    if (!label)
        return malformed(decode, field, path);
    return put_number(decode, (uint64_t)(int64_t)label->number);
}

// The length of a nested message is known when it is written: room is left for the length it is
// likely to need (a message is shorter than its composite), and the message moved when that was
// wrong.
static bool open_nested(const struct decode *decode, size_t guess) {
    if (!room(decode, guess))
        return false;
    commit(decode, guess);
    return true;
}

static bool close_nested(const struct decode *decode, size_t start, size_t guess) {
    size_t len = buf_len(decode->out) - start - guess;
    size_t size = wire_number_size(len);
    if (size > guess && !room(decode, size - guess))
        return false;
    uint8_t *at = decode->out->data + decode->out->start + start;
    if (size != guess)
        memmove(at + size, at + guess, len);
    wire_put_number(at, len);
    decode->out->end = decode->out->start + start + size + len;
    return true;
}

static bool put_composite(const struct decode *decode, const struct plan_field *field,
                          const struct path *path, const struct value *value) {
    struct value columns[PLAN_FIELDS_MAX];
    if (!reader_take_composite(reader_of(value), field->shape, columns))
        return malformed(decode, field, path);
    size_t start = buf_len(decode->out);
    size_t guess = wire_number_size((uint64_t)value->len);
    return open_nested(decode, guess) && decode_message(decode, field->nested, path, columns) &&
           close_nested(decode, start, guess);
}

// The length a value of this kind always has; 0 where it varies.
static const int32_t fixed_lens[] = {
    [SHAPE_BOOL] = 1,   [SHAPE_INT4] = 4,        [SHAPE_DATE] = 4,         [SHAPE_INT8] = 8,
    [SHAPE_FLOAT8] = 8, [SHAPE_TIMESTAMPTZ] = 8, [SHAPE_UUID] = UUID_SIZE, [SHAPE_ARRAY] = 0,
};

// A value without its key; value is not NULL.
static bool put_value(const struct decode *decode, const struct plan_field *field,
                      const struct path *path, const struct value *value) {
    int32_t len = fixed_lens[field->kind];
    if (len > 0 && len != value->len)
        return malformed(decode, field, path);
    switch (field->kind) {
    case SHAPE_BOOL:
        return put_number(decode, value->bytes[0] != 0);
    case SHAPE_INT4:
        return put_number(decode, (uint64_t)(int64_t)(int32_t)binary_u32(value->bytes));
    case SHAPE_INT8:
        return put_number(decode, binary_u64(value->bytes));
    case SHAPE_FLOAT8:
        return put_double(decode, binary_u64(value->bytes));
    case SHAPE_TEXT:
    case SHAPE_BYTEA:
        return put_bytes(decode, value);
    case SHAPE_UUID:
        return put_uuid(decode, value);
    case SHAPE_DATE:
        return put_date(decode, path, value);
    case SHAPE_TIMESTAMPTZ:
        return put_timestamp(decode, path, value);
    case SHAPE_ENUM:
        return put_label(decode, field, path, value);
    case SHAPE_COMPOSITE:
        return put_composite(decode, field, path, value);
    case SHAPE_VOID:
    case SHAPE_ARRAY:
        break;
    }
    return malformed(decode, field, path);
}

static bool put_element(const struct decode *decode, const struct plan_field *field,
                        const struct path *path, struct reader *reader) {
    struct value element;
    if (!reader_take_value(reader, &element))
        return malformed(decode, field, path);
    if (element.len < 0)
        return path_fail(path, decode->err, ": a NULL element has no protobuf form");
    if (!field->is_packed && !put_key(decode, field, field->wire_type))
        return false;
    return put_value(decode, field, path, &element);
}

static bool put_elements(const struct decode *decode, const struct plan_field *field,
                         struct path *path, struct reader reader, uint32_t n_elements) {
    for (path->index = 0; path->index < (ptrdiff_t)n_elements; path->index++)
        if (!put_element(decode, field, path, &reader))
            return false;
    path->index = -1;
    return reader.at == reader.end || malformed(decode, field, path);
}

static bool put_packed(const struct decode *decode, const struct plan_field *field,
                       struct path *path, struct reader reader, uint32_t n_elements) {
    if (!put_key(decode, field, WIRE_BYTES))
        return false;
    size_t start = buf_len(decode->out);
    return open_nested(decode, 1) && put_elements(decode, field, path, reader, n_elements) &&
           close_nested(decode, start, 1);
}

static bool put_array(const struct decode *decode, const struct plan_field *field,
                      struct path *path, const struct value *value) {
    struct reader reader = reader_of(value);
    uint32_t n_elements;
    if (!reader_take_array_head(&reader, field->shape->oid, &n_elements))
        return malformed(decode, field, path);
    if (field->is_packed && n_elements > 0)
        return put_packed(decode, field, path, reader, n_elements);
    return put_elements(decode, field, path, reader, n_elements);
}

static bool decode_message(const struct decode *decode, const struct plan *plan,
                           const struct path *path, const struct value *columns) {
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *field = &plan->fields[i];
        const struct value *value = &columns[field->column];
        if (value->len < 0)
            continue;
        struct path place = {.parent = path, .name = field->name, .index = -1};
        bool is_good = field->is_repeated ? put_array(decode, field, &place, value)
                                          : put_key(decode, field, field->wire_type) &&
                                                put_value(decode, field, &place, value);
        if (!is_good)
            return false;
    }
    return true;
}

bool plan_decode(const struct plan *plan, const struct value *columns, size_t n_columns,
                 struct buf *out, struct error *err) {
    bool is_void = plan->n_fields == 0 && plan->skip == 0;
    if (!is_void && n_columns != plan->skip + plan->n_fields)
        return error_set(err, "the database sent %zu columns for proto %s, which needs %zu",
                         n_columns, plan->name, plan->skip + plan->n_fields);
    struct decode decode = {.out = out, .err = err};
    size_t len = buf_len(out);
    if (decode_message(&decode, plan, NULL, columns))
        return true;
    out->end = out->start + len;
    return false;
}
