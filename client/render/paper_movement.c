#include "client/render/papers.h"

static const struct document_column CLASS_COLUMNS[] = {
    {"CLASS", 4, false}, {"BEFORE", 1, true}, {"CAME", 1, true},  {"WENT", 1, true},
    {"ADDED", 1, true},  {"GONE", 1, true},   {"AFTER", 1, true},
};
static const struct paper_cell CLASS_CELLS[] = {
    {.field = "milestone_class"}, {.field = "before"},  {.field = "came"},  {.field = "went"},
    {.field = "added"},           {.field = "removed"}, {.field = "after"},
};

static const struct document_column CHANGE_COLUMNS[] = {
    {"FROM", 3, false}, {"TO", 3, false}, {"COUNT", 1, true}, {"WHICH", 6, false}};
static const struct paper_cell CHANGE_CELLS[] = {
    {.field = "class_before", .absent = "not in the plan"},
    {.field = "class_after", .absent = "not in the plan"},
    {.field = "milestones"},
    {.field = "references"},
};

static const struct document_column MOVED_COLUMNS[] = {
    {"MILESTONE", 5, false}, {"WHO", 3, false},      {"WHEN", 3, false},
    {"CLASS", 3, false},     {"NEW DATE", 3, false},
};
static const struct paper_cell MOVED_CELLS[] = {
    {.field = "reference", .under = "milestone", .under_label = "Milestone"},
    {.field = "who"},
    {.field = "when", .under = "last_day", .under_label = "Due"},
    {.field = "class_after",
     .under = "class_before",
     .under_label = "Before",
     .absent = "not in the plan"},
    {.field = "new_when", .under = "new_day", .under_label = "Due"},
};

static const struct document_column VERSION_COLUMNS[] = {
    {"VERSION", 1, true}, {"ADOPTED", 2, false}, {"BY", 3, false}, {"NOTE", 5, false}};
static const struct paper_cell VERSION_CELLS[] = {
    {.field = "version"}, {.field = "day"}, {.field = "by"}, {.field = "note"}};

static const struct paper_fact FACTS[] = {
    {"Compared with", "from_day"},
    {"That day as known at", "known_from"},
    {"Milestones before", "total_before"},
    {"Added", "total_added"},
    {"Removed", "total_removed"},
    {"Milestones after", "total_after"},
    {"Exceptions before", "exceptions_before"},
    {"Exceptions after", "exceptions_after"},
    {0},
};

static const struct paper_notice NOTICES[] = {
    {"from_as_closed", "The earlier day is as known when its window was closed."},
    {"as_closed", "The later day is as known when its window was closed."},
    {0},
};

#define MOVED(list, title, nobody)                                                                 \
    {                                                                                              \
        .field = (list), .caption = (title), .columns = MOVED_COLUMNS, .cells = MOVED_CELLS,       \
        .n_columns = 5, .none = (nobody), .is_row = true                                           \
    }

static const struct paper_table TABLES[] = {
    {.field = "classes",
     .caption = "The account on both days",
     .columns = CLASS_COLUMNS,
     .cells = CLASS_CELLS,
     .n_columns = 7},
    {.field = "changes",
     .caption = "From which class to which",
     .columns = CHANGE_COLUMNS,
     .cells = CHANGE_CELLS,
     .n_columns = 4},
    MOVED("newly_due", "Newly due", "Nothing fell due."),
    MOVED("completed", "Completed", "Nothing was completed."),
    MOVED("signed_off", "Signed off", NULL),
    MOVED("re_dated", "Given a new date", "No new date was granted."),
    MOVED("became_overdue", "Became overdue", "Nothing became overdue."),
    MOVED("undeliverable", "Will not be delivered", NULL),
    MOVED("answered", "Answered for the first time", NULL),
    MOVED("fell_silent", "Due now, and nobody has said anything", NULL),
    MOVED("reopened", "Complete no more", NULL),
    MOVED("new_exceptions", "New exceptions", "There is no new exception."),
    MOVED("no_longer_exceptions", "Exceptions no more", "Every exception is still one."),
    MOVED("added", "Added to the plan", NULL),
    MOVED("removed", "Removed from the plan", NULL),
    {.field = "versions",
     .caption = "Versions of the plan that came into force",
     .columns = VERSION_COLUMNS,
     .cells = VERSION_CELLS,
     .n_columns = 4},
    {0},
};

const struct paper paper_movement = {
    .kind = "movement",
    .about = "What moved between two days. For every class: before + came - went + added - gone = "
             "after.",
    .facts = FACTS,
    .notices = NOTICES,
    .tables = TABLES,
};
