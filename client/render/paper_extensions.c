#include "client/render/papers.h"

static const struct document_column SLIP_COLUMNS[] = {{"SLIP IN MONTHS", 1, true},
                                                      {"MILESTONES", 1, true}};
static const struct paper_cell SLIP_CELLS[] = {
    {.field = "slip_months", .absent = "no date to slip from"}, {.field = "milestones"}};

static const struct document_column GRANT_COLUMNS[] = {
    {"MILESTONE", 5, false}, {"WHEN", 3, false},       {"NEW DATE", 3, false},
    {"SLIP", 1, true},       {"GRANTED ON", 3, false}, {"REASON", 4, false},
};
static const struct paper_cell GRANT_CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "when", .under = "last_day", .under_label = "Due"},
    {.field = "new_when", .under = "new_day", .under_label = "Due"},
    {.field = "slip_months"},
    {.field = "granted_on", .under = "grantor", .under_label = "By"},
    {.field = "reason", .under = "before_due", .under_label = "Note"},
};

static const struct paper_fact FACTS[] = {
    {"Milestones with a new date", "milestones"},
    {"New dates granted", "extensions"},
    {"Slip of all of them, in months", "slip_months"},
    {"Without a date to slip from", "without_baseline"},
    {0},
};

static const struct paper_table TABLES[] = {
    {.field = "slips",
     .caption = "How far they slipped",
     .columns = SLIP_COLUMNS,
     .cells = SLIP_CELLS,
     .n_columns = 2},
    {.field = "grants",
     .caption = "New dates, by milestone",
     .columns = GRANT_COLUMNS,
     .cells = GRANT_CELLS,
     .n_columns = 6,
     .none = "No new date was granted.",
     .is_grouped = true,
     .is_row = true},
    {0},
};

const struct paper paper_extensions = {
    .kind = "extensions",
    .about =
        "Every milestone that was granted a new date, with each grant. Slip is counted in whole "
        "months from the plan's own date, which stays as it was adopted.",
    .facts = FACTS,
    .tables = TABLES,
};
