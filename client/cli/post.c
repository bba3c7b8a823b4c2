#include "client/cli/command.h"
#include "shap/v1/register.pb-c.h"

static const struct column columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"code", "Code", COLUMN_TEXT},
    {"post", "Post", COLUMN_WRAP},
    {"person", "Held by", COLUMN_WRAP},
    {"from_day", "From", COLUMN_TEXT},
    {"until_day", "Until", COLUMN_TEXT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
    {"reason", "Reason", COLUMN_WRAP},
    {"membership_id", "Membership", COLUMN_RIGHT},
    {"by", "Said by", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const struct operand hold_operands[] = {
    {.name = "CODE", .field = "code", .help = "the post's code in the register: HSM"}, {0}};

static const struct option hold_options[] = {
    {.name = "person",
     .value = "NAME",
     .is_required = true,
     .help = "who: a name, or the number of their membership"},
    {.name = "from",
     .value = "DAY",
     .kind = OPTION_DAY,
     .field = "from_day",
     .help = "the first day (default: today)"},
    {.name = "until",
     .value = "DAY",
     .kind = OPTION_DAY,
     .field = "until_day",
     .help = "the last day, if it is known"},
    {.name = "replaces",
     .value = "RECORD",
     .kind = OPTION_NUMBER,
     .field = "replaces_record_id",
     .help = "the holding that ends with the day before; without it several hold the post"},
    {.name = "reason", .value = "TEXT", .help = "why"},
    {.name = "council", .value = "CODE", .help = "whose register (default: your council's)"},
    {0}};

static const struct option holders_options[] = {
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {.name = "all",
     .kind = OPTION_FLAG,
     .help = "all that were recorded, ended and revoked ones too"},
    {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the holding's number; see shap post holders"},
    {0}};

static const struct option revoke_options[] = {
    OPTION_WHY_ENTRY,
    {.name = "day",
     .value = "DAY",
     .kind = OPTION_DAY,
     .help = "the first day they hold it no more (default: today)"},
    {0}};

static void after_hold(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Holding *holding = (const Shap__V1__Holding *)(const void *)answer;
    say(invocation, "%s holds %s from %s on%s; the post's milestones are theirs.",
        holding->person == NULL ? "They" : holding->person,
        holding->code == NULL ? "the post" : holding->code,
        holding->from_day == NULL ? "today" : holding->from_day,
        holding->has_membership_id ? "" : " (a name without a membership here)");
    say(invocation, "Next: shap milestone list --holder \"%s\"",
        holding->person == NULL ? "NAME" : holding->person);
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Ended; both records stay. Who holds what now: shap post holders");
}

static const struct command commands[] = {
    {.verb = "holders",
     .summary = "List the posts of the register and who holds them",
     .example = "shap post holders\nshap post holders --as-at 2010-12-31 --format csv",
     .options = holders_options,
     .service = &shap__v1__register__descriptor,
     .method = "ListHolders",
     .is_list = true,
     .columns = columns,
     .n_columns = N_COLUMNS,
     .next = "their milestones: shap milestone list --owner CODE; who holds a post: shap post hold",
     .empty = "The register has no post. A coordinator fills it with: shap register import FILE"},
    {.verb = "hold",
     .summary = "Say who holds a post from a day on",
     .details = "When a post changes hands its milestones follow; as at an earlier day the earlier "
                "holder shows. With --replaces the earlier holding ends with the day before; "
                "without it both hold the post. One person may hold several.",
     .example = "shap post hold HSM --person \"Jo Brown\" --from 2010-10-01 --replaces 812\n"
                "shap post hold HRM --person 12 --until 2011-03-31",
     .operands = hold_operands,
     .options = hold_options,
     .service = &shap__v1__register__descriptor,
     .method = "HoldPost",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_hold,
     .has_bulk = true,
     .next = "shap post holders"},
    {.verb = "revoke",
     .summary = "End a holding from a day on, with a reason",
     .details = "From its first day on, it never held: for what was recorded by mistake.",
     .example = "shap post revoke 812 --day 2010-10-01 --reason \"left the council\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__register__descriptor,
     .method = "RevokeHolding",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "shap post holders"},
    {0}};

const struct noun noun_post = {
    .name = "post", .summary = "Posts, and the people who hold them", .commands = commands};
