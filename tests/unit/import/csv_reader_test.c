#include "client/import/csv_reader.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "server/base/buf.h"

static const struct csv_column COLUMNS[] = {{"a", true}, {"b", true}, {"c", false}};

// What was read, as text: "LINE:a|b|c;" a row, "-" for a column the file does not have.
struct seen {
    struct buf rows;
    struct buf warnings;
    size_t stop_after; // 0: never
    size_t n;
};

static bool on_row(void *ctx, const struct csv_row *row, struct error *err) {
    struct seen *seen = ctx;
    cr_assert(buf_format(&seen->rows, "%d:", row->line));
    for (size_t i = 0; i < 3; i++)
        cr_assert(buf_format(&seen->rows, "%s%s", i > 0 ? "|" : "",
                             row->cells[i] == NULL ? "-" : row->cells[i]));
    cr_assert(buf_append_text(&seen->rows, ";"));
    return ++seen->n != seen->stop_after || error_set(err, "stopped");
}

static void on_warning(void *ctx, const char *text) {
    struct seen *seen = ctx;
    cr_assert(buf_format(&seen->warnings, "%s\n", text));
}

static const char *text_of(struct buf *buf) {
    cr_assert(buf_append(buf, "", 1));
    buf->end--;
    return (const char *)buf_bytes(buf);
}

static void finish(struct seen *seen) {
    buf_finish(&seen->rows);
    buf_finish(&seen->warnings);
}

// Feeds the file in two blocks, cut at `cut`.
static bool read_cut(const char *file, size_t len, size_t cut, struct seen *seen,
                     struct error *err) {
    const struct csv_options options = {.name = "f.csv",
                                        .columns = COLUMNS,
                                        .n_columns = 3,
                                        .on_row = on_row,
                                        .on_warning = on_warning,
                                        .ctx = seen};
    struct csv_reader *reader = csv_reader_create(&options);
    bool is_fine = csv_reader_feed(reader, file, cut, err) &&
                   csv_reader_feed(reader, file + cut, len - cut, err) &&
                   csv_reader_end(reader, err);
    csv_reader_destroy(reader);
    return is_fine;
}

static void expect_rows(const char *file, const char *rows) {
    size_t len = strlen(file);
    for (size_t cut = 0; cut <= len; cut++) {
        struct seen seen = {.n = 0};
        struct error err = {0};
        cr_assert(read_cut(file, len, cut, &seen, &err), "cut at %zu: %s", cut, err.message);
        cr_assert_str_eq(text_of(&seen.rows), rows, "cut at %zu: %s", cut, text_of(&seen.rows));
        finish(&seen);
    }
}

static void expect_refusal_of(const char *file, size_t len, const char *said) {
    for (size_t cut = 0; cut <= len; cut++) {
        struct seen seen = {.n = 0};
        struct error err = {0};
        cr_assert_not(read_cut(file, len, cut, &seen, &err), "cut at %zu", cut);
        cr_assert_not_null(strstr(err.message, said), "cut at %zu: %s", cut, err.message);
        finish(&seen);
    }
}

static void expect_refusal(const char *file, const char *said) {
    expect_refusal_of(file, strlen(file), said);
}

Test(csv_reader, rows_are_the_same_wherever_the_file_is_cut) {
    expect_rows("a,b,c\r\n1,2,3\r\n4,\"5 \"\"x\"\", y\",6\r\n", "2:1|2|3;3:4|5 \"x\", y|6;");
}

Test(csv_reader, line_ends_may_be_lf_crlf_or_missing_at_the_end) {
    expect_rows("a,b,c\n1,2,3\n4,5,6", "2:1|2|3;3:4|5|6;");
    expect_rows("a,b,c\r\n1,2,\r\n", "2:1|2|;");
    expect_rows("a,b,c\n1,2,", "2:1|2|;");
    expect_rows("a,b,c\n1,2,\"\"", "2:1|2|;");
}

