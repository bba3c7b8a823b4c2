#include "client/render/papers.h"

static const struct document_column BODY_COLUMNS[] = {
    {"BODY", 4, false}, {"ASKED", 1, true},     {"RECEIVED", 1, true},
    {"LATE", 1, true},  {"SENT BACK", 1, true}, {"MISSING", 1, true},
};
static const struct paper_cell BODY_CELLS[] = {
    {.field = "name", .under = "organisation", .under_label = "Code"},
    {.field = "asked"},
    {.field = "received"},
    {.field = "late"},
    {.field = "sent_back"},
    {.field = "missing"},
};

static const struct document_column MILESTONE_COLUMNS[] = {
    {"MILESTONE", 5, false}, {"WHEN", 3, false}, {"DUE", 3, false}, {"RETURN", 3, false}};
static const struct paper_cell MILESTONE_CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "when", .under = "new_when", .under_label = "New date"},
    {.field = "due_day", .under = "missed_cycles", .under_label = "Cycles missed, ended on"},
    {.field = "state", .under = "answered_by", .under_label = "Answered by"},
};

static const struct paper_fact FACTS[] = {
    {"Window", "window"},       {"Period from", "first_day"}, {"To", "last_day"},
    {"Opened", "opened_on"},    {"Returns due", "due_on"},    {"Closed", "closed_on"},
    {"Asked", "asked"},         {"Received", "received"},     {"Of these late", "late"},
    {"Sent back", "sent_back"}, {"Missing", "missing"},       {0},
};

static const struct paper_table TABLES[] = {
    {.field = "bodies",
     .caption = "Body by body",
     .columns = BODY_COLUMNS,
     .cells = BODY_CELLS,
     .n_columns = 6,
     .none = "Nobody is asked for anything."},
    {.field = "milestones",
     .caption = "By milestone",
     .columns = MILESTONE_COLUMNS,
     .cells = MILESTONE_CELLS,
     .n_columns = 4,
     .filter = "organisation",
     .is_row = true},
    {0},
};

const struct paper paper_window = {
    .kind = "window status",
    .about = "What was asked of each body that shares a milestone, and what was received: "
             "received, sent back and missing make up what was asked; late ones are among the "
             "received.",
    .facts = FACTS,
    .tables = TABLES,
};
