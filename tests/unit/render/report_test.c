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

static void put_claim(Shap__V1__Claim *claim, const char *sentence, int holds, size_t n_exceptions,
                      char **exceptions) {
    shap__v1__claim__init(claim);
    claim->sentence = (char *)(uintptr_t)sentence;
    claim->has_holds = holds >= 0;
    claim->holds = holds > 0;
    claim->satisfied = 3 - (int)n_exceptions;
    claim->of = 3;
    claim->has_percent = 1;
    claim->percent = claim->satisfied * 100 / 3;
    claim->n_exceptions = n_exceptions;
    claim->exceptions = exceptions;
}

Test(report, a_claim_put_to_the_test_is_printed_with_what_it_is_not_true_of) {
    Shap__V1__ExceptionReport report = *sample_empty_report();
    Shap__V1__Claim claims[4], *list[4] = {&claims[0], &claims[1], &claims[2], &claims[3]};
    char first[] = "SH1.1/1/1", second[] = "SH1.2/1/1", *names[] = {first, second},
         target[] = "on_target";
    struct buf out = {0};
    put_claim(&claims[0], "all is <well>", 0, 2, names);
    put_claim(&claims[1], "1 of 3 is", 1, 2, names);
    put_claim(&claims[2], "how many?", -1, 1, names);
    put_claim(&claims[3], "all on target", 1, 0, NULL);
    claims[3].name = target;
    report.n_claims = 4;
    report.claims = list;
    cr_assert(report_html(&report, &out));
    const char *html = text_of(&out);
    cr_assert_not_null(strstr(html, "<p>2.2 These claims were put to the test:</p>"), "%s", html);
    cr_assert_not_null(strstr(
        html, "<li>&quot;all is &lt;well&gt;&quot;: FALSE. It is so of 1 of 3 (33%), and not of "
              "SH1.1/1/1 and SH1.2/1/1.</li>"));
    cr_assert_not_null(strstr(
        html, "<li>&quot;1 of 3 is&quot;: true. It is so of 1 of 3 (33%), and not of SH1.1/1/1 "
              "and SH1.2/1/1.</li>"));
    cr_assert_not_null(
        strstr(html, "<li>&quot;how many?&quot;: 2 of 3 (66%), and not of SH1.1/1/1.</li>"));
    cr_assert_not_null(strstr(
        html, "<li>&quot;all on target&quot;: true. It is so of 3 of 3 that were due, which were "
              "complete by the day programmed (100%).</li>"));
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
