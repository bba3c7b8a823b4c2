#include "server/codec/binary.h"
#include "server/codec/calendar.h"
#include "server/codec/layout.h"
#include "server/codec/path.h"
#include "server/codec/wire.h"

#include "server/base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

// The bytes have been checked (plan_measure_wire) before anything here runs: numbers are in range,
// texts are valid, and the writer has room for everything.
struct encode {
    struct writer *writer; // borrowed
    struct arena *arena;   // borrowed
    struct error *err;     // borrowed
};

// What a message holds of one field.
struct occurrence {
    struct wire_field last;
    const uint8_t *from; // where the first one begins; NULL: the field is absent
    size_t n;
    size_t len; // of all together
};

// A message's bytes, and where they stand.
struct span {
    const uint8_t *bytes;
    size_t len;
};

static bool encode_composite(const struct encode *encode, const struct plan *plan,
                             const struct path *path, struct span span);

static bool no_memory(struct error *err) {
    return error_set(err, "the request needs more memory than one call may have");
}

enum { QUOTE_MAX = 40 };

// The beginning of a text for a message, control characters made visible as '?'.
static const char *quote(const struct wire_field *value, char text[QUOTE_MAX + 4]) {
    bool is_cut = value->len > QUOTE_MAX;
    size_t len = is_cut ? utf8_cut((const char *)value->bytes, QUOTE_MAX) : value->len;
    for (size_t i = 0; i < len; i++)
        text[i] = value->bytes[i] < 0x20 || value->bytes[i] == 0x7f ? '?' : (char)value->bytes[i];
    memcpy(text + len, is_cut ? "..." : "", is_cut ? 4 : 1);
    return text;
}

static bool put_date(const struct encode *encode, const struct path *path,
                     const struct wire_field *value) {
    int32_t day;
    char text[QUOTE_MAX + 4];
    if (!day_parse(value->bytes, value->len, &day))
        return path_fail(path, encode->err, ": \"%s\" is not a day; write it as 2010-12-31",
                         quote(value, text));
    writer_put_u32(encode->writer, (uint32_t)day);
    return true;
}

static bool put_uuid(const struct encode *encode, const struct path *path,
                     const struct wire_field *value) {
    uint8_t uuid[UUID_SIZE];
    char text[QUOTE_MAX + 4];
    if (!uuid_parse(value->bytes, value->len, uuid))
        return path_fail(path, encode->err,
                         ": \"%s\" is not a UUID; write it as 123e4567-e89b-12d3-a456-426614174000",
                         quote(value, text));
    writer_put_bytes(encode->writer, uuid, sizeof uuid);
    return true;
}

static bool put_timestamp(const struct encode *encode, const struct path *path,
                          const struct wire_field *value) {
    int64_t seconds = 0, nanos = 0, moment;
    struct wire wire = wire_of(value->bytes, value->len);
    struct wire_field field;
    while (wire_next(&wire, &field) == WIRE_FIELD) {
        if (field.tag == 1)
            seconds = (int64_t)field.number;
        if (field.tag == 2)
            nanos = (int64_t)field.number;
    }
    if (nanos < 0 || nanos > INT32_MAX || !moment_from_timestamp(seconds, (int32_t)nanos, &moment))
        return path_fail(path, encode->err,
                         ": %" PRId64 " seconds and %" PRId64
                         " nanoseconds are not a moment of the years 0001 to 9999",
                         seconds, nanos);
    writer_put_u64(encode->writer, (uint64_t)moment);
    return true;
}

static void put_label(const struct encode *encode, const struct plan_field *field,
                      uint64_t number) {
    const struct label *label = labels_find_number(field->labels, (int64_t)number);
    assert(label);
    writer_put_bytes(encode->writer, label->text, label->len);
}

static bool put_value(const struct encode *encode, const struct plan_field *field,
                      const struct path *path, const struct wire_field *value) {
    switch (field->kind) {
    case SHAPE_BOOL:
        writer_put_bytes(encode->writer, value->number ? "\1" : "\0", 1);
        return true;
    case SHAPE_INT4:
        writer_put_u32(encode->writer, (uint32_t)value->number);
        return true;
    case SHAPE_INT8:
    case SHAPE_FLOAT8:
        writer_put_u64(encode->writer, value->number);
        return true;
    case SHAPE_TEXT:
    case SHAPE_BYTEA:
        writer_put_bytes(encode->writer, value->bytes, value->len);
        return true;
    case SHAPE_UUID:
        return put_uuid(encode, path, value);
    case SHAPE_DATE:
        return put_date(encode, path, value);
    case SHAPE_TIMESTAMPTZ:
        return put_timestamp(encode, path, value);
    case SHAPE_ENUM:
        put_label(encode, field, value->number);
        return true;
    case SHAPE_COMPOSITE:
        return encode_composite(encode, field->nested, path,
                                (struct span){value->bytes, value->len});
    case SHAPE_VOID:
    case SHAPE_ARRAY:
        break;
    }
    return path_fail(path, encode->err, " has no SQL form");
}

