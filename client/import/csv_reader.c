#include "client/import/csv_reader.h"

#include <assert.h>
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client/import/csv_heading.h"
#include "client/import/text_check.h"
#include "server/base/buf.h"

enum {
    PIECE_SIZE = 16 * 1024, // most that libcsv is given at once: how far a cell can pass its limit
    CELL_BLOCK = 64 * 1024, // how libcsv's own cell grows
};

static const unsigned char BYTE_ORDER_MARK[] = {0xEF, 0xBB, 0xBF};

struct csv_reader {
    const struct csv_options *options; // borrowed
    struct csv_parser parser;
    struct csv_heading heading;
    struct text_check check;
    struct buf text;                     // the row's wanted cells, each ended by NUL
    size_t cell_at[CSV_COLUMN_LIMIT];    // where each wanted cell begins in it
    const char *cells[CSV_COLUMN_LIMIT]; // what on_row is given
    struct error *err;                   // of the feed under way, borrowed
    size_t mark_len;                     // bytes of a byte order mark seen
    size_t line_len;                     // bytes of this line fed before this piece
    size_t n_cells;                      // of this row so far
    size_t n_rows;
    int line;      // of the piece under way
    int row_line;  // the row began on
    int cell_line; // the cell under way began on
    bool is_begun; // the mark, or its absence, has been seen
    bool is_after_cr;
    bool is_in_row;
    bool has_heading;
    bool has_failed;
};

static int is_never_space(unsigned char byte) {
    (void)byte;
    return 0;
}

struct csv_reader *csv_reader_create(const struct csv_options *options) {
    assert(options->n_columns <= CSV_COLUMN_LIMIT);
    struct csv_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(reader);
        return NULL;
    }
    // libcsv trims cells of what it takes for space; a cell is kept as written.
    csv_set_space_func(&reader->parser, is_never_space);
    csv_set_blk_size(&reader->parser, CELL_BLOCK);
    reader->options = options;
    reader->line = 1;
    return reader;
}

void csv_reader_destroy(struct csv_reader *reader) {
    if (reader == NULL)
        return;
    csv_free(&reader->parser);
    csv_heading_finish(&reader->heading);
    buf_finish(&reader->text);
    free(reader);
}

size_t csv_reader_rows(const struct csv_reader *reader) {
    return reader->n_rows;
}

size_t csv_row_largest(const struct csv_row *row, size_t n_columns) {
    size_t largest = 0, most = 0;
    for (size_t i = 0; i < n_columns; i++) {
        size_t len = row->cells[i] == NULL ? 0 : strlen(row->cells[i]);
        if (len <= most)
            continue;
        largest = i;
        most = len;
    }
    return largest;
}

// ---- Refusals ----

static bool refuse_file(struct csv_reader *reader, const char *why) {
    reader->has_failed = true;
    return error_set(reader->err, "%s%s", reader->options->name, why);
}

// Refuses the cell under way, which began on the given line.
static bool refuse_cell(struct csv_reader *reader, int line, const char *why) {
    const char *column = csv_heading_name(&reader->heading, reader->n_cells);
    reader->has_failed = true;
    if (reader->has_heading && column != NULL && column[0] != '\0')
        return error_set(reader->err, "%s, line %d, column %.60s: %s", reader->options->name, line,
                         column, why);
    return error_set(reader->err, "%s, line %d, column %zu: %s", reader->options->name, line,
                     reader->n_cells + 1, why);
}

static bool refuse_width(struct csv_reader *reader) {
    reader->has_failed = true;
    return error_set(
        reader->err,
        "%s, line %d: the row has %zu cell%s, the heading has %zu. A cell that holds a "
        "comma must stand in quotes.",
        reader->options->name, reader->row_line, reader->n_cells, reader->n_cells == 1 ? "" : "s",
        reader->heading.n_columns);
}

static bool refuse_quote(struct csv_reader *reader) {
    char why[256];
    int from = reader->cell_line;
    snprintf(why, sizeof why,
             "a quote where none may stand; a cell that holds quotes is written \"like "
             "\"\"this\"\"\".");
    if (from != reader->line)
        snprintf(why + strlen(why), sizeof why - strlen(why),
                 " The cell begins on line %d: perhaps its closing quote is missing.", from);
    return refuse_cell(reader, reader->line, why);
}

static bool refuse_byte(struct csv_reader *reader, const unsigned char *bytes, size_t at) {
    char why[192];
    size_t byte = reader->line_len + at + 1;
    if (bytes[at] == 0)
        snprintf(why, sizeof why,
                 "byte %zu of the line is NUL. This is not a text file, or not one in UTF-8: save "
                 "it as \"CSV UTF-8\".",
                 byte);
    else
        snprintf(why, sizeof why,
                 "byte %zu of the line is not UTF-8. Save the file as \"CSV UTF-8\".", byte);
    return refuse_cell(reader, reader->line, why);
}

// ---- Cells and rows, called by libcsv ----

static void keep_cell(struct csv_reader *reader, const char *cell, size_t len) {
    int wanted = reader->heading.wanted[reader->n_cells];
    if (wanted == CSV_UNWANTED)
        return;
    size_t at = buf_len(&reader->text);
    if (!buf_append(&reader->text, cell, len) || !buf_append(&reader->text, "", 1)) {
        refuse_file(reader, ": out of memory");
        return;
    }
    reader->cell_at[wanted] = at;
}

