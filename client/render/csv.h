// CSV as RFC 4180 has it, quoted only where it must be.
//
// A cell is quoted when it holds a quote, a comma, CR or LF, and nothing else is done to it: what
// was imported is exported cell for cell, also a cell that a spreadsheet would take for a formula.
// (People who open a file of strangers' text in a spreadsheet import it as text; README says how.)
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>
#include "server/base/buf.h"
#include "client/render/table.h"

enum csv_line_end { CSV_LF, CSV_CRLF };

// Appends one cell, after a comma unless it is the row's first.
bool csv_add_cell(struct buf *out, const char *text, size_t len, bool is_first)
    __attribute__((warn_unused_result));
bool csv_end_row(struct buf *out, enum csv_line_end line_end) __attribute__((warn_unused_result));

// A whole row; NULL is an empty cell.
bool csv_add_row(struct buf *out, const char *const *cells, size_t n_cells,
                 enum csv_line_end line_end) __attribute__((warn_unused_result));

// The heading: the columns' field paths.
bool csv_add_heading(struct buf *out, const struct column *columns, size_t n_columns,
                     enum csv_line_end line_end) __attribute__((warn_unused_result));

// One message as a row of its fields in the exact style.
bool csv_add_message(struct buf *out, const ProtobufCMessage *message, const struct column *columns,
                     size_t n_columns, enum csv_line_end line_end)
    __attribute__((warn_unused_result));
