// A plan's document as a CSV file: read into the parts an import is sent in, and written back from
// the rows of a version in the canonical form.
//
// A part carries rows and a piece of the file's bytes; neither is cut to match the other, only the
// order of each is kept. Parts are numbered from 1 and depend on nothing but the file and
// import_id: the same file read again gives the same parts, so that one may be sent twice. No
// network here.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/sha256.h"
#include "shap/v1/plans.pb-c.h"

enum { PLAN_PART_LIMIT = 200 * 1024 }; // bytes of rows and file in one part

struct plan_file {
    const char *path;
    const char *import_id; // a UUID
    const char *council;   // NULL: the caller's own
    const char *year;      // NULL: left to the server
    // Takes a part, which is valid until it returns. False ends the reading; err is passed on.
    // NULL: the file is only checked.
    bool (*on_part)(void *ctx, const Shap__V1__SendImportPartRequest *part, struct error *err);
    void (*on_warning)(void *ctx, const char *text); // may be NULL
    void *ctx;
};

// What was read.
struct plan_file_sum {
    int parts;
    int rows;
    int64_t bytes;
    uint8_t sha256[SHA256_SIZE]; // of the file's bytes
};

// Reads the file from beginning to end. False with err set: the file is refused, with the place, or
// on_part gave up.
bool plan_file_read(const struct plan_file *file, struct plan_file_sum *sum, struct error *err)
    __attribute__((warn_unused_result));

// The canonical form: the heading, then each row; CRLF, quoted only where it must be. False without
// memory.
bool plan_file_add_heading(struct buf *out) __attribute__((warn_unused_result));
bool plan_file_add_row(struct buf *out, const Shap__V1__PlanRow *row)
    __attribute__((warn_unused_result));
