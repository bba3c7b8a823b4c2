#include "client/cli/bulk.h"
#include "client/cli/command.h"
#include "shap/v1/reviews.pb-c.h"

static const struct column columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"reference", "Milestone", COLUMN_TEXT},
    {"new_date", "New date", COLUMN_WRAP},
    {"new_day", "That is", COLUMN_TEXT},
    {"extensions", "Extensions", COLUMN_RIGHT},
    {"slip_months", "Slip in months", COLUMN_RIGHT},
    {"reason", "Reason", COLUMN_WRAP},
    {"day", "Decided", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"return_record_id", "Return", COLUMN_RIGHT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const struct operand add_operands[] = {{.name = "MILESTONE",
                                               .field = "reference",
                                               .is_optional = true,
                                               .help = "SH2.7/8/1; not needed with --return"},
                                              {0}};

static const struct option add_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "return",
     .value = "RECORD",
     .kind = OPTION_NUMBER,
     .field = "return_record_id",
     .help = "the return whose request it answers; see shap return list --awaiting-date"},
    {.name = "new-date",
     .value = "TEXT",
     .help = "as it will be written: \"March 2011\" (default: the request's words)"},
    {.name = "new-day",
     .value = "DAY",
     .kind = OPTION_DAY,
     .help = "the day it means; needed when the words hold no date, or several"},
    {.name = "reason", .value = "TEXT", .help = "why"},
    OPTION_DECIDED_ENTRY,
    {.name = "replaces",
     .value = "RECORD",
     .kind = OPTION_NUMBER,
     .field = "replaces_record_id",
     .help = "the grant in force that it replaces, without --return"},
    {0}};

// What may hold for every row.
static const struct option import_options[] = {OPTION_PLAN_ENTRY,
                                               {.name = "reason", .value = "TEXT", .help = "why"},
                                               OPTION_DECIDED_ENTRY,
                                               {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD", .field = "record_id", .kind = OPTION_NUMBER, .help = "the grant's number"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static void after_add(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Grant *grant = (const Shap__V1__Grant *)(const void *)answer;
    say(invocation, "%s is now due on %s; the plan's own date stays on record.",
        grant->reference == NULL ? "The milestone" : grant->reference,
        grant->new_day == NULL ? "its new date" : grant->new_day);
    say(invocation, "Next: requests still open: shap return list --awaiting-date");
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. The date before it counts again. Requests "
                    "still open: shap return list --awaiting-date");
}

static const struct command commands[] = {
    {.verb = "add",
     .summary = "Grant a milestone a new date",
     .details =
         "Answers the request of a return, or stands alone with a milestone and --new-date. The "
         "first of two grants wins; the second is told what changed.",
     .example =
         "shap grant add --return 123 --day 2010-12-20\n"
         "shap grant add SH2.7/8/1 --new-date \"Revised March 2011\" --reason \"Panel moved\"",
     .operands = add_operands,
     .options = add_options,
     .service = &shap__v1__reviews__descriptor,
     .method = "GrantDate",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_add,
     .has_bulk = true,
     .next = "requests still open: shap return list --awaiting-date"},
    {.verb = "import",
     .summary = "Grant the new dates of a CSV file",
     .details = "Columns: reference or return, and as needed new_date, new_day, reason, day and "
                "replaces, as for `shap grant add`. A request that was granted is refused.",
     .example = "shap grant import grants.csv --day 2010-12-20",
     .operands = bulk_import_operands,
     .options = import_options,
     .run = bulk_import_run},
    {.verb = "revoke",
     .summary = "Take a grant back, with a reason",
     .example = "shap grant revoke 140 --reason \"granted to the wrong milestone\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__reviews__descriptor,
     .method = "RevokeGrant",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "requests still open: shap return list --awaiting-date"},
    {0}};

const struct noun noun_grant = {
    .name = "grant", .summary = "New dates, granted to milestones", .commands = commands};
