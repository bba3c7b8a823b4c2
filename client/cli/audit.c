// `shap audit`: who did what, and whether the ledger is still as it was made.
#include "client/cli/command.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "shap/v1/audit.pb-c.h"

static const struct column act_columns[] = {
    {"recorded_at", "Recorded", COLUMN_TEXT},
    {"link", "Link", COLUMN_RIGHT},
    {"by", "By", COLUMN_TEXT},
    {"membership_id", "Membership", COLUMN_RIGHT},
    {"peer", "From", COLUMN_TEXT},
    {"method", "Method", COLUMN_TEXT},
    {"kind", "Kind", COLUMN_TEXT},
    {"records", "Records", COLUMN_RIGHT},
    {"record", "Record", COLUMN_TEXT},
    {"plan", "Plan", COLUMN_TEXT},
    {"reference", "Milestone", COLUMN_TEXT},
};

static const struct column digest_columns[] = {
    {"council", "Council", COLUMN_TEXT},
    {"recorded_at", "Recorded", COLUMN_TEXT},
    {"digest", "Digest", COLUMN_TEXT},
};

static const struct column verdict_columns[] = {
    {"council", "Council", COLUMN_TEXT},
    {"holds", "Holds", COLUMN_TEXT},
    {"links", "Links", COLUMN_RIGHT},
    {"records", "Records", COLUMN_RIGHT},
    {"contains", "Contains the digest", COLUMN_TEXT},
    {"faults", "Differences", COLUMN_RIGHT},
    {"fault_link", "First at link", COLUMN_RIGHT},
    {"fault_kind", "Kind", COLUMN_TEXT},
    {"fault_record", "Record", COLUMN_TEXT},
    {"fault", "What is wrong", COLUMN_TEXT},
    {"digest", "Digest", COLUMN_TEXT},
};

static const struct column refusal_columns[] = {
    {"minute", "Minute", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"membership_id", "Membership", COLUMN_RIGHT},
    {"peer", "From", COLUMN_TEXT},
    {"method", "Method", COLUMN_TEXT},
    {"code", "Answer", COLUMN_TEXT},
    {"calls", "Calls", COLUMN_RIGHT},
};

#define N(columns) (sizeof(columns) / sizeof *(columns))

#define OPTION_COUNCIL_ENTRY                                                                       \
    { .name = "council", .value = "CODE", .help = "of which council (default: your own)" }

static const struct option list_options[] = {
    OPTION_COUNCIL_ENTRY,
    {.name = "since", .value = "DAY", .kind = OPTION_DAY, .help = "recorded on that day or later"},
    {.name = "until", .value = "DAY", .kind = OPTION_DAY, .help = "recorded on that day or before"},
    {.name = "person",
     .value = "NAME",
     .help = "by whom: the whole name, or a membership's number"},
    {.name = "milestone", .value = "MILESTONE", .help = "about that milestone: SH5.2/6/1"},
    {.name = "method", .value = "NAME", .help = "by which call: SubmitReturn"},
    {.name = "limit",
     .value = "N",
     .kind = OPTION_NUMBER,
     .help = "the newest N of these only (default: all)"},
    {0}};

static const struct option refusal_options[] = {
    OPTION_COUNCIL_ENTRY,
    {.name = "since", .value = "DAY", .kind = OPTION_DAY, .help = "on that day or later"},
    {.name = "until", .value = "DAY", .kind = OPTION_DAY, .help = "on that day or before"},
    {.name = "person", .value = "NAME", .help = "whom: the whole name, or a membership's number"},
    {.name = "method", .value = "NAME", .help = "which call: SubmitReturn"},
    {0}};

static const struct option digest_options[] = {
    OPTION_COUNCIL_ENTRY,
    {.name = "link", .value = "N", .kind = OPTION_NUMBER, .help = "up to that link (default: all)"},
    {0}};

static const struct option verify_options[] = {
    OPTION_COUNCIL_ENTRY,
    {.name = "digest", .value = "N:HEX", .help = "one that was kept: does the ledger contain it?"},
    {.name = "since",
     .value = "LINK",
     .kind = OPTION_NUMBER,
     .help = "from that link on only, as after one that was verified"},
    {0}};

static const struct option check_options[] = {OPTION_COUNCIL_ENTRY, {0}};

static const struct operand check_operands[] = {
    {.name = "DIGEST", .field = "digest", .help = "as shap audit digest printed it: 57:9f86d0..."},
    {0}};

static const struct column check_columns[] = {
    {"council", "Council", COLUMN_TEXT},
    {"contains", "Contains it", COLUMN_TEXT},
    {"link", "Link", COLUMN_RIGHT},
    {"recorded_at", "Recorded", COLUMN_TEXT},
    {"links_since", "Links since", COLUMN_RIGHT},
    {"digest", "Digest now", COLUMN_TEXT},
};

static void after_digest(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__LedgerDigest *digest = (const Shap__V1__LedgerDigest *)(const void *)answer;
    say(invocation,
        "Keep it elsewhere: in minutes, in a letter. Whether it still holds: shap audit check "
        "%s",
        digest->digest == NULL ? "N:HEX" : digest->digest);
}

static int tell_missing(struct invocation *invocation, const char *council) {
    return fail(invocation, EXIT_FAILED,
                "%s: the ledger does not contain that digest: it was made anew, or the digest is "
                "of another one. Ask who keeps the database",
                council);
}

