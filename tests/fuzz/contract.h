// Every message of the contract, and the matrix of the tests, with plans in both directions over
// the composite that fits it: what the catalog would say is made from the descriptors. For each a
// full message, with something in every field, for inputs that are changes of it.
#pragma once

#include "server/base/arena.h"
#include "server/codec/plan.h"
#include "tests/fuzz/fuzz.h"

struct contract_message {
    const ProtobufCMessageDescriptor *descriptor;
    const struct shape *shape; // a composite
    const struct plan *request;
    const struct plan *answer;
    struct fuzz_input full; // on the wire
};

// The message of that number, counted round and round; made at the first call, for ever.
const struct contract_message *contract_message(unsigned number);

// The one of that type.
const struct contract_message *contract_find(const ProtobufCMessageDescriptor *descriptor);

// A change of bytes: where, what and how much, as the next four bytes of the input say. The result
// is heap memory of exactly its length, for the sanitizer; the caller frees it.
uint8_t *contract_change(struct fuzz_input *input, struct fuzz_input whole, size_t *len);
