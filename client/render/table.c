#include "client/render/table.h"

#include <stdlib.h>
#include <string.h>
#include "client/render/field.h"
#include "client/render/text.h"
#include "client/render/wrap.h"

enum { GAP = 2, NARROWEST = 12 };

struct table {
    struct column *columns; // owned
    size_t n_columns;
    char **cells; // owned, n_rows * n_columns safe texts without line feeds
    size_t n_rows;
    size_t capacity; // rows there is room for
};

struct table *table_create(const struct column *columns, size_t n_columns) {
    struct table *table = calloc(1, sizeof *table);
    struct column *kept = calloc(n_columns, sizeof *kept);
    if (table == NULL || kept == NULL) {
        free(kept);
        free(table);
        return NULL;
    }
    memcpy(kept, columns, n_columns * sizeof *kept);
    table->columns = kept;
    table->n_columns = n_columns;
    return table;
}

void table_destroy(struct table *table) {
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->columns);
    free(table);
}

size_t table_n_rows(const struct table *table) {
    return table->n_rows;
}

static bool make_room(struct table *table) {
    if (table->n_rows < table->capacity)
        return true;
    size_t capacity = table->capacity == 0 ? 32 : table->capacity * 2;
    if (capacity > SIZE_MAX / sizeof(char *) / table->n_columns)
        return false;
    char **cells = realloc(table->cells, capacity * table->n_columns * sizeof *cells);
    if (cells == NULL)
        return false;
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

// A safe copy of text as a string of its own.
static char *safe_copy(const char *text, size_t len) {
    struct buf safe = {0};
    if (!text_append_safe(&safe, text, len, false) || !buf_append(&safe, "", 1)) {
        buf_finish(&safe);
        return NULL;
    }
    char *copy = strdup((const char *)buf_bytes(&safe));
    buf_finish(&safe);
    return copy;
}

// Takes over the cells of a row when all of them could be made.
static bool add_row(struct table *table, char **row) {
    bool is_whole = make_room(table);
    for (size_t i = 0; i < table->n_columns; i++)
        is_whole = is_whole && row[i] != NULL;
    if (!is_whole) {
        for (size_t i = 0; i < table->n_columns; i++)
            free(row[i]);
        return false;
    }
    memcpy(table->cells + table->n_rows * table->n_columns, row, table->n_columns * sizeof *row);
    table->n_rows++;
    return true;
}

bool table_add_cells(struct table *table, const char *const *cells) {
    char **row = calloc(table->n_columns, sizeof *row);
    if (row == NULL)
        return false;
    for (size_t i = 0; i < table->n_columns; i++)
        row[i] = cells[i] == NULL ? strdup("") : safe_copy(cells[i], strlen(cells[i]));
    bool is_added = add_row(table, row);
    free(row);
    return is_added;
}

static char *message_cell(const ProtobufCMessage *message, const char *field) {
    struct buf text = {0};
    char *cell = NULL;
    if (field_text(&text, message, field, FIELD_FRIENDLY) && buf_append(&text, "", 1))
        cell = safe_copy((const char *)buf_bytes(&text), buf_len(&text) - 1);
    buf_finish(&text);
    return cell;
}

bool table_add(struct table *table, const ProtobufCMessage *message) {
    char **row = calloc(table->n_columns, sizeof *row);
    if (row == NULL)
        return false;
    for (size_t i = 0; i < table->n_columns; i++)
        row[i] = message_cell(message, table->columns[i].field);
    bool is_added = add_row(table, row);
    free(row);
    return is_added;
}

static size_t string_width(const char *text) {
    return text_width(text, strlen(text));
}

static void natural_widths(const struct table *table, bool has_heading, size_t *widths) {
    for (size_t i = 0; i < table->n_columns; i++)
        widths[i] = has_heading ? string_width(table->columns[i].heading) : 0;
    for (size_t i = 0; i < table->n_rows * table->n_columns; i++) {
        size_t width = string_width(table->cells[i]);
        if (width > widths[i % table->n_columns])
            widths[i % table->n_columns] = width;
    }
}

// The width all wrapping columns may have at most so that they fit into left columns together: the
// narrow ones keep theirs, the wide ones share the rest evenly.
static size_t fair_share(const struct table *table, const size_t *widths, size_t left) {
    size_t share = 0, n_wide = 0;
    for (size_t i = 0; i < table->n_columns; i++)
        n_wide += table->columns[i].kind == COLUMN_WRAP;
    for (size_t before = SIZE_MAX; n_wide > 0 && n_wide != before;) {
        size_t rest = left;
        before = n_wide;
        for (size_t i = 0; i < table->n_columns; i++) {
            bool is_narrow = widths[i] <= left / before;
            if (table->columns[i].kind == COLUMN_WRAP && is_narrow)
                rest = rest > widths[i] ? rest - widths[i] : 0;
        }
        n_wide = 0;
        for (size_t i = 0; i < table->n_columns; i++)
            n_wide += table->columns[i].kind == COLUMN_WRAP && widths[i] > left / before;
        share = n_wide == 0 ? left : rest / n_wide;
    }
    return share < NARROWEST ? NARROWEST : share;
}

static void fit_widths(const struct table *table, size_t width, size_t *widths) {
    size_t fixed = GAP * (table->n_columns - 1), total = fixed;
    for (size_t i = 0; i < table->n_columns; i++) {
        total += widths[i];
        if (table->columns[i].kind != COLUMN_WRAP)
            fixed += widths[i];
    }
    if (width == 0 || total <= width)
        return;
    size_t share = fair_share(table, widths, width > fixed ? width - fixed : 0);
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].kind == COLUMN_WRAP && widths[i] > share)
            widths[i] = share;
    }
}

