#include "client/render/papers.h"

static const struct document_column columns[] = {
    {"MILESTONE", 4, false}, {"WHO", 2, false}, {"COMPUTED", 3, false},
    {"JUDGED", 3, false},    {"BY", 4, false},  {"REASON", 3, false},
};
static const struct paper_cell cells[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "computed", .under = "rule", .under_label = "Rule", .absent = "unrated"},
    {.field = "judged", .under = "kind", .under_label = "As"},
    {.field = "by", .under = "day", .under_label = "On"},
    {.field = "reason"},
};

static const struct document_column rule_columns[] = {
    {"ROW", 1, true}, {"RATING", 2, false}, {"MARK", 1, false}, {"RULE", 8, false}};
static const struct paper_cell rule_cells[] = {
    {.field = "place"},
    {.field = "rating"},
    {.field = "mark"},
    {.field = "rule", .under = "condition", .under_label = "Asks"}};

static const struct paper_table tables[] = {
    {.field = "disagreements",
     .caption = "Disagreements",
     .columns = columns,
     .cells = cells,
     .n_columns = sizeof columns / sizeof *columns,
     .none = "Nobody's rating is another than the computed one.",
     .is_grouped = true,
     .is_row = true},
    {.field = "rules",
     .caption = "The rule: the first row that fits counts",
     .columns = rule_columns,
     .cells = rule_cells,
     .n_columns = sizeof rule_columns / sizeof *rule_columns},
    {0}};

static const struct paper_fact facts[] = {
    {"Scheme", "scheme_name"},          {"Its code", "scheme"},
    {"Its record", "scheme_record_id"}, {"Officers' ratings understood", "officer_ratings"},
    {"Overrides", "overrides"},         {0}};

const struct paper paper_disagreements = {
    .kind = "disagreements",
    .about = "The ratings of officers, and the overrides of coordinators, that are another than "
             "the rating the scheme computes without asking them.",
    .facts = facts,
    .tables = tables};
