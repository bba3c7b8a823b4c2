#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "shap/v1/windows.pb-c.h"

static const struct column columns[] = {
    {"kind", "What", COLUMN_TEXT},           {"plan", "Plan", COLUMN_VARIED},
    {"reference", "Milestone", COLUMN_TEXT}, {"milestone", "", COLUMN_WRAP},
    {"organisation", "Body", COLUMN_TEXT},   {"due_day", "Due", COLUMN_TEXT},
    {"window", "Window", COLUMN_TEXT},       {"due_on", "Return by", COLUMN_TEXT},
    {"late", "Late", COLUMN_TEXT},           {"last_status", "Last said", COLUMN_TEXT},
    {"last_plan", "Said in", COLUMN_RARE},   {"record_id", "Return", COLUMN_RIGHT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const struct column full_columns[] = {
    {"kind", "", COLUMN_TEXT},        {"plan", "", COLUMN_TEXT},
    {"reference", "", COLUMN_TEXT},   {"organisation", "", COLUMN_TEXT},
    {"action", "", COLUMN_TEXT},      {"milestone", "", COLUMN_TEXT},
    {"who", "", COLUMN_TEXT},         {"when", "", COLUMN_TEXT},
    {"new_when", "", COLUMN_TEXT},    {"measure", "", COLUMN_TEXT},
    {"due_day", "", COLUMN_TEXT},     {"window", "", COLUMN_TEXT},
    {"due_on", "", COLUMN_TEXT},      {"late", "", COLUMN_TEXT},
    {"record_id", "", COLUMN_TEXT},   {"last_status", "", COLUMN_TEXT},
    {"last_note", "", COLUMN_TEXT},   {"last_day", "", COLUMN_TEXT},
    {"last_by", "", COLUMN_TEXT},     {"comment", "", COLUMN_TEXT},
    {"asked_date", "", COLUMN_TEXT},  {"asked_reason", "", COLUMN_TEXT},
    {"answered_by", "", COLUMN_TEXT}, {"last_plan", "", COLUMN_TEXT},
};
enum { N_FULL_COLUMNS = sizeof full_columns / sizeof *full_columns };

static const struct option options[] = {
    OPTION_PLAN_ENTRY, OPTION_AS_AT_ENTRY, OPTION_KNOWN_AT_ENTRY, {0}};

static int run(struct invocation *invocation) {
    Shap__V1__ListOutstandingRequest request = SHAP__V1__LIST_OUTSTANDING_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__windows__descriptor,
                                      .method = "ListOutstanding",
                                      .request = &request.base,
                                      .columns = columns,
                                      .n_columns = N_COLUMNS,
                                      .full_columns = full_columns,
                                      .n_full_columns = N_FULL_COLUMNS};
    return listing_run(invocation, &call, NULL);
}

static const struct command commands[] = {
    {.summary = "What waits for you",
     .details =
         "For a contributor: the returns your organisation owes, and those sent back to it. For a "
         "coordinator also returns to review and requests for new dates; for the panel what is to "
         "be signed off or noted. Open windows say what is owed; without one it is what is due and "
         "unanswered. CSV has every field.",
     .example = "shap outstanding\nshap outstanding --plan copeland/2010-11 --format csv",
     .options = options,
     .is_list = true,
     .run = run,
     .next = "what to do with each: shap",
     .empty = "Nothing waits for you. What was said is listed by: shap return list"},
    {0}};

const struct noun noun_outstanding = {
    .name = "outstanding", .summary = "What waits for you", .commands = commands};
