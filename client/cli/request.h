// Requests filled from the command line, by the names of their fields.
#pragma once

#include <stdbool.h>
#include <protobuf-c/protobuf-c.h>
#include "client/cli/command.h"

// Sets each field of request (initialised, otherwise empty) that an option or operand of the
// command names and the user gave: texts, numbers, flags and choices, repeated texts too. A field
// "plan" that was not given is taken from invocation_plan. Texts are borrowed from the command
// line; lists are owned by the request, freed by request_clear. False without memory.
bool request_fill(const struct invocation *invocation, ProtobufCMessage *request)
    __attribute__((warn_unused_result));

// The field that an option or operand fills: that called `field`, or, where that is NULL, called
// like it with '_' for '-'. NULL: none.
const ProtobufCFieldDescriptor *request_find_field(const ProtobufCMessageDescriptor *request,
                                                   const char *field, const char *name);

// Frees what request_fill allocated.
void request_clear(ProtobufCMessage *request);

// Fills a unary request, calls and clears it. The answer is the caller's; NULL: the reason has been
// told and *code is what to exit with.
ProtobufCMessage *request_call(struct invocation *invocation,
                               const ProtobufCServiceDescriptor *service, const char *method,
                               ProtobufCMessage *request, int *code)
    __attribute__((warn_unused_result));
