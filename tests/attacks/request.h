// Requests of gRPC, encoded by hand so that they are as cheap as they can be, or as wrong.
#pragma once

#include "tests/attacks/line.h"

enum { FIELDS_MAX = 12, TOKEN_SIZE = 128 };

struct field {
    const char *name, *value;
};

struct request {
    struct field fields[FIELDS_MAX];
    size_t n_fields;
    char authorization[TOKEN_SIZE];
};

// token: what goes behind "Bearer "; NULL: none.
void request_init(struct request *request, const char *path, const char *token);
void request_add(struct request *request, const char *name, const char *value);

// Appends a field that the decoder is to remember (HPACK, 6.2.1), or not (6.2.2).
void block_put(struct buf *block, const char *name, const char *value, size_t value_len,
               bool is_remembered);
void block_put_index(struct buf *block, size_t index);

// Opens a stream with the request and (if not NULL) more of a block behind its fields. They are
// sent once a line: it must be the same request always. Returns the stream.
uint32_t request_open(const struct request *request, struct line *line, uint8_t flags,
                      const struct buf *extra);

// A gRPC message: compressed, its bytes, and how many it claims to have.
void request_put_message(struct line *line, uint32_t stream, uint8_t flags, bool is_compressed,
                         const struct buf *message, size_t claimed);