static bool add_spaces(struct buf *out, size_t n) {
    uint8_t *to = buf_reserve(out, n + 1);
    if (to == NULL)
        return false;
    memset(to, ' ', n);
    buf_commit(out, n);
    return true;
}

// A row while it is printed: what is left of each cell.
struct row_rest {
    const char **cells;
    size_t *lens;
    const size_t *widths;
};

// One line of a row; pending is the spaces owed, written only before text, so that no line ends in
// spaces. *has_more says whether a cell goes on in another line.
static bool add_line(const struct table *table, const struct row_rest *rest, struct buf *out,
                     bool *has_more) {
    size_t pending = 0;
    *has_more = false;
    for (size_t i = 0; i < table->n_columns; i++) {
        size_t next = 0, len = 0, width = 0;
        if (rest->lens[i] > 0) {
            len = wrap_line(rest->cells[i], rest->lens[i], rest->widths[i], &next);
            width = text_width(rest->cells[i], len);
        }
        size_t padding = rest->widths[i] > width ? rest->widths[i] - width : 0;
        bool is_right = table->columns[i].kind == COLUMN_RIGHT;
        size_t before = is_right ? padding : 0;
        if (len > 0 &&
            (!add_spaces(out, pending + before) || !buf_append(out, rest->cells[i], len)))
            return false;
        pending = (len > 0 ? 0 : pending + width + before) + (is_right ? 0 : padding) + GAP;
        rest->cells[i] += next;
        rest->lens[i] -= next;
        *has_more = *has_more || rest->lens[i] > 0;
    }
    return buf_append(out, "\n", 1);
}

static bool add_row_lines(const struct table *table, char *const *cells, const size_t *widths,
                          struct buf *out) {
    struct row_rest rest = {calloc(table->n_columns, sizeof *rest.cells),
                            calloc(table->n_columns, sizeof *rest.lens), widths};
    bool is_added = rest.cells != NULL && rest.lens != NULL, has_more = true;
    for (size_t i = 0; is_added && i < table->n_columns; i++) {
        rest.cells[i] = cells[i];
        rest.lens[i] = strlen(cells[i]);
    }
    while (is_added && has_more)
        is_added = add_line(table, &rest, out, &has_more);
    free(rest.cells);
    free(rest.lens);
    return is_added;
}

