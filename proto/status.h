// The status of a gRPC call: numbers, names, and the percent-encoding of its message.
// Source: gRPC over HTTP2 (PROTOCOL-HTTP2.md, "Status-Message"), statuscodes.md. Shared by server
// and client.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum grpc_status {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_ALREADY_EXISTS = 6,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_FAILED_PRECONDITION = 9,
    GRPC_ABORTED = 10,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_DATA_LOSS = 15,
    GRPC_UNAUTHENTICATED = 16,
};

// "NOT_FOUND"; "UNKNOWN" for a number outside the table.
const char *status_name(int status);

// Writes the percent-encoded form of message (bytes outside space..tilde, and '%'), NUL-terminated,
// cut between characters to fit size. Returns its length. size >= 1.
size_t status_encode_message(const char *message, char *out, size_t size);

// The reverse; broken escapes are kept as they are. out may be message itself.
size_t status_decode_message(const char *message, char *out, size_t size);
