#include <stdlib.h>
#include "client/cli/bulk.h"
#include "client/cli/command.h"
#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "client/cli/return.h"
#include "shap/v1/reviews.pb-c.h"

static const struct column columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"return_record_id", "Return", COLUMN_RIGHT},
    {"reference", "Milestone", COLUMN_TEXT},
    {"verdict", "Verdict", COLUMN_TEXT},
    {"comment", "Comment", COLUMN_WRAP},
    {"day", "Decided", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const struct option list_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "organisation", .value = "CODE", .help = "from that organisation only"},
    {.name = "dates", .kind = OPTION_FLAG, .help = "those asking for a new date instead"},
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {0}};

static const struct operand returns_operands[] = {
    {.name = "RETURN",
     .kind = OPTION_NUMBER,
     .field = "return_record_id",
     .is_repeated = true,
     .help = "the numbers of the returns; see shap review list"},
    {0}};

static const struct option accept_options[] = {
    {.name = "comment", .value = "TEXT", .help = "said to the sender"}, OPTION_DECIDED_ENTRY, {0}};

static const struct option send_back_options[] = {
    {.name = "comment", .value = "TEXT", .help = "what the return lacks", .is_required = true},
    OPTION_DECIDED_ENTRY,
    {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD", .field = "record_id", .kind = OPTION_NUMBER, .help = "the review's number"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static int run_list(struct invocation *invocation) {
    bool is_dates = argument_flag(invocation, "dates");
    Shap__V1__ListReturnsRequest request = SHAP__V1__LIST_RETURNS_REQUEST__INIT;
    request.has_awaiting_review = request.awaiting_review = !is_dates;
    request.has_awaiting_date = request.awaiting_date = is_dates;
    return return_print_list(invocation, &request);
}

static bool review_one(struct invocation *invocation, struct shap_client *client,
                       struct listing *listing, const char *number, Shap__V1__Verdict verdict,
                       int *code) {
    Shap__V1__ReviewReturnRequest request = SHAP__V1__REVIEW_RETURN_REQUEST__INIT;
    struct shap_outcome outcome;
    request.has_return_record_id = 1;
    request.return_record_id = strtoll(number, NULL, 10);
    request.has_verdict = 1;
    request.verdict = verdict;
    request.comment = (char *)argument_text(invocation, "comment");
    request.day = (char *)argument_text(invocation, "day");
    const struct shap_call call = {.service = &shap__v1__reviews__descriptor,
                                   .method = "ReviewReturn",
                                   .request = &request.base,
                                   .on_message = output_add,
                                   .ctx = listing};
    if (shap_invoke(client, &call, &outcome))
        return true;
    *code = fail(invocation, outcome_exit_code(&outcome), "return %s: %s", number, outcome.message);
    return false;
}

// Every return is reviewed on its own: one that is refused does not keep the others from it.
static int review(struct invocation *invocation, Shap__V1__Verdict verdict, const char *done) {
    size_t n = argument_count(invocation, "RETURN"), n_done = 0;
    int code, refused = EXIT_OK;
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    struct listing *listing = output_begin(invocation, columns, N_COLUMNS);
    size_t i = 0;
    for (; listing != NULL && i < n && !invocation_interrupted(invocation); i++)
        n_done += review_one(invocation, client, listing, argument_at(invocation, "RETURN", i),
                             verdict, &refused);
    bool is_interrupted = listing != NULL && i < n;
    code = listing_end(invocation, listing);
    say(invocation, "%zu of %zu %s. Next: shap review list", n_done, n, done);
    if (is_interrupted)
        return EXIT_INTERRUPTED;
    if (refused != EXIT_OK)
        return n_done > 0 ? EXIT_PARTLY : refused;
    return code;
}

static int run_accept(struct invocation *invocation) {
    return review(invocation, SHAP__V1__VERDICT__VERDICT_ACCEPTED, "accepted");
}

static int run_send_back(struct invocation *invocation) {
    return review(invocation, SHAP__V1__VERDICT__VERDICT_SENT_BACK, "sent back");
}

static void fill_verdict(ProtobufCMessage *message, Shap__V1__Verdict verdict) {
    Shap__V1__ReviewReturnRequest *request = (Shap__V1__ReviewReturnRequest *)(void *)message;
    request->has_verdict = 1;
    request->verdict = verdict;
}

static void fill_accepted(ProtobufCMessage *request) {
    fill_verdict(request, SHAP__V1__VERDICT__VERDICT_ACCEPTED);
}

static void fill_sent_back(ProtobufCMessage *request) {
    fill_verdict(request, SHAP__V1__VERDICT__VERDICT_SENT_BACK);
}

static const struct operand import_operands[] = {
    {.name = "FILE", .help = "CSV with the columns return, verdict, comment, day"}, {0}};

static const struct option import_options[] = {
    {.name = "comment", .value = "TEXT", .help = "said to the senders, where the row says nothing"},
    OPTION_DECIDED_ENTRY,
    {0}};

// What a row says, as if it had been typed.
static const struct option row_options[] = {
    {.name = "verdict",
     .value = "VERDICT",
     .kind = OPTION_CHOICE,
     .choices = &shap__v1__verdict__descriptor,
     .help = "accepted or sent-back",
     .is_required = true},
    {.name = "comment", .value = "TEXT", .help = "said to the sender"},
    OPTION_DECIDED_ENTRY,
    {0}};

static const struct command row_command = {.verb = "import",
                                           .operands = returns_operands,
                                           .options = row_options,
                                           .service = &shap__v1__reviews__descriptor,
                                           .method = "ReviewReturn",
                                           .columns = columns,
                                           .n_columns = N_COLUMNS,
                                           .next = "shap review list"};

static int run_import(struct invocation *invocation) {
    return bulk_run(invocation, &row_command, argument_text(invocation, "FILE"));
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. The return waits for a review again: shap "
                    "review list");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List what waits for a review, or for a new date",
     .example = "shap review list\nshap review list --dates",
     .options = list_options,
     .is_list = true,
     .run = run_list,
     .next = "shap review accept RECORD..., or shap review send-back RECORD --comment TEXT; a new "
             "date: shap grant add --return RECORD",
     .empty = "Nothing waits for a word. Requests for new dates: shap review list --dates"},
    {.verb = "accept",
     .summary = "Accept returns",
     .details = "A return that says complete, or will not be delivered, counts as such once it is "
                "accepted. A new date it asks for is granted apart: shap grant add.",
     .example = "shap review accept 118 119 120 --day 2010-12-20",
     .operands = returns_operands,
     .options = accept_options,
     .service = &shap__v1__reviews__descriptor,
     .method = "ReviewReturn",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .run = run_accept,
     .has_bulk = true,
     .next = "shap review list",
     .fill = fill_accepted},
    {.verb = "send-back",
     .summary = "Send returns back; they then do not count",
     .example = "shap review send-back 118 --comment \"which of the two reports?\"",
     .operands = returns_operands,
     .options = send_back_options,
     .service = &shap__v1__reviews__descriptor,
     .method = "ReviewReturn",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .run = run_send_back,
     .has_bulk = true,
     .next = "shap review list",
     .fill = fill_sent_back},
    {.verb = "import",
     .summary = "Accept and send back the returns of a CSV file",
     .details = "Columns: return, verdict (accepted or sent-back), and as needed comment and day. "
                "A return that is reviewed already is refused.",
     .example = "shap review import verdicts.csv --day 2010-12-20",
     .operands = import_operands,
     .options = import_options,
     .run = run_import},
    {.verb = "revoke",
     .summary = "Take a review back, with a reason",
     .example = "shap review revoke 121 --reason \"accepted by mistake\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__reviews__descriptor,
     .method = "RevokeReview",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "shap review list"},
    {0}};

const struct noun noun_review = {
    .name = "review", .summary = "The coordinator's word on returns", .commands = commands};
