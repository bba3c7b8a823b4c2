#include "client/render/paper.h"

#include <criterion/criterion.h>
#include <string.h>
#include "golden.h"
#include "shap/v1/reports.pb-c.h"

#define CLASS(name) SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_##name
#define LEN(array) (sizeof(array) / sizeof *(array))

// ---- A paper of the test's own, over the message of the extensions report: what it lists is made
// up.

static const struct document_column SLIP_COLUMNS[] = {{"SLIP", 1, true}, {"MILESTONES", 1, true}};
static const struct paper_cell SLIP_CELLS[] = {{.field = "slip_months", .absent = "unknown"},
                                               {.field = "milestones"}};

static const struct document_column COLUMNS[] = {
    {"REFERENCE", 2, false}, {"WHEN", 3, false}, {"SLIP", 1, true}, {"STANDS", 3, false}};
static const struct paper_cell CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "when", .under = "new_day", .under_label = "New date"},
    {.field = "slip_months"},
    {.field = "milestone_class", .under = "before_due", .under_label = "Note"}};

static const struct paper_fact FACTS[] = {{"Milestones", "milestones"},
                                          {"Slip", "slip_months"},
                                          {"Adopted", "head.adopted_on"},
                                          {"Filter", "head.objective"},
                                          {0}};

static const struct paper_table TABLES[] = {{.field = "slips",
                                             .caption = "Slips",
                                             .columns = SLIP_COLUMNS,
                                             .cells = SLIP_CELLS,
                                             .n_columns = 2},
                                            {.field = "grants",
                                             .caption = "Grants",
                                             .columns = COLUMNS,
                                             .cells = CELLS,
                                             .n_columns = 4,
                                             .none = "There is none.",
                                             .is_grouped = true,
                                             .is_row = true},
                                            {0}};

static const struct paper PAPER = {.kind = "made-up report",
                                   .about = "What is listed: 100 % of it.",
                                   .facts = FACTS,
                                   .tables = TABLES};

static Shap__V1__ReportHead head = {.plan = "copeland/2010-11",
                                    .council_name = "Copeland <Borough> Council",
                                    .year = "2010/11",
                                    .title = "Housing Plan",
                                    .author = "A. Clerk & Co",
                                    .as_at = "2010-12-31",
                                    .known_at = "2011-01-05",
                                    .has_version = 1,
                                    .version = 2,
                                    .adopted_on = "2010-07-14",
                                    .has_known_link = 1,
                                    .known_link = 77,
                                    .rule = "shap-rules-1",
                                    .has_covered = 1,
                                    .covered = 3,
                                    .has_total = 1,
                                    .total = 171,
                                    .has_quarter = 1,
                                    .quarter = 3};

static Shap__V1__Extension grants[] = {
    {.reference = "SH1.1/1/1",
     .milestone = "Write it, \"quickly\"",
     .when = "2010-10-31", // what a document says is no day of ours
     .new_day = "2010-12-31",
     .has_slip_months = 1,
     .slip_months = 2,
     .has_before_due = 1,
     .before_due = 0,
     .has_milestone_class = 1,
     .milestone_class = CLASS(RE_DATED)},
    {.reference = "SH1.1/1/1",
     .milestone = "Write it, \"quickly\"",
     .when = "Revised",
     .new_day = "2011-03-31",
     .has_slip_months = 1,
     .slip_months = 5,
     .has_before_due = 1,
     .before_due = 1,
     .has_milestone_class = 1,
     .milestone_class = CLASS(RE_DATED)},
    {.reference = "SH1.2/1/1",
     .milestone = "=SUM(A1)\x1b[2J <b>bold</b> | piped",
     .when = "Ongoing",
     .has_milestone_class = 1,
     .milestone_class = CLASS(ONGOING_ANSWERED)},
};
static Shap__V1__SlipCount slips[] = {
    {.has_slip_months = 1, .slip_months = 5, .has_milestones = 1, .milestones = 1},
    {.has_milestones = 1, .milestones = 1}};

static const Shap__V1__ExtensionReport *sample(void) {
    static Shap__V1__ExtensionReport report;
    static Shap__V1__Extension *grant_list[LEN(grants)];
    static Shap__V1__SlipCount *slip_list[LEN(slips)];
    head.base.descriptor = &shap__v1__report_head__descriptor;
    for (size_t i = 0; i < LEN(grants); i++) {
        grants[i].base.descriptor = &shap__v1__extension__descriptor;
        grant_list[i] = &grants[i];
    }
    for (size_t i = 0; i < LEN(slips); i++) {
        slips[i].base.descriptor = &shap__v1__slip_count__descriptor;
        slip_list[i] = &slips[i];
    }
    shap__v1__extension_report__init(&report);
    report.head = &head;
    report.has_milestones = 1;
    report.milestones = 2;
    report.has_slip_months = 1;
    report.slip_months = 5;
    report.n_slips = LEN(slips);
    report.slips = slip_list;
    report.n_grants = LEN(grants);
    report.grants = grant_list;
    return &report;
}

