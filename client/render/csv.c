#include "client/render/csv.h"

#include <string.h>
#include "client/render/field.h"

static bool needs_quotes(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == ',' || text[i] == '\r' || text[i] == '\n')
            return true;
    }
    return false;
}

static bool add_quoted(struct buf *out, const char *text, size_t len) {
    if (!buf_append(out, "\"", 1))
        return false;
    for (size_t i = 0; i < len;) {
        const char *quote = memchr(text + i, '"', len - i);
        size_t n = quote == NULL ? len - i : (size_t)(quote - (text + i)) + 1;
        if (!buf_append(out, text + i, n) || (quote != NULL && !buf_append(out, "\"", 1)))
            return false;
        i += n;
    }
    return buf_append(out, "\"", 1);
}

bool csv_add_cell(struct buf *out, const char *text, size_t len, bool is_first) {
    if (!is_first && !buf_append(out, ",", 1))
        return false;
    if (needs_quotes(text, len))
        return add_quoted(out, text, len);
    return len == 0 || buf_append(out, text, len);
}

bool csv_end_row(struct buf *out, enum csv_line_end line_end) {
    return line_end == CSV_CRLF ? buf_append(out, "\r\n", 2) : buf_append(out, "\n", 1);
}

bool csv_add_row(struct buf *out, const char *const *cells, size_t n_cells,
                 enum csv_line_end line_end) {
    for (size_t i = 0; i < n_cells; i++) {
        const char *cell = cells[i] == NULL ? "" : cells[i];
        if (!csv_add_cell(out, cell, strlen(cell), i == 0))
            return false;
    }
    return csv_end_row(out, line_end);
}

bool csv_add_heading(struct buf *out, const struct column *columns, size_t n_columns,
                     enum csv_line_end line_end) {
    for (size_t i = 0; i < n_columns; i++) {
        if (!csv_add_cell(out, columns[i].field, strlen(columns[i].field), i == 0))
            return false;
    }
    return csv_end_row(out, line_end);
}

bool csv_add_message(struct buf *out, const ProtobufCMessage *message, const struct column *columns,
                     size_t n_columns, enum csv_line_end line_end) {
    struct buf cell = {0};
    bool is_added = true;
    for (size_t i = 0; is_added && i < n_columns; i++) {
        buf_clear(&cell);
        is_added = field_text(&cell, message, columns[i].field, FIELD_EXACT) &&
                   csv_add_cell(out, (const char *)buf_bytes(&cell), buf_len(&cell), i == 0);
    }
    buf_finish(&cell);
    return is_added && csv_end_row(out, line_end);
}
