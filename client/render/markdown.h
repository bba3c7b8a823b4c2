// Markdown (CommonMark with GitHub's tables): text stands for itself, nothing in it becomes markup.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>
#include "server/base/buf.h"
#include "client/render/table.h"

// Appends text with every character that could be markup escaped and unsafe ones replaced. in_cell:
// a table's cell, line breaks become <br>.
bool markdown_add_text(struct buf *out, const char *text, size_t len, bool in_cell)
    __attribute__((warn_unused_result));

// A table's heading and its rule.
bool markdown_add_heading(struct buf *out, const struct column *columns, size_t n_columns)
    __attribute__((warn_unused_result));

// One row of texts (NULL is empty), or of a message's fields in the friendly style.
bool markdown_add_row(struct buf *out, const char *const *cells, size_t n_cells)
    __attribute__((warn_unused_result));
bool markdown_add_message(struct buf *out, const ProtobufCMessage *message,
                          const struct column *columns, size_t n_columns)
    __attribute__((warn_unused_result));
