#include "client/render/papers.h"

static const struct document_column COLUMNS[] = {
    {"DUE", 3, false},  {"MILESTONE", 6, false}, {"WHO", 2, false},
    {"WHEN", 3, false}, {"CLASS", 2, false},
};
static const struct paper_cell CELLS[] = {
    {.field = "due_day", .under = "because", .under_label = "Because of"},
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "when", .under = "new_when", .under_label = "New date"},
    {.field = "milestone_class", .under = "claimed", .under_label = "Note"},
};

static const struct paper_fact FACTS[] = {
    {"Looks forward to", "until"},
    {"Milestones with something due", "milestones"},
    {"Due by the plan's own date", "dates"},
    {"Due by a new date", "new_dates"},
    {"Cycles that end", "cycles"},
    {"Overdue already, not listed", "overdue"},
    {"Due already and without a return, listed by their cycles only", "no_return"},
    {"Undated, not listed", "undated"},
    {0},
};

static const struct paper_table TABLES[] = {
    {.field = "days",
     .caption = "Due, by month",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = 5,
     .none = "Nothing is due.",
     .split = "month",
     .is_row = true},
    {0},
};

const struct paper paper_forward = {
    .kind = "forward look",
    .about = "What is due after the day reported, of milestones that are neither complete nor "
             "signed off nor "
             "given up: by the plan's own date or, where one was granted, by the new one; what "
             "comes round, at "
             "the end of each cycle.",
    .facts = FACTS,
    .tables = TABLES,
};
