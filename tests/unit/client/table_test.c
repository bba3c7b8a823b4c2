#include "client/render/table.h"

#include "client/render/text.h"
#include "client/render/wrap.h"
#include "shap/v1/directory.pb-c.h"
#include "tests/unit/client/expect.h"

static const struct column columns[] = {{"reference", "Milestone", COLUMN_TEXT},
                                        {"n", "No", COLUMN_RIGHT},
                                        {"text", "What", COLUMN_WRAP}};

static void expect_table(const char *const *cells, size_t n_rows, const struct table_style *style,
                         const char *expected) {
    struct buf out = {0};
    struct table *table = table_create(columns, 3);
    cr_assert_not_null(table);
    for (size_t i = 0; i < n_rows; i++)
        cr_assert(table_add_cells(table, cells + 3 * i));
    cr_assert_eq(table_n_rows(table), n_rows);
    cr_assert(table_render(table, style, &out));
    table_destroy(table);
    expect_text(&out, expected);
}

Test(table, columns_are_aligned_and_no_line_ends_in_spaces) {
    const char *const cells[] = {"SH4.3/2/1", "7", "Caf\xc3\xa9 & more", "SH1/1/1", "112", NULL};
    expect_table(cells, 2, &(struct table_style){0},
                 "Milestone   No  What\n"
                 "SH4.3/2/1    7  Caf\xc3\xa9 & more\n"
                 "SH1/1/1    112\n");
}

Test(table, nothing_is_printed_without_rows) {
    expect_table(NULL, 0, &(struct table_style){.width = 80}, "");
}

Test(table, wide_and_combining_characters_take_their_columns) {
    const char *const cells[] = {"\xe6\x97\xa5\xe6\x9c\xac", "1", "x", "u\xcc\x88u", "2", "y"};
    expect_table(cells, 2, &(struct table_style){.no_heading = true},
                 "\xe6\x97\xa5\xe6\x9c\xac  1  x\n"
                 "u\xcc\x88u    2  y\n");
}

Test(table, long_text_wraps_between_words_on_a_terminal_only) {
    const char *const cells[] = {"SH1/1/1", "1", "Agree the assessment with all partners by March"};
    expect_table(cells, 1, &(struct table_style){.width = 36},
                 "Milestone  No  What\n"
                 "SH1/1/1     1  Agree the assessment\n"
                 "               with all partners by\n"
                 "               March\n");
    expect_table(cells, 1, &(struct table_style){0},
                 "Milestone  No  What\n"
                 "SH1/1/1     1  Agree the assessment with all partners by March\n");
}

Test(table, escapes_and_line_breaks_in_cells_are_harmless) {
    const char *const cells[] = {"a\x1b]0;title\x07", "1", "one\ntwo"};
    expect_table(cells, 1, &(struct table_style){.no_heading = true},
                 "a\xef\xbf\xbd]0;title\xef\xbf\xbd  1  one two\n");
}

Test(table, headings_are_bold_where_colours_are_wanted) {
    const char *const cells[] = {"a", "1", "x"};
    expect_table(cells, 1, &(struct table_style){.colour = true},
                 "\033[1mMilestone  No  What\n\033[0ma           1  x\n");
}

Test(table, every_line_fits_the_width_whatever_the_width) {
    const char *const cells[] = {"SH1/1/1", "1",
                                 "Agree the-longest-word-of-all-the-words caf\xc3\xa9 now"};
    for (size_t width = 28; width < 90; width++) {
        struct buf out = {0};
        struct table *table = table_create(columns, 3);
        cr_assert(table_add_cells(table, cells));
        cr_assert(table_render(table, &(struct table_style){.width = width}, &out));
        cr_assert(buf_append(&out, "", 1));
        for (char *line = strtok((char *)out.data + out.start, "\n"); line != NULL;
             line = strtok(NULL, "\n"))
            cr_assert_leq(text_width(line, strlen(line)), width, "width %zu: %s", width, line);
        table_destroy(table);
        buf_finish(&out);
    }
}

Test(table, a_message_is_lines_of_what_is_there) {
    static const struct column fields[] = {{"name", "Name", COLUMN_TEXT},
                                           {"email", "Email", COLUMN_TEXT},
                                           {"role", "Role", COLUMN_TEXT}};
    Shap__V1__Person person = SHAP__V1__PERSON__INIT;
    struct buf out = {0};
    person.name = "Kay\nSmith";
    person.has_role = 1;
    person.role = SHAP__V1__ROLE__ROLE_READER;
    cr_assert(table_render_message(&person.base, fields, 3, &(struct table_style){0}, &out));
    expect_text(&out, "Name   Kay\n       Smith\nRole   reader\n");
}

Test(wrap, a_text_is_cut_into_lines_that_lose_nothing_but_blanks) {
    static const char text[] = "one two  three\nfour";
    char joined[64] = "";
    size_t next = 0;
    for (size_t at = 0; at < sizeof text - 1; at += next) {
        size_t len = wrap_line(text + at, sizeof text - 1 - at, 7, &next);
        cr_assert_leq(len, 7);
        cr_assert_gt(next, 0);
        strncat(joined, text + at, len);
        strcat(joined, "|");
    }
    cr_assert_str_eq(joined, "one two|three|four|");
}

static void expect_columns(const char *const *cells, const char *expected) {
    static const struct column some[] = {
        {"plan", "Plan", COLUMN_VARIED}, {"n", "No", COLUMN_TEXT}, {"in", "In", COLUMN_RARE}};
    struct buf out = {0};
    struct table *table = table_create(some, 3);
    cr_assert_not_null(table);
    cr_assert(table_add_cells(table, cells) && table_add_cells(table, cells + 3));
    cr_assert(table_render(table, &(struct table_style){0}, &out));
    table_destroy(table);
    expect_text(&out, expected);
}

Test(table, a_column_that_tells_nothing_is_left_out) {
    const char *const same[] = {"p", "1", NULL, "p", "2", NULL};
    const char *const other[] = {"p", "1", NULL, "q", "2", NULL};
    const char *const rare[] = {"p", "1", "x", "p", "2", "x"};
    expect_columns(same, "No\n1\n2\n");
    expect_columns(other, "Plan  No\np     1\nq     2\n");
    expect_columns(rare, "No  In\n1   x\n2   x\n");
}
