#include "client/cli/command.h"
#include "client/cli/listing.h"
#include "client/cli/milestone_same.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "shap/v1/order.pb-c.h"
#include "shap/v1/plans.pb-c.h"
#include "shap/v1/signoffs.pb-c.h"

static const struct column list_columns[] = {
    {"reference", "Reference", COLUMN_TEXT},
    {"milestone", "Milestone", COLUMN_WRAP},
    {"who", "Who", COLUMN_WRAP},
    {"when", "When", COLUMN_WRAP},
    {"new_when", "New date", COLUMN_WRAP},
    {"milestone_class", "Class", COLUMN_TEXT},
};
enum { N_LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

// A file has room for all of it.
static const struct column full_columns[] = {
    {"plan", "", COLUMN_TEXT},
    {"reference", "", COLUMN_TEXT},
    {"objective_code", "", COLUMN_TEXT},
    {"action", "", COLUMN_TEXT},
    {"milestone", "", COLUMN_TEXT},
    {"who", "", COLUMN_TEXT},
    {"when", "", COLUMN_TEXT},
    {"measure", "", COLUMN_TEXT},
    {"first_day", "", COLUMN_TEXT},
    {"last_day", "", COLUMN_TEXT},
    {"recurrence", "", COLUMN_TEXT},
    {"ongoing", "", COLUMN_TEXT},
    {"new_when", "", COLUMN_TEXT},
    {"new_day", "", COLUMN_TEXT},
    {"extensions", "", COLUMN_TEXT},
    {"slip_months", "", COLUMN_TEXT},
    {"milestone_class", "", COLUMN_TEXT},
    {"status", "", COLUMN_TEXT},
    {"claimed", "", COLUMN_TEXT},
    {"owners", "", COLUMN_TEXT},
    {"organisations", "", COLUMN_TEXT},
    {"same_as", "", COLUMN_TEXT},
    {"signed_off_on", "", COLUMN_TEXT},
};
enum { N_FULL_COLUMNS = sizeof full_columns / sizeof *full_columns };

static const struct column show_columns[] = {
    {"milestone.reference", "Reference", COLUMN_TEXT},
    {"milestone.plan", "Plan", COLUMN_TEXT},
    {"objective_heading", "Objective", COLUMN_WRAP},
    {"milestone.action", "Action", COLUMN_WRAP},
    {"milestone.milestone", "Milestone", COLUMN_WRAP},
    {"milestone.who", "Who", COLUMN_WRAP},
    {"milestone.owners", "Owners", COLUMN_WRAP},
    {"holders", "Held by", COLUMN_WRAP},
    {"milestone.organisations", "Shared with", COLUMN_WRAP},
    {"milestone.when", "When", COLUMN_WRAP},
    {"milestone.first_day", "From", COLUMN_TEXT},
    {"milestone.last_day", "Due", COLUMN_TEXT},
    {"milestone.recurrence", "Every", COLUMN_TEXT},
    {"milestone.ongoing", "Ongoing", COLUMN_TEXT},
    {"milestone.new_when", "New date", COLUMN_WRAP},
    {"milestone.new_day", "That is", COLUMN_TEXT},
    {"milestone.extensions", "Extensions", COLUMN_TEXT},
    {"milestone.slip_months", "Slip in months", COLUMN_TEXT},
    {"milestone.measure", "Measure of success", COLUMN_WRAP},
    {"milestone.milestone_class", "Class", COLUMN_TEXT},
    {"milestone.status", "Status", COLUMN_TEXT},
    {"milestone.claimed", "Claimed", COLUMN_TEXT},
    {"carried_from", "Carried from", COLUMN_WRAP},
    {"carried_to", "Carried to", COLUMN_WRAP},
    {"milestone.signed_off_on", "Signed off", COLUMN_TEXT},
    {"milestone.same_as", "Same work as", COLUMN_WRAP},
};
enum { N_SHOW_COLUMNS = sizeof show_columns / sizeof *show_columns };

static const struct column event_columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"day", "Day", COLUMN_TEXT},
    {"kind", "What", COLUMN_TEXT},
    {"summary", "Says", COLUMN_WRAP},
    {"text", "Words", COLUMN_WRAP},
    {"by", "By", COLUMN_TEXT},
    {"organisation", "For", COLUMN_TEXT},
    {"recorded_at", "Recorded", COLUMN_TEXT},
    {"of_record", "On record", COLUMN_RIGHT},
};
enum { N_EVENT_COLUMNS = sizeof event_columns / sizeof *event_columns };

