#include "client/cli/report_publish.h"

#include <string.h>
#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "client/cli/report_print.h"
#include "client/cli/request.h"
#include "client/cli/sink.h"
#include "client/render/field.h"
#include "client/render/papers.h"

const struct column report_publication_columns[REPORT_PUBLICATION_N_COLUMNS] = {
    {"publication_id", "Publication", COLUMN_RIGHT},
    {"number", "Number", COLUMN_RIGHT},
    {"plan", "Plan", COLUMN_TEXT},
    {"report", "Report", COLUMN_TEXT},
    {"as_at", "As at", COLUMN_TEXT},
    {"known_at", "As known at", COLUMN_TEXT},
    {"known_link", "Ledger to entry", COLUMN_RIGHT},
    {"rule", "Rules", COLUMN_TEXT},
    {"day", "Published", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"note", "Note", COLUMN_WRAP},
    {"sha256", "SHA-256", COLUMN_TEXT},
    {"entry_sha256", "SHA-256 of its entry", COLUMN_TEXT},
    {"previous_sha256", "SHA-256 of the entry before", COLUMN_TEXT},
    {"request", "Asked for", COLUMN_WRAP},
    {"withdrawn_on", "Withdrawn", COLUMN_TEXT},
    {"withdrawn_because", "Because", COLUMN_WRAP},
};

static const struct column short_columns[] = {
    {"publication_id", "Publication", COLUMN_RIGHT},
    {"report", "Report", COLUMN_TEXT},
    {"plan", "Plan", COLUMN_TEXT},
    {"as_at", "As at", COLUMN_TEXT},
    {"known_at", "As known at", COLUMN_TEXT},
    {"day", "Published", COLUMN_TEXT},
    {"by", "By", COLUMN_TEXT},
    {"note", "Note", COLUMN_WRAP},
    {"withdrawn_on", "Withdrawn", COLUMN_TEXT},
};
enum { N_SHORT_COLUMNS = sizeof short_columns / sizeof *short_columns };

const struct column report_arrival_columns[REPORT_ARRIVAL_N_COLUMNS] = {
    {"record_id", "Record", COLUMN_RIGHT},    {"kind", "Kind", COLUMN_TEXT},
    {"reference", "Milestone", COLUMN_TEXT},  {"day", "Speaks of", COLUMN_TEXT},
    {"recorded_at", "Recorded", COLUMN_TEXT}, {"by", "By", COLUMN_TEXT},
    {"organisation", "For", COLUMN_TEXT},     {"summary", "What", COLUMN_WRAP},
    {"of_record", "Of record", COLUMN_RIGHT},
};

static const struct column reproduction_columns[] = {
    {"publication_id", "Publication", COLUMN_RIGHT},
    {"report", "Report", COLUMN_TEXT},
    {"as_at", "As at", COLUMN_TEXT},
    {"known_link", "Ledger to entry", COLUMN_RIGHT},
    {"same", "Same", COLUMN_TEXT},
    {"published_sha256", "Published", COLUMN_TEXT},
    {"reproduced_sha256", "Made again", COLUMN_TEXT},
    {"published_bytes", "Bytes published", COLUMN_RIGHT},
    {"reproduced_bytes", "Bytes made again", COLUMN_RIGHT},
    {"published_rule", "Rules then", COLUMN_TEXT},
    {"reproduced_rule", "Rules now", COLUMN_TEXT},
    {"erased_texts", "Texts erased since", COLUMN_RIGHT},
    {"same_but_erased", "The same but for those", COLUMN_TEXT},
};
enum { N_REPRODUCTION_COLUMNS = sizeof reproduction_columns / sizeof *reproduction_columns };

static const struct column verification_columns[] = {
    {"council", "Council", COLUMN_TEXT},
    {"publications", "Publications", COLUMN_RIGHT},
    {"holds", "Holds", COLUMN_TEXT},
    {"broken_number", "Broken from number", COLUMN_RIGHT},
    {"broken_publication_id", "Publication", COLUMN_RIGHT},
    {"fault", "What is wrong", COLUMN_WRAP},
    {"last_number", "Last number", COLUMN_RIGHT},
    {"last_entry_sha256", "SHA-256 of the last entry", COLUMN_TEXT},
};
enum { N_VERIFICATION_COLUMNS = sizeof verification_columns / sizeof *verification_columns };

const struct operand report_publish_operands[] = {
    {.name = "REPORT",
     .field = "report",
     .help =
         "which: exceptions, account, forward, movement, ...: those of shap report but councils "
         "and check; also window-status"},
    {0}};

