#include "client/render/markdown.h"

#include <ctype.h>
#include <string.h>
#include "client/render/field.h"
#include "client/render/text.h"

// An ampersand begins an entity only before a letter or a number sign.
static bool begins_entity(char c, char next) {
    return c == '&' && (isalpha((unsigned char)next) || next == '#');
}

static bool add_byte(struct buf *out, char c, char next, bool in_cell) {
    if (c == '\n')
        return buf_append_text(out, in_cell ? "<br>" : "\n");
    if (begins_entity(c, next))
        return buf_append_text(out, "&amp;");
    if (c == '<')
        return buf_append_text(out, "&lt;");
    if (strchr("\\`*_[]>|~#", c) != NULL && !buf_append(out, "\\", 1))
        return false;
    return buf_append(out, &c, 1);
}

static bool ends_mark(const char *text, size_t len, size_t i) {
    return i + 1 >= len || text[i + 1] == ' ' || text[i + 1] == '\n';
}

// Whether a text begins like a list item ("- ", "+ ", "1. ", "1) ") or a rule ("---", "==="):
// escaping that one character keeps it a paragraph. Returns its place, or len.
static size_t list_mark(const char *text, size_t len) {
    size_t i = 0;
    if (len > 0 && (text[0] == '-' || text[0] == '+' || text[0] == '='))
        return 0;
    while (i < len && text[i] >= '0' && text[i] <= '9')
        i++;
    bool is_mark =
        i > 0 && i < len && (text[i] == '.' || text[i] == ')') && ends_mark(text, len, i);
    return is_mark ? i : len;
}

static bool add_safe(struct buf *out, const char *text, size_t len, bool in_cell) {
    size_t mark = in_cell ? len : list_mark(text, len);
    for (size_t i = 0; i < len; i++) {
        if (!in_cell && i > 0 && text[i - 1] == '\n') {
            size_t next = list_mark(text + i, len - i);
            mark = next == len - i ? len : i + next;
        }
        if (i == mark && !buf_append(out, "\\", 1))
            return false;
        if (!add_byte(out, text[i], i + 1 < len ? text[i + 1] : '\0', in_cell))
            return false;
    }
    return true;
}

bool markdown_add_text(struct buf *out, const char *text, size_t len, bool in_cell) {
    struct buf safe = {0};
    bool is_added = text_append_safe(&safe, text, len, true) &&
                    add_safe(out, (const char *)buf_bytes(&safe), buf_len(&safe), in_cell);
    buf_finish(&safe);
    return is_added;
}

bool markdown_add_heading(struct buf *out, const struct column *columns, size_t n_columns) {
    for (size_t i = 0; i < n_columns; i++) {
        if (!buf_append_text(out, i == 0 ? "| " : " | ") ||
            !markdown_add_text(out, columns[i].heading, strlen(columns[i].heading), true))
            return false;
    }
    if (!buf_append_text(out, " |\n|"))
        return false;
    for (size_t i = 0; i < n_columns; i++) {
        if (!buf_append_text(out, columns[i].kind == COLUMN_RIGHT ? " ---: |" : " --- |"))
            return false;
    }
    return buf_append(out, "\n", 1);
}

static bool add_cell(struct buf *out, const char *text, size_t len, bool is_first) {
    return buf_append_text(out, is_first ? "| " : " | ") && markdown_add_text(out, text, len, true);
}

bool markdown_add_row(struct buf *out, const char *const *cells, size_t n_cells) {
    for (size_t i = 0; i < n_cells; i++) {
        const char *cell = cells[i] == NULL ? "" : cells[i];
        if (!add_cell(out, cell, strlen(cell), i == 0))
            return false;
    }
    return buf_append_text(out, " |\n");
}

bool markdown_add_message(struct buf *out, const ProtobufCMessage *message,
                          const struct column *columns, size_t n_columns) {
    struct buf cell = {0};
    bool is_added = true;
    for (size_t i = 0; is_added && i < n_columns; i++) {
        buf_clear(&cell);
        is_added = field_text(&cell, message, columns[i].field, FIELD_FRIENDLY) &&
                   add_cell(out, (const char *)buf_bytes(&cell), buf_len(&cell), i == 0);
    }
    buf_finish(&cell);
    return is_added && buf_append_text(out, " |\n");
}
