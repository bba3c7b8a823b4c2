#include "client/import/plan_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "client/import/csv_reader.h"
#include "client/import/plan_columns.h"
#include "server/base/arena.h"
#include "server/base/utf8.h"

enum {
    ROW_OVERHEAD = 8,       // tag and length of a row in its part
    PIECE_SIZE = 16 * 1024, // the file's bytes are added in pieces of this size
    ARENA_LIMIT = 4 * 1024 * 1024,
};

// The part being filled, and what was counted so far.
struct filling {
    const struct plan_file *file; // borrowed
    struct plan_file_sum sum;
    struct sha256 hash;
    struct arena arena;       // the part's rows
    Shap__V1__PlanRow **rows; // owned; the rows themselves lie in the arena
    size_t n_rows;
    size_t capacity;
    size_t size;         // of the part, on the wire
    struct buf original; // the part's piece of the file
};

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    return utf8_is_valid(name, strlen(name)) ? name : "plan.csv";
}

static bool refuse_memory(const struct filling *filling, struct error *err) {
    return error_set(err, "%s: out of memory", filling->file->path);
}

static bool flush(struct filling *filling, struct error *err) {
    const struct plan_file *file = filling->file;
    Shap__V1__SendImportPartRequest part;
    shap__v1__send_import_part_request__init(&part);
    filling->sum.parts++;
    part.import_id = (char *)file->import_id;
    part.council = (char *)file->council;
    part.year = (char *)file->year;
    part.file_name = (char *)base_name(file->path);
    part.has_part = 1;
    part.part = filling->sum.parts;
    part.n_rows = filling->n_rows;
    part.rows = filling->rows;
    part.has_original = 1;
    part.original.len = buf_len(&filling->original);
    part.original.data =
        filling->original.data == NULL ? NULL : (uint8_t *)buf_bytes(&filling->original);
    bool is_taken = file->on_part == NULL || file->on_part(file->ctx, &part, err);
    arena_reset(&filling->arena);
    buf_clear(&filling->original);
    filling->n_rows = 0;
    filling->size = 0;
    return is_taken;
}

// Makes room for len more bytes in the part, by sending it when it is full.
static bool make_room(struct filling *filling, size_t len, struct error *err) {
    if (filling->size > 0 && filling->size + len > PLAN_PART_LIMIT && !flush(filling, err))
        return false;
    filling->size += len;
    return true;
}

static bool grow_rows(struct filling *filling) {
    if (filling->n_rows < filling->capacity)
        return true;
    size_t capacity = filling->capacity == 0 ? 64 : filling->capacity * 2;
    Shap__V1__PlanRow **rows = realloc(filling->rows, capacity * sizeof(Shap__V1__PlanRow *));
    if (rows == NULL)
        return false;
    filling->rows = rows;
    filling->capacity = capacity;
    return true;
}

static bool keep_row(struct filling *filling, const Shap__V1__PlanRow *row) {
    Shap__V1__PlanRow *kept = arena_alloc(&filling->arena, sizeof *kept);
    if (kept == NULL || !grow_rows(filling))
        return false;
    *kept = *row;
    for (size_t i = 0; i < PLAN_N_COLUMNS; i++) {
        char **cell = plan_row_cell(kept, i);
        *cell = arena_copy(&filling->arena, *cell, strlen(*cell));
        if (*cell == NULL)
            return false;
    }
    filling->rows[filling->n_rows++] = kept;
    return true;
}

static bool on_row(void *ctx, const struct csv_row *row, struct error *err) {
    struct filling *filling = ctx;
    Shap__V1__PlanRow message;
    shap__v1__plan_row__init(&message);
    message.has_line = 1;
    message.line = row->line;
    for (size_t i = 0; i < PLAN_N_COLUMNS; i++)
        *plan_row_cell(&message, i) = row->cells[i] == NULL ? "" : (char *)row->cells[i];
    size_t size = shap__v1__plan_row__get_packed_size(&message) + ROW_OVERHEAD;
    if (size > PLAN_PART_LIMIT)
        return error_set(err,
                         "%s, line %d, column %s: the row is larger than 200 KiB; shorten this "
                         "cell, its largest",
                         filling->file->path, row->line,
                         plan_columns[csv_row_largest(row, PLAN_N_COLUMNS)].name);
    if (!make_room(filling, size, err))
        return false;
    if (!keep_row(filling, &message))
        return refuse_memory(filling, err);
    filling->sum.rows++;
    return true;
}

static bool on_block(void *ctx, const void *bytes, size_t len, struct error *err) {
    struct filling *filling = ctx;
    const uint8_t *at = bytes;
    sha256_feed(&filling->hash, bytes, len);
    filling->sum.bytes += (int64_t)len;
    while (len > 0) {
        size_t piece = len < PIECE_SIZE ? len : PIECE_SIZE;
        if (!make_room(filling, piece, err))
            return false;
        if (!buf_append(&filling->original, at, piece))
            return refuse_memory(filling, err);
        at += piece;
        len -= piece;
    }
    return true;
}

static void on_warning(void *ctx, const char *text) {
    const struct filling *filling = ctx;
    if (filling->file->on_warning != NULL)
        filling->file->on_warning(filling->file->ctx, text);
}

static bool read_all(struct filling *filling, struct error *err) {
    struct csv_options options = {
        .name = filling->file->path,
        .columns = plan_columns,
        .n_columns = PLAN_N_COLUMNS,
        .on_row = on_row,
        .on_warning = on_warning,
        .ctx = filling,
    };
    if (!csv_read_file(filling->file->path, &options, on_block, NULL, err))
        return false;
    if (filling->sum.rows == 0)
        return error_set(err, "%s has a heading, but no rows under it", filling->file->path);
    return flush(filling, err);
}

bool plan_file_read(const struct plan_file *file, struct plan_file_sum *sum, struct error *err) {
    struct filling filling = {.file = file};
    assert(file->path != NULL);
    arena_init(&filling.arena, ARENA_LIMIT);
    sha256_init(&filling.hash);
    bool is_fine = read_all(&filling, err);
    if (is_fine) {
        sha256_finish(&filling.hash, filling.sum.sha256);
        *sum = filling.sum;
    }
    arena_finish(&filling.arena);
    buf_finish(&filling.original);
    free(filling.rows);
    return is_fine;
}
