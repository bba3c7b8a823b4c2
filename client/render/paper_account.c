#include "client/render/papers.h"

static const struct document_column COLUMNS[] = {
    {"MILESTONES OF", 8, false},
    {"SIGNED OFF", 2, true},
    {"COMPLETE", 2, true},
    {"WILL NOT BE DELIVERED", 3, true},
    {"OVERDUE", 2, true},
    {"RE-DATED", 2, true},
    {"ONGOING, ANSWERED", 3, true},
    {"UNDATED", 2, true},
    {"NOT YET DUE", 2, true},
    {"NO RETURN", 2, true},
    {"TOTAL", 2, true},
};
static const struct paper_cell CELLS[] = {
    {.field = "code", .under = "name", .under_label = "That is", .absent = "nobody is named"},
    {.field = "signed_off"},
    {.field = "complete"},
    {.field = "will_not_be_delivered"},
    {.field = "overdue"},
    {.field = "re_dated"},
    {.field = "ongoing_answered"},
    {.field = "undated"},
    {.field = "not_yet_due"},
    {.field = "no_return"},
    {.field = "total"},
};

static const struct paper_fact FACTS[] = {
    {"Milestones", "whole.total"},
    {"Pieces of work", "pieces_of_work"},
    {"A row for each", "by"},
    {"Milestones that stand in several rows", "in_several"},
    {0},
};

static const struct paper_notice NOTICES[] = {
    {"overlaps", "Milestones are shared: some stand in several rows, so the rows add up to more "
                 "than the whole. The last "
                 "row counts each milestone once."},
    {0},
};

static const struct paper_table TABLES[] = {
    {.field = "rows",
     .caption = "Milestones by class",
     .columns = COLUMNS,
     .cells = CELLS,
     .n_columns = 11,
     .none = "There are no milestones.",
     .total = "whole",
     .is_row = true},
    {0},
};

const struct paper paper_account = {
    .kind = "account",
    .about =
        "Every milestone stands in exactly one class. In each row the classes add up to its total.",
    .facts = FACTS,
    .notices = NOTICES,
    .tables = TABLES,
};
