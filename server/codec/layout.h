// The inside of a plan, shared by plan (which compiles it), check, encode and decode (which follow
// it). Nobody else includes this.
//
// A plan's fields are in the order of their numbers, the order they are written in; each knows its
// column, its place among the arguments, attributes or columns on the SQL side.
#pragma once

#include "server/codec/labels.h"
#include "server/codec/plan.h"
#include "server/codec/shape.h"

struct plan_field {
    const char *name; // borrowed from the descriptor
    uint32_t tag;
    enum shape_kind kind; // of the element, where repeated
    unsigned wire_type;   // of one value
    bool is_repeated;
    bool is_packed;
    size_t column;
    uint32_t column_oid;         // of the array, where repeated
    const struct shape *shape;   // borrowed; of one value
    const struct plan *nested;   // SHAPE_COMPOSITE
    const struct labels *labels; // SHAPE_ENUM
};

struct plan {
    const char *name; // of the message
    size_t n_fields;
    const struct plan_field *fields;   // by tag
    const struct plan_field **columns; // the same by column
    size_t skip;                       // columns in front that are not the message's
    size_t empty_size;                 // what a composite with nothing in it takes at most
};

// NULL when the message has no such field.
static inline const struct plan_field *plan_find_tag(const struct plan *plan, uint32_t tag) {
    if (tag - 1 < plan->n_fields && plan->fields[tag - 1].tag == tag)
        return &plan->fields[tag - 1];
    for (size_t i = 0; i < plan->n_fields; i++)
        if (plan->fields[i].tag == tag)
            return &plan->fields[i];
    return NULL;
}

// What a message's values take.
struct wire_measure {
    size_t n_elements;
    size_t size; // encoded values take no more bytes than this
};

// The check of plan_encode, before anything is allocated; measure is for what comes after it.
bool plan_measure_wire(const struct plan *plan, const uint8_t *bytes, size_t len,
                       struct wire_measure *measure, struct error *err)
    __attribute__((warn_unused_result));
