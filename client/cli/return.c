#include "client/cli/return.h"

#include "client/cli/listing.h"
#include "client/cli/request.h"
#include "shap/v1/returns.pb-c.h"

const struct column return_receipt_columns[RETURN_RECEIPT_N_COLUMNS] = {
    {"reference", "Milestone", COLUMN_TEXT},  {"record_id", "Record", COLUMN_RIGHT},
    {"recorded_at", "Recorded", COLUMN_TEXT}, {"replayed", "Was on record", COLUMN_TEXT},
    {"return_id", "Id", COLUMN_TEXT},
};

const struct column return_list_columns[RETURN_N_LIST_COLUMNS] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"reference", "Milestone", COLUMN_TEXT},
    {"organisation", "From", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"as_of", "As of", COLUMN_TEXT},
    {"status", "Status", COLUMN_TEXT},
    {"note", "Note", COLUMN_WRAP},
    {"new_date", "Asks for", COLUMN_WRAP},
    {"new_day", "Granted", COLUMN_TEXT},
    {"verdict", "Review", COLUMN_TEXT},
    {"withdrawn_on", "Withdrawn", COLUMN_TEXT},
};

// A file has room for all of it.
static const struct column full_columns[] = {
    {"record_id", "", COLUMN_TEXT},    {"return_id", "", COLUMN_TEXT},
    {"plan", "", COLUMN_TEXT},         {"reference", "", COLUMN_TEXT},
    {"organisation", "", COLUMN_TEXT}, {"by", "", COLUMN_TEXT},
    {"entered_for", "", COLUMN_TEXT},  {"status", "", COLUMN_TEXT},
    {"as_of", "", COLUMN_TEXT},        {"note", "", COLUMN_TEXT},
    {"new_date", "", COLUMN_TEXT},     {"reason", "", COLUMN_TEXT},
    {"evidence", "", COLUMN_TEXT},     {"rating", "", COLUMN_TEXT},
    {"corrects", "", COLUMN_TEXT},     {"recorded_at", "", COLUMN_TEXT},
    {"verdict", "", COLUMN_TEXT},      {"comment", "", COLUMN_TEXT},
    {"withdrawn_on", "", COLUMN_TEXT}, {"new_day", "", COLUMN_TEXT},
};
enum { N_FULL_COLUMNS = sizeof full_columns / sizeof *full_columns };

static const struct operand submit_operands[] = {{.name = "MILESTONE",
                                                  .field = "reference",
                                                  .is_optional = true,
                                                  .help = "SH3.2/5/1; not with --file"},
                                                 {0}};

static const struct option submit_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "status",
     .value = "STATUS",
     .kind = OPTION_CHOICE,
     .choices = &shap__v1__return_status__descriptor,
     .help = "how it stands"},
    {.name = "note", .value = "TEXT", .help = "in your own words"},
    {.name = "as-of",
     .value = "DAY",
     .kind = OPTION_DAY,
     .help = "the day it speaks of (default: today)"},
    {.name = "new-date", .value = "TEXT", .help = "asks for a new date: \"March 2011\""},
    {.name = "reason", .value = "TEXT", .help = "why the new date is needed"},
    {.name = "evidence", .value = "TEXT", .help = "where the proof is: an address or a document"},
    {.name = "rating", .value = "TEXT", .help = "your own rating, if you give one"},
    {.name = "corrects",
     .value = "ID",
     .help = "the id of your earlier return that this one corrects"},
    {.name = "organisation",
     .value = "CODE",
     .help = "for whom a coordinator enters it (default: your own)"},
    {.name = "id",
     .value = "UUID",
     .field = "return_id",
     .help = "this return's id, to send it again (default: a new one)"},
    {.name = "file", .value = "FILE", .help = "submit the returns of a CSV file"},
    {0}};

static const struct operand list_operands[] = {
    {.name = "MILESTONE", .field = "reference", .is_optional = true, .help = "of that one only"},
    {0}};

static const struct option list_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "organisation", .value = "CODE", .help = "from that organisation only"},
    {.name = "awaiting-review", .kind = OPTION_FLAG, .help = "not reviewed yet"},
    {.name = "awaiting-date", .kind = OPTION_FLAG, .help = "asking for a date not granted yet"},
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {0}};

static const struct operand withdraw_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the return's number; see shap return list"},
    {0}};

static const struct option withdraw_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

int return_print_list(struct invocation *invocation, Shap__V1__ListReturnsRequest *request) {
    const struct listing_call call = {.service = &shap__v1__returns__descriptor,
                                      .method = "ListReturns",
                                      .request = &request->base,
                                      .columns = return_list_columns,
                                      .n_columns = RETURN_N_LIST_COLUMNS,
                                      .full_columns = full_columns,
                                      .n_full_columns = N_FULL_COLUMNS};
    return listing_run(invocation, &call, NULL);
}

static int run_list(struct invocation *invocation) {
    Shap__V1__ListReturnsRequest request = SHAP__V1__LIST_RETURNS_REQUEST__INIT;
    return return_print_list(invocation, &request);
}

static void after_withdraw(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Withdrawn; both records stay. It no longer counts from that day. What is "
                    "owed now: shap outstanding");
}

static const struct command commands[] = {
    {.verb = "submit",
     .summary = "Say how a milestone stands, or many from a file",
     .details =
         "Each return has an id, and is kept in the outbox with it before anything is sent: sent "
         "twice it counts once. If the line breaks it waits there: shap outbox resume.\n\n"
         "A file is CSV with the columns reference and status, and as_of, note, new_date, reason, "
         "evidence, rating, organisation, corrects, id where they are wanted, in any order. A "
         "column source (where the row is from) is for the file's readers and is not sent. Each "
         "row is answered on its own: accepted rows are kept, refused ones are told with their "
         "line. A row without an id gets one made of what it says and the plan, so the whole file "
         "can be sent again; to say the same thing anew, on another day, give the row its day in "
         "as_of. A row without as_of speaks of today.\n\n"
         "Exit code 3: some rows were refused; 1: all of them.",
     .example = "shap return submit SH3.2/5/1 --status in-progress --note \"draft with the Panel\" "
                "--as-of 2010-12-17 --new-date \"March 2011\" --reason \"consultation ran on\"\n"
                "shap return submit --file returns.csv --format csv > receipts.csv",
     .operands = submit_operands,
     .options = submit_options,
     .run = return_submit_run},
    {.verb = "list",
     .summary = "List returns",
     .details = "CSV has every field.",
     .example =
         "shap return list --awaiting-review\nshap return list SH3.2/5/1 --known-at 2010-12-31",
     .operands = list_operands,
     .options = list_options,
     .is_list = true,
     .run = run_list,
     .next = "all that is on record of one milestone: shap milestone show MILESTONE",
     .empty = "No return fits. What is owed: shap outstanding"},
    {.verb = "withdraw",
     .summary = "Take a return back, with a reason",
     .example = "shap return withdraw 118 --reason \"sent for the wrong milestone\"",
     .operands = withdraw_operands,
     .options = withdraw_options,
     .service = &shap__v1__returns__descriptor,
     .method = "WithdrawReturn",
     .columns = return_list_columns,
     .n_columns = RETURN_N_LIST_COLUMNS,
     .after = after_withdraw,
     .has_bulk = true,
     .next = "shap return list"},
    {0}};

const struct noun noun_return = {
    .name = "return", .summary = "Returns: how milestones stand", .commands = commands};
