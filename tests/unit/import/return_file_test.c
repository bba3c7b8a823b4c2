#include "client/import/return_file.h"

#include <stdio.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_file(char *path, const char *text) {
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static struct return_row *only_row(const char *text, const char *today) {
    char path[] = "/tmp/shap-returns-XXXXXX";
    struct error err = {0};
    struct return_row *row = NULL, *next = NULL;
    write_file(path, text);
    const struct return_file_options options = {
        .path = path, .plan = "copeland/2010-11", .today = today};
    struct return_file *file = return_file_open(&options, &err);
    cr_assert_not_null(file, "%s", err.message);
    cr_assert(return_file_next(file, &row, &err), "%s", err.message);
    cr_assert_not_null(row);
    cr_assert(return_file_next(file, &next, &err), "%s", err.message);
    cr_assert_null(next);
    return_file_close(file);
    unlink(path);
    return row;
}

Test(return_file, a_full_row_becomes_a_request) {
    struct return_row *row = only_row(
        "reference,status,as_of,note,new_date,reason,evidence,rating,organisation,corrects,id\n"
        "SH3.2/5/1,In Progress,17 Dec 2010,\" a, note \",March 2011,late,http://x,amber,copeland,"
        "01234567-89ab-cdef-0123-456789abcdee,01234567-89AB-CDEF-0123-456789ABCDEF\n",
        "2011-01-01");
    const Shap__V1__SubmitReturnRequest *request = &row->request;
    cr_assert_not(row->problem.is_set, "%s", row->problem.message);
    cr_assert_eq(row->line, 2);
    cr_assert_str_eq(request->plan, "copeland/2010-11");
    cr_assert_str_eq(request->reference, "SH3.2/5/1");
    cr_assert_eq(request->status, SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS);
    cr_assert_str_eq(request->as_of, "2010-12-17");
    cr_assert_str_eq(request->note, " a, note ");
    cr_assert_str_eq(request->new_date, "March 2011");
    cr_assert_str_eq(request->reason, "late");
    cr_assert_str_eq(request->evidence, "http://x");
    cr_assert_str_eq(request->rating, "amber");
    cr_assert_str_eq(request->organisation, "copeland");
    cr_assert_str_eq(request->corrects, "01234567-89ab-cdef-0123-456789abcdee");
    cr_assert_str_eq(request->return_id, "01234567-89ab-cdef-0123-456789abcdef");
    return_row_destroy(row);
}

Test(return_file, empty_cells_are_absent_fields) {
    struct return_row *row =
        only_row("reference,status,as_of,note\nSH1/1/1,complete,,\n", "2011-01-01");
    cr_assert_not(row->problem.is_set);
    cr_assert_null(row->request.as_of);
    cr_assert_null(row->request.note);
    cr_assert_null(row->request.organisation);
    cr_assert(return_id_is_valid(row->request.return_id));
    return_row_destroy(row);
}

static void id_of(const char *text, const char *today, char id[RETURN_ID_SIZE]) {
    struct return_row *row = only_row(text, today);
    cr_assert_not(row->problem.is_set, "%s", row->problem.message);
    memcpy(id, row->id, RETURN_ID_SIZE);
    return_row_destroy(row);
}

Test(return_file, the_same_row_has_the_same_id_and_any_difference_another) {
    static const char *const others[] = {
        "reference,status,as_of,note\nSH1/1/2,complete,2010-12-01,done\n",
        "reference,status,as_of,note\nSH1/1/1,in-progress,2010-12-01,done\n",
        "reference,status,as_of,note\nSH1/1/1,complete,2010-12-02,done\n",
        "reference,status,as_of,note\nSH1/1/1,complete,2010-12-01,done.\n",
        "reference,status,as_of,reason\nSH1/1/1,complete,2010-12-01,done\n",
        "reference,status,as_of,note,organisation\nSH1/1/1,complete,2010-12-01,done,x\n",
    };
    char first[RETURN_ID_SIZE], id[RETURN_ID_SIZE];
    id_of("reference,status,as_of,note\nSH1/1/1,complete,2010-12-01,done\n", "2011-01-01", first);
    id_of("note,as_of,status,reference\ndone,1 Dec 2010,Complete,SH1/1/1\n", "2011-02-02", id);
    cr_assert_str_eq(first, id);
    cr_assert_eq(first[14], '8');
    cr_assert_not_null(strchr("89ab", first[19]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        id_of(others[i], "2011-01-01", id);
        cr_assert_str_neq(first, id, "case %zu", i);
    }
}

Test(return_file, a_row_without_a_day_is_another_return_on_another_day) {
    const char *text = "reference,status\nSH1/1/1,complete\n";
    char first[RETURN_ID_SIZE], id[RETURN_ID_SIZE];
    id_of(text, "2011-01-01", first);
    id_of(text, "2011-01-01", id);
    cr_assert_str_eq(first, id);
    id_of(text, "2011-01-02", id);
    cr_assert_str_neq(first, id);
}

Test(return_file, a_row_that_cannot_be_a_return_says_why_and_does_not_end_the_file) {
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"reference,status\n,complete\n", "the row has no reference"},
        {"reference,status\nSH1/1/1,\n", "the row has no status"},
        {"reference,status\nSH1/1/1,done\n", "\"done\" is not a status: write not-started"},
        {"reference,status,as_of\nSH1/1/1,complete,March 2011\n", "the month March 2011"},
        {"reference,status,id\nSH1/1/1,complete,7\n", "\"7\" is not an id"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct return_row *row = only_row(cases[i].text, "2011-01-01");
        cr_assert(row->problem.is_set);
        cr_assert_not_null(strstr(row->problem.message, cases[i].said), "%s", row->problem.message);
        return_row_destroy(row);
    }
}

