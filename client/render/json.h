// Any message as JSON, by its descriptor.
//
// The schema is the contract's: every field of the message is there under its proto name and in its
// order, null when absent, [] when a repeated field is empty. Enums are lower-case labels without
// prefix, moments RFC 3339 texts, bytes hexadecimal, 64-bit integers numbers. Invalid UTF-8 is
// replaced, control characters (C1 too) are escaped.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>
#include "server/base/buf.h"

// Appends message, indented by two spaces a level, its first line not, without a line feed at the
// end. level is the level the message stands at. level -1: all on one line.
bool json_add_message(struct buf *out, const ProtobufCMessage *message, int level)
    __attribute__((warn_unused_result));

// Appends a quoted and escaped string.
bool json_add_string(struct buf *out, const char *text, size_t len)
    __attribute__((warn_unused_result));
