// A paper as blocks, before it is text, markdown or HTML: what every report is composed into once,
// so that each format is one renderer that knows nothing of reports.
//
// Building never fails visibly: a document that ran out of memory says so in the end
// (document_is_whole), and is then not rendered. Texts are copied; they are kept as they are, and
// made safe by the renderers. A line feed in a text is a line break.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "server/base/arena.h"
#include "server/base/buf.h"

enum block_kind {
    BLOCK_TITLE,      // the paper's, once, first
    BLOCK_FACT,       // label and text: "Lead officer", "..."
    BLOCK_NOTICE,     // what a reader must not miss
    BLOCK_HEADING,    // of a section
    BLOCK_SUBHEADING, // within a section
    BLOCK_PARAGRAPH,  // label is its number, if it has one: "2.1"
    BLOCK_LIST,       // rows of one cell
    BLOCK_TABLE,
};

struct document_column {
    const char *heading; // must outlive the document
    unsigned weight;     // share of the width, where there is one
    bool is_number;
};

struct document_cell {
    const char *text;        // never NULL
    const char *under;       // written under text, as a new date under the old; NULL: nothing
    const char *under_label; // said before `under` to those who do not see the layout
};

struct document_row {
    struct document_cell *cells; // one a column
    size_t group_size;           // rows of the group this one begins; 0: within a group, the first
                                 // cell is that of the row that begins it
    struct document_row *next;
};

struct document_block {
    enum block_kind kind;
    const char *label;                     // NULL: none
    const char *text;                      // of a table: its caption
    const struct document_column *columns; // tables only
    size_t n_columns;
    struct document_row *rows; // tables and lists
    struct document_block *next;
};

struct document {
    struct document_block *blocks; // first; all in the arena
    struct document_block *last;
    struct document_row *last_row;
    struct document_row *group; // the row that begins the group under way
    struct arena arena;
    bool has_failed;
};

void document_init(struct document *document);
void document_finish(struct document *document);
bool document_is_whole(const struct document *document);

// Appends a block. label may be NULL.
void document_add(struct document *document, enum block_kind kind, const char *label,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

// Appends an item; begins a list when the last block is none.
void document_add_item(struct document *document, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Begins a table. columns must outlive the document.
void document_begin_table(struct document *document, const struct document_column *columns,
                          size_t n_columns, const char *caption);

// Appends a row of texts to the table, n_columns of them; NULL is empty. With begins_group it
// stands for itself or begins a group; without, it belongs to the group begun, and its first text
// is not used. Returns the row for document_put_under; NULL without memory.
struct document_row *document_add_row(struct document *document, const char *const *texts,
                                      bool begins_group);

// Writes text under what stands in a cell of the row. row may be NULL.
void document_put_under(struct document *document, struct document_row *row, size_t column,
                        const char *label, const char *text);

// The renderers append to out; false without memory.

// Plain text for terminals and pipes, wrapped to width columns.
enum { DOCUMENT_WIDTH = 80, DOCUMENT_WIDTH_MIN = 40 };
bool document_render_text(const struct document *document, size_t width, struct buf *out)
    __attribute__((warn_unused_result));

bool document_render_markdown(const struct document *document, struct buf *out)
    __attribute__((warn_unused_result));

// One page that needs nothing else: HTML that is also well-formed XML, without scripts, with a
// style for screens and one for paper.
bool document_render_html(const struct document *document, struct buf *out)
    __attribute__((warn_unused_result));
