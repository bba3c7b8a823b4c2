#include "client/import/quote_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "server/base/buf.h"

static const char SAMPLE[] = TEST_DATA "/copeland-2010-11-exception-report.csv";

static void write_file(char *path, const char *text) {
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void count_warning(void *ctx, const char *text) {
    cr_assert_not_null(strstr(text, "is not known and is left out"), "%s", text);
    ++*(int *)ctx;
}

// Reads text as a file. The reading is the caller's, finished by quote_file_finish.
static bool read_text(struct quote_file *file, const char *text, int *n_warnings,
                      struct error *err) {
    char path[] = "/tmp/shap-quote-XXXXXX";
    write_file(path, text);
    quote_file_init(file);
    bool is_read = quote_file_read(file, path, count_warning, n_warnings, err);
    unlink(path);
    return is_read;
}

static void expect_refusal(const char *text, const char *reason) {
    struct quote_file file;
    struct error err = {0};
    int n_warnings = 0;
    cr_assert_not(read_text(&file, text, &n_warnings, &err), "%s", text);
    cr_assert_not_null(strstr(err.message, reason), "%s", err.message);
    quote_file_finish(&file);
}

Test(quote_file, the_sample_has_18_rows_with_their_lines) {
    struct quote_file file;
    struct error err = {0};
    quote_file_init(&file);
    cr_assert(quote_file_read(&file, SAMPLE, NULL, NULL, &err), "%s", err.message);
    cr_assert_eq(file.n_rows, 18);
    cr_assert_eq(file.rows[0]->line, 2);
    cr_assert_str_eq(file.rows[0]->when, "Sept 2010\nOct 2010\nOct 2010\nNov 2010\nNov 2010");
    cr_assert_str_eq(file.rows[7]->objective_code, "SH 2.7");
    cr_assert_str_eq(file.rows[7]->new_when, "Revised March 2011");
    cr_assert_str_eq(file.rows[5]->measure, "");
    cr_assert_gt(file.rows[1]->line, file.rows[0]->line + 1); // its cells had several lines
    quote_file_finish(&file);
}

Test(quote_file, a_column_that_is_not_there_is_absent_and_one_that_is_not_known_is_told) {
    struct quote_file file;
    struct error err = {0};
    int n_warnings = 0;
    cr_assert(read_text(&file, "When,Objective Code,rag,Milestone,ACTION\nMay 2010,SH1,red,m,a\n",
                        &n_warnings, &err),
              "%s", err.message);
    cr_assert_eq(n_warnings, 1);
    cr_assert_eq(file.n_rows, 1);
    cr_assert_str_eq(file.rows[0]->milestones, "m");
    cr_assert_null(file.rows[0]->who);
    cr_assert_null(file.rows[0]->measure);
    quote_file_finish(&file);
}

Test(quote_file, what_is_no_report_is_refused_with_the_place) {
    expect_refusal("", "is empty");
    expect_refusal("objective_code,action,when\n", "no rows under it");
    expect_refusal("objective_code,when\nSH1,May\n", "missing from the heading: action");
    expect_refusal("objective_code,action,when\nSH1,a\n", "line 2");
    expect_refusal("objective_code,action,when\nSH1,\"a,May\n", "line 2");
}

Test(quote_file, more_rows_than_are_checked_at_once_are_refused_by_the_line) {
    struct buf text = {0};
    cr_assert(buf_append_text(&text, "objective_code,action,when\n"));
    for (int i = 0; i <= QUOTE_FILE_ROWS; i++)
        cr_assert(buf_append_text(&text, "SH1,a,May 2010\n"));
    cr_assert(buf_append(&text, "", 1));
    expect_refusal((const char *)buf_bytes(&text), ", line 1002: a report of more than 1000 rows");
    buf_finish(&text);
}

Test(quote_file, more_bytes_than_a_request_holds_are_refused_by_the_line) {
    struct buf text = {0};
    cr_assert(buf_append_text(&text, "objective_code,action,when\nSH1,a,May 2010\nSH1,b,"));
    memset(buf_reserve(&text, QUOTE_FILE_LIMIT), 'm', QUOTE_FILE_LIMIT);
    buf_commit(&text, QUOTE_FILE_LIMIT);
    cr_assert(buf_append(&text, "\n", 2));
    expect_refusal((const char *)buf_bytes(&text), ", line 3: a report of more than");
    buf_finish(&text);
}
