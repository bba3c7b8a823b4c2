// What the catalog would say of the messages in matrix.proto, made by hand, and shorthand for
// compiling and running plans over them. Shared by the tests of codec.
#pragma once

#include "server/base/arena.h"
#include "server/base/buf.h"
#include "server/codec/plan.h"

#include "matrix.pb-c.h"

enum { ALL_FIELDS = 26, ARENA_LIMIT = 64 * 1024 * 1024 };

extern const struct shape SHAPE_OF_TEXT, SHAPE_OF_DATE, SHAPE_OF_INT, SHAPE_OF_TEXTS,
    SHAPE_OF_COLOUR, SHAPE_OF_INNER, SHAPE_OF_OUTER, SHAPE_OF_ALL, SHAPE_OF_NOTE, SHAPE_OF_NOTHING;

// The attributes of SHAPE_OF_ALL, as arguments.
extern const struct shape_field ALL[ALL_FIELDS];

// A plan over All, as request or as answer; fails the test when it does not compile.
const struct plan *compile_all_request(struct arena *arena);
const struct plan *compile_all_answer(struct arena *arena);

// The packed bytes of a message, in the arena.
struct bytes {
    uint8_t *data;
    size_t len;
};
struct bytes pack(struct arena *arena, const ProtobufCMessage *message);

// A message with something in every field, for All.
struct bytes pack_full(struct arena *arena);

// Several messages that differ in what they leave out and in how extreme it is; n of them.
struct bytes pack_sample(struct arena *arena, size_t index);
enum { N_SAMPLES = 6 };
