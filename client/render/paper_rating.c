#include "client/render/papers.h"

static const struct document_column rule_columns[] = {
    {"ROW", 1, true},   {"RATING", 2, false},    {"MARK", 1, false},
    {"RULE", 6, false}, {"MILESTONES", 2, true},
};
static const struct paper_cell rule_cells[] = {
    {.field = "place"},      {.field = "rating"},
    {.field = "mark"},       {.field = "rule", .under = "condition", .under_label = "Asks"},
    {.field = "milestones"},
};

static const struct document_column count_columns[] = {
    {"RATING", 3, false},        {"MARK", 1, false},         {"MILESTONES", 2, true},
    {"BY THE OFFICER", 2, true}, {"OVERRIDDEN TO", 2, true},
};
static const struct paper_cell count_cells[] = {
    {.field = "rating"},  {.field = "mark"},       {.field = "milestones"},
    {.field = "officer"}, {.field = "overridden"},
};

static const struct document_column objective_columns[] = {
    {"OBJECTIVE", 2, false},
    {"TITLE", 5, false},
    {"MILESTONES", 2, true},
    {"RATINGS", 4, false},
};
static const struct paper_cell objective_cells[] = {
    {.field = "code"}, {.field = "title"}, {.field = "milestones"}, {.field = "ratings"}};

// The milestones, and those of them whose officer's rating is not understood.
static const struct document_column milestone_columns[] = {
    {"MILESTONE", 6, false}, {"WHEN", 3, false},     {"MONTHS BEHIND", 2, true},
    {"RATING", 2, false},    {"COMPUTED", 2, false}, {"OFFICER", 2, false},
    {"OVERRIDE", 3, false},  {"ROW", 1, true},
};
static const struct paper_cell milestone_cells[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "when", .under = "new_when", .under_label = "New date"},
    {.field = "months_behind", .absent = "not measured"},
    {.field = "rating", .under = "mark", .under_label = "Mark", .absent = "unrated"},
    {.field = "computed", .absent = "unrated"},
    {.field = "officer"},
    {.field = "override", .under = "override_reason", .under_label = "Reason"},
    {.field = "rule_place"},
};
enum { N_MILESTONE_COLUMNS = sizeof milestone_columns / sizeof *milestone_columns };

static const struct paper_table tables[] = {
    {.field = "counts",
     .caption = "Counts",
     .columns = count_columns,
     .cells = count_cells,
     .n_columns = sizeof count_columns / sizeof *count_columns},
    {.field = "rules",
     .caption = "The rule: the first row that fits counts",
     .columns = rule_columns,
     .cells = rule_cells,
     .n_columns = sizeof rule_columns / sizeof *rule_columns},
    {.field = "objectives",
     .caption = "By objective",
     .columns = objective_columns,
     .cells = objective_cells,
     .n_columns = sizeof objective_columns / sizeof *objective_columns},
    {.field = "not_understood",
     .caption = "Officers' ratings that are not understood",
     .columns = milestone_columns,
     .cells = milestone_cells,
     .n_columns = N_MILESTONE_COLUMNS},
    {.field = "milestones",
     .caption = "Milestones",
     .columns = milestone_columns,
     .cells = milestone_cells,
     .n_columns = N_MILESTONE_COLUMNS,
     .none = "There are none.",
     .is_row = true},
    {0}};

static const struct paper_fact facts[] = {{"Scheme", "scheme_name"},
                                          {"Its code", "scheme"},
                                          {"Its record", "scheme_record_id"},
                                          {"Milestones", "total"},
                                          {"Rated by their officers", "officer_ratings"},
                                          {"Overrides", "overrides"},
                                          {"Disagreements", "disagreements"},
                                          {0}};

const struct paper paper_rating = {
    .kind = "ratings",
    .about = "Every milestone as the scheme rates it, with what is computed without asking the "
             "officer, the officer's own rating and an override beside it. Months behind are "
             "counted from the plan's own date, a month begun as one. Each column of the counts "
             "adds up to all milestones.",
    .facts = facts,
    .tables = tables};
