#include "client/render/document.h"

#include <string.h>
#include "client/render/text.h"
#include "client/render/words.h"
#include "client/render/wrap.h"

enum { GAP = 2, MOST_COLUMNS = 16, LIST_INDENT = 2 };

// What is written to, how wide, and room to make a text safe in.
struct page {
    struct buf *out; // borrowed
    size_t width;
    struct buf safe; // owned
};

struct layout {
    size_t n_columns;
    size_t width[MOST_COLUMNS];
};

static bool add_fill(struct buf *out, char c, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!buf_append(out, &c, 1))
            return false;
    }
    return true;
}

static bool end_line(struct buf *out) {
    while (buf_len(out) > 0 && out->data[out->end - 1] == ' ')
        out->end--;
    return buf_append(out, "\n", 1);
}

static const char *make_safe(struct page *page, const char *text, size_t *len) {
    buf_clear(&page->safe);
    if (!text_append_safe(&page->safe, text, strlen(text), true))
        return NULL;
    *len = buf_len(&page->safe);
    return *len == 0 ? "" : (const char *)buf_bytes(&page->safe);
}

// Writes text wrapped; its first line begins at column `at`, where the page already stands, the
// others are indented as far.
static bool add_wrapped(struct page *page, const char *text, size_t at) {
    size_t len, next;
    const char *safe = make_safe(page, text, &len);
    size_t width = page->width > at + 10 ? page->width - at : 10;
    if (safe == NULL)
        return false;
    for (size_t from = 0; from == 0 || from < len; from += next) {
        size_t n = wrap_line(safe + from, len - from, width, &next);
        if ((from > 0 && !add_fill(page->out, ' ', at)) || !buf_append(page->out, safe + from, n) ||
            !end_line(page->out))
            return false;
        if (next == 0)
            break;
    }
    return true;
}

// ---- Blocks ----

static bool add_title(struct page *page, const struct document_block *block) {
    size_t len;
    if (!add_wrapped(page, block->text, 0) || make_safe(page, block->text, &len) == NULL)
        return false;
    size_t width = text_width((const char *)buf_bytes(&page->safe), len);
    return add_fill(page->out, '=', width < page->width ? width : page->width) &&
           end_line(page->out);
}

static bool add_heading(struct page *page, const struct document_block *block) {
    size_t from = buf_len(page->out);
    if (!add_wrapped(page, block->text, 0))
        return false;
    for (size_t i = page->out->start + from; i < page->out->end; i++) {
        uint8_t byte = page->out->data[i];
        page->out->data[i] = byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
    }
    return true;
}

static bool add_labelled(struct page *page, const struct document_block *block, const char *after) {
    if (block->label == NULL)
        return add_wrapped(page, block->text, 0);
    size_t len;
    const char *label = make_safe(page, block->label, &len);
    if (label == NULL || !buf_append(page->out, label, len) || !buf_append_text(page->out, after))
        return false;
    return add_wrapped(page, block->text, text_width(label, len) + strlen(after));
}

static bool add_notice(struct page *page, const struct document_block *block) {
    return buf_append_text(page->out, "** ") && add_wrapped(page, block->text, 3);
}

static bool add_list(struct page *page, const struct document_block *block) {
    for (const struct document_row *row = block->rows; row != NULL; row = row->next) {
        if (!buf_append_text(page->out, "- ") ||
            !add_wrapped(page, row->cells[0].text, LIST_INDENT))
            return false;
    }
    return true;
}

// ---- Tables ----

// The widest line of a text, in columns.
static bool natural_width(struct page *page, const char *text, size_t *widest) {
    size_t len, next;
    const char *safe = make_safe(page, text, &len);
    for (size_t from = 0; safe != NULL && from < len; from += next) {
        size_t n = wrap_line(safe + from, len - from, 0, &next);
        size_t width = text_width(safe + from, n);
        *widest = width > *widest ? width : *widest;
        if (next == 0)
            break;
    }
    return safe != NULL;
}

static bool measure(struct page *page, const struct document_block *table, size_t *natural) {
    for (size_t i = 0; i < table->n_columns; i++) {
        natural[i] = text_width(table->columns[i].heading, strlen(table->columns[i].heading));
        for (const struct document_row *row = table->rows; row != NULL; row = row->next) {
            const struct document_cell *cell = &row->cells[i];
            if (!natural_width(page, cell->text, &natural[i]) ||
                (cell->under != NULL && !natural_width(page, cell->under, &natural[i])))
                return false;
        }
    }
    return true;
}