static const struct column share_columns[] = {
    {"reference", "Reference", COLUMN_TEXT},
    {"milestone", "Milestone", COLUMN_WRAP},
    {"who", "Who", COLUMN_WRAP},
    {"organisations", "Shared with", COLUMN_WRAP},
};
enum { N_SHARE_COLUMNS = sizeof share_columns / sizeof *share_columns };

static const struct column order_columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"reference", "Milestone", COLUMN_TEXT},
    {"kind", "Is", COLUMN_TEXT},
    {"step", "Of", COLUMN_TEXT},
    {"reason", "Reason", COLUMN_WRAP},
    {"day", "Decided", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"organisation", "For", COLUMN_TEXT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_ORDER_COLUMNS = sizeof order_columns / sizeof *order_columns };

#define OPERAND_MILESTONE_ENTRY                                                                    \
    { .name = "MILESTONE", .field = "reference", .help = "SH4.3/2/1, or sh4.3.2.1" }

static const struct operand milestone_operand[] = {OPERAND_MILESTONE_ENTRY, {0}};

static const struct option show_options[] = {
    OPTION_PLAN_ENTRY, OPTION_AS_AT_ENTRY, OPTION_KNOWN_AT_ENTRY, {0}};

static const struct option list_options[] = {
    OPTION_PLAN_ENTRY,
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {.name = "owner", .value = "CODE", .help = "whose: a code of the register, as HSM"},
    {.name = "organisation", .value = "CODE", .help = "owned or shared by that organisation"},
    {.name = "class",
     .value = "CLASS",
     .kind = OPTION_CHOICE,
     .field = "milestone_class",
     .choices = &shap__v1__milestone_class__descriptor,
     .help = "how it is reported"},
    {.name = "due-before", .value = "DAY", .kind = OPTION_DAY, .help = "due before that day"},
    {.name = "due-after", .value = "DAY", .kind = OPTION_DAY, .help = "due after that day"},
    {.name = "objective", .value = "CODE", .help = "of that objective: SH4.3"},
    {.name = "mine", .kind = OPTION_FLAG, .help = "of a post that you hold on that day"},
    {.name = "holder",
     .value = "NAME",
     .help = "of a post that they hold on that day; also the number of a membership"},
    {.name = "text", .value = "TEXT", .help = "with that text in action, milestone or measure"},
    {0}};

static const struct option share_options[] = {OPTION_PLAN_ENTRY,
                                              {.name = "organisation",
                                               .value = "CODE",
                                               .help = "with whom; see shap org list",
                                               .is_required = true},
                                              {.name = "reason", .value = "TEXT", .help = "why"},
                                              {0}};

static const struct option unshare_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "organisation", .value = "CODE", .help = "with whom no more", .is_required = true},
    OPTION_WHY_ENTRY,
    OPTION_DECIDED_ENTRY,
    {0}};

static const struct operand order_operands[] = {
    OPERAND_MILESTONE_ENTRY, {.name = "STEP", .field = "step", .help = "the one before it"}, {0}};

static const struct option after_options[] = {OPTION_PLAN_ENTRY,
                                              {.name = "reason", .value = "TEXT", .help = "why"},
                                              OPTION_DECIDED_ENTRY,
                                              {0}};

static const struct option independent_options[] = {
    OPTION_PLAN_ENTRY, OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static const struct operand order_list_operands[] = {{.name = "MILESTONE",
                                                      .field = "reference",
                                                      .is_optional = true,
                                                      .help = "of that one only, on either side"},
                                                     {0}};

static const struct operand revoke_order_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the declaration's number; see shap milestone order"},
    {0}};

static const struct option revoke_order_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static int run_list(struct invocation *invocation) {
    Shap__V1__ListMilestonesRequest request = SHAP__V1__LIST_MILESTONES_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__plans__descriptor,
                                      .method = "ListMilestones",
                                      .request = &request.base,
                                      .columns = list_columns,
                                      .n_columns = N_LIST_COLUMNS,
                                      .full_columns = full_columns,
                                      .n_full_columns = N_FULL_COLUMNS};
    return listing_run(invocation, &call, NULL);
}

