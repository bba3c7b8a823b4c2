#include "client/import/return_row.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "client/render/field.h"
#include "server/base/sha256.h"

enum { REFERENCE, STATUS, AS_OF, ID, SOURCE, N_SPECIAL };
enum { ROW_LIMIT = 512 * 1024 }; // bytes of a row's cells: well below what a server takes at once

const struct csv_column return_columns[RETURN_N_COLUMNS] = {
    [REFERENCE] = {"reference", true},
    [STATUS] = {"status", true},
    [AS_OF] = {"as_of", false},
    [ID] = {"id", false},
    [SOURCE] = {"source", false},
    {"note", false},
    {"new_date", false},
    {"reason", false},
    {"evidence", false},
    {"rating", false},
    {"organisation", false},
    {"corrects", false},
};

// The fields that are texts as they stand, in the order of the columns after the special ones.
static const size_t TEXT_FIELDS[RETURN_N_COLUMNS - N_SPECIAL] = {
    offsetof(Shap__V1__SubmitReturnRequest, note),
    offsetof(Shap__V1__SubmitReturnRequest, new_date),
    offsetof(Shap__V1__SubmitReturnRequest, reason),
    offsetof(Shap__V1__SubmitReturnRequest, evidence),
    offsetof(Shap__V1__SubmitReturnRequest, rating),
    offsetof(Shap__V1__SubmitReturnRequest, organisation),
    offsetof(Shap__V1__SubmitReturnRequest, corrects),
};

static char **text_field(Shap__V1__SubmitReturnRequest *request, size_t i) {
    return (char **)(void *)((char *)request + TEXT_FIELDS[i]);
}

// ---- Ids ----

