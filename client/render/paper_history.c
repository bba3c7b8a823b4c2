#include "client/render/papers.h"

static const struct document_column COLUMNS[] = {
    {"RECORD", 1, true}, {"DAY", 4, false}, {"WHAT", 3, false},
    {"SAYS", 6, false},  {"BY", 3, false},
};
static const struct paper_cell CELLS[] = {
    {.field = "record_id"},
    {.field = "day",
     .under = "recorded_at",
     .under_label = "Recorded",
     .absent = "no day of its own"},
    {.field = "kind", .under = "of_record", .under_label = "On record"},
    {.field = "summary", .under = "text", .under_label = "Words"},
    {.field = "by", .under = "organisation", .under_label = "For"},
};

static const struct paper_fact FACTS[] = {
    {"Milestone", "milestone.reference"},
    {"Objective", "objective_heading"},
    {"Action", "milestone.action"},
    {"What was promised", "milestone.milestone"},
    {"Measure of success", "milestone.measure"},
    {"Who", "milestone.who"},
    {"Shared with", "milestone.organisations"},
    {"When", "milestone.when"},
    {"Due", "milestone.last_day"},
    {"Comes round", "milestone.recurrence"},
    {"New date", "milestone.new_when"},
    {"That is", "milestone.new_day"},
    {"Extensions", "milestone.extensions"},
    {"Slip in months", "milestone.slip_months"},
    {"Class", "milestone.milestone_class"},
    {"Status", "milestone.status"},
    {0},
};

static const struct paper_table TABLES[] = {
    {.field = "events",
     .caption = "What is on record",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = 5,
     .none = "Nothing has been recorded on it.",
     .is_row = true},
    {0},
};

const struct paper paper_history = {
    .kind = "history of a milestone",
    .about = "Every record about it in the order they were made. Nothing is edited: what was wrong "
             "is answered by a record "
             "of its own, which names the first. Moments are in UTC.",
    .facts = FACTS,
    .tables = TABLES,
};