static bool encode_value(const struct encode *encode, const struct plan_field *field,
                         const struct path *path, const struct wire_field *value) {
    size_t place = writer_begin_value(encode->writer);
    if (!put_value(encode, field, path, value))
        return false;
    writer_end_value(encode->writer, place);
    return true;
}

// A message that occurs several times is one message made of all their fields: their bytes, one
// after the other.
static bool join_occurrences(const struct encode *encode, const struct plan_field *field,
                             struct occurrence *occurrence, const uint8_t *end) {
    uint8_t *joined = arena_alloc(encode->arena, occurrence->len);
    if (!joined)
        return no_memory(encode->err);
    struct wire wire = {.at = occurrence->from, .end = end};
    struct wire_field value;
    size_t len = 0;
    while (wire_next(&wire, &value) == WIRE_FIELD) {
        if (value.tag != field->tag)
            continue;
        if (value.len > 0)
            memcpy(joined + len, value.bytes, value.len);
        len += value.len;
    }
    occurrence->last.bytes = joined;
    occurrence->last.len = len;
    return true;
}

static bool is_message(enum shape_kind kind) {
    return kind == SHAPE_COMPOSITE || kind == SHAPE_TIMESTAMPTZ;
}

static bool encode_singular(const struct encode *encode, const struct plan_field *field,
                            const struct path *path, struct occurrence *occurrence,
                            const uint8_t *end) {
    if (field->kind == SHAPE_ENUM && occurrence->last.number == 0) { // unspecified
        writer_put_null(encode->writer);
        return true;
    }
    if (is_message(field->kind) && occurrence->n > 1)
        if (!join_occurrences(encode, field, occurrence, end))
            return false;
    return encode_value(encode, field, path, &occurrence->last);
}

// Only numbers are packed, and each has its SQL form.
static void encode_packed(const struct encode *encode, const struct plan_field *field,
                          struct path *path, const struct wire_field *packed) {
    struct wire wire = wire_of(packed->bytes, packed->len);
    struct wire_field value = {0};
    while (wire_next_packed(&wire, field->wire_type, &value) == WIRE_FIELD) {
        (void)encode_value(encode, field, path, &value);
        path->index++;
    }
}

static bool encode_elements(const struct encode *encode, const struct plan_field *field,
                            struct path *path, const struct occurrence *occurrence,
                            const uint8_t *end) {
    struct wire wire = {.at = occurrence->from, .end = end};
    struct wire_field value;
    size_t n_left = occurrence->n;
    while (n_left > 0 && wire_next(&wire, &value) == WIRE_FIELD) {
        if (value.tag != field->tag)
            continue;
        n_left--;
        if (wire_is_packed(&value, field->wire_type)) {
            encode_packed(encode, field, path, &value);
            continue;
        }
        if (!encode_value(encode, field, path, &value))
            return false;
        path->index++;
    }
    return true;
}

static void put_array_head(struct writer *writer, uint32_t element_oid, uint32_t n_dimensions) {
    writer_put_u32(writer, n_dimensions);
    writer_put_u32(writer, 0); // no NULLs
    writer_put_u32(writer, element_oid);
}

static bool encode_array(const struct encode *encode, const struct plan_field *field,
                         struct path *path, const struct occurrence *occurrence,
                         const uint8_t *end) {
    struct writer *writer = encode->writer;
    size_t place = writer_begin_value(writer);
    path->index = 0;
    if (occurrence->from) {
        put_array_head(writer, field->shape->oid, 1);
        size_t count = writer->len;
        writer_put_u32(writer, 0);
        writer_put_u32(writer, 1); // lower bound
        if (!encode_elements(encode, field, path, occurrence, end))
            return false;
        writer_set_u32(writer, count, (uint32_t)path->index);
    }
    if (path->index == 0) {
        writer->len = writer->is_full ? writer->len : place + 4;
        put_array_head(writer, field->shape->oid, 0);
    }
    writer_end_value(writer, place);
    return true;
}

