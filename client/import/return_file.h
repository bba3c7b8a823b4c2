// Returns as a CSV file: columns reference, status, as_of, note, new_date, reason, evidence,
// rating, organisation, corrects, id, source; reference and status are needed, the order is free.
// What source says (where the row is from) is for the readers of the file and is not sent.
//
// Read row by row, so that many calls can be in flight while a long file is read. A row that cannot
// be a return (an unknown status, a day that is none) is given with its reason and does not end the
// file; a file that is not CSV does.
//
// A row without an id gets one made of what it says (return_row_id): the same row sent again is the
// same return, and counts once, whoever sends it and from wherever, since ids are told apart by
// council and organisation. A row that names no day speaks of today, so its id holds the day too:
// sent on another day it is another return.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "client/import/day.h"
#include "server/base/error.h"
#include "shap/v1/returns.pb-c.h"

enum { RETURN_ID_SIZE = 37 };

// One row. Everything it holds is its own; ended by return_row_destroy.
struct return_row {
    int line;
    char *reference; // as written, also of a row that is refused
    Shap__V1__SubmitReturnRequest request;
    char id[RETURN_ID_SIZE];
    char as_of[DAY_SIZE];
    struct error problem; // set: this row cannot be sent, and why
    char *text;           // what the request's fields point into
};

struct return_file;

struct return_file_options {
    const char *path;
    const char *plan;                     // NULL: left to the server
    const char *today;                    // ISO 8601; what a row without a day speaks of
    const char *(*find_today)(void *ctx); // what "yesterday" is counted from; NULL: today
    void (*on_warning)(void *ctx, const char *text); // may be NULL
    void *ctx;
};

// Opens the file. options is borrowed until return_file_close. NULL with err set.
struct return_file *return_file_open(const struct return_file_options *options, struct error *err)
    __attribute__((warn_unused_result));
void return_file_close(struct return_file *file);

// Gives the next row, NULL in *row at the end. False with err set: the file is not CSV from here
// on.
bool return_file_next(struct return_file *file, struct return_row **row, struct error *err)
    __attribute__((warn_unused_result));
void return_row_destroy(struct return_row *row);

// The id made of what a request says: a UUID of version 8 (RFC 9562, 5.8) from the SHA-256 of its
// fields, each with its length, return_id left out; day stands for an absent as_of.
void return_row_id(const Shap__V1__SubmitReturnRequest *request, const char *day,
                   char id[RETURN_ID_SIZE]);

// Whether text has the form of a UUID.
bool return_id_is_valid(const char *text);
