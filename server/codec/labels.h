// The labels of an enum: the numbers of a protobuf enum against the labels of a SQL one.
// RETURN_STATUS_IN_PROGRESS = 2 goes with 'in_progress'; the number 0 must be ..._UNSPECIFIED and
// has no label: it means NULL. Both sides must be complete. Compiled once, lies in the plan's
// arena.
#pragma once

#include "server/base/arena.h"
#include "server/base/error.h"
#include "server/codec/shape.h"

#include <protobuf-c/protobuf-c.h>

struct label {
    int number;
    size_t len;
    const char *text; // borrowed from the shape
};

struct labels {
    size_t n_labels;
    const struct label *labels; // by number
    size_t text_max;            // the longest text
};

// NULL on a mismatch; err names the value and the label.
const struct labels *labels_compile(struct arena *arena, const ProtobufCEnumDescriptor *enumeration,
                                    const struct shape *shape, struct error *err)
    __attribute__((warn_unused_result));

// NULL when there is none.
const struct label *labels_find_number(const struct labels *labels, int64_t number);
const struct label *labels_find_text(const struct labels *labels, const uint8_t *text, size_t len);
