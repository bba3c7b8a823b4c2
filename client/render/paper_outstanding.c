#include "client/render/papers.h"

static const struct document_column BODY_COLUMNS[] = {
    {"BODY", 4, false}, {"OWED", 1, true}, {"OF THESE SENT BACK", 1, true}, {"LATE", 1, true}};
static const struct paper_cell BODY_CELLS[] = {
    {.field = "name", .under = "organisation", .under_label = "Code"},
    {.field = "owed"},
    {.field = "sent_back"},
    {.field = "late"},
};

static const struct document_column COLUMNS[] = {
    {"MILESTONE", 5, false}, {"WHEN", 3, false},      {"DUE", 3, false},
    {"WANTED", 3, false},    {"LAST SAID", 3, false},
};
static const struct paper_cell CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "when", .under = "new_when", .under_label = "New date"},
    {.field = "due_day", .under = "late", .under_label = "Note"},
    {.field = "kind", .under = "due_on", .under_label = "By"},
    {.field = "last_status", .under = "last_day", .under_label = "On", .absent = "nothing"},
};

static const struct paper_fact FACTS[] = {{"Returns owed", "owed"}, {0}};

static const struct paper_table TABLES[] = {
    {.field = "bodies",
     .caption = "Body by body",
     .columns = BODY_COLUMNS,
     .cells = BODY_CELLS,
     .n_columns = 4,
     .none = "Nobody owes a return."},
    {.field = "returns",
     .caption = "Returns owed",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = 5,
     .split = "organisation",
     .is_row = true},
    {.field = "coordinator",
     .caption = "Waiting for the coordinator",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = 5,
     .is_row = true},
    {.field = "panel",
     .caption = "Waiting for the panel",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = 5,
     .is_row = true},
    {0},
};

const struct paper paper_outstanding = {
    .kind = "outstanding",
    .about = "What the windows that are open ask and nobody of the body has answered; without an "
             "open window, what is due and unanswered.",
    .facts = FACTS,
    .tables = TABLES,
};
