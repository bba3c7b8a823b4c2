#include "server/codec/matrix.h"

#include "server/codec/wire.h"

#include <string.h>

#define KIND(kind) (1U << (kind))

static const struct {
    const char *name;
    unsigned kinds; // one bit for each kind that fits
} rows[] = {
    [PROTOBUF_C_TYPE_BOOL] = {"bool", KIND(SHAPE_BOOL)},
    [PROTOBUF_C_TYPE_INT32] = {"int32", KIND(SHAPE_INT4)},
    [PROTOBUF_C_TYPE_INT64] = {"int64", KIND(SHAPE_INT8)},
    [PROTOBUF_C_TYPE_DOUBLE] = {"double", KIND(SHAPE_FLOAT8)},
    [PROTOBUF_C_TYPE_STRING] = {"string", KIND(SHAPE_TEXT) | KIND(SHAPE_UUID) | KIND(SHAPE_DATE)},
    [PROTOBUF_C_TYPE_BYTES] = {"bytes", KIND(SHAPE_BYTEA)},
    [PROTOBUF_C_TYPE_ENUM] = {"enum", KIND(SHAPE_ENUM)},
    [PROTOBUF_C_TYPE_MESSAGE] = {"message", KIND(SHAPE_COMPOSITE) | KIND(SHAPE_TIMESTAMPTZ)},
    [PROTOBUF_C_TYPE_SINT32] = {"sint32", 0},
    [PROTOBUF_C_TYPE_SFIXED32] = {"sfixed32", 0},
    [PROTOBUF_C_TYPE_UINT32] = {"uint32", 0},
    [PROTOBUF_C_TYPE_FIXED32] = {"fixed32", 0},
    [PROTOBUF_C_TYPE_SINT64] = {"sint64", 0},
    [PROTOBUF_C_TYPE_SFIXED64] = {"sfixed64", 0},
    [PROTOBUF_C_TYPE_UINT64] = {"uint64", 0},
    [PROTOBUF_C_TYPE_FIXED64] = {"fixed64", 0},
    [PROTOBUF_C_TYPE_FLOAT] = {"float", 0},
};

bool matrix_is_timestamp(const ProtobufCMessageDescriptor *message) {
    return strcmp(message->name, "google.protobuf.Timestamp") == 0;
}

bool matrix_fits(const ProtobufCFieldDescriptor *field, enum shape_kind kind) {
    if (!(rows[field->type].kinds & KIND(kind)))
        return false;
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return true;
    return matrix_is_timestamp(field->descriptor) == (kind == SHAPE_TIMESTAMPTZ);
}

const char *matrix_type_name(const ProtobufCFieldDescriptor *field) {
    return rows[field->type].name;
}

unsigned matrix_wire_type(enum shape_kind kind) {
    static const unsigned types[] = {
        [SHAPE_VOID] = WIRE_BYTES,   [SHAPE_BOOL] = WIRE_NUMBER,
        [SHAPE_INT4] = WIRE_NUMBER,  [SHAPE_INT8] = WIRE_NUMBER,
        [SHAPE_FLOAT8] = WIRE_EIGHT, [SHAPE_TEXT] = WIRE_BYTES,
        [SHAPE_UUID] = WIRE_BYTES,   [SHAPE_BYTEA] = WIRE_BYTES,
        [SHAPE_DATE] = WIRE_BYTES,   [SHAPE_TIMESTAMPTZ] = WIRE_BYTES,
        [SHAPE_ENUM] = WIRE_NUMBER,  [SHAPE_COMPOSITE] = WIRE_BYTES,
        [SHAPE_ARRAY] = WIRE_BYTES,
    };
    return types[kind];
}