static int print_events(struct invocation *invocation, const Shap__V1__MilestoneHistory *history) {
    struct listing *listing = output_begin(invocation, event_columns, N_EVENT_COLUMNS);
    for (size_t i = 0; listing != NULL && i < history->n_events; i++) {
        if (!output_add(listing, &history->events[i]->base))
            break;
    }
    return output_end(invocation, listing);
}

// JSON holds the history in the one object; a CSV file has one kind of row, the history's.
static int print_history(struct invocation *invocation, const Shap__V1__MilestoneHistory *history) {
    enum format format = output_format(invocation);
    if (format == FORMAT_CSV)
        return print_events(invocation, history);
    int code = output_message(invocation, &history->base, show_columns, N_SHOW_COLUMNS);
    if (code != EXIT_OK || format == FORMAT_JSON)
        return code;
    if (history->n_events == 0) {
        say(invocation, "Nothing has been recorded on it yet.");
        return EXIT_OK;
    }
    code = output_blank_line(invocation) ? print_events(invocation, history) : EXIT_FAILED;
    if (code == EXIT_OK)
        say(invocation, "Next: to say how it stands: shap return submit MILESTONE --status STATUS");
    return code;
}

static int run_show(struct invocation *invocation) {
    Shap__V1__GetMilestoneRequest request = SHAP__V1__GET_MILESTONE_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__plans__descriptor,
                                            "GetMilestone", &request.base, &code);
    if (answer == NULL)
        return code;
    code = print_history(invocation, (const Shap__V1__MilestoneHistory *)(void *)answer);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

static void after_share(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Shared: its people can see the milestone and answer for it from now on. "
                    "What they share: shap milestone list --organisation CODE");
}

static void after_unshare(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Shared with them no more; both records stay, and so do their returns. "
                    "What they share: shap milestone list --organisation CODE");
}

static void after_after(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__OrderDeclaration *said =
        (const Shap__V1__OrderDeclaration *)(const void *)answer;
    say(invocation,
        "%s follows %s: when that moves, it is a certain knock-on. No date moves by itself.",
        said->reference, said->step);
    say(invocation, "Next: what is pushed now: shap report knock-ons");
}

static void after_independent(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__OrderDeclaration *said =
        (const Shap__V1__OrderDeclaration *)(const void *)answer;
    say(invocation, "%s is no knock-on of %s any more; the reason is on record.", said->reference,
        said->step);
    say(invocation, "Next: what is pushed now: shap report knock-ons");
}

