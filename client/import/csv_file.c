#include "client/import/csv_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_SIZE = 64 * 1024 };

// Sets *len to 0 at the end of the file. A signal ends the reading, whatever has come before it.
static bool read_block(FILE *file, const char *name, void *block, size_t *len, struct error *err) {
    *len = fread(block, 1, BLOCK_SIZE, file);
    return !ferror(file) || error_set_errno(err, errno, "%s cannot be read", name);
}

static bool read_blocks(FILE *file, struct csv_reader *reader, const struct csv_options *options,
                        csv_on_block on_block, struct error *err) {
    unsigned char *block = malloc(BLOCK_SIZE);
    bool is_fine = block != NULL || error_set(err, "%s: out of memory", options->name);
    size_t len = 0;
    while ((is_fine = is_fine && read_block(file, options->name, block, &len, err)) && len > 0) {
        is_fine = csv_reader_feed(reader, block, len, err) &&
                  (on_block == NULL || on_block(options->ctx, block, len, err));
    }
    free(block);
    return is_fine && csv_reader_end(reader, err);
}

bool csv_read_file(const char *path, const struct csv_options *options, csv_on_block on_block,
                   size_t *n_rows, struct error *err) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return error_set_errno(err, errno, "%s cannot be opened", path);
    struct csv_reader *reader = csv_reader_create(options);
    bool is_fine = reader != NULL ? read_blocks(file, reader, options, on_block, err)
                                  : error_set(err, "%s: out of memory", options->name);
    if (is_fine && n_rows != NULL)
        *n_rows = csv_reader_rows(reader);
    csv_reader_destroy(reader);
    fclose(file);
    return is_fine;
}
