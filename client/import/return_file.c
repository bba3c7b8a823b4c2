#include "client/import/return_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "client/import/csv_reader.h"
#include "client/import/return_row.h"
#include "server/base/list.h"

enum { BLOCK_SIZE = 64 * 1024 };

struct waiting {
    struct list link;
    struct return_row *row; // owned
};

struct return_file {
    const struct return_file_options *options; // borrowed
    struct csv_options csv;
    struct csv_reader *reader; // owned
    FILE *file;                // owned
    struct list rows;          // of struct waiting, read but not given yet
    struct error failure;      // set: what the file is refused for, told after the rows before it
    bool is_ended;
    unsigned char block[BLOCK_SIZE];
};

static bool on_row(void *ctx, const struct csv_row *row, struct error *err) {
    struct return_file *file = ctx;
    struct waiting *waiting = malloc(sizeof *waiting);
    struct return_row *made = waiting == NULL ? NULL : return_row_create(row, file->options);
    if (made == NULL) {
        free(waiting);
        return error_set(err, "%s, line %d: out of memory", file->options->path, row->line);
    }
    waiting->row = made;
    list_append(&file->rows, &waiting->link);
    return true;
}

static void on_warning(void *ctx, const char *text) {
    const struct return_file *file = ctx;
    if (file->options->on_warning != NULL)
        file->options->on_warning(file->options->ctx, text);
}

struct return_file *return_file_open(const struct return_file_options *options, struct error *err) {
    struct return_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        error_set(err, "%s: out of memory", options->path);
        return NULL;
    }
    list_init(&file->rows);
    file->options = options;
    file->csv = (struct csv_options){.name = options->path,
                                     .columns = return_columns,
                                     .n_columns = RETURN_N_COLUMNS,
                                     .on_row = on_row,
                                     .on_warning = on_warning,
                                     .ctx = file};
    file->file = fopen(options->path, "rb");
    if (file->file == NULL)
        error_set_errno(err, errno, "%s cannot be opened", options->path);
    else if ((file->reader = csv_reader_create(&file->csv)) == NULL)
        error_set(err, "%s: out of memory", options->path);
    if (file->reader == NULL) {
        return_file_close(file);
        return NULL;
    }
    return file;
}

static struct return_row *take_first(struct return_file *file) {
    struct list *link = list_take_first(&file->rows);
    if (link == NULL)
        return NULL;
    struct waiting *waiting = list_entry(link, struct waiting, link);
    struct return_row *row = waiting->row;
    free(waiting);
    return row;
}

void return_file_close(struct return_file *file) {
    if (file == NULL)
        return;
    struct return_row *row;
    while ((row = take_first(file)) != NULL)
        return_row_destroy(row);
    csv_reader_destroy(file->reader);
    if (file->file != NULL)
        fclose(file->file);
    free(file);
}

static bool end_file(struct return_file *file) {
    file->is_ended = true;
    if (!csv_reader_end(file->reader, &file->failure))
        return false;
    if (csv_reader_rows(file->reader) == 0)
        return error_set(&file->failure, "%s has a heading, but no rows under it",
                         file->options->path);
    return true;
}

static bool read_block(struct return_file *file) {
    size_t len = fread(file->block, 1, BLOCK_SIZE, file->file);
    if (ferror(file->file)) { // a signal, too, whatever has come before it
        file->is_ended = true;
        return error_set_errno(&file->failure, errno, "%s cannot be read", file->options->path);
    }
    if (len == 0)
        return end_file(file);
    if (csv_reader_feed(file->reader, file->block, len, &file->failure))
        return true;
    file->is_ended = true;
    return false;
}

bool return_file_next(struct return_file *file, struct return_row **row, struct error *err) {
    while (list_is_empty(&file->rows) && !file->is_ended) {
        if (!read_block(file))
            break;
    }
    struct return_row *first = take_first(file);
    if (first == NULL && file->failure.is_set)
        return error_set(err, "%s", file->failure.message);
    *row = first;
    return true;
}
