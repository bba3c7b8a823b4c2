// The heading of a CSV file: which of its columns are which of those wanted. Used by csv_reader
// only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "client/import/csv_reader.h"
#include "server/base/buf.h"

enum { CSV_UNWANTED = -1 };

struct csv_heading {
    size_t n_columns;             // of the file
    int wanted[CSV_COLUMN_LIMIT]; // for each, the index of the wanted column, or CSV_UNWANTED
    size_t name_at[CSV_COLUMN_LIMIT];
    struct buf names; // owned; as written, each ended by NUL
};

void csv_heading_finish(struct csv_heading *heading);

// Takes the name of the next column. False with err set: too many columns, one wanted twice, or no
// memory.
bool csv_heading_add(struct csv_heading *heading, const struct csv_options *options,
                     const char *name, size_t len, struct error *err)
    __attribute__((warn_unused_result));

// The heading is complete: warns of unwanted columns, refuses missing ones.
bool csv_heading_end(const struct csv_heading *heading, const struct csv_options *options,
                     struct error *err) __attribute__((warn_unused_result));

// The name of the file's i-th column as written; NULL when it has none so far.
const char *csv_heading_name(const struct csv_heading *heading, size_t i);
