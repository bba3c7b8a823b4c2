#include "client/render/papers.h"

static const struct document_column COMPLETE_COLUMNS[] = {
    {"MILESTONE", 5, false}, {"WHO", 3, false},  {"COMPLETED", 3, false},
    {"EVIDENCE", 4, false},  {"NOTE", 2, false},
};
static const struct paper_cell COMPLETE_CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "completed_on", .under = "ground", .under_label = "By", .absent = "no day known"},
    {.field = "evidence", .absent = "none"},
    {.field = "own_work", .under = "same_as", .under_label = "Same work as"},
};

static const struct document_column SAID_COLUMNS[] = {
    {"MILESTONE", 5, false},
    {"WHO", 3, false},
    {"SAID ON", 3, false},
    {"NOTE", 2, false},
};
static const struct paper_cell SAID_CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "said_on", .under = "status", .under_label = "Status"},
    {.field = "own_work", .under = "same_as", .under_label = "Same work as"},
};

static const struct document_column CHANGED_COLUMNS[] = {
    {"MILESTONE", 5, false},  {"WHO", 3, false},  {"SIGNED OFF", 3, false},
    {"SAID SINCE", 3, false}, {"NOTE", 2, false},
};
static const struct paper_cell CHANGED_CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "signed_off_on"},
    {.field = "said_on", .under = "status", .under_label = "Status", .absent = "nothing counts"},
    {.field = "own_work", .under = "same_as", .under_label = "Same work as"},
};

static const struct paper_fact FACTS[] = {
    {"Signed off", "signed_off"},
    {"Will not be delivered, and noted", "noted"},
    {0},
};

static const struct paper_table TABLES[] = {
    {.field = "complete",
     .caption = "Complete, to be signed off",
     .columns = COMPLETE_COLUMNS,
     .cells = COMPLETE_CELLS,
     .n_columns = 5,
     .none = "Nothing that is complete waits to be signed off.",
     .is_row = true},
    {.field = "undeliverable",
     .caption = "Will not be delivered, to be noted",
     .columns = SAID_COLUMNS,
     .cells = SAID_CELLS,
     .n_columns = 4,
     .none = "Nothing waits to be noted.",
     .is_row = true},
    {.field = "changed",
     .caption = "Signed off, and changed since",
     .columns = CHANGED_COLUMNS,
     .cells = CHANGED_CELLS,
     .n_columns = 5,
     .none = "Nothing that was signed off has changed.",
     .is_row = true},
    {0},
};

const struct paper paper_sign_off = {
    .kind = "awaiting sign-off",
    .about =
        "What waits for the panel. Complete is what an accepted return or the plan's own text says "
        "is complete; without evidence it is signed off with a reason. Own work is that of the "
        "body which signs off.",
    .facts = FACTS,
    .tables = TABLES,
};
