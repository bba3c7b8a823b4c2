#include <string.h>
#include "client/cli/identity.h"
#include "client/render/papers.h"
#include "shap/v1/windows.pb-c.h"

static const struct column columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"plan", "Plan", COLUMN_TEXT},
    {"window", "Window", COLUMN_TEXT},
    {"first_day", "From", COLUMN_TEXT},
    {"last_day", "To", COLUMN_TEXT},
    {"opened_on", "Opened", COLUMN_TEXT},
    {"due_on", "Returns due", COLUMN_TEXT},
    {"closed_on", "Closed", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"closed_by", "Closed by", COLUMN_TEXT},
    {"withdrawn_on", "Withdrawn", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const struct operand window_operand[] = {
    {.name = "WINDOW", .field = "window", .help = "Q3, panel-4; or with its plan: 2010-11/Q3"},
    {0}};

static const struct operand status_operand[] = {
    {.name = "WINDOW",
     .field = "window",
     .is_optional = true,
     .help = "Q3, panel-4 (default: the open one that is due first, else the latest)"},
    {0}};

static const struct option open_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "due",
     .value = "DAY",
     .kind = OPTION_DAY,
     .field = "due_on",
     .help = "when returns are due (default: as the cycle says)"},
    {.name = "day",
     .value = "DAY",
     .kind = OPTION_DAY,
     .help = "when it is opened (default: today)"},
    {0}};

static const struct option close_options[] = {OPTION_PLAN_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static const struct option undo_options[] = {
    OPTION_PLAN_ENTRY, OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static const struct option list_options[] = {
    OPTION_PLAN_ENTRY, OPTION_AS_AT_ENTRY, OPTION_KNOWN_AT_ENTRY, {0}};

static const struct option status_options[] = {OPTIONS_REPORT_ENTRIES, {0}};

static const Shap__V1__Window *window_in(const ProtobufCMessage *answer) {
    return (const Shap__V1__Window *)(const void *)answer;
}

static void after_open(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Window *window = window_in(answer);
    say(invocation,
        "%s is open; its returns are due on %s. Next: shap digest writes to every body, and who "
        "has answered is shown by: shap window status",
        window->window, window->due_on);
}

// The last day that the reports of a window can be of: its period's or, where it was closed before,
// that day. Days in ISO 8601 stand in their order.
static const char *reported_day(const Shap__V1__Window *window) {
    if (window->last_day == NULL || window->closed_on == NULL)
        return "DAY";
    return strcmp(window->closed_on, window->last_day) < 0 ? window->closed_on : window->last_day;
}

static void after_close(struct invocation *invocation, const ProtobufCMessage *answer) {
    say(invocation,
        "%s is closed: later returns answer it no more. Who is still missing: shap window status "
        "%s. Next: shap report exceptions --as-at %s",
        window_in(answer)->window, window_in(answer)->window, reported_day(window_in(answer)));
}

static void after_reopen(struct invocation *invocation, const ProtobufCMessage *answer) {
    say(invocation, "%s is open again; both records stay. It is closed with: shap window close %s",
        window_in(answer)->window, window_in(answer)->window);
}

static void after_withdraw(struct invocation *invocation, const ProtobufCMessage *answer) {
    say(invocation,
        "%s asks for nothing any more; both records stay. Opened anew with: shap window open %s",
        window_in(answer)->window, window_in(answer)->window);
}

static void after_status(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__WindowStatus *status = (const Shap__V1__WindowStatus *)(const void *)answer;
    bool is_one = status->head != NULL && status->head->organisation != NULL;
    const char *next = "Next: shap outstanding";
    Shap__V1__Role role = identity_role(invocation);
    if (role == SHAP__V1__ROLE__ROLE_COORDINATOR)
        next = "Next: shap digest writes to those who owe.";
    else if (role == SHAP__V1__ROLE__ROLE_CONTRIBUTOR)
        next = "Next: shap answer";
    say(invocation, "Missing or sent back: %d of %d.%s %s", status->missing + status->sent_back,
        status->asked, is_one ? "" : " By name: --organisation CODE.", next);
}

static const struct command commands[] = {
    {.verb = "open",
     .summary = "Ask every body for the returns of a period",
     .details = "A period is named by its cycle: Q3 is the plan's third quarter, panel-4 the "
                "panel's fourth two months, NAME-2 the second of a cycle of your own.",
     .example = "shap window open Q3\nshap window open panel-4 --plan 2010-11 --due 2010-11-26",
     .operands = window_operand,
     .options = open_options,
     .service = &shap__v1__windows__descriptor,
     .method = "OpenWindow",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_open,
     .has_bulk = true,
     .next = "shap window list"},
    {.verb = "close",
     .summary = "Close a window: later returns answer the next one",
     .example = "shap window close Q3",
     .operands = window_operand,
     .options = close_options,
     .service = &shap__v1__windows__descriptor,
     .method = "CloseWindow",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_close,
     .has_bulk = true,
     .next = "shap window list"},
    {.verb = "reopen",
     .summary = "Take the close of a window back, with a reason",
     .example = "shap window reopen Q3 --reason \"Home Housing's returns were held up\"",
     .operands = window_operand,
     .options = undo_options,
     .service = &shap__v1__windows__descriptor,
     .method = "ReopenWindow",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_reopen,
     .has_bulk = true,
     .next = "shap window list"},
    {.verb = "withdraw",
     .summary = "Take the opening of a window back, with a reason",
     .example = "shap window withdraw Q3 --reason \"opened for the wrong plan\"",
     .operands = window_operand,
     .options = undo_options,
     .service = &shap__v1__windows__descriptor,
     .method = "WithdrawWindow",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_withdraw,
     .has_bulk = true,
     .next = "shap window list"},
    {.verb = "list",
     .summary = "List the windows of a plan",
     .example = "shap window list\nshap window list --known-at 2010-12-31",
     .options = list_options,
     .service = &shap__v1__windows__descriptor,
     .method = "ListWindows",
     .is_list = true,
     .columns = columns,
     .n_columns = N_COLUMNS,
     .next = "who has answered: shap window status; a coordinator opens one more with: shap "
             "window open Q4",
     .empty = "No window is here. A coordinator opens one with: shap window open Q3"},
    {.verb = "status",
     .summary = "Body by body: asked, received, late, missing, sent back",
     .details =
         "A body is asked about each milestone it shares that is due by the period's last day, was "
         "granted a new date, or has a cycle that ended in the period, unless it is complete or "
         "will not be delivered. With --organisation, and in CSV and JSON, each milestone is "
         "there by name.",
     .example = "shap window status\n"
                "shap window status Q3 --organisation home-housing\n"
                "shap window status Q3 --as-at 2011-01-14 --format csv -o q3.csv",
     .operands = status_operand,
     .options = status_options,
     .service = &shap__v1__windows__descriptor,
     .method = "GetWindowStatus",
     .paper = &paper_window,
     .after = after_status},
    {0}};

const struct noun noun_window = {.name = "window",
                                 .summary = "Windows: when returns are due, and who has answered",
                                 .commands = commands};
