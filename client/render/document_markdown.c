#include "client/render/document.h"

#include <string.h>
#include "client/render/markdown.h"

enum { MOST_COLUMNS = 16 };

// A text after something that is markup, on one line or kept to its lines.
static bool add_text(struct buf *out, const char *before, const char *text, const char *after) {
    return buf_append_text(out, before) && markdown_add_text(out, text, strlen(text), false) &&
           buf_append_text(out, after);
}

static bool add_fact(struct buf *out, const struct document_block *block) {
    return add_text(out, "**", block->label, ":** ") && add_text(out, "", block->text, "\n");
}

static bool add_paragraph(struct buf *out, const struct document_block *block) {
    if (block->label != NULL && (!buf_append_text(out, block->label) || !buf_append(out, " ", 1)))
        return false;
    return add_text(out, "", block->text, "\n");
}

static bool add_list(struct buf *out, const struct document_block *block) {
    for (const struct document_row *row = block->rows; row != NULL; row = row->next) {
        if (!add_text(out, "- ", row->cells[0].text, "\n"))
            return false;
    }
    return true;
}

static bool add_cell(struct buf *out, const struct document_cell *cell) {
    if (!buf_append_text(out, "| ") ||
        !markdown_add_text(out, cell->text, strlen(cell->text), true))
        return false;
    if (cell->under != NULL && ((cell->text[0] != '\0' && !buf_append_text(out, "<br>")) ||
                                !markdown_add_text(out, cell->under, strlen(cell->under), true)))
        return false;
    return buf_append(out, " ", 1);
}

static bool add_table_heading(struct buf *out, const struct document_block *table) {
    struct column columns[MOST_COLUMNS];
    for (size_t i = 0; i < table->n_columns; i++)
        columns[i] =
            (struct column){.heading = table->columns[i].heading,
                            .kind = table->columns[i].is_number ? COLUMN_RIGHT : COLUMN_TEXT};
    return markdown_add_heading(out, columns, table->n_columns);
}

static bool add_table(struct buf *out, const struct document_block *table) {
    if (!add_table_heading(out, table))
        return false;
    for (const struct document_row *row = table->rows; row != NULL; row = row->next) {
        for (size_t i = 0; i < table->n_columns; i++) {
            if (!add_cell(out, &row->cells[i]))
                return false;
        }
        if (!buf_append_text(out, "|\n"))
            return false;
    }
    return true;
}

static bool add_block(struct buf *out, const struct document_block *block) {
    switch (block->kind) {
    case BLOCK_TITLE:
        return add_text(out, "# ", block->text, "\n");
    case BLOCK_FACT:
        return add_fact(out, block);
    case BLOCK_NOTICE:
        return add_text(out, "> **", block->text, "**\n");
    case BLOCK_HEADING:
        return add_text(out, "## ", block->text, "\n");
    case BLOCK_SUBHEADING:
        return add_text(out, "### ", block->text, "\n");
    case BLOCK_PARAGRAPH:
        return add_paragraph(out, block);
    case BLOCK_LIST:
        return add_list(out, block);
    case BLOCK_TABLE:
        return add_table(out, block);
    }
    return false;
}

bool document_render_markdown(const struct document *document, struct buf *out) {
    for (const struct document_block *block = document->blocks; block != NULL;
         block = block->next) {
        if ((block != document->blocks && !buf_append(out, "\n", 1)) || !add_block(out, block))
            return false;
    }
    return true;
}