// ---- The tests

Test(paper, text_is_as_agreed) {
    struct buf out = {0};
    cr_assert(paper_text(&PAPER, &sample()->base, 80, &out));
    expect_golden("paper.txt", &out);
    buf_finish(&out);
}

Test(paper, markdown_is_as_agreed) {
    struct buf out = {0};
    cr_assert(paper_markdown(&PAPER, &sample()->base, &out));
    expect_golden("paper.md", &out);
    buf_finish(&out);
}

Test(paper, html_is_as_agreed) {
    struct buf out = {0};
    cr_assert(paper_html(&PAPER, &sample()->base, &out));
    expect_golden("paper.html", &out);
    buf_finish(&out);
}

Test(paper, csv_has_a_row_for_each_row_with_every_plain_field) {
    struct buf out = {0};
    cr_assert(paper_csv(&PAPER, &sample()->base, &out));
    cr_assert_str_eq(text_of(&out),
                     "plan,as_at,known_at,reference,milestone,who,when,last_day,extensions,number,"
                     "new_when,new_day,"
                     "slip_months,granted_on,grantor,reason,before_due,in_force,milestone_class\n"
                     "copeland/2010-11,2010-12-31,2011-01-05,SH1.1/1/1,\"Write it, "
                     "\"\"quickly\"\"\",,2010-10-31,,,,,"
                     "2010-12-31,2,,,,false,,re_dated\n"
                     "copeland/2010-11,2010-12-31,2011-01-05,SH1.1/1/1,\"Write it, "
                     "\"\"quickly\"\"\",,Revised,,,,,"
                     "2011-03-31,5,,,,true,,re_dated\n"
                     "copeland/2010-11,2010-12-31,2011-01-05,SH1.2/1/1,=SUM(A1)\x1b[2J <b>bold</b> "
                     "| piped,,Ongoing,,,,,"
                     ",,,,,,,ongoing_answered\n");
    cr_assert_eq(paper_n_rows(&PAPER, &sample()->base), 3);
    buf_finish(&out);
}

Test(paper, days_are_written_out_and_what_a_document_says_is_not) {
    struct buf out = {0};
    cr_assert(paper_markdown(&PAPER, &sample()->base, &out));
    cr_assert_not_null(strstr(text_of(&out), "14 July 2010"));
    cr_assert_not_null(strstr(text_of(&out), "31 Mar 2011"));
    cr_assert_not_null(strstr(text_of(&out), "2010-10-31"));
    cr_assert_null(strstr(text_of(&out), "2011-03-31"));
    buf_finish(&out);
}

Test(paper, classes_have_their_names_and_a_yes_is_said_by_its_own) {
    struct buf out = {0};
    cr_assert(paper_markdown(&PAPER, &sample()->base, &out));
    const char *text = text_of(&out);
    cr_assert_not_null(strstr(text, "re-dated"));
    cr_assert_not_null(strstr(text, "ongoing, answered"));
    const char *note = strstr(text, "before due");
    cr_assert_not_null(note);
    cr_assert_null(strstr(note + 1, "before due"), "what is not so is not said");
    buf_finish(&out);
}

Test(paper, no_heading_is_broken_within_a_word) {
    for (size_t width = DOCUMENT_WIDTH_MIN; width < 120; width += 3) {
        struct buf out = {0};
        cr_assert(paper_text(&PAPER, &sample()->base, width, &out));
        cr_assert_not_null(strstr(text_of(&out), "REFERENCE"), "width %zu", width);
        cr_assert_not_null(strstr(text_of(&out), "SLIP  STANDS"), "width %zu", width);
        buf_finish(&out);
    }
}