const struct operand report_publication_operands[] = {
    {.name = "PUBLICATION",
     .field = "publication_id",
     .kind = OPTION_NUMBER,
     .help = "its number; see shap report publications"},
    {0}};

const struct option report_publish_options[] = {
    OPTION_PLAN_ENTRY,
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {.name = "objective", .value = "CODE", .help = "of that objective only: SH4.3"},
    {.name = "organisation", .value = "CODE", .help = "owned or shared by that organisation"},
    {.name = "owner", .value = "CODE", .help = "whose: a code of the register, as HSM"},
    {.name = "with",
     .value = "NAME=VALUE",
     .field = "parameters",
     .is_repeated = true,
     .help = "what else the report takes: from=2010-09-30"},
    {.name = "note", .value = "TEXT", .help = "for whom, at which meeting"},
    OPTION_DECIDED_ENTRY,
    {0}};

const struct option report_publications_options[] = {
    OPTION_PLAN_ENTRY, {.name = "report", .value = "REPORT", .help = "of that report only"}, {0}};

const struct option report_published_options[] = {
    {.name = "canonical", .kind = OPTION_FLAG, .help = "the very bytes that were hashed"},
    {.name = "output", .value = "FILE", .help = "write to FILE, in one step (also -o FILE)"},
    {0}};

const struct option report_withdraw_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

// How each report that is published reads: the field of PublishedReport that holds it, its paper
// (NULL: the exception report's own layout).
static const struct {
    const char *field;
    const struct paper *paper;
} readings[] = {
    {"exceptions", NULL},
    {"extensions", &paper_extensions},
    {"knock_ons", &paper_knock_ons},
    {"movement", &paper_movement},
    {"rating", &paper_rating},
    {"disagreements", &paper_disagreements},
    {"account", &paper_account},
    {"completed", &paper_completed},
    {"doubts", &paper_doubts},
    {"forward", &paper_forward},
    {"history", &paper_history},
    {"no_return", &paper_no_return},
    {"outstanding", &paper_outstanding},
    {"sign_off", &paper_sign_off},
    {"window_status", &paper_window},
};
enum { N_READINGS = sizeof readings / sizeof *readings };

void report_publish_after(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Publication *made = (const Shap__V1__Publication *)(const void *)answer;
    long long id = made->publication_id;
    say(invocation, "Published as %lld; what arrives later does not change it.", id);
    say(invocation,
        "Next: shap report published %lld --format html -o report.html; to prove it: "
        "shap report reproduce %lld",
        id, id);
}

void report_withdraw_after(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Publication *withdrawn = (const Shap__V1__Publication *)(const void *)answer;
    say(invocation, "Withdrawn; it stays readable, with the reason: shap report published %lld",
        (long long)withdrawn->publication_id);
}

int report_publications_run(struct invocation *invocation) {
    Shap__V1__ListPublicationsRequest request = SHAP__V1__LIST_PUBLICATIONS_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__publications__descriptor,
                                      .method = "ListPublications",
                                      .request = &request.base,
                                      .columns = short_columns,
                                      .n_columns = N_SHORT_COLUMNS,
                                      .full_columns = report_publication_columns,
                                      .n_full_columns = REPORT_PUBLICATION_N_COLUMNS};
    return listing_run(invocation, &call, NULL);
}

// ---- published ----

static int print_canonical(struct invocation *invocation, const Shap__V1__Publication *published) {
    struct sink sink;
    const ProtobufCBinaryData *bytes = &published->canonical;
    sink_start(&sink, invocation, argument_text(invocation, "output"));
    bool is_written =
        sink_added(&sink, bytes->len == 0 || buf_append(&sink.bytes, bytes->data, bytes->len));
    return sink_finish(&sink, is_written ? EXIT_OK : EXIT_FAILED);
}

static int print_content(struct invocation *invocation, const Shap__V1__Publication *published) {
    const ProtobufCMessage *content = published->content == NULL ? NULL : &published->content->base;
    for (size_t i = 0; content != NULL && i < N_READINGS; i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(content->descriptor, readings[i].field);
        if (field_is_present(content, field))
            return report_print(invocation, readings[i].paper,
                                *(const ProtobufCMessage *const *)field_value(content, field, 0));
    }
    return fail(invocation, EXIT_FAILED,
                "this shap does not know the report \"%s\": see shap report published %lld "
                "--canonical",
                published->report, (long long)published->publication_id);
}

