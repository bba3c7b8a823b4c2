#include "client/render/document.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_LIMIT = 256 * 1024 * 1024 };

void document_init(struct document *document) {
    *document = (struct document){.blocks = NULL};
    arena_init(&document->arena, ARENA_LIMIT);
}

void document_finish(struct document *document) {
    arena_finish(&document->arena);
    *document = (struct document){.blocks = NULL};
}

bool document_is_whole(const struct document *document) {
    return !document->has_failed;
}

static void *get(struct document *document, size_t n, size_t size) {
    void *memory = document->has_failed ? NULL : arena_calloc(&document->arena, n, size);
    document->has_failed = memory == NULL;
    return memory;
}

static const char *copy(struct document *document, const char *text) {
    char *copied = document->has_failed ? NULL : arena_copy(&document->arena, text, strlen(text));
    document->has_failed = copied == NULL;
    return copied;
}

static const char *format_text(struct document *document, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = len < 0 ? NULL : get(document, (size_t)len + 1, 1);
    document->has_failed = text == NULL;
    if (text != NULL)
        vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}

static struct document_block *add_block(struct document *document, enum block_kind kind) {
    struct document_block *block = get(document, 1, sizeof *block);
    if (block == NULL)
        return NULL;
    block->kind = kind;
    if (document->last == NULL)
        document->blocks = block;
    else
        document->last->next = block;
    document->last = block;
    document->last_row = NULL;
    document->group = NULL;
    return block;
}

void document_add(struct document *document, enum block_kind kind, const char *label,
                  const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *text = format_text(document, format, args);
    va_end(args);
    const char *kept = label == NULL || text == NULL ? NULL : copy(document, label);
    struct document_block *block = add_block(document, kind);
    if (block == NULL)
        return;
    block->label = kept;
    block->text = text;
}

static struct document_row *add_row(struct document *document, size_t n_cells, bool begins_group) {
    struct document_row *row = get(document, 1, sizeof *row);
    struct document_cell *cells = get(document, n_cells, sizeof *cells);
    if (row == NULL || cells == NULL)
        return NULL;
    row->cells = cells;
    if (document->last_row == NULL)
        document->last->rows = row;
    else
        document->last_row->next = row;
    document->last_row = row;
    if (begins_group)
        document->group = row;
    document->group->group_size++;
    return row;
}

void document_add_item(struct document *document, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *text = format_text(document, format, args);
    va_end(args);
    if (document->last == NULL || document->last->kind != BLOCK_LIST)
        add_block(document, BLOCK_LIST);
    struct document_row *row = document->has_failed ? NULL : add_row(document, 1, true);
    if (row != NULL)
        row->cells[0].text = text;
}

void document_begin_table(struct document *document, const struct document_column *columns,
                          size_t n_columns, const char *caption) {
    const char *kept = copy(document, caption);
    struct document_block *block = add_block(document, BLOCK_TABLE);
    if (block == NULL)
        return;
    block->text = kept;
    block->columns = columns;
    block->n_columns = n_columns;
}

struct document_row *document_add_row(struct document *document, const char *const *texts,
                                      bool begins_group) {
    if (document->has_failed)
        return NULL;
    size_t n_columns = document->last->n_columns;
    assert(document->last->kind == BLOCK_TABLE && (begins_group || document->group != NULL));
    struct document_row *row = add_row(document, n_columns, begins_group);
    for (size_t i = 0; row != NULL && i < n_columns; i++) {
        bool is_used = texts[i] != NULL && (begins_group || i > 0);
        row->cells[i].text = copy(document, is_used ? texts[i] : "");
    }
    return document->has_failed ? NULL : row;
}

void document_put_under(struct document *document, struct document_row *row, size_t column,
                        const char *label, const char *text) {
    if (row == NULL)
        return;
    row->cells[column].under = copy(document, text);
    row->cells[column].under_label = copy(document, label);
}