static void scan(const struct plan *plan, struct span span, struct occurrence *occurrences) {
    memset(occurrences, 0, plan->n_fields * sizeof *occurrences);
    struct wire wire = wire_of(span.bytes, span.len);
    struct wire_field value;
    const uint8_t *from = wire.at;
    for (; wire_next(&wire, &value) == WIRE_FIELD; from = wire.at) {
        const struct plan_field *field = plan_find_tag(plan, value.tag);
        if (!field)
            continue;
        struct occurrence *occurrence = &occurrences[field - plan->fields];
        if (!occurrence->from)
            occurrence->from = from;
        occurrence->last = value;
        occurrence->len += value.type == WIRE_BYTES ? value.len : 0;
        occurrence->n++;
    }
}

static void put_absent(struct writer *writer, const struct plan_field *field, bool has_type) {
    if (has_type)
        writer_put_u64(writer, (uint64_t)field->column_oid << 32 | UINT32_MAX);
    else
        writer_put_null(writer);
}

// The fields as length and bytes each, in the order of the columns; inside a composite the type
// stands before each.
static bool encode_columns(const struct encode *encode, const struct plan *plan,
                           const struct path *parent, struct span span, bool has_types) {
    struct occurrence occurrences[PLAN_FIELDS_MAX];
    scan(plan, span, occurrences);
    const uint8_t *end = span.bytes ? span.bytes + span.len : NULL;
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *field = plan->columns[i];
        struct occurrence *occurrence = &occurrences[field - plan->fields];
        if (!occurrence->from && !field->is_repeated) {
            put_absent(encode->writer, field, has_types);
            continue;
        }
        if (has_types)
            writer_put_u32(encode->writer, field->column_oid);
        struct path path = {.parent = parent, .name = field->name, .index = -1};
        bool is_good = field->is_repeated ? encode_array(encode, field, &path, occurrence, end)
                                          : encode_singular(encode, field, &path, occurrence, end);
        if (!is_good)
            return false;
    }
    return true;
}

static bool encode_composite(const struct encode *encode, const struct plan *plan,
                             const struct path *path, struct span span) {
    writer_put_u32(encode->writer, (uint32_t)plan->n_fields);
    return encode_columns(encode, plan, path, span, true);
}

static bool close_writer(const struct writer *writer, struct error *err) {
    if (writer->is_full)
        return error_set(err, "the request is too large");
    return true;
}

bool plan_encode(const struct plan *plan, const uint8_t *bytes, size_t len, struct arena *arena,
                 struct value *values, struct error *err) {
    struct span span = {bytes, len};
    struct wire_measure measure;
    if (!plan_measure_wire(plan, bytes, len, &measure, err))
        return false;
    struct writer writer = {.data = arena_alloc(arena, measure.size), .capacity = measure.size};
    if (!writer.data)
        return no_memory(err);
    struct encode encode = {.writer = &writer, .arena = arena, .err = err};
    if (!encode_columns(&encode, plan, NULL, span, false) || !close_writer(&writer, err))
        return false;
    struct reader reader = {.at = writer.data, .end = writer.data + writer.len};
    for (size_t i = 0; i < plan->n_fields; i++)
        if (!reader_take_value(&reader, &values[i]))
            return error_set(err, "the request is too large");
    return true;
}

static size_t leading_size(const struct value *leading, size_t n_leading) {
    size_t size = 4;
    for (size_t i = 0; i < n_leading; i++)
        size += 8 + (leading[i].len > 0 ? (size_t)leading[i].len : 0);
    return size;
}

static void put_leading(struct writer *writer, const struct shape *composite,
                        const struct value *leading, size_t n_leading) {
    writer_put_u32(writer, (uint32_t)composite->n_fields);
    for (size_t i = 0; i < n_leading; i++) {
        writer_put_u32(writer, composite->fields[i].shape->oid);
        writer_put_u32(writer, (uint32_t)leading[i].len);
        if (leading[i].len > 0)
            writer_put_bytes(writer, leading[i].bytes, (size_t)leading[i].len);
    }
}

bool plan_encode_element(const struct plan *plan, const struct shape *composite,
                         const struct value *leading, size_t n_leading, const uint8_t *bytes,
                         size_t len, struct arena *arena, struct buf *out, struct error *err) {
    assert(composite->n_fields == n_leading + plan->n_fields);
    struct span span = {bytes, len};
    struct wire_measure measure;
    if (!plan_measure_wire(plan, bytes, len, &measure, err))
        return false;
    size_t size = measure.size + leading_size(leading, n_leading);
    struct writer writer = {.data = buf_reserve(out, size), .capacity = size};
    if (!writer.data)
        return no_memory(err);
    struct encode encode = {.writer = &writer, .arena = arena, .err = err};
    put_leading(&writer, composite, leading, n_leading);
    if (!encode_columns(&encode, plan, NULL, span, true) || !close_writer(&writer, err))
        return false;
    buf_commit(out, writer.len);
    return true;
}