Test(csv_reader, a_byte_order_mark_is_dropped) {
    expect_rows("\xEF\xBB\xBF"
                "a,b,c\n1,2,3\n",
                "2:1|2|3;");
    expect_rows("\xEF\xBB\xBF"
                "\"a\",b,c\n1,2,3\n",
                "2:1|2|3;");
}

Test(csv_reader, a_row_is_named_by_the_line_it_begins_on) {
    expect_rows("a,b,c\r\n\"1\r\n\n1\",2,3\r\n\r\n\r\n4,5,6\r\n", "2:1\r\n\n1|2|3;7:4|5|6;");
}

Test(csv_reader, cells_are_kept_as_written_with_their_spaces) {
    expect_rows("a,b,c\n  1 , 2\t,\" 3 \"\n", "2:  1 | 2\t| 3 ;");
    expect_rows("a,b,c\ncaf\xC3\xA9,\xE2\x82\xAC,\xF0\x9F\x98\x80\n",
                "2:caf\xC3\xA9|\xE2\x82\xAC|\xF0\x9F\x98\x80;");
}

Test(csv_reader, columns_stand_in_any_order_and_optional_ones_may_be_missing) {
    expect_rows("c,b,a\n1,2,3\n", "2:3|2|1;");
    expect_rows("b,a\n1,2\n", "2:2|1|-;");
    expect_rows(" B ,A\n1,2\n", "2:2|1|-;");
}

Test(csv_reader, unknown_columns_are_named_and_left_out) {
    struct seen seen = {.n = 0};
    struct error err = {0};
    const char *file = "x,a,b,\n1,2,3,4\n";
    cr_assert(read_cut(file, strlen(file), 3, &seen, &err));
    cr_assert_str_eq(text_of(&seen.rows), "2:2|3|-;");
    cr_assert_str_eq(text_of(&seen.warnings),
                     "f.csv, line 1: the column \"x\" is not known and is left out\n"
                     "f.csv, line 1: column 4 has no name and is left out\n");
    finish(&seen);
}

Test(csv_reader, a_heading_without_what_is_needed_is_refused) {
    expect_refusal("b,c\n1,2\n", "f.csv, line 1: missing from the heading: a.");
    expect_refusal("a;b;c\n1;2;3\n", "separated by semicolons");
    expect_refusal("a\tb\n", "separated by tabs");
    expect_refusal("a,b,A\n", "the column a stands there twice");
}

Test(csv_reader, an_empty_file_is_refused) {
    expect_refusal("", "f.csv is empty");
    expect_refusal("\n\r\n", "f.csv is empty");
    expect_refusal("\xEF\xBB\xBF", "f.csv is empty");
}

Test(csv_reader, a_row_of_another_width_is_refused_by_its_line) {
    expect_refusal("a,b,c\n1,2,3\n\n1,2\n",
                   "f.csv, line 4: the row has 2 cells, the heading has 3");
    expect_refusal("a,b,c\n1,2,3,4", "f.csv, line 2: the row has 4 cells");
    expect_refusal("a,b,c\n1\n", "f.csv, line 2: the row has 1 cell, the heading has 3");
}

Test(csv_reader, an_unclosed_quote_is_refused_where_it_opens) {
    expect_refusal("a,b,c\n1,2,3\n1,\"2,3\n4,5,6\n",
                   "f.csv, line 3, column b: the quote that opens");
    expect_refusal("a,b,c\n1,\"2\n3,\"4\",5\n",
                   "f.csv, line 3, column b: a quote where none may stand");
    expect_refusal("a,b,c\n1,\"2\n3,\"4\",5\n", "begins on line 2: perhaps its closing quote");
}

Test(csv_reader, a_stray_quote_is_refused_by_line_and_column) {
    expect_refusal("a,b,c\n1,2\"x,3\n", "f.csv, line 2, column b: a quote where none may stand");
    expect_refusal("a,b,c\n1,2,\"3\"x\n", "f.csv, line 2, column c: a quote where none may stand");
}

