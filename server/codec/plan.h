// A plan: how one protobuf message corresponds to one list of SQL arguments or one SQL row,
// compiled once at start by walking both descriptions, and then followed for every call. Fields
// match by name; everything that does not match is an error that names both sides. Pure: no I/O, no
// globals.
//
// proto                                  SQL
//   bool, int32, int64, double           bool, int4, int8, float8
//   string                               text, uuid (as text), date (ISO 8601)
//   bytes                                bytea
//   enum PREFIX_LABEL                    enum 'label'; the value 0, ..._UNSPECIFIED, is NULL
//   google.protobuf.Timestamp            timestamptz
//   message                              composite
//   repeated any of these                one-dimensional array
#pragma once

#include "server/base/arena.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/codec/shape.h"

#include <protobuf-c/protobuf-c.h>

enum {
    PLAN_FIELDS_MAX = 128,     // of one message
    PLAN_DEPTH_MAX = 16,       // messages within messages
    PLAN_ELEMENTS_MAX = 16384, // elements and nested messages in one request
};

struct plan; // lies in the arena it was compiled into

// A plan for requests: the message's fields to a function's arguments (each argument has a field,
// each field an argument), in the order of the arguments. NULL on a mismatch; err names method side
// "proto Message.field" and "sql argument or column".
const struct plan *plan_compile_request(struct arena *arena,
                                        const ProtobufCMessageDescriptor *message,
                                        const struct shape_field *args, size_t n_args,
                                        struct error *err) __attribute__((warn_unused_result));

// A plan for answers: a row's columns to the message's fields. result is a composite, or SHAPE_VOID
// for a message without fields.
const struct plan *plan_compile_answer(struct arena *arena,
                                       const ProtobufCMessageDescriptor *message,
                                       const struct shape *result, struct error *err)
    __attribute__((warn_unused_result));

// Like plan_compile_answer, but the composite may have further columns in front that are not the
// message's: the first `skip` columns are passed over (the ordinal, SQLSTATE and message of a
// grouped method's answers). plan_decode is given the whole row, those columns included.
const struct plan *plan_compile_answer_after(struct arena *arena,
                                             const ProtobufCMessageDescriptor *message,
                                             const struct shape *result, size_t skip,
                                             struct error *err) __attribute__((warn_unused_result));

// How many values plan_encode writes: the number of arguments.
size_t plan_n_values(const struct plan *plan);

// Bytes of a request to the values of the arguments, all in arena: nothing points into bytes
// afterwards. Before anything is allocated everything is checked: truncation, wire types, number of
// elements (PLAN_ELEMENTS_MAX in all), NUL in strings, UTF-8, numbers in range, known enum numbers.
// Unknown fields are skipped; nesting is no deeper than the plan (PLAN_DEPTH_MAX). A field that
// occurs again replaces what was there before (messages are merged, as protobuf has it). False: err
// names the field and what is wrong with it ("rows[3].who is not valid UTF-8").
bool plan_encode(const struct plan *plan, const uint8_t *bytes, size_t len, struct arena *arena,
                 struct value *values, struct error *err) __attribute__((warn_unused_result));

// Appends the binary form of a composite holding `leading` values followed by the request's values:
// one element of a grouped method's array argument, without the element's length in front of it.
// composite is the element's shape, and plan was compiled for the fields after the leading ones.
bool plan_encode_element(const struct plan *plan, const struct shape *composite,
                         const struct value *leading, size_t n_leading, const uint8_t *bytes,
                         size_t len, struct arena *arena, struct buf *out, struct error *err)
    __attribute__((warn_unused_result));

// A row to the wire form of the message, appended to out, fields in the order of their numbers. No
// length inside a value is trusted. False when a value has no protobuf form (a NULL array element,
// an infinite date) or is malformed, or memory is out; out is then as it was.
bool plan_decode(const struct plan *plan, const struct value *columns, size_t n_columns,
                 struct buf *out, struct error *err) __attribute__((warn_unused_result));
