#include "client/cli/return.h"

#include <string.h>
#include "client/cli/outbox_entry.h"
#include "client/cli/outbox_post.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "client/import/return_file.h"
#include "shap/v1/returns.pb-c.h"

static void say_done(struct invocation *invocation, const Shap__V1__Receipt *receipt) {
    if (receipt->replayed)
        say(invocation, "It was on record already, and counts once. See: shap return list");
    else
        say(invocation,
            "On record as %lld. Next: the coordinator reviews it; to take it back: shap "
            "return withdraw %lld --reason TEXT",
            (long long)receipt->record_id, (long long)receipt->record_id);
}

// Whether the server may have recorded what it did not answer for.
static bool is_unknown(const struct shap_outcome *outcome) {
    return outcome->stage == SHAP_STAGE_CALL &&
           (!outcome->from_server || outcome->status == GRPC_DEADLINE_EXCEEDED ||
            outcome->status == GRPC_UNAVAILABLE || outcome->status == GRPC_INTERNAL ||
            outcome->status == GRPC_UNKNOWN || outcome->status == GRPC_CANCELLED);
}

static bool is_sentence(const char *text) {
    size_t len = strlen(text);
    return len > 0 && strchr(".?!", text[len - 1]) != NULL;
}

// What was not answered, and what to do about it.
static int fail_unanswered(struct invocation *invocation, const struct shap_outcome *outcome,
                           const char *id, bool is_kept) {
    if (outbox_is_refusal(outcome) || (!is_kept && !is_unknown(outcome)))
        return fail_outcome(invocation, outcome);
    const char *stop = is_sentence(outcome->message) ? "" : ".";
    if (is_kept)
        return fail(
            invocation, outcome_exit_code(outcome),
            "%s%s The return waits in the outbox as %s. To send it again, so that it counts "
            "once: shap outbox resume",
            outcome->message, stop, id);
    return fail(invocation, outcome_exit_code(outcome),
                "%s%s To send the same return again, so that it counts once: --id %s",
                outcome->message, stop, id);
}

static int submit(struct invocation *invocation, const Shap__V1__SubmitReturnRequest *request) {
    struct shap_outcome outcome;
    int code;
    const struct shap_call call = {.service = &shap__v1__returns__descriptor,
                                   .method = "SubmitReturn",
                                   .request = &request->base};
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    struct outbox_post *post = outbox_post_begin(invocation, &request, 1);
    ProtobufCMessage *answer = shap_invoke_unary(client, &call, &outcome);
    outbox_post_answered(post, 0, &outcome);
    bool is_kept = outbox_post_end(post) > 0;
    if (answer == NULL)
        return fail_unanswered(invocation, &outcome, request->return_id, is_kept);
    code = output_message(invocation, answer, return_receipt_columns, RETURN_RECEIPT_N_COLUMNS);
    say_done(invocation, (const Shap__V1__Receipt *)(void *)answer);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

// A new id, or that of the same return that waits since the line broke.
static bool give_id(struct invocation *invocation, Shap__V1__SubmitReturnRequest *request,
                    char id[SHAP_UUID_SIZE], struct error *err) {
    if (outbox_post_find_same(invocation, request, id))
        say(invocation, "The same return waits in the outbox; it is sent as that one.");
    else if (!shap_uuid_make(id, err))
        return false;
    request->return_id = id;
    return true;
}

static int submit_one(struct invocation *invocation) {
    Shap__V1__SubmitReturnRequest request = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    char id[SHAP_UUID_SIZE];
    struct error err = {0};
    int code;
    if (argument_text(invocation, "MILESTONE") == NULL)
        return fail_usage(invocation,
                          "MILESTONE is missing: which one, as SH3.2/5/1, or --file FILE");
    if (argument_text(invocation, "status") == NULL)
        return fail_usage(invocation, "--status STATUS is missing: how does it stand?");
    if (!request_fill(invocation, &request.base))
        return fail(invocation, EXIT_FAILED, "not enough memory");
    if (request.return_id != NULL && !return_id_is_valid(request.return_id))
        return fail_usage(invocation, "--id: \"%s\" is not a UUID", request.return_id);
    if (invocation_client(invocation, &code) == NULL)
        return code;
    if (request.return_id == NULL && !give_id(invocation, &request, id, &err))
        return fail(invocation, EXIT_FAILED, "%s", err.message);
    code = submit(invocation, &request);
    request_clear(&request.base);
    return code;
}

int return_submit_run(struct invocation *invocation) {
    static const char *const not_with_file[] = {"MILESTONE", "status",       "note",     "as-of",
                                                "new-date",  "reason",       "evidence", "rating",
                                                "corrects",  "organisation", "id"};
    const char *path = argument_text(invocation, "file");
    if (path == NULL)
        return submit_one(invocation);
    for (size_t i = 0; i < sizeof not_with_file / sizeof *not_with_file; i++) {
        const char *name = not_with_file[i];
        if (argument_text(invocation, name) != NULL)
            return fail_usage(invocation, "%s%s does not go with --file: the file's rows say it",
                              i == 0 ? "" : "--", name);
    }
    return return_submit_file(invocation, path);
}
