// Reading CSV files: RFC 4180 in UTF-8, with or without a byte order mark, lines ended by CRLF or
// LF.
//
// The first row names the columns, in any order. The reader finds those its user wants, warns of
// the others and leaves them out, and gives every row as cells in the user's own order, exactly as
// written. It is fed block by block and holds one row, no more: a file of any size, with a cell of
// any size in it, is read or refused in bounded memory. Blank lines are skipped. Every refusal
// names the file, the line and, inside a row, the column. Parsing is libcsv's, in its strict mode.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "server/base/error.h"

enum {
    CSV_CELL_LIMIT = 1 << 20, // bytes of one cell
    CSV_COLUMN_LIMIT = 256,   // columns of a file
};

// A column the user wants. Names are compared without regard to case; ' ', '-' and '_' are the
// same.
struct csv_column {
    const char *name;
    bool is_required;
};

// One row, valid until on_row returns.
struct csv_row {
    int line;                 // the line of the file the row begins on, from 1
    const char *const *cells; // one for each wanted column, in their order; NULL where the file
                              // has no such column
};

// The index of the row's longest wanted cell.
size_t csv_row_largest(const struct csv_row *row, size_t n_columns);

struct csv_options {
    const char *name; // of the file, for messages
    const struct csv_column *columns;
    size_t n_columns; // at most CSV_COLUMN_LIMIT
    // Takes a row. False ends the reading: err is passed on, the callee has set it.
    bool (*on_row)(void *ctx, const struct csv_row *row, struct error *err);
    void (*on_warning)(void *ctx, const char *text); // may be NULL
    void *ctx;                                       // for both
};

struct csv_reader;

// options is borrowed for as long as the reader lives. NULL without memory.
struct csv_reader *csv_reader_create(const struct csv_options *options)
    __attribute__((warn_unused_result));
void csv_reader_destroy(struct csv_reader *reader);

// Takes the next block of the file; rows that end in it are given to on_row. False: the file is
// refused (err says where and why) or on_row gave up; then nothing more can be fed.
bool csv_reader_feed(struct csv_reader *reader, const void *bytes, size_t len, struct error *err)
    __attribute__((warn_unused_result));

// The file has ended: the last row is given if it has no line end, and the file is refused if it
// ends inside a cell or had no heading.
bool csv_reader_end(struct csv_reader *reader, struct error *err)
    __attribute__((warn_unused_result));

// Rows given to on_row so far; the heading is none.
size_t csv_reader_rows(const struct csv_reader *reader);

// Reads a whole file through a reader. on_block may be NULL; it is given every block after its
// rows, in order, and may end the reading with false. Sets *n_rows (may be NULL) when all went
// well.
typedef bool (*csv_on_block)(void *ctx, const void *bytes, size_t len, struct error *err);
bool csv_read_file(const char *path, const struct csv_options *options, csv_on_block on_block,
                   size_t *n_rows, struct error *err) __attribute__((warn_unused_result));
