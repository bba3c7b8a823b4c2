// A written exception report as a CSV file, read to be compared with the plan it quotes: columns
// objective_code, action and when, which are needed, and objective_title, milestones (or milestone,
// as shap's own CSV has it), who, new_when, measure; the order is free. A cell holds an entry a
// line. Kept as it was written: what it means is the server's business. No network here.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "server/base/arena.h"
#include "server/base/error.h"
#include "shap/v1/checks.pb-c.h"

enum {
    QUOTE_FILE_LIMIT = 768 * 1024, // bytes of all rows in one request
    QUOTE_FILE_ROWS = 1000,
};

struct quote_file {
    Shap__V1__QuotedRow **rows; // owned; the rows themselves lie in the arena
    size_t n_rows;
    size_t capacity;
    size_t size; // of the rows, on the wire
    struct arena arena;
    const char *path; // borrowed while it is read
};

void quote_file_init(struct quote_file *file);
void quote_file_finish(struct quote_file *file);

// Reads the file from beginning to end into file, which is empty. False with err set: the file is
// refused, with the place. on_warning may be NULL.
bool quote_file_read(struct quote_file *file, const char *path,
                     void (*on_warning)(void *ctx, const char *text), void *ctx, struct error *err)
    __attribute__((warn_unused_result));
