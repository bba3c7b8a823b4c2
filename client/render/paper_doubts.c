#include "client/render/papers.h"

static const struct document_column KIND_COLUMNS[] = {
    {"KIND", 3, false}, {"OPEN", 1, true}, {"SETTLED", 1, true}};
static const struct paper_cell KIND_CELLS[] = {
    {.field = "kind"}, {.field = "open"}, {.field = "settled"}};

static const struct document_column OPEN_COLUMNS[] = {{"DOUBT", 1, true},
                                                      {"KIND", 2, false},
                                                      {"AS WRITTEN", 3, false},
                                                      {"WHAT IS STRANGE", 5, false},
                                                      {"MILESTONES", 3, false}};
static const struct paper_cell OPEN_CELLS[] = {
    {.field = "doubt_id"},
    {.field = "kind", .under = "reopened_on", .under_label = "Reopened on"},
    {.field = "subject"},
    {.field = "detail"},
    {.field = "references"},
};

static const struct document_column SETTLED_COLUMNS[] = {
    {"DOUBT", 1, true},    {"KIND", 2, false}, {"AS WRITTEN", 3, false},
    {"SETTLED", 2, false}, {"HOW", 4, false},  {"MILESTONES", 3, false}};
static const struct paper_cell SETTLED_CELLS[] = {
    {.field = "doubt_id"},   {.field = "kind"},       {.field = "subject"},
    {.field = "settled_on"}, {.field = "settlement"}, {.field = "references"},
};

static const struct paper_fact FACTS[] = {
    {"Open doubts", "open_doubts"}, {"Settled", "settled_doubts"}, {0}};

static const struct paper_table TABLES[] = {
    {.field = "kinds",
     .caption = "Doubts by kind",
     .columns = KIND_COLUMNS,
     .cells = KIND_CELLS,
     .n_columns = 3},
    {.field = "open",
     .caption = "Open",
     .columns = OPEN_COLUMNS,
     .cells = OPEN_CELLS,
     .n_columns = 5,
     .none = "There is no open doubt.",
     .is_row = true},
    {.field = "settled",
     .caption = "Settled",
     .columns = SETTLED_COLUMNS,
     .cells = SETTLED_CELLS,
     .n_columns = 6,
     .none = "None was settled.",
     .is_row = true},
    {0},
};

const struct paper paper_doubts = {
    .kind = "doubts",
    .about = "What could not be understood of the plan's document, and what looks like a slip in "
             "it. A doubt is settled by "
             "a date, an owner, a code or a reason to dismiss it, or by what the register or a "
             "later version of the plan says.",
    .facts = FACTS,
    .tables = TABLES,
};
