#include "client/cli/command.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "shap/v1/plans.pb-c.h"

static const struct column list_columns[] = {
    {"code", "Code", COLUMN_TEXT},
    {"title", "Title", COLUMN_WRAP},
    {"milestones", "Milestones", COLUMN_RIGHT},
};
enum { N_LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

static const struct column show_columns[] = {
    {"code", "Code", COLUMN_TEXT},       {"plan", "Plan", COLUMN_TEXT},
    {"heading", "Heading", COLUMN_WRAP}, {"title", "Title", COLUMN_WRAP},
    {"purpose", "Purpose", COLUMN_WRAP}, {"milestones", "Milestones", COLUMN_RIGHT},
};
enum { N_SHOW_COLUMNS = sizeof show_columns / sizeof *show_columns };

static const struct column milestone_columns[] = {
    {"reference", "Reference", COLUMN_TEXT},
    {"action", "Action", COLUMN_WRAP},
    {"milestone", "Milestone", COLUMN_WRAP},
    {"who", "Who", COLUMN_WRAP},
    {"when", "When", COLUMN_WRAP},
    {"new_when", "New date", COLUMN_WRAP},
    {"milestone_class", "Class", COLUMN_TEXT},
};
enum { N_MILESTONE_COLUMNS = sizeof milestone_columns / sizeof *milestone_columns };

static const struct operand show_operands[] = {
    {.name = "OBJECTIVE", .field = "code", .help = "its code: SH4.3"}, {0}};

static const struct option day_options[] = {
    OPTION_PLAN_ENTRY, OPTION_AS_AT_ENTRY, OPTION_KNOWN_AT_ENTRY, {0}};

static int print_milestones(struct invocation *invocation, const Shap__V1__Objective *objective) {
    struct listing *listing = output_begin(invocation, milestone_columns, N_MILESTONE_COLUMNS);
    for (size_t i = 0; listing != NULL && i < objective->n_actions; i++) {
        const Shap__V1__Action *action = objective->actions[i];
        for (size_t j = 0; j < action->n_milestones; j++) {
            if (!output_add(listing, &action->milestones[j]->base))
                return output_end(invocation, listing);
        }
    }
    return output_end(invocation, listing);
}

static void say_actions(struct invocation *invocation, const Shap__V1__Objective *objective) {
    for (size_t i = 0; i < objective->n_actions; i++) {
        const Shap__V1__Action *action = objective->actions[i];
        int n = (int)action->n_milestones;
        if (action->complete > 0)
            say(invocation, "%s: %d of %d complete%s", action->reference, action->complete, n,
                action->complete == n ? ", so the action is" : "");
    }
}

// JSON nests actions and milestones; a CSV file has one kind of row, a milestone's.
static int print_objective(struct invocation *invocation, const Shap__V1__Objective *objective) {
    enum format format = output_format(invocation);
    if (format == FORMAT_CSV)
        return print_milestones(invocation, objective);
    int code = output_message(invocation, &objective->base, show_columns, N_SHOW_COLUMNS);
    if (code != EXIT_OK || format == FORMAT_JSON)
        return code;
    if (!output_blank_line(invocation))
        return EXIT_FAILED;
    code = print_milestones(invocation, objective);
    say_actions(invocation, objective);
    return code;
}

static int run_show(struct invocation *invocation) {
    Shap__V1__GetObjectiveRequest request = SHAP__V1__GET_OBJECTIVE_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__plans__descriptor,
                                            "GetObjective", &request.base, &code);
    if (answer == NULL)
        return code;
    code = print_objective(invocation, (const Shap__V1__Objective *)(void *)answer);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List the objectives of a plan",
     .example = "shap objective list --plan 2010-11",
     .options = day_options,
     .service = &shap__v1__plans__descriptor,
     .method = "ListObjectives",
     .is_list = true,
     .columns = list_columns,
     .n_columns = N_LIST_COLUMNS,
     .next = "one with its actions and milestones: shap objective show CODE",
     .empty = "No objective is here. What can be seen: shap plan list"},
    {.verb = "show",
     .summary = "Show an objective with its actions and milestones",
     .example = "shap objective show SH4.3\nshap objective show SH4.3 --as-at 2010-12-31 --format "
                "markdown",
     .operands = show_operands,
     .options = day_options,
     .run = run_show},
    {0}};

const struct noun noun_objective = {
    .name = "objective", .summary = "Objectives of a plan", .commands = commands};