static bool add_heading(const struct table *table, const size_t *widths, bool colour,
                        struct buf *out) {
    char **headings = calloc(table->n_columns, sizeof *headings);
    if (headings == NULL)
        return false;
    bool is_added = true;
    for (size_t i = 0; i < table->n_columns; i++) {
        headings[i] = strdup(table->columns[i].heading);
        is_added = is_added && headings[i] != NULL;
    }
    is_added = is_added && (!colour || buf_append_text(out, "\033[1m")) &&
               add_row_lines(table, headings, widths, out);
    for (size_t i = 0; i < table->n_columns; i++)
        free(headings[i]);
    free(headings);
    return is_added && (!colour || buf_append_text(out, "\033[0m"));
}

static bool is_left_out(const struct table *table, size_t column) {
    enum column_kind kind = table->columns[column].kind;
    bool is_same = kind == COLUMN_VARIED || kind == COLUMN_RARE;
    const char *first = kind == COLUMN_RARE ? "" : table->cells[column];
    for (size_t i = 0; is_same && i < table->n_rows; i++)
        is_same = strcmp(table->cells[i * table->n_columns + column], first) == 0;
    return is_same;
}

static void leave_out(struct table *table, size_t column) {
    size_t n = table->n_rows * table->n_columns, to = 0;
    for (size_t i = 0; i < n; i++) {
        if (i % table->n_columns == column)
            free(table->cells[i]);
        else
            table->cells[to++] = table->cells[i];
    }
    table->n_columns--;
    memmove(table->columns + column, table->columns + column + 1,
            (table->n_columns - column) * sizeof *table->columns);
}

bool table_render(struct table *table, const struct table_style *style, struct buf *out) {
    if (table->n_rows == 0)
        return true;
    for (size_t i = table->n_columns; i-- > 0;) {
        if (is_left_out(table, i))
            leave_out(table, i);
    }
    if (table->n_columns == 0)
        return true;
    size_t *widths = calloc(table->n_columns, sizeof *widths);
    if (widths == NULL)
        return false;
    natural_widths(table, !style->no_heading, widths);
    fit_widths(table, style->width, widths);
    bool is_added = style->no_heading || add_heading(table, widths, style->colour, out);
    for (size_t i = 0; is_added && i < table->n_rows; i++)
        is_added = add_row_lines(table, table->cells + i * table->n_columns, widths, out);
    free(widths);
    return is_added;
}

bool table_wrap(struct buf *out, const char *text, size_t width, size_t indent) {
    struct buf safe = {0};
    bool is_added = text_append_safe(&safe, text, strlen(text), true), is_first = true;
    while (is_added && buf_len(&safe) > 0) {
        const char *at = (const char *)buf_bytes(&safe);
        size_t next;
        size_t len = wrap_line(at, buf_len(&safe), width, &next);
        is_added =
            (is_first || (buf_append(out, "\n", 1) && (len == 0 || add_spaces(out, indent)))) &&
            buf_append(out, at, len);
        is_first = false;
        buf_consume(&safe, next);
    }
    buf_finish(&safe);
    return is_added;
}

static bool add_field_lines(const char *heading, const char *text, size_t heading_width,
                            const struct table_style *style, struct buf *out) {
    size_t indent = heading_width + GAP;
    size_t width = style->width > indent + NARROWEST ? style->width - indent : 0;
    return (!style->colour || buf_append_text(out, "\033[1m")) && buf_append_text(out, heading) &&
           (!style->colour || buf_append_text(out, "\033[0m")) &&
           add_spaces(out, indent - string_width(heading)) &&
           table_wrap(out, text, width, indent) && buf_append(out, "\n", 1);
}

bool table_render_message(const ProtobufCMessage *message, const struct column *columns,
                          size_t n_columns, const struct table_style *style, struct buf *out) {
    size_t heading_width = 0;
    bool is_added = true;
    for (size_t i = 0; i < n_columns; i++) {
        if (string_width(columns[i].heading) > heading_width)
            heading_width = string_width(columns[i].heading);
    }
    for (size_t i = 0; is_added && i < n_columns; i++) {
        struct buf text = {0};
        is_added = field_text(&text, message, columns[i].field, FIELD_FRIENDLY);
        bool is_present = is_added && buf_len(&text) > 0;
        is_added = is_added && buf_append(&text, "", 1);
        if (is_added && is_present)
            is_added = add_field_lines(columns[i].heading, (const char *)buf_bytes(&text),
                                       heading_width, style, out);
        buf_finish(&text);
    }
    return is_added;
}
