#include "client/render/papers.h"

static const struct document_column COLUMNS[] = {
    {"LINE", 2, true},    {"WHERE", 3, false},     {"WHAT", 2, false},
    {"QUOTED", 5, false}, {"ON RECORD", 5, false}, {"NOTE", 4, false},
};
static const struct paper_cell CELLS[] = {
    {.field = "line"},
    {.field = "reference", .under = "field", .under_label = "Column"},
    {.field = "kind"},
    {.field = "quoted", .under = "quoted_day", .under_label = "That is", .absent = "nothing"},
    {.field = "planned", .under = "planned_day", .under_label = "That is", .absent = "nothing"},
    {.field = "detail"},
};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS };

static const struct document_column ROW_COLUMNS[] = {
    {"LINE", 1, true}, {"ACTION", 6, false}, {"WHY", 6, false}};
static const struct paper_cell ROW_CELLS[] = {
    {.field = "line"}, {.field = "quoted", .absent = "nothing"}, {.field = "detail"}};

static const struct paper_fact FACTS[] = {
    {"Checked", "file"},
    {"Rows", "rows"},
    {"Rows compared", "compared"},
    {"Dates misquoted", "date_misquotes"},
    {"New dates misquoted", "new_date_misquotes"},
    {"Owners misquoted", "who_misquotes"},
    {0},
};

static const struct paper_table TABLES[] = {
    {.field = "misquotes",
     .caption = "Misquoted",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = N_COLUMNS,
     .none = "Nothing is misquoted.",
     .is_row = true},
    {.field = "wording",
     .caption = "In other words",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = N_COLUMNS,
     .none = "Every word is the plan's.",
     .is_row = true},
    {.field = "not_compared",
     .caption = "Rows that were not compared",
     .columns = ROW_COLUMNS,
     .cells = ROW_CELLS,
     .n_columns = 3,
     .is_row = true},
    {0},
};

const struct paper paper_check = {
    .kind = "misquote check",
    .about =
        "A written report, compared row by row with the plan and the new dates granted, as at the "
        "day. A date is misquoted when it means another one, WHO when it names others; what is put "
        "in other words, or in another number of entries, is listed apart. Case, spaces and "
        "punctuation are not compared.",
    .facts = FACTS,
    .tables = TABLES,
};
