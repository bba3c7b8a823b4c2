#include "client/cli/command.h"
#include "shap/v1/windows.pb-c.h"

static const struct column columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"name", "Cycle", COLUMN_TEXT},
    {"months", "Months", COLUMN_RIGHT},
    {"first_month", "From month", COLUMN_RIGHT},
    {"due_days", "Due after days", COLUMN_RIGHT},
    {"day", "Decided", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const struct option list_options[] = {OPTION_KNOWN_AT_ENTRY, {0}};

static const struct operand add_operands[] = {
    {.name = "NAME", .field = "name", .help = "letters and hyphens: half-year"}, {0}};

static const struct option add_options[] = {
    {.name = "months",
     .value = "N",
     .kind = OPTION_NUMBER,
     .is_required = true,
     .help = "how long a period is: 1, 2, 3, 4, 6 or 12"},
    {.name = "first-month",
     .value = "N",
     .kind = OPTION_NUMBER,
     .help = "a month, 1 to 12, a period begins with (default: the plan's first)"},
    {.name = "due-days",
     .value = "N",
     .kind = OPTION_NUMBER,
     .help = "returns are due so many days after a period's end (default: 14)"},
    OPTION_DECIDED_ENTRY,
    {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD", .field = "record_id", .kind = OPTION_NUMBER, .help = "the cycle's number"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static void after_add(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Cycle *cycle = (const Shap__V1__Cycle *)(const void *)answer;
    say(invocation, "Windows that are open stay as they are. Next: shap window open %s-1",
        cycle->name == NULL ? "CYCLE" : cycle->name);
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. What counts now: shap cycle list");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List the cycles the council reports by",
     .details = "Those without a record every council has: the plan's quarters, and the panel's "
                "two-monthly meetings. One of your own with the same name takes their place.",
     .example = "shap cycle list",
     .options = list_options,
     .service = &shap__v1__windows__descriptor,
     .method = "ListCycles",
     .is_list = true,
     .columns = columns,
     .n_columns = N_COLUMNS,
     .next = "a period of one asks for returns: shap window open Q3",
     .empty = "There is no cycle. One is added with: shap cycle add NAME --months N"},
    {.verb = "add",
     .summary = "Add a cycle of the council's own, or change one",
     .example = "shap cycle add half-year --months 6 --due-days 21\n"
                "shap cycle add quarter --months 3 --due-days 10",
     .operands = add_operands,
     .options = add_options,
     .service = &shap__v1__windows__descriptor,
     .method = "AddCycle",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_add,
     .has_bulk = true,
     .next = "shap cycle list"},
    {.verb = "revoke",
     .summary = "Take a cycle back, with a reason",
     .example = "shap cycle revoke 140 --reason \"the panel meets as before\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__windows__descriptor,
     .method = "RevokeCycle",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "shap cycle list"},
    {0}};

const struct noun noun_cycle = {
    .name = "cycle", .summary = "The cycles a council reports by", .commands = commands};
