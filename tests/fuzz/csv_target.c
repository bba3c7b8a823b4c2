// Files people bring: a plan's document, returns, a report to be checked. However a file is cut
// into blocks it is read the same; what was read from a plan and written again is read the same.
//
// Input: a byte for the kind of file and whether its usual heading stands before it, a byte for the
// blocks, the file.
#include "client/import/plan_file.h"
#include "client/import/csv_reader.h"
#include "client/import/plan_columns.h"
#include "client/import/quote_file.h"
#include "client/import/return_file.h"
#include "client/import/return_row.h"
#include "server/base/utf8.h"
#include "tests/fuzz/fuzz_file.h"

enum { RETURNS = 1, QUOTES = 2, KINDS = 3, HAS_HEADING = 4 }; // of the first byte

#define TODAY "2010-12-17"

// Everything a reader says, as text.
static bool note_row(void *ctx, const struct csv_row *row, struct error *err) {
    struct buf *said = ctx;
    FUZZ_CHECK(buf_format(said, "row %d\n", row->line));
    for (size_t i = 0; i < PLAN_N_COLUMNS; i++) {
        const char *cell = row->cells[i];
        FUZZ_CHECK(cell == NULL || utf8_is_valid(cell, strlen(cell)));
        FUZZ_CHECK(buf_format(said, "%s;", cell == NULL ? "-" : cell));
    }
    (void)err;
    return true;
}

static void note_warning(void *ctx, const char *text) {
    FUZZ_CHECK(buf_format(ctx, "warning %s\n", text));
}

// Blocks of 1 to 16 bytes when the byte is odd; else the whole.
static void read_in_blocks(struct fuzz_input file, uint8_t blocks, struct buf *said) {
    const struct csv_options options = {.name = "f",
                                        .columns = plan_columns,
                                        .n_columns = PLAN_N_COLUMNS,
                                        .on_row = note_row,
                                        .on_warning = note_warning,
                                        .ctx = said};
    struct error err = {0};
    struct csv_reader *reader = csv_reader_create(&options);
    FUZZ_CHECK(reader != NULL);
    bool is_fine = true;
    while (is_fine && file.len > 0) {
        struct fuzz_input block =
            fuzz_take(&file, blocks % 2 == 1 ? 1 + blocks / 2 % 16 : file.len);
        is_fine = csv_reader_feed(reader, block.bytes, block.len, &err);
    }
    is_fine = is_fine && csv_reader_end(reader, &err);
    FUZZ_CHECK(is_fine != err.is_set);
    FUZZ_CHECK(buf_format(said, "%s%zu", err.message, csv_reader_rows(reader)));
    csv_reader_destroy(reader);
}

static void check_blocks(struct fuzz_input file, uint8_t blocks) {
    struct buf whole = {0}, cut = {0};
    read_in_blocks(file, 0, &whole);
    read_in_blocks(file, blocks | 1, &cut);
    FUZZ_CHECK(buf_len(&whole) == buf_len(&cut));
    FUZZ_CHECK(memcmp(buf_bytes(&whole), buf_bytes(&cut), buf_len(&whole)) == 0);
    buf_finish(&whole);
    buf_finish(&cut);
}

// ---- a plan

struct plan_sum {
    struct buf canonical;
    struct buf original;
    int parts;
    int rows;
};

static bool take_part(void *ctx, const Shap__V1__SendImportPartRequest *part, struct error *err) {
    struct plan_sum *sum = ctx;
    (void)err;
    FUZZ_CHECK(part->part == ++sum->parts);
    FUZZ_CHECK(part->original.len == 0 ||
               buf_append(&sum->original, part->original.data, part->original.len));
    for (size_t i = 0; i < part->n_rows; i++, sum->rows++)
        FUZZ_CHECK(plan_file_add_row(&sum->canonical, part->rows[i]));
    return true;
}

// False: the file is refused.
static bool read_plan(struct fuzz_input text, struct plan_sum *sum) {
    struct plan_file_sum found;
    struct error err = {0};
    uint8_t hash[SHA256_SIZE];
    struct sha256 sha256;
    const struct plan_file file = {.path = fuzz_file(text),
                                   .import_id = "123e4567-e89b-12d3-a456-426614174000",
                                   .on_part = take_part,
                                   .ctx = sum};
    FUZZ_CHECK(plan_file_add_heading(&sum->canonical));
    if (!plan_file_read(&file, &found, &err)) {
        FUZZ_CHECK(err.is_set);
        return false;
    }
    FUZZ_CHECK(found.parts == sum->parts && found.rows == sum->rows);
    FUZZ_CHECK((size_t)found.bytes == text.len && buf_len(&sum->original) == text.len);
    FUZZ_CHECK(memcmp(buf_bytes(&sum->original), text.bytes, text.len) == 0);
    sha256_init(&sha256);
    sha256_feed(&sha256, text.bytes, text.len);
    sha256_finish(&sha256, hash);
    FUZZ_CHECK(memcmp(hash, found.sha256, sizeof hash) == 0);
    return true;
}

