#include "client/import/quote_file.h"

#include <stdlib.h>
#include <string.h>
#include "client/import/csv_reader.h"

enum {
    ROW_OVERHEAD = 8, // tag and length of a row in the request
    ARENA_LIMIT = 4 * 1024 * 1024,
};

static const struct csv_column COLUMNS[] = {
    {"objective_code", true}, {"objective_title", false}, {"action", true},
    {"milestone", false},     {"milestones", false},      {"who", false},
    {"when", true},           {"new_when", false},        {"measure", false},
};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS };

// Where each column's cell stands in a row; of milestone and milestones the later beats.
static const size_t OFFSETS[N_COLUMNS] = {
    offsetof(Shap__V1__QuotedRow, objective_code), offsetof(Shap__V1__QuotedRow, objective_title),
    offsetof(Shap__V1__QuotedRow, action),         offsetof(Shap__V1__QuotedRow, milestones),
    offsetof(Shap__V1__QuotedRow, milestones),     offsetof(Shap__V1__QuotedRow, who),
    offsetof(Shap__V1__QuotedRow, when),           offsetof(Shap__V1__QuotedRow, new_when),
    offsetof(Shap__V1__QuotedRow, measure),
};

// A reading under way.
struct reading {
    struct quote_file *file;
    void (*on_warning)(void *ctx, const char *text);
    void *ctx;
};

void quote_file_init(struct quote_file *file) {
    *file = (struct quote_file){.n_rows = 0};
    arena_init(&file->arena, ARENA_LIMIT);
}

void quote_file_finish(struct quote_file *file) {
    arena_finish(&file->arena);
    free(file->rows);
    file->rows = NULL;
    file->n_rows = 0;
}

static bool grow(struct quote_file *file) {
    if (file->n_rows < file->capacity)
        return true;
    size_t capacity = file->capacity == 0 ? 32 : file->capacity * 2;
    Shap__V1__QuotedRow **rows = realloc(file->rows, capacity * sizeof(Shap__V1__QuotedRow *));
    if (rows == NULL)
        return false;
    file->rows = rows;
    file->capacity = capacity;
    return true;
}

static Shap__V1__QuotedRow *copy_row(struct arena *arena, const struct csv_row *row) {
    Shap__V1__QuotedRow *copy = arena_alloc(arena, sizeof *copy);
    if (copy == NULL)
        return NULL;
    shap__v1__quoted_row__init(copy);
    copy->has_line = 1;
    copy->line = row->line;
    for (size_t i = 0; i < N_COLUMNS; i++) {
        char **cell = (char **)(void *)((char *)copy + OFFSETS[i]);
        if (row->cells[i] == NULL)
            continue;
        *cell = arena_copy(arena, row->cells[i], strlen(row->cells[i]));
        if (*cell == NULL)
            return NULL;
    }
    return copy;
}

static bool on_row(void *ctx, const struct csv_row *row, struct error *err) {
    struct quote_file *file = ((struct reading *)ctx)->file;
    Shap__V1__QuotedRow *copy = grow(file) ? copy_row(&file->arena, row) : NULL;
    if (copy != NULL)
        file->size += shap__v1__quoted_row__get_packed_size(copy) + ROW_OVERHEAD;
    if (copy == NULL || file->size > QUOTE_FILE_LIMIT || file->n_rows == QUOTE_FILE_ROWS)
        return error_set(err,
                         "%s, line %d: a report of more than %d rows or %d KiB is not checked at "
                         "once; split the file",
                         file->path, row->line, QUOTE_FILE_ROWS, QUOTE_FILE_LIMIT / 1024);
    file->rows[file->n_rows++] = copy;
    return true;
}

static void on_warning(void *ctx, const char *text) {
    const struct reading *reading = ctx;
    if (reading->on_warning != NULL)
        reading->on_warning(reading->ctx, text);
}

bool quote_file_read(struct quote_file *file, const char *path,
                     void (*warn)(void *ctx, const char *text), void *ctx, struct error *err) {
    struct reading reading = {.file = file, .on_warning = warn, .ctx = ctx};
    const struct csv_options options = {.name = path,
                                        .columns = COLUMNS,
                                        .n_columns = N_COLUMNS,
                                        .on_row = on_row,
                                        .on_warning = on_warning,
                                        .ctx = &reading};
    file->path = path;
    if (!csv_read_file(path, &options, NULL, NULL, err))
        return false;
    return file->n_rows > 0 || error_set(err, "%s has a heading, but no rows under it", path);
}