static void after_revoke_order(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. The plan's own order counts again. What is "
                    "pushed now: shap report knock-ons");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List milestones, all or those that fit",
     .details =
         "Several filters narrow the list: a milestone fits when it fits them all. CSV has every "
         "field, days in ISO 8601.",
     .example = "shap milestone list --class overdue --as-at 2010-12-31\n"
                "shap milestone list --owner HSM --due-after 2010-12-31 --due-before 2011-04-01",
     .options = list_options,
     .is_list = true,
     .run = run_list,
     .next = "one with its history: shap milestone show MILESTONE",
     .empty = "No milestone fits. All of them: shap milestone list"},
    {.verb = "show",
     .summary = "Show a milestone with its whole history",
     .details = "CSV is the history, a row a record; JSON holds everything.",
     .example =
         "shap milestone show SH4.3/2/1\nshap milestone show sh4.3.2.1 --known-at 2010-12-31",
     .operands = milestone_operand,
     .options = show_options,
     .run = run_show},
    {.verb = "share",
     .summary = "Share a milestone with one more organisation",
     .example = "shap milestone share SH4.2/1/1 --organisation supporting-people "
                "--reason \"they hold the contract\"",
     .operands = milestone_operand,
     .options = share_options,
     .service = &shap__v1__plans__descriptor,
     .method = "ShareMilestone",
     .columns = share_columns,
     .n_columns = N_SHARE_COLUMNS,
     .after = after_share,
     .has_bulk = true,
     .next = "shap milestone list --organisation CODE"},
    {.verb = "unshare",
     .summary = "End a milestone's share with an organisation, with a reason",
     .details = "An organisation that WHO names keeps its share: what WHO means is changed by the "
                "register or by a doubt's settlement.",
     .example = "shap milestone unshare SH4.2/1/1 --organisation supporting-people "
                "--reason \"shared by mistake\"",
     .operands = milestone_operand,
     .options = unshare_options,
     .service = &shap__v1__plans__descriptor,
     .method = "UnshareMilestone",
     .columns = share_columns,
     .n_columns = N_SHARE_COLUMNS,
     .after = after_unshare,
     .has_bulk = true,
     .next = "shap milestone list --organisation CODE"},
    {.verb = "after",
     .summary = "Declare that a milestone follows another",
     .details =
         "When the step moves, the milestone is a certain knock-on, in whatever objective it "
         "stands. The order has no circles. A contributor declares it of two milestones that "
         "their organisation shares.",
     .example = "shap milestone after SH2.2/4/1 SH2.2/2/2 --reason \"it rests on the needs\"",
     .operands = order_operands,
     .options = after_options,
     .service = &shap__v1__order__descriptor,
     .method = "DeclareAfter",
     .columns = order_columns,
     .n_columns = N_ORDER_COLUMNS,
     .after = after_after,
     .has_bulk = true,
     .next = "shap milestone order"},
    {.verb = "independent",
     .summary = "Declare that a milestone does not depend on another, with a reason",
     .details = "It is no knock-on when the step moves, now and later.",
     .example = "shap milestone independent SH2.2/4/1 SH2.2/3/1 "
                "--reason \"it needs no protocol with the county\"",
     .operands = order_operands,
     .options = independent_options,
     .service = &shap__v1__order__descriptor,
     .method = "DeclareIndependent",
     .columns = order_columns,
     .n_columns = N_ORDER_COLUMNS,
     .after = after_independent,
     .has_bulk = true,
     .next = "shap milestone order"},
    {.verb = "order",
     .summary = "List what was declared of milestones: after, or independent",
     .example = "shap milestone order\nshap milestone order SH2.2/4/1 --known-at 2010-12-31",
     .operands = order_list_operands,
     .options = show_options,
     .service = &shap__v1__order__descriptor,
     .method = "ListOrder",
     .is_list = true,
     .columns = order_columns,
     .n_columns = N_ORDER_COLUMNS,
     .next = "what it means: shap report knock-ons",
     .empty = "Nothing was declared; the plan's own order counts: shap report knock-ons"},
    {.verb = "revoke-order",
     .summary = "Take back that a milestone is after or independent of another, with a reason",
     .example = "shap milestone revoke-order 812 --reason \"the wrong step\"",
     .operands = revoke_order_operands,
     .options = revoke_order_options,
     .service = &shap__v1__order__descriptor,
     .method = "RevokeOrder",
     .columns = order_columns,
     .n_columns = N_ORDER_COLUMNS,
     .after = after_revoke_order,
     .has_bulk = true,
     .next = "shap milestone order"},
    {.verb = "same",
     .summary = "Declare milestones the same work, or list those that are",
     .details = "They are answered once: what is returned, granted or signed off on one of them "
                "counts for each, and is printed in both. The account still counts every "
                "milestone, and says how many pieces of work they are. Who shares one of them "
                "still sees that one only, and not the reason, which may name the others.",
     .example = "shap milestone same SH3.3/5 SH3.4/2 --reason \"one training, two objectives\"\n"
                "shap milestone same",
     .operands = milestone_same_operands,
     .options = milestone_same_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "DeclareSameWork",
     .columns = same_work_columns,
     .n_columns = SAME_WORK_N_COLUMNS,
     .run = milestone_same_run,
     .has_bulk = true,
     .next = "to take one back: shap milestone different MILESTONE --reason TEXT",
     .empty = "Nothing is declared the same work. What may be: shap plan doubts"},
    {.verb = "different",
     .summary = "Take back that milestones are the same work, with a reason",
     .example = "shap milestone different SH3.3/5 --reason \"two trainings after all\"",
     .operands = milestone_different_operands,
     .options = milestone_different_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "RevokeSameWork",
     .columns = same_work_columns,
     .n_columns = SAME_WORK_N_COLUMNS,
     .after = milestone_different_after,
     .has_bulk = true,
     .next = "shap milestone same"},
    {0}};

const struct noun noun_milestone = {.name = "milestone",
                                    .summary = "Milestones, and what is on record of them",
                                    .commands = commands};