// Six columns are more than a line has room for.
Test(paper, a_table_too_wide_for_its_headings_is_listed_row_by_row) {
    static const struct document_column WIDE[] = {
        {"REFERENCE", 1, false},    {"FIRST HEADING", 1, false}, {"SECOND HEADING", 1, true},
        {"THIRD HEADING", 1, true}, {"FOURTH HEADING", 1, true}, {"FIFTH HEADING", 1, true}};
    static const struct paper_cell WIDE_CELLS[] = {
        {.field = "reference"},
        {.field = "new_when"},
        {.field = "slip_months", .absent = "none"},
        {.field = "when", .under = "new_day", .under_label = "New date"},
        {.field = "number"},
        {.field = "milestone_class"}};
    struct paper_table tables[] = {TABLES[1], {0}};
    struct paper wide = PAPER;
    struct buf out = {0};
    tables[0].columns = WIDE;
    tables[0].cells = WIDE_CELLS;
    tables[0].n_columns = LEN(WIDE);
    wide.tables = tables;
    cr_assert(paper_text(&wide, &sample()->base, DOCUMENT_WIDTH_MIN, &out));
    const char *text = text_of(&out);
    cr_assert_not_null(strstr(text, "\nSH1.1/1/1\n  SECOND HEADING 2; THIRD HEADING\n"
                                    "  2010-10-31, 31 Dec 2010; FIFTH HEADING\n  re-dated\n"
                                    "  SECOND HEADING 5; "),
                       "%s", text);
    cr_assert_not_null(
        strstr(text, "\nSH1.2/1/1\n  SECOND HEADING none; THIRD HEADING\n  Ongoing; FIFTH "), "%s",
        text);
    buf_clear(&out);
    cr_assert(paper_text(&wide, &sample()->base, 120, &out));
    cr_assert_not_null(strstr(text_of(&out), "\nREFERENCE  FIRST"));
    buf_finish(&out);
}

Test(paper, rows_that_share_their_first_cell_are_a_group) {
    struct document document;
    document_init(&document);
    paper_compose(&PAPER, &sample()->base, &document);
    cr_assert(document_is_whole(&document));
    const struct document_block *last = NULL;
    for (const struct document_block *block = document.blocks; block != NULL; block = block->next)
        last = block->kind == BLOCK_TABLE ? block : last;
    cr_assert_not_null(last);
    cr_assert_eq(last->rows->group_size, 2);
    cr_assert_eq(last->rows->next->group_size, 0);
    cr_assert_str_eq(last->rows->next->cells[0].text, "");
    cr_assert_null(last->rows->next->cells[0].under);
    cr_assert_eq(last->rows->next->next->group_size, 1);
    document_finish(&document);
}

Test(paper, rows_are_split_into_tables_by_a_field) {
    struct paper_table tables[] = {TABLES[1], {0}};
    struct paper split = PAPER;
    struct buf out = {0};
    tables[0].split = "milestone_class";
    split.tables = tables;
    cr_assert(paper_markdown(&split, &sample()->base, &out));
    const char *text = text_of(&out);
    const char *first = strstr(text, "### re-dated (2)"),
               *second = strstr(text, "### ongoing, answered (1)");
    cr_assert(first != NULL && second != NULL && first < second);
    cr_assert_eq(paper_n_rows(&split, &sample()->base), 3);
    buf_finish(&out);
}

Test(paper, a_part_without_a_text_to_split_by_is_the_others) {
    struct paper_table tables[] = {TABLES[1], {0}};
    struct paper split = PAPER;
    struct buf out = {0};
    tables[0].split = "reason";
    split.tables = tables;
    cr_assert(paper_markdown(&split, &sample()->base, &out));
    cr_assert_not_null(strstr(text_of(&out), "### Others (3)"));
    buf_finish(&out);
}

Test(paper, a_table_for_a_filter_is_shown_with_it_only_and_always_in_csv) {
    struct paper_table tables[] = {TABLES[1], {0}};
    struct paper filtered = PAPER;
    struct buf out = {0};
    tables[0].filter = "owner";
    filtered.tables = tables;
    cr_assert(paper_markdown(&filtered, &sample()->base, &out));
    cr_assert_null(strstr(text_of(&out), "Grants"));
    buf_clear(&out);
    cr_assert(paper_csv(&filtered, &sample()->base, &out));
    cr_assert_not_null(strstr(text_of(&out), ",SH1.2/1/1,"));
    head.owner = "HSM";
    buf_clear(&out);
    cr_assert(paper_markdown(&filtered, &sample()->base, &out));
    cr_assert_not_null(strstr(text_of(&out), "Grants"));
    buf_finish(&out);
    head.owner = NULL;
}

Test(paper, of_several_tables_csv_says_which_one_a_row_stands_in) {
    struct paper_table tables[] = {TABLES[1], TABLES[1], {0}};
    struct paper twice = PAPER;
    struct buf out = {0};
    twice.tables = tables;
    cr_assert(paper_csv(&twice, &sample()->base, &out));
    cr_assert(strncmp(text_of(&out), "plan,as_at,known_at,list,reference,", 35) == 0);
    cr_assert_not_null(
        strstr(text_of(&out), "\ncopeland/2010-11,2010-12-31,2011-01-05,grants,SH1.2/1/1,"));
    cr_assert_eq(paper_n_rows(&twice, &sample()->base), 6);
    buf_finish(&out);
}

