#include "client/cli/command.h"
#include "client/cli/listing.h"
#include "shap/v1/carry.pb-c.h"

static const struct column columns[] = {
    {"outcome", "Outcome", COLUMN_TEXT},
    {"reference", "Milestone", COLUMN_TEXT},
    {"from_reference", "Carried from", COLUMN_TEXT},
    {"milestone", "Wording", COLUMN_WRAP},
    {"when", "When", COLUMN_WRAP},
    {"from_class", "There it was", COLUMN_TEXT},
    {"record_id", "Record", COLUMN_RIGHT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

// A file has room for all of it.
static const struct column full_columns[] = {
    {"outcome", "Outcome", COLUMN_TEXT},
    {"plan", "Plan", COLUMN_TEXT},
    {"reference", "Milestone", COLUMN_TEXT},
    {"from_plan", "From plan", COLUMN_TEXT},
    {"from_reference", "Carried from", COLUMN_TEXT},
    {"milestone", "Wording", COLUMN_WRAP},
    {"when", "When", COLUMN_WRAP},
    {"from_when", "When there", COLUMN_WRAP},
    {"from_class", "There it was", COLUMN_TEXT},
    {"ongoing", "Ongoing", COLUMN_TEXT},
    {"record_id", "Record", COLUMN_RIGHT},
    {"reason", "Reason", COLUMN_WRAP},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_FULL_COLUMNS = sizeof full_columns / sizeof *full_columns };

static const struct operand list_operands[] = {
    {.name = "PLAN",
     .field = "plan",
     .is_optional = true,
     .help = "the plan that was started: 2011-12 (default: the latest that was rolled)"},
    {0}};

static const struct option list_options[] = {{.name = "outcome",
                                              .value = "OUTCOME",
                                              .kind = OPTION_CHOICE,
                                              .choices = &shap__v1__carry_outcome__descriptor,
                                              .help = "only those"},
                                             {0}};

static const struct operand add_operands[] = {
    {.name = "MILESTONE", .field = "reference", .help = "in the new plan: SH4.5/1/1"}, {0}};

static const struct option add_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "from",
     .value = "MILESTONE",
     .field = "from_reference",
     .is_required = true,
     .help = "the one it comes from: SH4.5/4/1"},
    {.name = "from-plan",
     .value = "PLAN",
     .help = "in which plan (default: the one that was rolled)"},
    {.name = "reason", .value = "TEXT", .help = "why"},
    OPTION_DECIDED_ENTRY,
    {0}};

static const struct operand revoke_operands[] = {{.name = "RECORD",
                                                  .field = "record_id",
                                                  .kind = OPTION_NUMBER,
                                                  .help = "the link's number; see shap carry list"},
                                                 {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static int run_list(struct invocation *invocation) {
    Shap__V1__ListCarriedRequest request = SHAP__V1__LIST_CARRIED_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__carry__descriptor,
                                      .method = "ListCarried",
                                      .request = &request.base,
                                      .columns = columns,
                                      .n_columns = N_COLUMNS,
                                      .full_columns = full_columns,
                                      .n_full_columns = N_FULL_COLUMNS};
    return listing_run(invocation, &call, NULL);
}

static void after_add(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Linked; both milestones show it: shap milestone show MILESTONE");
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. What is linked now: shap carry list");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List what became of each milestone when a plan was rolled",
     .details = "carried: goes on; left: complete, signed off or will not be delivered; dropped: "
                "was open, and no milestone of the draft comes from it; new: comes from nowhere.",
     .example = "shap carry list 2011-12 --outcome left\nshap carry list --format csv",
     .operands = list_operands,
     .options = list_options,
     .is_list = true,
     .run = run_list,
     .next = "one with its history: shap milestone show MILESTONE",
     .empty = "No milestone fits. All of them: shap carry list"},
    {.verb = "add",
     .summary = "Say which milestone of the old plan one of the new plan comes from",
     .details = "Needed only where the reference was changed in the draft: a link holds in every "
                "version that has the reference.",
     .example = "shap carry add SH4.5/1/1 --plan 2011-12 --from SH4.5/4/1 "
                "--reason \"numbered anew\"",
     .operands = add_operands,
     .options = add_options,
     .service = &shap__v1__carry__descriptor,
     .method = "AddCarry",
     .columns = full_columns,
     .n_columns = N_FULL_COLUMNS,
     .after = after_add,
     .has_bulk = true,
     .next = "shap carry list"},
    {.verb = "revoke",
     .summary = "End a link between milestones, with a reason",
     .example = "shap carry revoke 812 --reason \"another piece of work under the old number\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__carry__descriptor,
     .method = "RevokeCarry",
     .columns = full_columns,
     .n_columns = N_FULL_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "shap carry list"},
    {0}};

const struct noun noun_carry = {.name = "carry",
                                .summary = "Where the milestones of a rolled plan come from",
                                .commands = commands};
