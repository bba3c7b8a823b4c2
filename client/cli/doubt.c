#include "client/cli/plan.h"
#include "shap/v1/plans.pb-c.h"

static const struct operand doubt_operand[] = {{.name = "DOUBT",
                                                .field = "doubt_id",
                                                .kind = OPTION_NUMBER,
                                                .help = "its number; see shap plan doubts"},
                                               {0}};

static const struct option settle_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "date",
     .value = "DAY",
     .kind = OPTION_DAY,
     .field = "last_day",
     .help = "the day the phrase means, for a date in doubt"},
    {.name = "code",
     .value = "CODE",
     .field = "code",
     .help = "the code of the register that is meant by one not in it: HSM for SHM"},
    {.name = "owner",
     .value = "CODE",
     .field = "code",
     .help = "the code of the owner, where WHO names nobody"},
    {.name = "reason", .value = "TEXT", .help = "why; needed to dismiss, kept always"},
    OPTION_DECIDED_ENTRY,
    {0}};

static const struct option reopen_options[] = {
    OPTION_PLAN_ENTRY, OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static void after_settle(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Settled, and on record. What is left: shap plan doubts");
}

static void after_reopen(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Reopened; both records stay. Settle it anew with: shap doubt settle DOUBT");
}

static const struct command commands[] = {
    {.verb = "settle",
     .summary = "Settle a doubt: with a date, an owner, a code, or dismissed with a reason",
     .details = "Without --date, --owner and --code the doubt is dismissed, which needs --reason.",
     .example = "shap doubt settle 12 --date 2010-12-31 --reason \"minute 4 of the July Panel\"\n"
                "shap doubt settle 13 --code HSM --reason \"SHM is a slip for HSM\"\n"
                "shap doubt settle 15 --owner HRM\n"
                "shap doubt settle 14 --reason \"two pieces of work after all\"",
     .operands = doubt_operand,
     .options = settle_options,
     .service = &shap__v1__plans__descriptor,
     .method = "SettleDoubt",
     .columns = plan_doubt_columns,
     .n_columns = PLAN_DOUBT_N_COLUMNS,
     .after = after_settle,
     .has_bulk = true,
     .next = "what is left: shap plan doubts"},
    {.verb = "reopen",
     .summary = "Take back how a doubt was settled, with a reason",
     .details = "What was read because of the settlement is read again: a date, an owner, and whom "
                "the milestone is shared with.",
     .example = "shap doubt reopen 13 --reason \"SHM is no slip: it is the manager of the sheds\"",
     .operands = doubt_operand,
     .options = reopen_options,
     .service = &shap__v1__plans__descriptor,
     .method = "ReopenDoubt",
     .columns = plan_doubt_columns,
     .n_columns = PLAN_DOUBT_N_COLUMNS,
     .after = after_reopen,
     .has_bulk = true,
     .next = "shap plan doubts"},
    {0}};

const struct noun noun_doubt = {.name = "doubt",
                                .summary = "Doubts an import raised; listed by shap plan doubts",
                                .commands = commands};
