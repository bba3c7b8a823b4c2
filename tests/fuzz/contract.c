#include "tests/fuzz/contract.h"

#include "matrix.pb-c.h"
#include "server/base/buf.h"
#include "server/codec/matrix.h"
#include "server/codec/wire.h"
#include "server/services.h"

#include <ctype.h>
#include <string.h>

enum { MESSAGES_MAX = 1024, FIRST_OID = 20000 };

static struct arena arena;
static struct contract_message messages[MESSAGES_MAX];
static unsigned n_messages;
static struct {
    const void *descriptor;
    const struct shape *shape;
} known[MESSAGES_MAX]; // shapes of messages and enums
static size_t n_known;
static uint32_t next_oid = FIRST_OID;

static const struct shape *shape_of_message(const ProtobufCMessageDescriptor *message);

// ---- what the catalog would say

static struct shape *add_shape(const void *descriptor, enum shape_kind kind, const char *name,
                               size_t n) {
    struct shape *shape = arena_calloc(&arena, 1, sizeof *shape);
    FUZZ_CHECK(shape != NULL && n_known < MESSAGES_MAX);
    *shape = (struct shape){.kind = kind, .oid = next_oid++, .name = name, .n_fields = n};
    if (descriptor != NULL) {
        known[n_known].descriptor = descriptor;
        known[n_known++].shape = shape;
    }
    return shape;
}

static const struct shape *find_shape(const void *descriptor) {
    for (size_t i = 0; i < n_known; i++)
        if (known[i].descriptor == descriptor)
            return known[i].shape;
    return NULL;
}

