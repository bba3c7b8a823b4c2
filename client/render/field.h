// Reading any message by its descriptor: fields by name, values as text.
//
// Two styles of text. FIELD_EXACT is for machines and files: enum labels as in JSON
// ("in_progress"), moments in RFC 3339, booleans "true" and "false", strings byte for byte.
// FIELD_FRIENDLY is for people: "in progress", "2010-12-31 14:05" (UTC), "yes" and "no". Absent is
// the empty text in both; the values of a repeated field are joined by "; ".
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>
#include "server/base/buf.h"

enum field_style { FIELD_EXACT, FIELD_FRIENDLY };

enum { FIELD_LABEL_SIZE = 64, FIELD_TIME_SIZE = 96 };

// Whether an optional field is set, or a repeated one has elements.
bool field_is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

// The number of values: 0 or 1 for an optional field.
size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

// Where the i-th value lies; i < field_count.
const void *field_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                        size_t i);

// Appends the text of the field at path ("reference", or "milestone.reference" through nested
// messages) of message. path must exist: anything else is a bug of ours. False without memory.
bool field_text(struct buf *out, const ProtobufCMessage *message, const char *path,
                enum field_style style) __attribute__((warn_unused_result));

// Appends the text of one value of a field that is not a message (Timestamp is allowed).
bool field_value_text(struct buf *out, const ProtobufCFieldDescriptor *field, const void *value,
                      enum field_style style) __attribute__((warn_unused_result));

// The label of an enum's value: RETURN_STATUS_IN_PROGRESS is "in_progress", ..._UNSPECIFIED is
// "" and an unknown number its digits. Returns label.
const char *field_enum_label(const ProtobufCEnumDescriptor *type, int value,
                             char label[FIELD_LABEL_SIZE]);

// The same as people type it: with '-' for '_'.
const char *field_enum_word(const ProtobufCEnumDescriptor *type, int value,
                            char label[FIELD_LABEL_SIZE]);

// The reverse: label in any case, '-', '_' and ' ' alike. False when it is none of type's
// (_UNSPECIFIED has no label).
bool field_enum_parse(const ProtobufCEnumDescriptor *type, const char *label, int *value)
    __attribute__((warn_unused_result));

// A moment in RFC 3339, UTC: "2010-12-31T14:05:09Z", with as many decimals (3, 6 or 9) as it needs;
// in the friendly style "2010-12-31 14:05". Returns text; years outside 1..9999 give "".
const char *field_time(int64_t seconds, int32_t nanos, enum field_style style,
                       char text[FIELD_TIME_SIZE]);

// Whether a message type is google.protobuf.Timestamp.
bool field_is_timestamp(const ProtobufCFieldDescriptor *field);