// The longest word of each heading, or what the column needs where that is less.
static void find_least(const struct document_block *table, const size_t *natural, size_t *least) {
    for (size_t i = 0; i < table->n_columns; i++) {
        least[i] = 0;
        for (const char *at = table->columns[i].heading; *at != '\0';) {
            size_t len = strcspn(at, " ");
            size_t width = text_width(at, len);
            least[i] = width > least[i] ? width : least[i];
            at += len + strspn(at + len, " ");
        }
        least[i] = natural[i] < least[i] ? natural[i] : least[i];
    }
}

// One column that can be settled: one whose share is less than the least it needs gets that; else
// one whose natural width is no more than its share. False when there is none.
static bool settle_one(const struct document_block *table, const size_t *natural,
                       const size_t *least, bool *is_settled, struct layout *layout) {
    for (size_t i = 0; i < table->n_columns; i++) {
        if (is_settled[i] || layout->width[i] >= least[i])
            continue;
        layout->width[i] = least[i];
        return is_settled[i] = true;
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        if (is_settled[i] || layout->width[i] < natural[i])
            continue;
        layout->width[i] = natural[i];
        return is_settled[i] = true;
    }
    return false;
}

// Divides the width by weight; what a column does not need goes to the others, again and again.
static void divide(const struct document_block *table, const size_t *natural, const size_t *least,
                   size_t width, struct layout *layout) {
    bool is_settled[MOST_COLUMNS] = {false};
    layout->n_columns = table->n_columns;
    do {
        size_t weights = 0, left = width - GAP * (table->n_columns - 1);
        for (size_t i = 0; i < table->n_columns; i++) {
            weights += is_settled[i] ? 0 : table->columns[i].weight;
            left -= is_settled[i] ? layout->width[i] : 0;
        }
        for (size_t i = 0; i < table->n_columns; i++) {
            if (!is_settled[i])
                layout->width[i] = left * table->columns[i].weight / weights;
        }
    } while (settle_one(table, natural, least, is_settled, layout));
}

// One line of a row: each column's next line of what is left of its text.
struct column_text {
    struct buf text; // owned; safe, `under` after a line feed
    size_t at;
};

static bool fill_column(struct column_text *column, const struct document_cell *cell) {
    if (!text_append_safe(&column->text, cell->text, strlen(cell->text), true))
        return false;
    if (cell->under == NULL)
        return true;
    return (cell->text[0] == '\0' || buf_append(&column->text, "\n", 1)) &&
           text_append_safe(&column->text, cell->under, strlen(cell->under), true);
}

static bool add_column_line(struct buf *out, struct column_text *column, size_t width,
                            bool is_number, bool is_last) {
    size_t len = buf_len(&column->text) - column->at;
    const char *text = len == 0 ? "" : (const char *)buf_bytes(&column->text) + column->at;
    size_t next = 0;
    size_t n = len == 0 ? 0 : wrap_line(text, len, width, &next);
    size_t used = text_width(text, n);
    size_t blank = used < width ? width - used : 0;
    column->at += next;
    if (is_number && !add_fill(out, ' ', blank))
        return false;
    if (n > 0 && !buf_append(out, text, n))
        return false;
    return is_last || add_fill(out, ' ', (is_number ? 0 : blank) + GAP);
}

static bool has_more(const struct column_text *columns, size_t n_columns) {
    for (size_t i = 0; i < n_columns; i++) {
        if (columns[i].at < buf_len(&columns[i].text))
            return true;
    }
    return false;
}

static bool add_row_lines(struct buf *out, const struct document_block *table,
                          const struct layout *layout, struct column_text *columns) {
    do {
        for (size_t i = 0; i < layout->n_columns; i++) {
            if (!add_column_line(out, &columns[i], layout->width[i], table->columns[i].is_number,
                                 i + 1 == layout->n_columns))
                return false;
        }
        if (!end_line(out))
            return false;
    } while (has_more(columns, layout->n_columns));
    return true;
}

static bool add_cells(struct buf *out, const struct document_block *table,
                      const struct layout *layout, const struct document_cell *cells) {
    struct column_text columns[MOST_COLUMNS];
    memset(columns, 0, sizeof columns);
    bool is_added = true;
    for (size_t i = 0; is_added && i < layout->n_columns; i++)
        is_added = fill_column(&columns[i], &cells[i]);
    is_added = is_added && add_row_lines(out, table, layout, columns);
    for (size_t i = 0; i < layout->n_columns; i++)
        buf_finish(&columns[i].text);
    return is_added;
}

