#include "client/cli/command.h"
#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "shap/v1/signoffs.pb-c.h"

static const struct column columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},  {"reference", "Milestone", COLUMN_TEXT},
    {"verdict", "Verdict", COLUMN_TEXT},    {"day", "Meeting", COLUMN_TEXT},
    {"own_work", "Own work", COLUMN_TEXT},  {"without_evidence", "Without evidence", COLUMN_WRAP},
    {"comment", "Comment", COLUMN_WRAP},    {"same_as", "Same work", COLUMN_WRAP},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

// A file has room for all of it.
static const struct column full_columns[] = {
    {"record_id", "", COLUMN_TEXT},
    {"plan", "", COLUMN_TEXT},
    {"reference", "", COLUMN_TEXT},
    {"verdict", "", COLUMN_TEXT},
    {"meeting_record_id", "", COLUMN_TEXT},
    {"day", "", COLUMN_TEXT},
    {"body", "", COLUMN_TEXT},
    {"own_work", "", COLUMN_TEXT},
    {"return_record_id", "", COLUMN_TEXT},
    {"without_evidence", "", COLUMN_TEXT},
    {"comment", "", COLUMN_TEXT},
    {"same_as", "", COLUMN_TEXT},
    {"by", "", COLUMN_TEXT},
    {"recorded_at", "", COLUMN_TEXT},
    {"revoked_on", "", COLUMN_TEXT},
};
enum { N_FULL_COLUMNS = sizeof full_columns / sizeof *full_columns };

#define OPTION_MEETING_ENTRY                                                                       \
    {                                                                                              \
        .name = "meeting", .value = "MEETING", .kind = OPTION_DAY_OR_RECORD,                       \
        .help = "at which meeting: its day, or its record number", .is_required = true             \
    }
#define OPTION_COMMENT_ENTRY                                                                       \
    { .name = "comment", .value = "TEXT", .help = "what the panel said" }

static const struct operand milestones_operands[] = {
    {.name = "MILESTONE",
     .field = "reference",
     .is_repeated = true,
     .help = "which ones: SH2.5/1/1, or SH2.5/1 where that is one milestone"},
    {0}};

static const struct option add_options[] = {
    OPTION_PLAN_ENTRY,
    OPTION_MEETING_ENTRY,
    {.name = "without-evidence", .value = "WHY", .help = "needed where there is no evidence"},
    OPTION_COMMENT_ENTRY,
    {0}};

static const struct option note_options[] = {
    OPTION_PLAN_ENTRY, OPTION_MEETING_ENTRY, OPTION_COMMENT_ENTRY, {0}};

static const struct operand list_operands[] = {
    {.name = "MILESTONE", .field = "reference", .is_optional = true, .help = "of that one only"},
    {0}};