static void on_cell(void *cell, size_t len, void *ctx) {
    struct csv_reader *reader = ctx;
    const char *text = cell == NULL ? "" : cell;
    if (reader->has_failed)
        return;
    if (len > CSV_CELL_LIMIT)
        refuse_cell(reader, reader->cell_line, "the cell is larger than 1 MiB; shorten it");
    else if (reader->has_heading && reader->n_cells < reader->heading.n_columns)
        keep_cell(reader, text, len);
    else if (!reader->has_heading)
        reader->has_failed =
            !csv_heading_add(&reader->heading, reader->options, text, len, reader->err);
    reader->n_cells++;
    reader->cell_line = reader->line;
}

static void end_heading(struct csv_reader *reader) {
    reader->has_heading = true;
    reader->has_failed = !csv_heading_end(&reader->heading, reader->options, reader->err);
}

static void end_data_row(struct csv_reader *reader) {
    if (reader->n_cells != reader->heading.n_columns) {
        refuse_width(reader);
        return;
    }
    for (size_t i = 0; i < reader->heading.n_columns; i++) {
        int wanted = reader->heading.wanted[i];
        if (wanted != CSV_UNWANTED)
            reader->cells[wanted] =
                (const char *)buf_bytes(&reader->text) + reader->cell_at[wanted];
    }
    struct csv_row row = {.line = reader->row_line, .cells = reader->cells};
    reader->n_rows++;
    reader->has_failed = !reader->options->on_row(reader->options->ctx, &row, reader->err);
}

static void on_row_end(int end, void *ctx) {
    (void)end;
    struct csv_reader *reader = ctx;
    if (reader->has_failed)
        return;
    if (reader->has_heading)
        end_data_row(reader);
    else
        end_heading(reader);
    buf_clear(&reader->text);
    reader->n_cells = 0;
    reader->is_in_row = false;
}

// ---- Bytes ----

static bool parse(struct csv_reader *reader, const unsigned char *bytes, size_t len) {
    size_t done = csv_parse(&reader->parser, bytes, len, on_cell, on_row_end, reader);
    if (reader->has_failed)
        return false;
    if (done != len && csv_error(&reader->parser) == CSV_EPARSE)
        return refuse_quote(reader);
    if (done != len)
        return refuse_file(reader, ": out of memory");
    if (reader->parser.entry_pos > CSV_CELL_LIMIT)
        return refuse_cell(reader, reader->cell_line,
                           "the cell is larger than 1 MiB; perhaps its closing quote is missing");
    return true;
}

// A piece lies within one line: its line end, if it has one, is its last byte.
static bool feed_piece(struct csv_reader *reader, const unsigned char *bytes, size_t len) {
    unsigned char last = bytes[len - 1];
    bool is_blank = len == 1 && (last == '\n' || last == '\r');
    if (!reader->is_in_row && !is_blank) {
        reader->is_in_row = true;
        reader->row_line = reader->cell_line = reader->line;
    }
    size_t good = text_check_feed(&reader->check, bytes, len);
    if (good > 0 && !parse(reader, bytes, good))
        return false;
    if (good < len)
        return refuse_byte(reader, bytes, good);
    bool is_second_half = last == '\n' && len == 1 && reader->is_after_cr;
    bool is_line_end = last == '\n' || last == '\r';
    reader->line_len = is_line_end ? 0 : reader->line_len + len;
    if (is_line_end && !is_second_half)
        reader->line++;
    reader->is_after_cr = last == '\r';
    return true;
}

static size_t piece_len(const unsigned char *bytes, size_t len) {
    size_t most = len < PIECE_SIZE ? len : PIECE_SIZE;
    for (size_t i = 0; i < most; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r')
            return i + 1;
    }
    return most;
}

static bool feed_text(struct csv_reader *reader, const unsigned char *bytes, size_t len) {
    while (len > 0) {
        size_t piece = piece_len(bytes, len);
        if (!feed_piece(reader, bytes, piece))
            return false;
        bytes += piece;
        len -= piece;
    }
    return true;
}

// Drops a byte order mark; what only began like one is text.
static size_t skip_mark(struct csv_reader *reader, const unsigned char *bytes, size_t len) {
    size_t skipped = 0;
    while (skipped < len && reader->mark_len < sizeof BYTE_ORDER_MARK &&
           bytes[skipped] == BYTE_ORDER_MARK[reader->mark_len]) {
        reader->mark_len++;
        skipped++;
    }
    reader->is_begun = skipped < len || reader->mark_len == sizeof BYTE_ORDER_MARK;
    return skipped;
}

static bool begin_text(struct csv_reader *reader) {
    if (reader->mark_len == sizeof BYTE_ORDER_MARK || reader->mark_len == 0)
        return true;
    return feed_text(reader, BYTE_ORDER_MARK, reader->mark_len);
}

bool csv_reader_feed(struct csv_reader *reader, const void *bytes, size_t len, struct error *err) {
    const unsigned char *at = bytes;
    reader->err = err;
    assert(!reader->has_failed);
    if (!reader->is_begun) {
        size_t skipped = skip_mark(reader, at, len);
        if (!reader->is_begun)
            return true;
        if (!begin_text(reader))
            return false;
        at += skipped;
        len -= skipped;
    }
    return feed_text(reader, at, len);
}

bool csv_reader_end(struct csv_reader *reader, struct error *err) {
    reader->err = err;
    assert(!reader->has_failed);
    if (!reader->is_begun && !begin_text(reader))
        return false;
    if (!text_check_is_whole(&reader->check))
        return refuse_cell(reader, reader->line,
                           "the file ends in the middle of a character; it seems to be cut off");
    if (csv_fini(&reader->parser, on_cell, on_row_end, reader) != 0)
        return refuse_cell(
            reader, reader->cell_line,
            "the quote that opens the cell is never closed: write another one at its "
            "end; a quote inside a cell is written twice");
    if (reader->has_failed)
        return false;
    if (!reader->has_heading)
        return refuse_file(reader, " is empty: its first line must name the columns");
    return true;
}
