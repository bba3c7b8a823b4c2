// Tables for people: columns aligned by the width of their characters, nothing unsafe in them.
//
// Rows are collected (the widths are known only at the end) and rendered in one go. With a width,
// as on a terminal, columns marked COLUMN_WRAP share what is left and break between words, others
// are never cut; without one every cell stands on one line, so that piped output is stable.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>
#include "server/base/buf.h"

enum column_kind {
    COLUMN_TEXT,   // left, never broken
    COLUMN_RIGHT,  // numbers
    COLUMN_WRAP,   // long text
    COLUMN_VARIED, // text; left out of a table while every row has the same
    COLUMN_RARE,   // text; left out of a table while no row has any
};

// One column of a listing, in every format: CSV, markdown and tables have the columns named here
// (CSV is headed by the field's path), JSON has the whole message.
struct column {
    const char *field;   // path, see field_text
    const char *heading; // for tables and markdown
    enum column_kind kind;
};

struct table_style {
    size_t width; // of the terminal; 0: unlimited
    bool colour;  // headings in bold
    bool no_heading;
};

struct table;

// columns is borrowed. NULL without memory.
struct table *table_create(const struct column *columns, size_t n_columns)
    __attribute__((warn_unused_result));
void table_destroy(struct table *table);

// Adds the message's fields as a row.
bool table_add(struct table *table, const ProtobufCMessage *message)
    __attribute__((warn_unused_result));

// Adds n_columns texts as a row; copied; NULL is empty.
bool table_add_cells(struct table *table, const char *const *cells)
    __attribute__((warn_unused_result));

size_t table_n_rows(const struct table *table);

// Appends heading and rows; nothing at all for a table without rows. Last of all: columns that are
// left out are gone then.
bool table_render(struct table *table, const struct table_style *style, struct buf *out)
    __attribute__((warn_unused_result));

// Appends one message as lines "Heading  value"; absent fields are left out.
bool table_render_message(const ProtobufCMessage *message, const struct column *columns,
                          size_t n_columns, const struct table_style *style, struct buf *out)
    __attribute__((warn_unused_result));

// Appends text broken between words into lines of at most width columns (0: not broken), each begun
// by indent spaces but for the first, without a line end after the last. Unsafe characters are
// replaced; line feeds in text are kept.
bool table_wrap(struct buf *out, const char *text, size_t width, size_t indent)
    __attribute__((warn_unused_result));