static const struct option list_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "meeting",
     .value = "MEETING",
     .kind = OPTION_DAY_OR_RECORD,
     .help = "at that one only: its day, or its number"},
    {.name = "all", .kind = OPTION_FLAG, .help = "revoked ones too"},
    OPTION_KNOWN_AT_ENTRY,
    {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the sign-off's number; see shap signoff list"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

// ---- Signing off, one by one ----

// Milestones on their way.
struct signing {
    struct invocation *invocation; // borrowed
    struct shap_client *client;    // borrowed
    struct listing *listing;       // owned
    size_t n_done, n_left;         // n_left: nobody asked for them
    int refused;                   // what the last refusal exits with
    bool is_stopped;
};

static void sign_one(struct signing *signing, const Shap__V1__SignOffMilestoneRequest *request) {
    struct shap_outcome outcome;
    const struct shap_call call = {.service = &shap__v1__sign_offs__descriptor,
                                   .method = "SignOffMilestone",
                                   .request = &request->base,
                                   .on_message = output_add,
                                   .ctx = signing->listing};
    if (shap_invoke(signing->client, &call, &outcome)) {
        signing->n_done++;
        return;
    }
    signing->refused = (int)outcome_exit_code(&outcome);
    signing->is_stopped =
        !outcome_is_about_row(&outcome) || outcome.status == GRPC_PERMISSION_DENIED;
    if (signing->is_stopped)
        fail_outcome(signing->invocation, &outcome);
    else
        fail(signing->invocation, outcome_exit_code(&outcome), "%s: %s", request->reference,
             outcome.message);
}

static int end(const struct signing *signing, const char *done) {
    struct invocation *invocation = signing->invocation;
    size_t n = argument_count(invocation, "MILESTONE");
    int code = listing_end(invocation, signing->listing);
    say(invocation, "%zu of %zu %s. What still waits: shap report sign-off", signing->n_done, n,
        done);
    if (signing->n_left > 0 && !signing->is_stopped)
        return EXIT_INTERRUPTED;
    if (signing->refused == EXIT_OK)
        return code;
    return signing->n_done > 0 && !signing->is_stopped ? EXIT_PARTLY : signing->refused;
}

// Every milestone is answered on its own: one that is refused does not keep the others from it.
static int sign(struct invocation *invocation, void (*fill)(ProtobufCMessage *request),
                const char *done) {
    Shap__V1__SignOffMilestoneRequest request = SHAP__V1__SIGN_OFF_MILESTONE_REQUEST__INIT;
    struct signing signing = {.invocation = invocation, .refused = EXIT_OK};
    int code;
    signing.client = invocation_client(invocation, &code);
    if (signing.client == NULL)
        return code;
    if (!request_fill(invocation, &request.base))
        return fail(invocation, EXIT_FAILED, "not enough memory");
    fill(&request.base);
    signing.listing = output_begin(invocation, columns, N_COLUMNS);
    if (signing.listing == NULL)
        return EXIT_FAILED;
    signing.n_left = argument_count(invocation, "MILESTONE");
    for (size_t i = 0;
         signing.n_left > 0 && !signing.is_stopped && !invocation_interrupted(invocation); i++) {
        request.reference = (char *)argument_at(invocation, "MILESTONE", i);
        sign_one(&signing, &request);
        signing.n_left--;
    }
    return end(&signing, done);
}

static void fill_signed_off(ProtobufCMessage *message) {
    Shap__V1__SignOffMilestoneRequest *request =
        (Shap__V1__SignOffMilestoneRequest *)(void *)message;
    request->has_verdict = 1;
    request->verdict = SHAP__V1__SIGN_OFF_VERDICT__SIGN_OFF_VERDICT_SIGNED_OFF;
}

static void fill_noted(ProtobufCMessage *message) {
    Shap__V1__SignOffMilestoneRequest *request =
        (Shap__V1__SignOffMilestoneRequest *)(void *)message;
    request->has_verdict = 1;
    request->verdict = SHAP__V1__SIGN_OFF_VERDICT__SIGN_OFF_VERDICT_NOTED;
}

static int run_add(struct invocation *invocation) {
    return sign(invocation, fill_signed_off, "signed off");
}

static int run_note(struct invocation *invocation) {
    return sign(invocation, fill_noted, "noted");
}

// ---- The rest ----

static int run_list(struct invocation *invocation) {
    Shap__V1__ListSignOffsRequest request = SHAP__V1__LIST_SIGN_OFFS_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__sign_offs__descriptor,
                                      .method = "ListSignOffs",
                                      .request = &request.base,
                                      .columns = columns,
                                      .n_columns = N_COLUMNS,
                                      .full_columns = full_columns,
                                      .n_full_columns = N_FULL_COLUMNS};
    return listing_run(invocation, &call, NULL);
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__SignOff *revoked = (const Shap__V1__SignOff *)(const void *)answer;
    say(invocation,
        "Withdrawn; both records stay. Next, see how %s stands: shap milestone show MILESTONE",
        revoked->reference == NULL ? "the milestone" : revoked->reference);
}

static const struct command commands[] = {
    {.verb = "add",
     .summary = "Sign off, at a meeting, what is complete",
     .details =
         "The word add may be left out: shap signoff --meeting DAY MILESTONE...\n\n"
         "Only for people with the panel's role. What is signed off was complete on the day of the "
         "meeting, by an accepted return or by the plan's own text, and there is evidence of it, "
         "or a reason is given why there need not be. Milestones of the same work are signed off "
         "together. What will not be delivered is noted instead: shap signoff note.",
     .example = "shap signoff add SH2.5/1/1 SH2.5/2/1 --meeting 2010-09-15 "
                "--without-evidence \"members saw the works\"\n"
                "shap signoff add SH1.4/2/1 --meeting \"15 Sept 2010\"\n"
                "shap signoff add --meeting 140 --file signed.csv",
     .operands = milestones_operands,
     .options = add_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "SignOffMilestone",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .run = run_add,
     .has_bulk = true,
     .next = "shap report sign-off",
     .fill = fill_signed_off},
    {.verb = "note",
     .summary = "Note, at a meeting, what will not be delivered",
     .details = "It is an exception until then; afterwards the account names it as noted.",
     .example = "shap signoff note SH5.2/6/1 --meeting 2011-01-19 --comment \"members regret it\"",
     .operands = milestones_operands,
     .options = note_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "SignOffMilestone",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .run = run_note,
     .has_bulk = true,
     .next = "shap report sign-off",
     .fill = fill_noted},
    {.verb = "list",
     .summary = "List what was signed off and noted",
     .details = "CSV has every field.",
     .example = "shap signoff list --meeting 2010-09-15\nshap signoff list SH2.5/1/1 --all",
     .operands = list_operands,
     .options = list_options,
     .is_list = true,
     .run = run_list,
     .next = "one with its history: shap milestone show MILESTONE; what waits: shap report "
             "sign-off",
     .empty = "Nothing was signed off or noted here. What waits for the panel: shap report "
              "sign-off"},
    {.verb = "revoke",
     .summary = "Withdraw a sign-off or a noting, with a reason",
     .details = "A record of the panel's own, as every sign-off is; it counts from its day on.",
     .example = "shap signoff revoke 151 --reason \"the scheme was reopened\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "RevokeSignOff",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "shap report sign-off"},
    {0}};

const struct noun noun_signoff = {.name = "signoff",
                                  .summary = "What the panel signs off, and what it notes",
                                  .commands = commands,
                                  .implied = "add"};
