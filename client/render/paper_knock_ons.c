#include "client/render/papers.h"

static const struct document_column STEP_COLUMNS[] = {
    {"STEP", 6, false},  {"WHO", 4, false},        {"WHEN", 4, false},
    {"CLASS", 3, false}, {"REACHES TO", 3, false}, {"PUSHES", 2, true},
};
static const struct paper_cell STEP_CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "when", .under = "new_when", .under_label = "New date"},
    {.field = "milestone_class"},
    {.field = "reach_day", .absent = "no date stands"},
    {.field = "candidates"},
};
enum { N_STEP_COLUMNS = sizeof STEP_COLUMNS / sizeof *STEP_COLUMNS };

static const struct document_column COLUMNS[] = {
    {"STEP", 3, false}, {"PUSHES", 5, false}, {"WHO", 3, false},
    {"WHEN", 4, false}, {"BY", 3, false},     {"ANSWERED", 3, false},
};
static const struct paper_cell CELLS[] = {
    {.field = "step"},
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "when", .under = "new_when", .under_label = "New date"},
    {.field = "basis", .under = "follows", .under_label = "Follows"},
    {.field = "milestone_class", .under = "status", .under_label = "Return"},
};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS };

static const struct document_column INDEPENDENT_COLUMNS[] = {
    {"STEP", 3, false}, {"MILESTONE", 5, false}, {"WHO", 3, false},
    {"WHEN", 4, false}, {"REASON", 6, false},    {"WHOSE WORD", 4, false},
};
static const struct paper_cell INDEPENDENT_CELLS[] = {
    {.field = "step"},   {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},    {.field = "when", .under = "new_when", .under_label = "New date"},
    {.field = "reason"}, {.field = "declared_by", .under = "declared_on", .under_label = "On"},
};
enum { N_INDEPENDENT_COLUMNS = sizeof INDEPENDENT_COLUMNS / sizeof *INDEPENDENT_COLUMNS };

static const struct paper_fact FACTS[] = {
    {"May be pushed", "candidates"}, {"Of them for certain", "certain"}, {0}};

static const struct paper_table TABLES[] = {{.field = "steps",
                                             .caption = "Steps that moved",
                                             .columns = STEP_COLUMNS,
                                             .cells = STEP_CELLS,
                                             .n_columns = N_STEP_COLUMNS,
                                             .none = "None has moved."},
                                            {.field = "knock_ons",
                                             .caption = "What they may push",
                                             .columns = COLUMNS,
                                             .cells = CELLS,
                                             .n_columns = N_COLUMNS,
                                             .none = "Nothing.",
                                             .is_row = true,
                                             .is_grouped = true},
                                            {.field = "independent",
                                             .caption = "Independent, by somebody's word",
                                             .columns = INDEPENDENT_COLUMNS,
                                             .cells = INDEPENDENT_CELLS,
                                             .n_columns = N_INDEPENDENT_COLUMNS,
                                             .is_row = true,
                                             .is_grouped = true},
                                            {0}};

const struct paper paper_knock_ons = {
    .kind = "knock-ons",
    .about = "A step moved when it was given a later date, is overdue or will not be delivered. It "
             "may push milestones of later actions of its objective that are programmed after it, "
             "are not done, and begin by the day it reaches to; where it reaches to no day, no "
             "date stands for it, and it may push them all. Declared are those that somebody said "
             "follow it, in any objective. No date is moved by this list.",
    .facts = FACTS,
    .tables = TABLES,
};
