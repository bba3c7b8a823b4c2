// Server reflection: grpc.reflection.v1 and v1alpha, by which any gRPC tool learns what the server
// offers. Answers from the descriptor set built into the program; needs no database, asks for no
// token.
#pragma once

#include "server/base/error.h"
#include "server/rpc/native.h"

#include <stdint.h>

struct reflection;

// bytes: a google.protobuf.FileDescriptorSet, imports first; borrowed. NULL when it is none or
// memory is out.
struct reflection *reflection_create(const uint8_t *bytes, size_t len, struct error *err)
    __attribute__((warn_unused_result));

// Every call is over. NULL is allowed.
void reflection_destroy(struct reflection *reflection);

// Ends every call, because the server stops.
void reflection_stop(struct reflection *reflection);

enum { REFLECTION_METHODS = 2 };

// The services' names, for health.
extern const char *const reflection_services[REFLECTION_METHODS];

// Fills the native methods; they borrow reflection.
void reflection_methods(struct reflection *reflection,
                        struct native_method methods[REFLECTION_METHODS]);