Test(return_file, a_row_no_server_takes_names_its_longest_cell) {
    static char text[700 * 1024];
    size_t at = (size_t)snprintf(text, sizeof text, "reference,status,note\nSH1/1/1,complete,");
    memset(text + at, 'x', 600 * 1024);
    struct return_row *row = only_row(text, "2011-01-01");
    cr_assert(row->problem.is_set);
    cr_assert_not_null(
        strstr(row->problem.message, "note has 614400 bytes; a row is sent with at most"), "%s",
        row->problem.message);
    return_row_destroy(row);
}

Test(return_file, rows_before_a_broken_one_are_given) {
    char path[] = "/tmp/shap-returns-XXXXXX";
    struct error err = {0};
    struct return_row *row = NULL;
    write_file(path, "reference,status\nSH1/1/1,complete\nSH1/1/2,complete,x\n");
    const struct return_file_options options = {.path = path, .today = "2011-01-01"};
    struct return_file *file = return_file_open(&options, &err);
    cr_assert(return_file_next(file, &row, &err));
    cr_assert_str_eq(row->reference, "SH1/1/1");
    return_row_destroy(row);
    cr_assert_not(return_file_next(file, &row, &err));
    cr_assert_not_null(strstr(err.message, "line 3: the row has 3 cells"), "%s", err.message);
    return_file_close(file);
    unlink(path);
}

Test(return_file, a_file_can_be_closed_before_its_rows_are_taken) {
    char path[] = "/tmp/shap-returns-XXXXXX";
    struct error err = {0};
    struct return_row *row = NULL;
    write_file(path, "reference,status\n1,complete\n2,complete\n3,complete\n");
    const struct return_file_options options = {.path = path, .today = "2011-01-01"};
    struct return_file *file = return_file_open(&options, &err);
    cr_assert(return_file_next(file, &row, &err));
    return_row_destroy(row);
    return_file_close(file);
    unlink(path);
}

Test(return_file, a_file_with_only_a_heading_is_refused) {
    char path[] = "/tmp/shap-returns-XXXXXX";
    struct error err = {0};
    struct return_row *row = NULL;
    write_file(path, "reference,status\n");
    const struct return_file_options options = {.path = path, .today = "2011-01-01"};
    struct return_file *file = return_file_open(&options, &err);
    cr_assert_not(return_file_next(file, &row, &err));
    return_file_close(file);
    cr_assert_not_null(strstr(err.message, "no rows under it"));
    unlink(path);
}

static const char *at_the_council(void *ctx) {
    ++*(int *)ctx;
    return "2010-12-31";
}

Test(return_file, a_day_that_is_counted_from_today_is_counted_from_the_councils) {
    char path[] = "/tmp/shap-return-XXXXXX";
    struct error err = {0};
    int n_asked = 0;
    const struct return_file_options options = {
        .path = path, .today = "2026-11-27", .find_today = at_the_council, .ctx = &n_asked};
    write_file(path, "reference,status,as_of\n"
                     "SH1.1/1/1,complete,2010-12-01\n"
                     "SH1.1/1/2,complete,\n"
                     "SH1.1/1/3,complete,yesterday\n");
    static const char *const days[] = {"2010-12-01", NULL, "2010-12-30"};
    struct return_file *file = return_file_open(&options, &err);
    cr_assert_not_null(file, "%s", err.message);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        struct return_row *row;
        cr_assert(return_file_next(file, &row, &err) && row != NULL);
        if (days[i] == NULL)
            cr_assert_null(row->request.as_of);
        else
            cr_assert_str_eq(row->request.as_of, days[i]);
        return_row_destroy(row);
    }
    cr_assert_eq(n_asked, 1);
    return_file_close(file);
    unlink(path);
}
