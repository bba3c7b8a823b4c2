#include "client/render/document.h"

#include "client/render/html.h"

// Facts that follow each other are one list of terms.
static bool add_fact(struct buf *out, const struct document_block *block, bool is_first,
                     bool is_last) {
    return (!is_first || buf_append_text(out, "<dl>\n")) &&
           html_add_element(out, "<dt>", block->label, "</dt>") &&
           html_add_element(out, "<dd>", block->text, "</dd>\n") &&
           (!is_last || buf_append_text(out, "</dl>\n"));
}

static bool add_paragraph(struct buf *out, const struct document_block *block) {
    if (block->label == NULL)
        return html_add_element(out, "<p>", block->text, "</p>\n");
    return html_add_element(out, "<p>", block->label, " ") &&
           html_add_element(out, "", block->text, "</p>\n");
}

static bool add_list(struct buf *out, const struct document_block *block) {
    if (!buf_append_text(out, "<ul>\n"))
        return false;
    for (const struct document_row *row = block->rows; row != NULL; row = row->next) {
        if (!html_add_element(out, "<li>", row->cells[0].text, "</li>\n"))
            return false;
    }
    return buf_append_text(out, "</ul>\n");
}

static bool add_table_heading(struct buf *out, const struct document_block *table) {
    if (!buf_append_text(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"") ||
        !html_add_text(out, table->text, false) || !buf_append_text(out, "\">\n<table>\n") ||
        !html_add_element(out, "<caption>", table->text, "</caption>\n<thead>\n<tr>"))
        return false;
    for (size_t i = 0; i < table->n_columns; i++) {
        const char *start = table->columns[i].is_number ? "<th scope=\"col\" class=\"number\">"
                                                        : "<th scope=\"col\">";
        if (!html_add_element(out, start, table->columns[i].heading, "</th>"))
            return false;
    }
    return buf_append_text(out, "</tr>\n</thead>\n");
}

static bool add_cell_content(struct buf *out, const struct document_cell *cell) {
    if (!html_add_text(out, cell->text, true))
        return false;
    if (cell->under == NULL)
        return true;
    return html_add_element(out, "<span class=\"under\"><span class=\"unseen\">", cell->under_label,
                            ": </span>") &&
           html_add_element(out, "", cell->under, "</span>");
}

static bool add_row_heading(struct buf *out, const struct document_row *row) {
    bool is_started =
        row->group_size > 1
            ? buf_format(out, "<th scope=\"rowgroup\" rowspan=\"%zu\">", row->group_size)
            : buf_append_text(out, "<th scope=\"row\">");
    return is_started && add_cell_content(out, &row->cells[0]) && buf_append_text(out, "</th>");
}

static bool add_row(struct buf *out, const struct document_block *table,
                    const struct document_row *row) {
    if (!buf_append_text(out, "<tr>") || (row->group_size > 0 && !add_row_heading(out, row)))
        return false;
    for (size_t i = 1; i < table->n_columns; i++) {
        const char *start = table->columns[i].is_number ? "<td class=\"number\">" : "<td>";
        if (!buf_append_text(out, start) || !add_cell_content(out, &row->cells[i]) ||
            !buf_append_text(out, "</td>"))
            return false;
    }
    return buf_append_text(out, "</tr>\n");
}

static bool add_table(struct buf *out, const struct document_block *table) {
    if (!add_table_heading(out, table))
        return false;
    for (const struct document_row *row = table->rows; row != NULL; row = row->next) {
        bool ends_group = row->next == NULL || row->next->group_size > 0;
        if ((row->group_size > 0 && !buf_append_text(out, "<tbody>\n")) ||
            !add_row(out, table, row) || (ends_group && !buf_append_text(out, "</tbody>\n")))
            return false;
    }
    return buf_append_text(out, "</table>\n</div>\n");
}

static bool add_block(struct buf *out, const struct document_block *block,
                      const struct document_block *previous) {
    switch (block->kind) {
    case BLOCK_TITLE:
        return html_add_element(out, "<h1>", block->text, "</h1>\n");
    case BLOCK_FACT:
        return add_fact(out, block, previous == NULL || previous->kind != BLOCK_FACT,
                        block->next == NULL || block->next->kind != BLOCK_FACT);
    case BLOCK_NOTICE:
        return html_add_element(out, "<p class=\"notice\">", block->text, "</p>\n");
    case BLOCK_HEADING:
        return html_add_element(out, "<h2>", block->text, "</h2>\n");
    case BLOCK_SUBHEADING:
        return html_add_element(out, "<h3>", block->text, "</h3>\n");
    case BLOCK_PARAGRAPH:
        return add_paragraph(out, block);
    case BLOCK_LIST:
        return add_list(out, block);
    case BLOCK_TABLE:
        return add_table(out, block);
    }
    return false;
}

bool document_render_html(const struct document *document, struct buf *out) {
    const struct document_block *previous = NULL;
    const char *title = document->blocks == NULL ? "" : document->blocks->text;
    if (!html_add_page_start(out, title))
        return false;
    for (const struct document_block *block = document->blocks; block != NULL;
         block = block->next) {
        if (!add_block(out, block, previous))
            return false;
        previous = block;
    }
    return html_add_page_end(out);
}
