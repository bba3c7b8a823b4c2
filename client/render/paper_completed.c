#include "client/render/papers.h"

static const struct document_column COLUMNS[] = {
    {"MILESTONE", 5, false}, {"WHO", 2, false},        {"WHEN", 3, false},
    {"COMPLETED", 3, false}, {"SIGNED OFF", 2, false}, {"EVIDENCE", 4, false},
};
static const struct paper_cell CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "when", .under = "last_day", .under_label = "Due"},
    {.field = "completed_on", .under = "late", .under_label = "Note", .absent = "day not recorded"},
    {.field = "signed_off_on"},
    {.field = "evidence", .under = "by_the_plan", .under_label = "Said", .absent = "none"},
};

static const struct paper_fact FACTS[] = {
    {"Since", "since"},
    {"Milestones completed or signed off", "milestones"},
    {"Of them signed off", "signed_off"},
    {"Of them completed late", "late"},
    {"Of them on a day not recorded", "day_unknown"},
    {0},
};

static const struct paper_table TABLES[] = {
    {.field = "completed",
     .caption = "Completed",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = 6,
     .none = "Nothing was completed or signed off.",
     .is_row = true},
    {0},
};

const struct paper paper_completed = {
    .kind = "completed work",
    .about =
        "What was completed or signed off after the day named and up to the day reported. Late is "
        "completed after the plan's own date. What only the plan's own text calls complete, "
        "without a "
        "month, counts from the day the plan was adopted.",
    .facts = FACTS,
    .tables = TABLES,
};
