// One row of a file of returns made into a request. Used by return_file only.
#pragma once

#include "client/import/csv_reader.h"
#include "client/import/return_file.h"

enum { RETURN_N_COLUMNS = 12 };

extern const struct csv_column return_columns[RETURN_N_COLUMNS];

// The row's request, or its problem. NULL without memory.
struct return_row *return_row_create(const struct csv_row *row,
                                     const struct return_file_options *options)
    __attribute__((warn_unused_result));
