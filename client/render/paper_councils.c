#include "client/render/papers.h"

static const struct document_column SETTLED_COLUMNS[] = {
    {"COUNCIL", 4, false}, {"ALL", 1, true},           {"SIGNED OFF", 1, true},
    {"COMPLETE", 1, true}, {"NOT DELIVERED", 1, true}, {"ANSWERED", 1, true},
};
static const struct paper_cell SETTLED_CELLS[] = {
    {.field = "council_name", .under = "note", .under_label = "Note"},
    {.field = "covered", .absent = "-"},
    {.field = "signed_off", .absent = "-"},
    {.field = "complete", .absent = "-"},
    {.field = "will_not_be_delivered", .absent = "-"},
    {.field = "ongoing_answered", .absent = "-"},
};

static const struct document_column OPEN_COLUMNS[] = {
    {"COUNCIL", 4, false}, {"OVERDUE", 1, true},     {"RE-DATED", 1, true},
    {"UNDATED", 1, true},  {"NOT YET DUE", 1, true}, {"NO RETURN", 1, true},
};
static const struct paper_cell OPEN_CELLS[] = {
    {.field = "council_name", .under = "note", .under_label = "Note"},
    {.field = "overdue", .absent = "-"},
    {.field = "re_dated", .absent = "-"},
    {.field = "undated", .absent = "-"},
    {.field = "not_yet_due", .absent = "-"},
    {.field = "no_return", .absent = "-"},
};

static const struct document_column TARGET_COLUMNS[] = {
    {"COUNCIL", 4, false}, {"EXCEPTIONS", 2, true}, {"NO RETURN", 2, true},
    {"DUE", 1, true},      {"ON TARGET", 3, false}, {"MADE OF", 3, false},
};
static const struct paper_cell TARGET_CELLS[] = {
    {.field = "council_name", .under = "note", .under_label = "Note"},
    {.field = "exceptions", .absent = "-"},
    {.field = "no_return", .absent = "-"},
    {.field = "due", .absent = "-"},
    {.field = "on_target_share", .absent = "-"},
    {.field = "plan", .under = "as_closed", .under_label = "Known"},
};

static const struct paper_fact FACTS[] = {{"Without figures", "without_figures"}, {0}};

static const struct paper_table TABLES[] = {
    {.field = "councils",
     .caption = "What is settled, of all",
     .columns = SETTLED_COLUMNS,
     .cells = SETTLED_CELLS,
     .n_columns = 6,
     .none = "There is no council to report on.",
     .total = "total",
     .is_row = true},
    {.field = "councils",
     .caption = "What is open",
     .columns = OPEN_COLUMNS,
     .cells = OPEN_CELLS,
     .n_columns = 6,
     .total = "total"},
    {.field = "councils",
     .caption = "Exceptions, silence, and what was on target",
     .columns = TARGET_COLUMNS,
     .cells = TARGET_CELLS,
     .n_columns = 6,
     .total = "total"},
    {0},
};

const struct paper paper_councils = {
    .kind = "side by side",
    .about =
        "Each council's milestones by class. What is settled and what is open add up to all, and "
        "the last line is the sum of the others. On target: complete by the programmed day, of "
        "those due by "
        "then. A period whose window was closed is as known at that moment.",
    .facts = FACTS,
    .tables = TABLES,
};