Test(csv_reader, nul_and_bytes_that_are_not_utf_8_are_refused_by_line_byte_and_column) {
    expect_refusal_of("a,b,c\n1,2\0,3\n", 13, "f.csv, line 2, column b: byte 4 of the line is NUL");
    expect_refusal("a,b,c\n1,2,\x93quoted\x94\n",
                   "line 2, column c: byte 5 of the line is not UTF-8");
    expect_refusal("\xFF\xFE"
                   "a",
                   "f.csv, line 1, column 1: byte 1 of the line is not UTF-8");
    expect_refusal("a,b,c\n1,2,\xE2\x82", "ends in the middle of a character");
}

Test(csv_reader, a_reader_that_gives_up_ends_the_reading_with_its_own_words) {
    struct seen seen = {.stop_after = 2};
    struct error err = {0};
    const char *file = "a,b,c\n1,1,1\n2,2,2\n3,3,3\n";
    cr_assert_not(read_cut(file, strlen(file), 0, &seen, &err));
    cr_assert_str_eq(err.message, "stopped");
    cr_assert_eq(seen.n, 2);
    finish(&seen);
}

// A cell of 100 MB is refused after little more than the limit has been read.
Test(csv_reader, an_endless_cell_is_refused_early) {
    struct seen seen = {.n = 0};
    struct error err = {0};
    const struct csv_options options = {
        .name = "f.csv", .columns = COLUMNS, .n_columns = 3, .on_row = on_row, .ctx = &seen};
    static char block[64 * 1024];
    struct csv_reader *reader = csv_reader_create(&options);
    size_t fed = 0;
    memset(block, 'x', sizeof block);
    cr_assert(csv_reader_feed(reader, "a,b,c\n1,\"", 9, &err));
    while (fed < 100u << 20 && csv_reader_feed(reader, block, sizeof block, &err))
        fed += sizeof block;
    cr_assert_lt(fed, 2u << 20);
    cr_assert_not_null(
        strstr(err.message, "f.csv, line 2, column b: the cell is larger than 1 MiB"), "%s",
        err.message);
    csv_reader_destroy(reader);
    finish(&seen);
}

Test(csv_reader, a_cell_of_the_limit_is_read) {
    struct seen seen = {.n = 0};
    struct error err = {0};
    struct buf file = {0};
    cr_assert(buf_append_text(&file, "a,b\n1,"));
    memset(buf_reserve(&file, CSV_CELL_LIMIT), 'x', CSV_CELL_LIMIT);
    buf_commit(&file, CSV_CELL_LIMIT);
    cr_assert(buf_append_text(&file, "\n"));
    cr_assert(read_cut((const char *)buf_bytes(&file), buf_len(&file), 10, &seen, &err), "%s",
              err.message);
    cr_assert_eq(buf_len(&seen.rows), CSV_CELL_LIMIT + 7);
    finish(&seen);
    buf_finish(&file);
}

Test(csv_reader, more_columns_than_the_limit_are_refused) {
    struct buf file = {0};
    for (int i = 0; i < CSV_COLUMN_LIMIT; i++)
        cr_assert(buf_append_text(&file, "x,"));
    cr_assert(buf_append_text(&file, "y\n"));
    expect_refusal_of((const char *)buf_bytes(&file), buf_len(&file), "more than 256 columns");
    buf_finish(&file);
}

Test(csv_reader, a_file_that_is_not_there_is_named) {
    struct error err = {0};
    const struct csv_options options = {
        .name = "x", .columns = COLUMNS, .n_columns = 3, .on_row = on_row};
    cr_assert_not(csv_read_file("/nonexistent/plan.csv", &options, NULL, NULL, &err));
    cr_assert_str_eq(err.message,
                     "/nonexistent/plan.csv cannot be opened: No such file or directory");
}
