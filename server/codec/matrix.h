// The type matrix: which protobuf type goes with which SQL type, and what either looks like on its
// wire. The set is closed; what is not in the table is refused when plans are compiled, never
// guessed. Used by plan, check, encode and decode.
#pragma once

#include "server/codec/shape.h"

#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>

// True when a field of this type can hold a value of this kind: of the element, where either is
// repeated. For messages it says only that one side is a message where the other is a composite or
// a moment.
bool matrix_fits(const ProtobufCFieldDescriptor *field, enum shape_kind kind);

// What the field's type is called in a .proto file, for messages: "string", "uint32", "message".
const char *matrix_type_name(const ProtobufCFieldDescriptor *field);

// The message that stands for timestamptz.
bool matrix_is_timestamp(const ProtobufCMessageDescriptor *message);

// The wire type (WIRE_NUMBER, WIRE_EIGHT, WIRE_BYTES) of a value of this kind.
unsigned matrix_wire_type(enum shape_kind kind);
