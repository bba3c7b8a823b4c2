#include "client/import/plan_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char SAMPLE[] = TEST_DATA "/copeland-2010-11.csv";

// All parts put together again.
struct sent {
    struct buf canonical;
    struct buf original;
    size_t largest;
    int parts;
    int rows;
    int last_line;
    int stop_at;
};

static bool on_part(void *ctx, const Shap__V1__SendImportPartRequest *part, struct error *err) {
    struct sent *sent = ctx;
    size_t size = shap__v1__send_import_part_request__get_packed_size(part);
    sent->largest = size > sent->largest ? size : sent->largest;
    cr_assert_eq(part->part, ++sent->parts);
    cr_assert_str_eq(part->import_id, "an id");
    for (size_t i = 0; i < part->n_rows; i++) {
        cr_assert(plan_file_add_row(&sent->canonical, part->rows[i]));
        sent->last_line = part->rows[i]->line;
        sent->rows++;
    }
    cr_assert(buf_append(&sent->original, part->original.data, part->original.len));
    return part->part != sent->stop_at || error_set(err, "stopped");
}

static void finish(struct sent *sent) {
    buf_finish(&sent->canonical);
    buf_finish(&sent->original);
}

static void write_file(char *path, const void *bytes, size_t len) {
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

static void read_whole(const char *path, struct buf *out) {
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t len;
    cr_assert_not_null(file);
    while ((len = fread(block, 1, sizeof block, file)) > 0)
        cr_assert(buf_append(out, block, len));
    fclose(file);
}

static bool is_same(const struct buf *a, const struct buf *b) {
    return buf_len(a) == buf_len(b) && memcmp(buf_bytes(a), buf_bytes(b), buf_len(a)) == 0;
}

Test(plan_file, the_sample_comes_back_byte_for_byte_from_its_parts) {
    struct sent sent = {.parts = 0};
    struct plan_file_sum sum;
    struct error err = {0};
    struct buf file = {0};
    const struct plan_file plan = {
        .path = SAMPLE, .import_id = "an id", .on_part = on_part, .ctx = &sent};
    cr_assert(plan_file_add_heading(&sent.canonical));
    cr_assert(plan_file_read(&plan, &sum, &err), "%s", err.message);
    read_whole(SAMPLE, &file);
    cr_assert(is_same(&sent.canonical, &file));
    cr_assert(is_same(&sent.original, &file));
    cr_assert_eq(sum.rows, 171);
    cr_assert_eq(sent.last_line, 172);
    cr_assert_eq(sum.bytes, (int64_t)buf_len(&file));
    cr_assert_eq(sum.parts, sent.parts);
    uint8_t digest[SHA256_SIZE];
    sha256_of(buf_bytes(&file), buf_len(&file), digest);
    cr_assert_arr_eq(sum.sha256, digest, SHA256_SIZE);
    finish(&sent);
    buf_finish(&file);
}

// A plan of about 1.3 MB: no part passes the limit, and reading it again gives the same parts.
static void make_large_plan(char *path, struct buf *file) {
    cr_assert(plan_file_add_heading(file));
    char text[600];
    memset(text, 't', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 2000; i++)
        cr_assert(buf_format(file, "SH1.1,,,,%d,\"do, %d\",1,%s,HSM,July 2010,\r\n", i, i, text));
    write_file(path, buf_bytes(file), buf_len(file));
}

Test(plan_file, a_large_plan_is_sent_in_parts_within_the_limit) {
    char path[] = "/tmp/shap-plan-XXXXXX";
    struct buf file = {0};
    struct sent sent = {.parts = 0};
    struct plan_file_sum sum;
    struct error err = {0};
    make_large_plan(path, &file);
    const struct plan_file plan = {
        .path = path, .import_id = "an id", .on_part = on_part, .ctx = &sent};
    cr_assert(plan_file_add_heading(&sent.canonical));
    cr_assert(plan_file_read(&plan, &sum, &err), "%s", err.message);
    cr_assert_gt(sum.parts, 10);
    cr_assert_leq(sent.largest, PLAN_PART_LIMIT + 512);
    cr_assert(is_same(&sent.canonical, &file));
    cr_assert(is_same(&sent.original, &file));
    finish(&sent);
    buf_finish(&file);
    unlink(path);
}

Test(plan_file, a_part_that_is_not_taken_ends_the_reading) {
    char path[] = "/tmp/shap-plan-XXXXXX";
    struct buf file = {0};
    struct sent sent = {.stop_at = 3};
    struct plan_file_sum sum;
    struct error err = {0};
    make_large_plan(path, &file);
    const struct plan_file plan = {
        .path = path, .import_id = "an id", .on_part = on_part, .ctx = &sent};
    cr_assert_not(plan_file_read(&plan, &sum, &err));
    cr_assert_str_eq(err.message, "stopped");
    cr_assert_eq(sent.parts, 3);
    finish(&sent);
    buf_finish(&file);
    unlink(path);
}

static void expect_refusal(const void *bytes, size_t len, const char *said) {
    char path[] = "/tmp/shap-plan-XXXXXX";
    struct plan_file_sum sum;
    struct error err = {0};
    write_file(path, bytes, len);
    const struct plan_file plan = {.path = path};
    cr_assert_not(plan_file_read(&plan, &sum, &err));
    cr_assert_not_null(strstr(err.message, said), "%s", err.message);
    unlink(path);
}

Test(plan_file, what_cannot_be_a_plan_is_refused) {
    static const char heading[] =
        "objective_code,action_no,action,milestone_no,milestone,who,when\n";
    expect_refusal(heading, sizeof heading - 1, "has a heading, but no rows");
    expect_refusal("name,age\n", 9, "missing from the heading: objective_code, action_no, action");
    expect_refusal("", 0, "is empty");
}

Test(plan_file, a_row_larger_than_a_part_is_refused_by_its_line) {
    struct buf file = {0};
    cr_assert(plan_file_add_heading(&file));
    cr_assert(buf_append_text(&file, "SH1.1,,,,1,x,1,"));
    memset(buf_reserve(&file, PLAN_PART_LIMIT), 'm', PLAN_PART_LIMIT);
    buf_commit(&file, PLAN_PART_LIMIT);
    cr_assert(buf_append_text(&file, ",HSM,July 2010,\n"));
    expect_refusal(buf_bytes(&file), buf_len(&file),
                   ", line 2, column milestone: the row is larger than 200 KiB");
    buf_finish(&file);
}

Test(plan_file, cells_are_quoted_only_where_they_must_be) {
    Shap__V1__PlanRow row;
    struct buf out = {0};
    shap__v1__plan_row__init(&row);
    row.objective_code = "SH1";
    row.action = "a, b";
    row.milestone = "say \"so\"";
    row.who = "two\nlines";
    row.when = " spaces ";
    cr_assert(plan_file_add_row(&out, &row));
    const char *expected = "SH1,,,,,\"a, b\",,\"say \"\"so\"\"\",\"two\nlines\", spaces ,\r\n";
    cr_assert_eq(buf_len(&out), strlen(expected));
    cr_assert_arr_eq(buf_bytes(&out), expected, strlen(expected));
    buf_finish(&out);
}