static void finish_sum(struct plan_sum *sum) {
    buf_finish(&sum->canonical);
    buf_finish(&sum->original);
}

static void run_plan(struct fuzz_input file) {
    struct plan_sum first = {.parts = 0}, second = {.parts = 0};
    if (read_plan(file, &first)) {
        struct fuzz_input canonical = {buf_bytes(&first.canonical), buf_len(&first.canonical)};
        FUZZ_CHECK(read_plan(canonical, &second));
        FUZZ_CHECK(first.rows == second.rows && buf_len(&second.canonical) == canonical.len);
        FUZZ_CHECK(memcmp(buf_bytes(&second.canonical), canonical.bytes, canonical.len) == 0);
    }
    finish_sum(&first);
    finish_sum(&second);
}

// ---- returns

// Either it says why it cannot be sent, or it can be: with a day and an id of the right form.
static void check_return(const struct return_row *row) {
    const Shap__V1__SubmitReturnRequest *request = &row->request;
    char iso[DAY_SIZE];
    struct error err = {0};
    if (row->problem.is_set)
        return;
    FUZZ_CHECK(row->reference[0] != '\0' && request->has_status);
    FUZZ_CHECK(return_id_is_valid(request->return_id));
    FUZZ_CHECK(request->as_of == NULL ||
               (day_parse(request->as_of, TODAY, iso, &err) && strcmp(iso, request->as_of) == 0));
}

static void run_returns(struct fuzz_input text) {
    const struct return_file_options options = {.path = fuzz_file(text), .today = TODAY};
    struct error err = {0};
    struct return_row *row = NULL;
    size_t n = 0;
    struct return_file *file = return_file_open(&options, &err);
    FUZZ_CHECK(file != NULL);
    bool is_fine;
    while ((is_fine = return_file_next(file, &row, &err)) && row != NULL) {
        check_return(row);
        return_row_destroy(row);
        n++;
    }
    return_file_close(file);
    FUZZ_CHECK(is_fine != err.is_set);
    FUZZ_CHECK(!is_fine || n > 0);
}

// ---- a report to be checked

static void run_quotes(struct fuzz_input text) {
    struct quote_file file;
    struct error err = {0};
    quote_file_init(&file);
    bool is_read = quote_file_read(&file, fuzz_file(text), NULL, NULL, &err);
    FUZZ_CHECK(is_read != err.is_set);
    FUZZ_CHECK(file.n_rows <= QUOTE_FILE_ROWS && (!is_read || file.n_rows > 0));
    quote_file_finish(&file);
}

// The columns' names as a line.
static void put_heading(struct buf *out, uint8_t kind) {
    const struct csv_column *columns = kind == RETURNS ? return_columns : plan_columns;
    size_t n = kind == RETURNS ? (size_t)RETURN_N_COLUMNS : (size_t)PLAN_N_COLUMNS;
    if (kind == QUOTES)
        FUZZ_CHECK(buf_append_text(out, "objective_code,action,milestones,when,measure"));
    for (size_t i = 0; kind != QUOTES && i < n; i++)
        FUZZ_CHECK(buf_format(out, "%s%s", i == 0 ? "" : ",", columns[i].name));
    FUZZ_CHECK(buf_append_text(out, "\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    static void (*const runs[])(struct fuzz_input) = {run_plan, run_returns, run_quotes};
    struct fuzz_input input = {bytes, len};
    struct buf text = {0};
    uint8_t options = fuzz_byte(&input);
    uint8_t blocks = fuzz_byte(&input);
    uint8_t kind = options % HAS_HEADING % KINDS;
    if (options & HAS_HEADING)
        put_heading(&text, kind);
    FUZZ_CHECK(buf_append(&text, input.bytes, input.len));
    struct fuzz_input file = {buf_bytes(&text), buf_len(&text)};
    check_blocks(file, blocks);
    runs[kind](file);
    buf_finish(&text);
    return 0;
}
