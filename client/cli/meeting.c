#include "client/cli/command.h"
#include "shap/v1/signoffs.pb-c.h"

static const struct column columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"held_on", "Held on", COLUMN_TEXT},
    {"body", "Body", COLUMN_TEXT},
    {"signed_off", "Signed off", COLUMN_RIGHT},
    {"noted", "Noted", COLUMN_RIGHT},
    {"by", "Recorded by", COLUMN_TEXT},
    {"recorded_at", "Recorded", COLUMN_TEXT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

#define OPTION_COUNCIL_ENTRY                                                                       \
    { .name = "council", .value = "CODE", .help = "of which council (default: your own)" }

static const struct option add_options[] = {
    {.name = "day",
     .value = "DAY",
     .kind = OPTION_DAY,
     .field = "held_on",
     .help = "the day it is held; it may be still to come",
     .is_required = true},
    {.name = "body",
     .value = "CODE",
     .help = "who meets: a body of the register (default: its only one)"},
    OPTION_COUNCIL_ENTRY,
    {0}};

static const struct option list_options[] = {
    OPTION_COUNCIL_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {.name = "all", .kind = OPTION_FLAG, .help = "revoked ones too"},
    {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the meeting's number; see shap meeting list"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static void after_add(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Meeting *meeting = (const Shap__V1__Meeting *)(const void *)answer;
    say(invocation,
        "On record. What waits for it: shap report sign-off. What is decided at it: shap signoff "
        "--meeting %lld MILESTONE...",
        (long long)meeting->record_id);
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. What meetings there are: shap meeting list");
}

static const struct command commands[] = {
    {.verb = "add",
     .summary = "Record a meeting of the panel, held or still to come",
     .example = "shap meeting add --day 2010-09-15\n"
                "shap meeting add --day \"17 Nov 2010\" --body SHP",
     .options = add_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "AddMeeting",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_add,
     .has_bulk = true,
     .next = "shap meeting list"},
    {.verb = "list",
     .summary = "List the meetings, and how much was decided at each",
     .example = "shap meeting list",
     .options = list_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "ListMeetings",
     .is_list = true,
     .columns = columns,
     .n_columns = N_COLUMNS,
     .next = "what waits for the panel: shap report sign-off",
     .empty =
         "No meeting is on record. A coordinator or the panel adds one with: shap meeting add"},
    {.verb = "revoke",
     .summary = "Take a meeting back, with a reason",
     .details = "Refused while anything that was signed off or noted at it stands.",
     .example = "shap meeting revoke 140 --reason \"it was a briefing\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "RevokeMeeting",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "shap meeting list"},
    {0}};

const struct noun noun_meeting = {
    .name = "meeting", .summary = "Meetings of the panel", .commands = commands};
