#include "client/render/markdown.h"

#include "tests/unit/client/expect.h"

static void expect_escaped(const char *text, bool in_cell, const char *expected) {
    struct buf out = {0};
    cr_assert(markdown_add_text(&out, text, strlen(text), in_cell));
    expect_text(&out, expected);
}

Test(markdown, nothing_in_a_text_becomes_markup) {
    expect_escaped("*a* _b_ `c` [d](e) <f> & #g | ~h~ \\", true,
                   "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) &lt;f\\> & \\#g \\| \\~h\\~ \\\\");
    expect_escaped("&lt; &#60; A&B 1 & 2 &", true, "&amp;lt; &amp;\\#60; A&amp;B 1 & 2 &");
    expect_escaped("two\nlines\r\nthree", true, "two<br>lines<br>three");
    expect_escaped("\x1b[2J", true, "\xef\xbf\xbd\\[2J");
}

Test(markdown, a_paragraph_does_not_become_a_list) {
    expect_escaped("- one\n12. two\n+ three\n3.5 m", false, "\\- one\n12\\. two\n\\+ three\n3.5 m");
    expect_escaped("1.0 Introduction", false, "1.0 Introduction");
    expect_escaped("12)", false, "12\\)");
    expect_escaped("- one", true, "- one");
}

Test(markdown, a_table_has_a_heading_a_rule_and_rows) {
    static const struct column columns[] = {{"code", "Code", COLUMN_TEXT},
                                            {"n", "Number", COLUMN_RIGHT}};
    const char *const cells[] = {"a|b", NULL};
    struct buf out = {0};
    cr_assert(markdown_add_heading(&out, columns, 2));
    cr_assert(markdown_add_row(&out, cells, 2));
    expect_text(&out, "| Code | Number |\n| --- | ---: |\n| a\\|b |  |\n");
}
