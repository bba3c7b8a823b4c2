// A shape: what PostgreSQL's catalog says of a type, as far as the bridge needs it. pg/catalog
// builds shapes, codec compiles plans from them; nobody changes one after it is built. The set of
// kinds is closed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shape_kind {
    SHAPE_VOID,
    SHAPE_BOOL,
    SHAPE_INT4,
    SHAPE_INT8,
    SHAPE_FLOAT8,
    SHAPE_TEXT,
    SHAPE_UUID,
    SHAPE_BYTEA,
    SHAPE_DATE,
    SHAPE_TIMESTAMPTZ,
    SHAPE_ENUM,
    SHAPE_COMPOSITE,
    SHAPE_ARRAY, // one-dimensional
};

struct shape {
    enum shape_kind kind;
    uint32_t oid;                // of the type itself
    const char *name;            // as SQL writes it, for messages: "shap_v1.milestone[]"
    const struct shape *element; // SHAPE_ARRAY
    size_t n_fields; // SHAPE_COMPOSITE: attributes in order; SHAPE_ENUM: labels in order
    const struct shape_field *fields;
    const char *const *labels;
};

// An attribute of a composite, or an argument of a function.
struct shape_field {
    const char *name;
    const struct shape *shape;
};

// A function of the API schema.
struct function {
    const char *name; // without the schema
    uint32_t oid;
    size_t n_args;
    const struct shape_field *args;
    const struct shape *result; // of one row
    bool returns_set;
    bool is_stable; // stable or immutable: a read-only unit
    bool is_long;   // declared to cost much
};

// A value as it crosses the wire of PostgreSQL, in binary format; len -1 is NULL.
struct value {
    const uint8_t *bytes; // borrowed
    int32_t len;
};