static const struct shape *shape_of_enum(const ProtobufCEnumDescriptor *enumeration) {
    const struct shape *found = find_shape(enumeration);
    if (found != NULL)
        return found;
    // The value 0 is ..._UNSPECIFIED, which has no label; its name tells how long the prefix is.
    const char *first = protobuf_c_enum_descriptor_get_value(enumeration, 0)->name;
    size_t prefix = strlen(first) - strlen("UNSPECIFIED"), n = 0;
    const char **labels = arena_calloc(&arena, enumeration->n_values, sizeof *labels);
    FUZZ_CHECK(labels != NULL);
    for (unsigned i = 0; i < enumeration->n_values; i++) {
        const char *name = enumeration->values[i].name;
        if (enumeration->values[i].value == 0)
            continue;
        char *label = arena_copy(&arena, name + prefix, strlen(name + prefix));
        FUZZ_CHECK(label != NULL);
        for (char *at = label; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
        labels[n++] = label;
    }
    struct shape *shape = add_shape(enumeration, SHAPE_ENUM, enumeration->name, n);
    shape->labels = labels;
    return shape;
}

static bool ends_with(const char *text, const char *end) {
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

// In the contract a day is a string in a field of that name, and so is a UUID.
static enum shape_kind kind_of_string(const char *name) {
    if (ends_with(name, "day") || ends_with(name, "days"))
        return SHAPE_DATE;
    return strcmp(name, "id") == 0 || ends_with(name, "ids") || ends_with(name, "_id") ? SHAPE_UUID
                                                                                       : SHAPE_TEXT;
}

static enum shape_kind kind_of(const ProtobufCFieldDescriptor *field) {
    static const enum shape_kind kinds[] = {SHAPE_BOOL, SHAPE_INT4, SHAPE_INT8, SHAPE_FLOAT8,
                                            SHAPE_BYTEA};
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return kind_of_string(field->name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (matrix_fits(field, kinds[i]))
            return kinds[i];
    return SHAPE_VOID;
}

static const struct shape *shape_of_value(const ProtobufCFieldDescriptor *field) {
    static const struct shape *scalars[SHAPE_ARRAY];
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return shape_of_enum(field->descriptor);
    bool is_message = field->type == PROTOBUF_C_TYPE_MESSAGE;
    if (is_message && !matrix_is_timestamp(field->descriptor))
        return shape_of_message(field->descriptor);
    enum shape_kind kind = is_message ? SHAPE_TIMESTAMPTZ : kind_of(field);
    FUZZ_CHECK(kind != SHAPE_VOID);
    if (scalars[kind] == NULL)
        scalars[kind] = add_shape(NULL, kind, "a scalar", 0);
    return scalars[kind];
}

static const struct shape *shape_of_field(const ProtobufCFieldDescriptor *field) {
    const struct shape *value = shape_of_value(field);
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return value;
    struct shape *array = add_shape(NULL, SHAPE_ARRAY, "an array", 0);
    array->element = value;
    return array;
}

// The columns stand in the reverse order of the fields: they match by name.
static const struct shape *shape_of_message(const ProtobufCMessageDescriptor *message) {
    const struct shape *found = find_shape(message);
    if (found != NULL)
        return found;
    size_t n = message->n_fields;
    struct shape_field *fields = arena_calloc(&arena, n, sizeof *fields);
    FUZZ_CHECK(fields != NULL);
    struct shape *shape = add_shape(message, SHAPE_COMPOSITE, message->name, n);
    shape->fields = fields;
    for (size_t i = 0; i < n; i++)
        fields[n - 1 - i] =
            (struct shape_field){message->fields[i].name, shape_of_field(&message->fields[i])};
    return shape;
}

// ---- a full message

static void put_number(struct buf *out, uint64_t number) {
    uint8_t bytes[WIRE_NUMBER_MAX];
    FUZZ_CHECK(buf_append(out, bytes, wire_put_number(bytes, number)));
}

static void put_text(struct buf *out, const char *text) {
    put_number(out, strlen(text));
    FUZZ_CHECK(buf_append_text(out, text));
}

static void put_full(struct buf *out, const ProtobufCMessageDescriptor *message);

static void put_nested(struct buf *out, const ProtobufCMessageDescriptor *message) {
    struct buf nested = {0};
    put_full(&nested, message);
    put_number(out, buf_len(&nested));
    FUZZ_CHECK(buf_len(&nested) == 0 || buf_append(out, buf_bytes(&nested), buf_len(&nested)));
    buf_finish(&nested);
}

static void put_value(struct buf *out, const ProtobufCFieldDescriptor *field,
                      const struct shape *shape) {
    const ProtobufCEnumDescriptor *enumeration = field->descriptor;
    switch (shape->kind) {
    case SHAPE_BOOL:
    case SHAPE_INT4:
    case SHAPE_INT8:
        put_number(out, 1);
        break;
    case SHAPE_ENUM:
        put_number(out, (uint64_t)enumeration->values[enumeration->n_values - 1].value);
        break;
    case SHAPE_FLOAT8:
        FUZZ_CHECK(buf_append(out, "\0\0\0\0\0\0\xf8\x3f", 8));
        break;
    case SHAPE_TEXT:
    case SHAPE_BYTEA:
        // What no format may show as it stands.
        put_text(out, "M\xc3\xa4rz\r\n\xf0\x9f\x8f\xa0<b>&\"'|*_\\\x1b[2J\xc2\x9b\xe2\x80\xae");
        break;
    case SHAPE_UUID:
        put_text(out, "123e4567-e89b-12d3-a456-426614174000");
        break;
    case SHAPE_DATE:
        put_text(out, "2010-12-31");
        break;
    case SHAPE_TIMESTAMPTZ:
        put_text(out, "\x08\x80\x95\xf5\xe8\x04\x10\xc0\xc4\x07");
        break;
    case SHAPE_COMPOSITE:
        put_nested(out, field->descriptor);
        break;
    case SHAPE_VOID:
    case SHAPE_ARRAY:
        FUZZ_CHECK(false);
    }
}

static void put_full(struct buf *out, const ProtobufCMessageDescriptor *message) {
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        const struct shape *shape = shape_of_value(field);
        put_number(out, (uint64_t)field->id << 3 | matrix_wire_type(shape->kind));
        put_value(out, field, shape);
    }
}

// ---- the list

static const struct contract_message *add_message(const ProtobufCMessageDescriptor *descriptor) {
    struct error err = {0};
    struct buf full = {0};
    for (unsigned i = 0; i < n_messages; i++)
        if (messages[i].descriptor == descriptor)
            return &messages[i];
    FUZZ_CHECK(n_messages < MESSAGES_MAX);
    struct contract_message *message = &messages[n_messages];
    message->descriptor = descriptor;
    message->shape = shape_of_message(descriptor);
    message->request = plan_compile_request(&arena, descriptor, message->shape->fields,
                                            message->shape->n_fields, &err);
    message->answer = plan_compile_answer(&arena, descriptor, message->shape, &err);
    if (err.is_set)
        fprintf(stderr, "%s\n", err.message);
    FUZZ_CHECK(message->request != NULL && message->answer != NULL);
    put_full(&full, descriptor);
    message->full.len = buf_len(&full);
    message->full.bytes = (uint8_t *)arena_copy(
        &arena, full.data == NULL ? "" : (const char *)buf_bytes(&full), buf_len(&full));
    FUZZ_CHECK(message->full.bytes != NULL);
    buf_finish(&full);
    n_messages++;
    return message;
}

static void add_all(void) {
    arena_init(&arena, 256 * 1024 * 1024);
    add_message(&matrix__v1__all__descriptor);
    for (size_t i = 0; i < n_services; i++)
        for (unsigned j = 0; j < services[i]->n_methods; j++) {
            add_message(services[i]->methods[j].input);
            add_message(services[i]->methods[j].output);
        }
}

const struct contract_message *contract_message(unsigned number) {
    if (n_messages == 0)
        add_all();
    return &messages[number % n_messages];
}

const struct contract_message *contract_find(const ProtobufCMessageDescriptor *descriptor) {
    contract_message(0);
    return add_message(descriptor);
}

// ---- changes

uint8_t *contract_change(struct fuzz_input *input, struct fuzz_input whole, size_t *len) {
    enum { CUT, REMOVE, REPEAT, REPLACE, INSERT, INSERT_PIECE, N_OPERATIONS };
    uint8_t operation = fuzz_byte(input) % N_OPERATIONS;
    size_t at = (size_t)fuzz_byte(input) << 8;
    at = (at | fuzz_byte(input)) % (whole.len + 1);
    uint8_t value = fuzz_byte(input);
    size_t rest = whole.len - at;
    size_t n = value < rest ? value : rest;
    size_t n_skipped = operation == CUT ? rest : operation == REMOVE ? n : 0;
    struct fuzz_input middle = {NULL, 0};
    if (operation == REPEAT)
        middle = (struct fuzz_input){whole.bytes + at, n};
    else if (operation == INSERT_PIECE)
        middle = fuzz_take(input, value);
    else if (operation == REPLACE || operation == INSERT)
        middle = (struct fuzz_input){&value, 1};
    if (operation == REPLACE && rest > 0)
        n_skipped = 1;
    *len = whole.len - n_skipped + middle.len;
    uint8_t *changed = malloc(*len > 0 ? *len : 1);
    FUZZ_CHECK(changed != NULL);
    if (at > 0)
        memcpy(changed, whole.bytes, at);
    if (middle.len > 0)
        memcpy(changed + at, middle.bytes, middle.len);
    if (rest > n_skipped)
        memcpy(changed + at + middle.len, whole.bytes + at + n_skipped, rest - n_skipped);
    return changed;
}