bool return_id_is_valid(const char *text) {
    if (strlen(text) != RETURN_ID_SIZE - 1)
        return false;
    for (size_t i = 0; i < RETURN_ID_SIZE - 1; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

static void feed_text(struct sha256 *hash, const char *text) {
    uint64_t len = text == NULL ? UINT64_MAX : strlen(text);
    uint8_t head[8];
    for (size_t i = 0; i < sizeof head; i++)
        head[i] = (uint8_t)(len >> (56 - 8 * i));
    sha256_feed(hash, head, sizeof head);
    if (text != NULL)
        sha256_feed(hash, text, strlen(text));
}

void return_row_id(const Shap__V1__SubmitReturnRequest *request, const char *day,
                   char id[RETURN_ID_SIZE]) {
    Shap__V1__SubmitReturnRequest fields = *request;
    struct sha256 hash;
    uint8_t digest[SHA256_SIZE];
    char status[16];
    snprintf(status, sizeof status, "%d", (int)request->status);
    sha256_init(&hash);
    feed_text(&hash, "shap return row 1");
    feed_text(&hash, request->plan);
    feed_text(&hash, request->reference);
    feed_text(&hash, status);
    feed_text(&hash, request->as_of);
    feed_text(&hash, request->as_of == NULL ? day : NULL);
    for (size_t i = 0; i < RETURN_N_COLUMNS - N_SPECIAL; i++)
        feed_text(&hash, *text_field(&fields, i));
    sha256_finish(&hash, digest);
    digest[6] = (uint8_t)(0x80 | (digest[6] & 0x0F));
    digest[8] = (uint8_t)(0x80 | (digest[8] & 0x3F));
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            id[at++] = '-';
        snprintf(id + at, RETURN_ID_SIZE - at, "%02x", digest[i]);
        at += 2;
    }
}

// ---- Rows ----

static const char *cell_of(const struct csv_row *row, size_t i) {
    return row->cells[i] == NULL ? "" : row->cells[i];
}

static bool copy_cells(struct return_row *made, const struct csv_row *row,
                       char *cells[RETURN_N_COLUMNS]) {
    size_t size = 0;
    for (size_t i = 0; i < RETURN_N_COLUMNS; i++)
        size += strlen(cell_of(row, i)) + 1;
    made->text = malloc(size);
    if (made->text == NULL)
        return false;
    char *at = made->text;
    for (size_t i = 0; i < RETURN_N_COLUMNS; i++) {
        size_t len = strlen(cell_of(row, i)) + 1;
        memcpy(at, cell_of(row, i), len);
        cells[i] = at;
        at += len;
    }
    return true;
}

static char *trim(char *text) {
    while (*text == ' ' || *text == '\t')
        text++;
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        text[--len] = '\0';
    return text;
}

// A row that no server takes is not sent over a poor line to find that out.
static bool check_size(struct return_row *made, const struct csv_row *row) {
    size_t largest = csv_row_largest(row, RETURN_N_COLUMNS), size = 0;
    for (size_t i = 0; i < RETURN_N_COLUMNS; i++)
        size += strlen(cell_of(row, i));
    return size <= ROW_LIMIT ||
           error_set(&made->problem,
                     "%s has %zu bytes; a row is sent with at most %d. Put the long text where the "
                     "evidence is, and refer to it.",
                     return_columns[largest].name, strlen(cell_of(row, largest)), ROW_LIMIT);
}

static bool take_status(struct return_row *made, const char *status) {
    int value;
    if (status[0] == '\0')
        return error_set(&made->problem, "the row has no status");
    if (!field_enum_parse(&shap__v1__return_status__descriptor, status, &value))
        return error_set(&made->problem,
                         "\"%.60s\" is not a status: write not-started, in-progress, complete or "
                         "will-not-be-delivered",
                         status);
    made->request.has_status = 1;
    made->request.status = (Shap__V1__ReturnStatus)value;
    return true;
}

static bool take_day(struct return_row *made, const char *day,
                     const struct return_file_options *options) {
    if (day[0] == '\0')
        return true;
    const char *today = options->find_today != NULL && day_depends_on_today(day)
                            ? options->find_today(options->ctx)
                            : options->today;
    if (!day_parse(day, today, made->as_of, &made->problem))
        return false;
    made->request.as_of = made->as_of;
    return true;
}

static bool take_id(struct return_row *made, const char *id, const char *today) {
    if (id[0] == '\0') {
        return_row_id(&made->request, today, made->id);
    } else {
        if (!return_id_is_valid(id))
            return error_set(&made->problem,
                             "\"%.60s\" is not an id: leave the cell empty, or write a UUID", id);
        for (size_t i = 0; i < RETURN_ID_SIZE; i++)
            made->id[i] = (char)tolower((unsigned char)id[i]);
    }
    made->request.return_id = made->id;
    return true;
}

static void take_texts(struct return_row *made, char *cells[RETURN_N_COLUMNS]) {
    for (size_t i = 0; i < RETURN_N_COLUMNS - N_SPECIAL; i++) {
        char *cell = cells[N_SPECIAL + i];
        *text_field(&made->request, i) = cell[0] == '\0' ? NULL : cell;
    }
    if (made->request.organisation != NULL)
        made->request.organisation = trim(made->request.organisation);
    if (made->request.corrects != NULL)
        made->request.corrects = trim(made->request.corrects);
}

struct return_row *return_row_create(const struct csv_row *row,
                                     const struct return_file_options *options) {
    char *cells[RETURN_N_COLUMNS];
    struct return_row *made = calloc(1, sizeof *made);
    if (made == NULL || !copy_cells(made, row, cells)) {
        free(made);
        return NULL;
    }
    made->line = row->line;
    made->reference = trim(cells[REFERENCE]);
    shap__v1__submit_return_request__init(&made->request);
    made->request.plan = (char *)options->plan;
    made->request.reference = made->reference;
    take_texts(made, cells);
    if (made->reference[0] == '\0')
        error_set(&made->problem, "the row has no reference");
    else if (check_size(made, row) && take_status(made, trim(cells[STATUS])) &&
             take_day(made, trim(cells[AS_OF]), options))
        (void)take_id(made, trim(cells[ID]), options->today);
    return made;
}

void return_row_destroy(struct return_row *row) {
    if (row == NULL)
        return;
    free(row->text);
    free(row);
}
