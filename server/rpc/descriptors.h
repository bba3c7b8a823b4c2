// The contract as others may read it: an index over a google.protobuf.FileDescriptorSet, made once.
// It finds files by name and by what they declare. Names and tables are its own, the files' bytes
// are borrowed. Used by reflection. Source: google/protobuf/descriptor.proto.
#pragma once

#include "server/base/arena.h"
#include "server/base/buf.h"
#include "server/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum descriptor_kind {
    DESCRIPTOR_FILE,
    DESCRIPTOR_MESSAGE,
    DESCRIPTOR_FIELD,
    DESCRIPTOR_ONEOF,
    DESCRIPTOR_ENUM,
    DESCRIPTOR_VALUE,
    DESCRIPTOR_SERVICE,
    DESCRIPTOR_METHOD,
    DESCRIPTOR_EXTENSION, // refused: the contract has none
};

struct descriptor_file {
    const char *name;     // "shap/v1/plans.proto"
    const uint8_t *bytes; // a FileDescriptorProto
    size_t len;
    bool *needs; // by index of a file: true for itself and all it imports, however deep
};

// What a file declares: everything with a name but the file.
struct descriptor {
    const char *name; // in full: "shap.v1.Plans.GetPlan"
    enum descriptor_kind kind;
    size_t file; // index
};

struct descriptors {
    struct arena arena;
    struct descriptor_file *files; // in the order of the set
    size_t n_files;
    struct buf declared; // of struct descriptor, sorted by name
};

// False when the bytes are no set of files in the order of their imports, or without memory; err
// says where. descriptors_finish in any case.
bool descriptors_init(struct descriptors *descriptors, const uint8_t *bytes, size_t len,
                      struct error *err) __attribute__((warn_unused_result));
void descriptors_finish(struct descriptors *descriptors);

static inline const struct descriptor *descriptors_all(const struct descriptors *descriptors) {
    return (const struct descriptor *)(const void *)buf_bytes(&descriptors->declared);
}
static inline size_t descriptors_n(const struct descriptors *descriptors) {
    return buf_len(&descriptors->declared) / sizeof(struct descriptor);
}

// NULL when there is none of this name.
const struct descriptor_file *descriptors_find_file(const struct descriptors *descriptors,
                                                    const char *name);
const struct descriptor *descriptors_find(const struct descriptors *descriptors, const char *name);
