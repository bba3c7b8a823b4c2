#include "server/codec/matrix.h"

#include "server/codec/wire.h"

#include <string.h>

struct matrix_row {
    ProtobufCType type;
    const char *name;
    unsigned kinds; // one bit for each kind that fits
};

#define KIND(kind) (1U << (kind))

static const struct matrix_row ROWS[] = {
    {PROTOBUF_C_TYPE_BOOL, "bool", KIND(SHAPE_BOOL)},
    {PROTOBUF_C_TYPE_INT32, "int32", KIND(SHAPE_INT4)},
    {PROTOBUF_C_TYPE_INT64, "int64", KIND(SHAPE_INT8)},
    {PROTOBUF_C_TYPE_DOUBLE, "double", KIND(SHAPE_FLOAT8)},
    {PROTOBUF_C_TYPE_STRING, "string", KIND(SHAPE_TEXT) | KIND(SHAPE_UUID) | KIND(SHAPE_DATE)},
    {PROTOBUF_C_TYPE_BYTES, "bytes", KIND(SHAPE_BYTEA)},
    {PROTOBUF_C_TYPE_ENUM, "enum", KIND(SHAPE_ENUM)},
    {PROTOBUF_C_TYPE_MESSAGE, "message", KIND(SHAPE_COMPOSITE) | KIND(SHAPE_TIMESTAMPTZ)},
    {PROTOBUF_C_TYPE_SINT32, "sint32", 0},
    {PROTOBUF_C_TYPE_SFIXED32, "sfixed32", 0},
    {PROTOBUF_C_TYPE_UINT32, "uint32", 0},
    {PROTOBUF_C_TYPE_FIXED32, "fixed32", 0},
    {PROTOBUF_C_TYPE_SINT64, "sint64", 0},
    {PROTOBUF_C_TYPE_SFIXED64, "sfixed64", 0},
    {PROTOBUF_C_TYPE_UINT64, "uint64", 0},
    {PROTOBUF_C_TYPE_FIXED64, "fixed64", 0},
    {PROTOBUF_C_TYPE_FLOAT, "float", 0},
};

static const struct matrix_row *find_row(ProtobufCType type) {
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].type == type)
            return &ROWS[i];
    return NULL;
}

bool matrix_is_timestamp(const ProtobufCMessageDescriptor *message) {
    return strcmp(message->name, "google.protobuf.Timestamp") == 0;
}

bool matrix_fits(const ProtobufCFieldDescriptor *field, enum shape_kind kind) {
    const struct matrix_row *row = find_row(field->type);
    if (!row || !(row->kinds & KIND(kind)))
        return false;
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return true;
    return matrix_is_timestamp(field->descriptor) == (kind == SHAPE_TIMESTAMPTZ);
}

const char *matrix_type_name(const ProtobufCFieldDescriptor *field) {
    const struct matrix_row *row = find_row(field->type);
    return row ? row->name : "unknown type";
}

unsigned matrix_wire_type(enum shape_kind kind) {
    switch (kind) {
    case SHAPE_BOOL:
    case SHAPE_INT4:
    case SHAPE_INT8:
    case SHAPE_ENUM:
        return WIRE_NUMBER;
    case SHAPE_FLOAT8:
        return WIRE_EIGHT;
    case SHAPE_VOID:
    case SHAPE_TEXT:
    case SHAPE_UUID:
    case SHAPE_BYTEA:
    case SHAPE_DATE:
    case SHAPE_TIMESTAMPTZ:
    case SHAPE_COMPOSITE:
    case SHAPE_ARRAY:
        return WIRE_BYTES;
    }
    return WIRE_BYTES;
}
