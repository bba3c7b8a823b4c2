#include "client/cli/plan.h"
#include "shap/v1/plans.pb-c.h"

static const struct operand settle_operands[] = {{.name = "DOUBT",
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
     .help = "the code of the register that is meant, for an owner in doubt"},
    {.name = "reason", .value = "TEXT", .help = "why; needed to dismiss, kept always"},
    {.name = "day",
     .value = "DAY",
     .kind = OPTION_DAY,
     .help = "when it was decided (default: today)"},
    {0}};

static void after_settle(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Settled, and on record. What is left: shap plan doubts");
}

static const struct command commands[] = {
    {.verb = "settle",
     .summary = "Settle a doubt: with a date, an owner's code, or dismissed with a reason",
     .details = "Without --date and --code the doubt is dismissed, which needs --reason.",
     .example = "shap doubt settle 12 --date 2010-12-31 --reason \"minute 4 of the July Panel\"\n"
                "shap doubt settle 13 --code HSM\n"
                "shap doubt settle 14 --reason \"two pieces of work after all\"",
     .operands = settle_operands,
     .options = settle_options,
     .service = &shap__v1__plans__descriptor,
     .method = "SettleDoubt",
     .columns = plan_doubt_columns,
     .n_columns = PLAN_DOUBT_N_COLUMNS,
     .after = after_settle},
    {0}};

const struct noun noun_doubt = {.name = "doubt",
                                .summary = "Doubts an import raised; listed by shap plan doubts",
                                .commands = commands};