static bool add_table_heading(struct buf *out, const struct document_block *table,
                              const struct layout *layout) {
    struct document_cell cells[MOST_COLUMNS];
    memset(cells, 0, sizeof cells);
    for (size_t i = 0; i < layout->n_columns; i++)
        cells[i].text = table->columns[i].heading;
    if (!add_cells(out, table, layout, cells))
        return false;
    for (size_t i = 0; i < layout->n_columns; i++) {
        if (!add_fill(out, '-', layout->width[i]) || !add_fill(out, ' ', GAP))
            return false;
    }
    return end_line(out);
}

// ---- A table that is too wide even for its headings: each row one under the other

static bool is_too_wide(const struct document_block *table, const size_t *least, size_t width) {
    size_t sum = GAP * (table->n_columns - 1);
    for (size_t i = 0; i < table->n_columns; i++)
        sum += least[i];
    return sum > width;
}

static void add_text_of(struct words *words, const struct document_cell *cell) {
    words_add(words, "%s", cell->text);
    if (cell->under != NULL)
        words_add(words, "%s%s", cell->text[0] == '\0' ? "" : ", ", cell->under);
}

// The first cell; under it the others, each after its heading, empty ones left out.
static void list_cells(struct words *first, struct words *others,
                       const struct document_block *table, const struct document_row *row) {
    add_text_of(first, &row->cells[0]);
    for (size_t i = 1; i < table->n_columns; i++) {
        const struct document_cell *cell = &row->cells[i];
        if (cell->text[0] == '\0' && cell->under == NULL)
            continue;
        words_add(others, "%s%s ", others->n_listed++ == 0 ? "" : "; ", table->columns[i].heading);
        add_text_of(others, cell);
    }
}

static bool add_listed_rows(struct page *page, const struct document_block *table) {
    struct words first = {.has_failed = false}, others = {.has_failed = false};
    bool is_added = true;
    for (const struct document_row *row = table->rows; is_added && row != NULL; row = row->next) {
        words_clear(&first);
        words_clear(&others);
        list_cells(&first, &others, table, row);
        is_added = words_text(&first) != NULL && words_text(&others) != NULL &&
                   (row->group_size == 0 || add_wrapped(page, words_text(&first), 0)) &&
                   add_fill(page->out, ' ', LIST_INDENT) &&
                   add_wrapped(page, words_text(&others), LIST_INDENT);
    }
    words_finish(&first);
    words_finish(&others);
    return is_added;
}

// Rows that wrap are set apart by an empty line; a table of single lines is not.
static bool is_tight(const struct document_block *table, const size_t *natural,
                     const struct layout *layout) {
    for (size_t i = 0; i < table->n_columns; i++) {
        if (natural[i] > layout->width[i])
            return false;
    }
    return true;
}

static bool add_table(struct page *page, const struct document_block *table) {
    struct layout layout;
    size_t natural[MOST_COLUMNS], least[MOST_COLUMNS];
    if (!measure(page, table, natural))
        return false;
    find_least(table, natural, least);
    if (is_too_wide(table, least, page->width))
        return add_listed_rows(page, table);
    divide(table, natural, least, page->width, &layout);
    if (!add_table_heading(page->out, table, &layout))
        return false;
    bool is_set_apart = !is_tight(table, natural, &layout);
    for (const struct document_row *row = table->rows; row != NULL; row = row->next) {
        if (is_set_apart && row != table->rows && !end_line(page->out))
            return false;
        if (!add_cells(page->out, table, &layout, row->cells))
            return false;
    }
    return true;
}

// ---- The page ----

static bool add_block(struct page *page, const struct document_block *block) {
    switch (block->kind) {
    case BLOCK_TITLE:
        return add_title(page, block);
    case BLOCK_FACT:
        return add_labelled(page, block, ": ");
    case BLOCK_NOTICE:
        return add_notice(page, block);
    case BLOCK_HEADING:
        return add_heading(page, block);
    case BLOCK_SUBHEADING:
        return add_wrapped(page, block->text, 0);
    case BLOCK_PARAGRAPH:
        return add_labelled(page, block, "  ");
    case BLOCK_LIST:
        return add_list(page, block);
    case BLOCK_TABLE:
        return add_table(page, block);
    }
    return false;
}

bool document_render_text(const struct document *document, size_t width, struct buf *out) {
    struct page page = {.out = out,
                        .width = width < DOCUMENT_WIDTH_MIN ? DOCUMENT_WIDTH_MIN : width};
    bool is_added = true;
    const struct document_block *previous = NULL;
    for (const struct document_block *block = document->blocks; is_added && block != NULL;
         block = block->next) {
        bool is_together =
            previous == NULL || (previous->kind == BLOCK_FACT && block->kind == BLOCK_FACT);
        is_added = (is_together || buf_append(out, "\n", 1)) && add_block(&page, block);
        previous = block;
    }
    buf_finish(&page.safe);
    return is_added;
}
