#include "client/render/report.h"

#include <criterion/criterion.h>
#include <string.h>
#include "golden.h"
#include "sample_report.h"

Test(report, text_at_80_columns_is_as_agreed) {
    struct buf out = {0};
    cr_assert(report_text(sample_report(), 80, &out));
    expect_golden("exceptions.txt", &out);
    buf_finish(&out);
}

Test(report, no_line_of_text_is_wider_than_the_terminal) {
    for (size_t width = DOCUMENT_WIDTH_MIN; width < 200; width += 7) {
        struct buf out = {0};
        cr_assert(report_text(sample_report(), width, &out));
        for (const char *line = text_of(&out); *line != '\0'; line += strcspn(line, "\n") + 1)
            cr_assert_leq(strcspn(line, "\n"), width + 4, "width %zu: %.*s", width,
                          (int)strcspn(line, "\n"), line);
        buf_finish(&out);
    }
}

Test(report, markdown_is_as_agreed) {
    struct buf out = {0};
    cr_assert(report_markdown(sample_report(), &out));
    expect_golden("exceptions.md", &out);
    buf_finish(&out);
}

Test(report, html_is_as_agreed) {
    struct buf out = {0};
    cr_assert(report_html(sample_report(), &out));
    expect_golden("exceptions.html", &out);
    buf_finish(&out);
}

Test(report, csv_is_as_agreed) {
    struct buf out = {0};
    cr_assert(report_csv(sample_report(), &out));
    expect_golden("exceptions.csv", &out);
    buf_finish(&out);
}

Test(report, json_is_as_agreed) {
    struct buf out = {0};
    cr_assert(report_json(sample_report(), &out));
    expect_golden("exceptions.json", &out);
    buf_finish(&out);
}

Test(report, the_same_message_gives_the_same_bytes) {
    struct buf first = {0}, second = {0};
    cr_assert(report_html(sample_report(), &first) && report_html(sample_report(), &second));
    cr_assert_str_eq(text_of(&first), text_of(&second));
    buf_finish(&first);
    buf_finish(&second);
}

Test(report, a_reader_with_partial_sight_is_told_in_the_heading) {
    struct buf out = {0};
    cr_assert(report_markdown(sample_empty_report(), &out));
    const char *notice = strstr(text_of(&out), "covers 3 of the plan's 171 milestones");
    cr_assert_not_null(notice);
    cr_assert_lt(notice, strstr(text_of(&out), "## "));
    buf_finish(&out);
}

Test(report, a_reader_with_full_sight_is_not) {
    struct buf out = {0};
    cr_assert(report_markdown(sample_report(), &out));
    cr_assert_null(strstr(text_of(&out), "This copy covers"));
    buf_finish(&out);
}

Test(report, without_exceptions_it_says_so_and_claims_nothing) {
    struct buf out = {0};
    cr_assert(report_text(sample_empty_report(), 80, &out));
    expect_golden("no_exceptions.txt", &out);
    cr_assert_null(strstr(text_of(&out), "FALSE"));
    buf_finish(&out);
}

Test(report, a_message_without_anything_is_rendered_in_every_format) {
    Shap__V1__ExceptionReport report;
    struct buf out = {0};
    shap__v1__exception_report__init(&report);
    cr_assert(report_text(&report, 0, &out));
    cr_assert(report_markdown(&report, &out));
    cr_assert(report_html(&report, &out));
    cr_assert(report_csv(&report, &out));
    cr_assert(report_json(&report, &out));
    buf_finish(&out);
}

Test(report, nothing_in_a_text_becomes_markup_or_steers_a_terminal) {
    struct buf html = {0}, text = {0};
    cr_assert(report_html(sample_report(), &html) && report_text(sample_report(), 80, &text));
    cr_assert_null(strstr(text_of(&html), "<partners>"));
    cr_assert_not_null(strstr(text_of(&html), "&lt;partners&gt;"));
    cr_assert_null(strchr(text_of(&html), 0x1b));
    cr_assert_null(strchr(text_of(&text), 0x1b));
    buf_finish(&html);
    buf_finish(&text);
}
