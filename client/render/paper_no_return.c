#include "client/render/papers.h"

static const struct document_column COLUMNS[] = {
    {"REFERENCE", 2, false}, {"MILESTONE", 5, false},        {"WHO", 3, false},
    {"WHEN", 3, false},      {"WHO CAN BE ASKED", 3, false},
};
static const struct paper_cell CELLS[] = {
    {.field = "reference", .under = "sent_back", .under_label = "Its return was"},
    {.field = "milestone"},
    {.field = "who"},
    {.field = "when", .under = "due_day", .under_label = "Due"},
    {.field = "organisations"},
};

static const struct paper_fact FACTS[] = {
    {"Milestones without a return", "milestones"},  {"Due once", "due_once"},
    {"Due from a day on, in cycles", "from_a_day"}, {"In cycles, without a first day", "no_day"},
    {"Returned and sent back", "sent_back"},        {0},
};

static const struct paper_table TABLES[] = {
    {.field = "silent",
     .caption = "No return",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = 5,
     .none = "Nothing that is due is without a return.",
     .split = "group",
     .is_row = true},
    {0},
};

const struct paper paper_no_return = {
    .kind = "milestones without a return",
    .about = "What is due and on which nobody has said anything that counts: whether it was done "
             "is not known. What "
             "comes round is listed where the last cycle that ended is unanswered.",
    .facts = FACTS,
    .tables = TABLES,
};