int report_published_run(struct invocation *invocation) {
    Shap__V1__GetPublicationRequest request = SHAP__V1__GET_PUBLICATION_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__publications__descriptor,
                                            "GetPublication", &request.base, &code);
    if (answer == NULL)
        return code;
    const Shap__V1__Publication *published = (const Shap__V1__Publication *)(void *)answer;
    code = argument_flag(invocation, "canonical") ? print_canonical(invocation, published)
                                                  : print_content(invocation, published);
    if (code == EXIT_OK && published->withdrawn_on != NULL)
        say_warning(invocation, "it was withdrawn on %s: %s", published->withdrawn_on,
                    published->withdrawn_because == NULL ? "" : published->withdrawn_because);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

int report_since_run(struct invocation *invocation) {
    Shap__V1__GetPublicationRequest which = SHAP__V1__GET_PUBLICATION_REQUEST__INIT;
    Shap__V1__ListArrivalsRequest request = SHAP__V1__LIST_ARRIVALS_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__publications__descriptor,
                                      .method = "ListArrivals",
                                      .request = &request.base,
                                      .columns = report_arrival_columns,
                                      .n_columns = REPORT_ARRIVAL_N_COLUMNS,
                                      .full_columns = report_arrival_columns,
                                      .n_full_columns = REPORT_ARRIVAL_N_COLUMNS};
    size_t n = 0;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__publications__descriptor,
                                            "GetPublication", &which.base, &code);
    if (answer == NULL)
        return code;
    const Shap__V1__Publication *published = (const Shap__V1__Publication *)(void *)answer;
    code = listing_run(invocation, &call, &n);
    if (code == EXIT_OK && n > 0)
        say(invocation, "As it is now: shap report %s --plan %s --as-at %s", published->report,
            published->plan, published->as_at);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

// ---- reproduce and verify ----

int report_reproduce_run(struct invocation *invocation) {
    Shap__V1__ReproducePublicationRequest request = SHAP__V1__REPRODUCE_PUBLICATION_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__publications__descriptor,
                                            "ReproducePublication", &request.base, &code);
    if (answer == NULL)
        return code;
    const Shap__V1__Reproduction *again = (const Shap__V1__Reproduction *)(void *)answer;
    long long id = again->publication_id;
    code = output_message(invocation, answer, reproduction_columns, N_REPRODUCTION_COLUMNS);
    if (code == EXIT_OK && !again->same && again->same_but_erased && again->erased_texts > 0)
        say(invocation,
            "The same, but for personal text that was erased since (%d). Why, and by whom: shap "
            "text erased",
            again->erased_texts);
    else if (code == EXIT_OK && !again->same)
        code = fail(invocation, EXIT_FAILED,
                    "different: made again, publication %lld has other bytes. See whether it was "
                    "changed, or the records were: shap report verify",
                    id);
    else if (code == EXIT_OK)
        say(invocation, "The same, byte for byte. What arrived since: shap report since %lld", id);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

struct verifying {
    struct invocation *invocation;
    struct listing *listing;
    int n_broken;
};

static bool on_verification(void *ctx, const ProtobufCMessage *message) {
    struct verifying *verifying = ctx;
    const Shap__V1__Verification *chain = (const Shap__V1__Verification *)(const void *)message;
    if (!chain->holds) {
        verifying->n_broken++;
        (void)fail(verifying->invocation, EXIT_FAILED,
                   "%s: the chain is broken from number %d on (publication %lld): %s",
                   chain->council, chain->broken_number, (long long)chain->broken_publication_id,
                   chain->fault == NULL ? "" : chain->fault);
    }
    return output_add(verifying->listing, message);
}

int report_verify_run(struct invocation *invocation) {
    Shap__V1__VerifyPublicationsRequest request = SHAP__V1__VERIFY_PUBLICATIONS_REQUEST__INIT;
    struct verifying verifying = {
        .invocation = invocation,
        .listing = output_begin(invocation, verification_columns, N_VERIFICATION_COLUMNS)};
    if (verifying.listing == NULL)
        return EXIT_FAILED;
    int code = invocation_stream(invocation, &shap__v1__publications__descriptor,
                                 "VerifyPublications", &request.base, on_verification, &verifying);
    if (code != EXIT_OK) {
        output_abandon(verifying.listing);
        return code;
    }
    code = output_end(invocation, verifying.listing);
    if (code == EXIT_OK && verifying.n_broken == 0)
        say(invocation, "Every publication is as it was. They are listed by: shap report "
                        "publications");
    return code == EXIT_OK && verifying.n_broken > 0 ? EXIT_FAILED : code;
}