Test(paper, a_message_without_anything_is_rendered_in_every_format) {
    Shap__V1__ExtensionReport report;
    struct buf out = {0};
    shap__v1__extension_report__init(&report);
    cr_assert(paper_text(&PAPER, &report.base, 0, &out));
    cr_assert_not_null(strstr(text_of(&out), "There is none."));
    cr_assert_null(strstr(text_of(&out), "Slips"),
                   "a table without a word for nothing is left out");
    buf_clear(&out);
    cr_assert(paper_csv(&PAPER, &report.base, &out));
    cr_assert_null(strchr(strchr(text_of(&out), '\n') + 1, '\n'), "only the heading");
    cr_assert(paper_markdown(&PAPER, &report.base, &out));
    cr_assert(paper_html(&PAPER, &report.base, &out));
    cr_assert_eq(paper_n_rows(&PAPER, &report.base), 0);
    buf_finish(&out);
}

Test(paper, nothing_in_a_text_becomes_markup_or_steers_a_terminal) {
    struct buf html = {0}, text = {0}, markdown = {0};
    cr_assert(paper_html(&PAPER, &sample()->base, &html));
    cr_assert(paper_text(&PAPER, &sample()->base, 80, &text));
    cr_assert(paper_markdown(&PAPER, &sample()->base, &markdown));
    cr_assert_null(strstr(text_of(&html), "<b>"));
    cr_assert_null(strchr(text_of(&html), 0x1b));
    cr_assert_null(strchr(text_of(&text), 0x1b));
    cr_assert_null(strstr(text_of(&markdown), "bold</b> | piped"));
    buf_finish(&html);
    buf_finish(&text);
    buf_finish(&markdown);
}

// ---- Notices and totals, over the message of the account

static const struct document_column ROW_COLUMNS[] = {{"OF", 2, false}, {"TOTAL", 1, true}};
static const struct paper_cell ROW_CELLS[] = {
    {.field = "code", .under = "name", .under_label = "That is", .absent = "nobody"},
    {.field = "total"}};
static const struct paper_notice NOTICES[] = {{"overlaps", "Rows overlap."}, {0}};
static const struct paper_fact ROW_FACTS[] = {
    {"By", "by"}, {"All", "whole.total"}, {"Overlap", "overlaps"}, {0}};
static const struct paper_table ROW_TABLES[] = {{.field = "rows",
                                                 .caption = "Rows",
                                                 .columns = ROW_COLUMNS,
                                                 .cells = ROW_CELLS,
                                                 .n_columns = 2,
                                                 .total = "whole",
                                                 .is_row = true},
                                                {0}};
static const struct paper ROW_PAPER = {.kind = "account",
                                       .about = "Rows.",
                                       .facts = ROW_FACTS,
                                       .notices = NOTICES,
                                       .tables = ROW_TABLES};

static void rendered(size_t n_rows, bool overlaps, struct buf *out) {
    Shap__V1__AccountRow rows[2], whole, *list[2] = {&rows[0], &rows[1]};
    Shap__V1__AccountReport report;
    shap__v1__account_report__init(&report);
    shap__v1__account_row__init(&whole);
    for (size_t i = 0; i < 2; i++) {
        shap__v1__account_row__init(&rows[i]);
        rows[i].has_total = 1;
        rows[i].total = 4 + (int)i;
    }
    rows[0].code = "HSM";
    rows[0].name = "Services Manager";
    whole.code = "all";
    whole.has_total = 1;
    whole.total = 7;
    report.whole = &whole;
    report.rows = list;
    report.n_rows = n_rows;
    report.has_by = 1;
    report.by = SHAP__V1__ACCOUNT_BY__ACCOUNT_BY_OWNER;
    report.has_overlaps = 1;
    report.overlaps = overlaps;
    buf_clear(out);
    cr_assert(paper_markdown(&ROW_PAPER, &report.base, out));
    cr_assert_eq(paper_n_rows(&ROW_PAPER, &report.base), n_rows, "the total is no row");
}

Test(paper, a_total_is_the_last_row_of_several) {
    struct buf out = {0};
    rendered(2, false, &out);
    cr_assert_not_null(
        strstr(text_of(&out), "| HSM<br>Services Manager | 4 |\n| nobody | 5 |\n| all | 7 |\n"));
    rendered(1, false, &out);
    cr_assert_null(strstr(text_of(&out), "| all |"));
    buf_finish(&out);
}

Test(paper, a_notice_is_given_where_it_applies) {
    struct buf out = {0};
    rendered(2, true, &out);
    cr_assert_not_null(strstr(text_of(&out), "> **Rows overlap.**"));
    cr_assert_not_null(strstr(text_of(&out), "**By:** owner"));
    cr_assert_not_null(strstr(text_of(&out), "**All:** 7"));
    cr_assert_not_null(strstr(text_of(&out), "**Overlap:** yes"));
    rendered(2, false, &out);
    cr_assert_null(strstr(text_of(&out), "Rows overlap."));
    cr_assert_not_null(strstr(text_of(&out), "**Overlap:** no"));
    buf_finish(&out);
}