static int tell_fault(struct invocation *invocation, const Shap__V1__LedgerVerdict *verdict) {
    if (verdict->faults > 0)
        return fail(invocation, EXIT_FAILED,
                    "%s: the ledger is not as it was made. First, at link %lld: %s %s %s",
                    verdict->council, (long long)verdict->fault_link, verdict->fault_kind,
                    verdict->fault_record, verdict->fault);
    return tell_missing(invocation, verdict->council);
}

static int run_verify(struct invocation *invocation) {
    Shap__V1__VerifyLedgerRequest request = SHAP__V1__VERIFY_LEDGER_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__audit__descriptor,
                                            "VerifyLedger", &request.base, &code);
    if (answer == NULL)
        return code;
    const Shap__V1__LedgerVerdict *verdict = (const Shap__V1__LedgerVerdict *)(void *)answer;
    code = output_message(invocation, answer, verdict_columns, N(verdict_columns));
    if (code == EXIT_OK && !verdict->holds)
        code = tell_fault(invocation, verdict);
    else if (code == EXIT_OK)
        say(invocation, "Every record is as it was made%s. A digest to keep: shap audit digest",
            verdict->has_contains ? ", and the digest that was kept is among them" : "");
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

static int run_check(struct invocation *invocation) {
    Shap__V1__CheckLedgerDigestRequest request = SHAP__V1__CHECK_LEDGER_DIGEST_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__audit__descriptor,
                                            "CheckLedgerDigest", &request.base, &code);
    if (answer == NULL)
        return code;
    const Shap__V1__DigestCheck *check = (const Shap__V1__DigestCheck *)(void *)answer;
    code = output_message(invocation, answer, check_columns, N(check_columns));
    if (code == EXIT_OK && !check->contains)
        code = tell_missing(invocation, check->council);
    else if (code == EXIT_OK)
        say(invocation,
            "The ledger goes on from what was kept. Keep this one beside it, in a place of your "
            "own: %s",
            check->digest);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List who recorded what, when and from where",
     .details = "A line for each kind of record that somebody made at once. What the records say "
                "is not shown. Coordinators and administrators only.",
     .example = "shap audit list --since 2010-12-01\n"
                "shap audit list --person \"Sam Jones\" --format csv\n"
                "shap audit list --milestone SH5.2/6/1\n"
                "shap audit list --limit 20",
     .options = list_options,
     .service = &shap__v1__audit__descriptor,
     .method = "ListActs",
     .is_list = true,
     .columns = act_columns,
     .n_columns = N(act_columns),
     .next = "whether all of it is as it was made: shap audit verify",
     .empty = "Nothing was recorded so. Everything: shap audit list"},
    {.verb = "refusals",
     .summary = "List what was refused to whom, counted by the minute",
     .details = "Nobody by name: the token is not known, or there was none (shown to "
                "administrators). It is written a few seconds later. What is too much for one "
                "minute is counted together, without a place.",
     .example = "shap audit refusals --since 2010-12-01\n"
                "shap audit refusals --method SubmitReturn --format csv",
     .options = refusal_options,
     .service = &shap__v1__audit__descriptor,
     .method = "ListRefusals",
     .is_list = true,
     .columns = refusal_columns,
     .n_columns = N(refusal_columns),
     .next = "what was recorded: shap audit list",
     .empty = "Nothing was refused. What was recorded: shap audit list"},
    {.verb = "verify",
     .summary = "Work the council's ledger out again, and compare",
     .details = "Every record is compared with its entry in the ledger, and every link with what "
                "it was made on. Somebody who made all of it anew is found out by a digest that "
                "was kept elsewhere. Exit code 1: it does not hold. It takes a while, and one at a "
                "time; contributors have shap audit check.",
     .example = "shap audit verify\n"
                "shap audit verify --since 5700\n"
                "shap audit verify --digest "
                "57:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     .options = verify_options,
     .service = &shap__v1__audit__descriptor,
     .method = "VerifyLedger",
     .columns = verdict_columns,
     .n_columns = N(verdict_columns),
     .run = run_verify},
    {.verb = "check",
     .summary = "Hold a digest that was kept against the ledger",
     .details = "Whether its link has that digest still, and every link since follows on it: "
                "quick, and for everybody. The records themselves are compared by shap audit "
                "verify. Exit code 1: the ledger does not contain it.",
     .example = "shap audit check "
                "57:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     .operands = check_operands,
     .options = check_options,
     .service = &shap__v1__audit__descriptor,
     .method = "CheckLedgerDigest",
     .columns = check_columns,
     .n_columns = N(check_columns),
     .run = run_check},
    {.verb = "digest",
     .summary = "Show the ledger's digest, to keep elsewhere",
     .details = "It is of everything on record up to its link: who recorded it, when and from "
                "where. It tells nothing of what that is.",
     .example = "shap audit digest\n"
                "shap audit digest --link 57 --format csv",
     .options = digest_options,
     .service = &shap__v1__audit__descriptor,
     .method = "GetLedgerDigest",
     .columns = digest_columns,
     .n_columns = N(digest_columns),
     .after = after_digest},
    {0}};

const struct noun noun_audit = {
    .name = "audit", .summary = "Who did what, and proof that it is kept", .commands = commands};
