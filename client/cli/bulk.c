#include "client/cli/bulk.h"

#include <assert.h>
#include <stdlib.h>
#include "client/cli/bulk_row.h"
#include "client/cli/listing.h"
#include "client/cli/nouns.h"
#include "client/cli/output.h"
#include "client/cli/progress.h"
#include "client/cli/request.h"

// A file on its way.
struct bulk {
    struct invocation *invocation; // borrowed
    const struct command *command;
    const char *path;
    struct bulk_rows rows;
    struct listing *listing; // owned; of the answers
    size_t n_done;
    size_t n_unchanged; // of those: what was there already
    size_t n_refused;
    struct shap_outcome stopped; // how the call ended that stopped the file
    bool is_stopped;
};

static void tell_refusal(struct bulk *bulk, const struct bulk_row *row, const char *why) {
    bulk->n_refused++;
    progress_end(bulk->invocation);
    fail(bulk->invocation, EXIT_PARTLY, "%s, line %d: %s", bulk->path, row->line, why);
}

// An answer says with a field of that name that nothing was recorded.
static bool is_unchanged(const ProtobufCMessage *answer) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(answer->descriptor, "unchanged");
    return field != NULL && *(const protobuf_c_boolean *)((const char *)answer + field->offset);
}

static bool on_answer(void *ctx, const ProtobufCMessage *answer) {
    struct bulk *bulk = ctx;
    bulk->n_unchanged += is_unchanged(answer);
    return output_add(bulk->listing, answer);
}

static void call(struct bulk *bulk, const struct bulk_row *row, struct shap_client *client,
                 const ProtobufCMessage *request) {
    struct shap_outcome outcome;
    const struct shap_call made = {.service = bulk->command->service,
                                   .method = bulk->command->method,
                                   .request = request,
                                   .on_message = on_answer,
                                   .ctx = bulk};
    if (shap_invoke(client, &made, &outcome)) {
        bulk->n_done++;
    } else if (outcome_is_about_row(&outcome)) {
        tell_refusal(bulk, row, outcome.message);
    } else {
        bulk->is_stopped = true;
        bulk->stopped = outcome;
    }
}

static void send_row(struct bulk *bulk, const struct bulk_row *row, struct shap_client *client,
                     const ProtobufCMessageDescriptor *input) {
    struct invocation typed = bulk_row_typed(row, bulk->invocation, bulk->command);
    ProtobufCMessage *request = calloc(1, input->sizeof_message);
    bool is_filled = false;
    if (request != NULL) {
        input->message_init(request);
        is_filled = request_fill(&typed, request);
    }
    if (is_filled && bulk->command->fill != NULL)
        bulk->command->fill(request);
    if (is_filled)
        call(bulk, row, client, request);
    else
        tell_refusal(bulk, row, "not enough memory");
    if (request != NULL)
        request_clear(request);
    free(request);
}

static void send_rows(struct bulk *bulk, struct shap_client *client,
                      const ProtobufCMessageDescriptor *input) {
    for (size_t i = 0; i < bulk->rows.n && !bulk->is_stopped; i++) {
        const struct bulk_row *row = &bulk->rows.rows[i];
        if (invocation_interrupted(bulk->invocation))
            return;
        if (row->problem.is_set)
            tell_refusal(bulk, row, row->problem.message);
        else
            send_row(bulk, row, client, input);
        progress_show(bulk->invocation, "Rows", i + 1, bulk->rows.n);
    }
}

static void say_sum(const struct bulk *bulk) {
    struct invocation *invocation = bulk->invocation;
    size_t n_left = bulk->rows.n - bulk->n_done - bulk->n_refused;
    say(invocation, "%zu of %zu rows are on record, %zu refused.", bulk->n_done, bulk->rows.n,
        bulk->n_refused);
    if (bulk->n_unchanged > 0)
        say(invocation, "%s%zu of them stood just so already: nothing was recorded.",
            bulk->n_unchanged == bulk->n_done ? "Nothing changed: " : "", bulk->n_unchanged);
    if (n_left > 0)
        say(invocation, "%zu were not answered. Send the file again: nothing is done twice.",
            n_left);
    else if (bulk->n_refused > 0)
        say(invocation, "Next: mend the refused rows, and send them again.");
    else if (bulk->command->next != NULL)
        say(invocation, "Next: %s", bulk->command->next);
}

static int end(struct bulk *bulk) {
    struct invocation *invocation = bulk->invocation;
    progress_end(invocation);
    int written = listing_end(invocation, bulk->listing);
    int code = bulk->is_stopped ? fail_outcome(invocation, &bulk->stopped) : EXIT_OK;
    say_sum(bulk);
    if (code != EXIT_OK)
        return code;
    if (invocation_interrupted(invocation))
        return EXIT_INTERRUPTED;
    if (bulk->n_refused > 0)
        return bulk->n_done > 0 ? EXIT_PARTLY : EXIT_FAILED;
    return written;
}

static int send_file(struct bulk *bulk, const ProtobufCMessageDescriptor *input) {
    int code;
    struct shap_client *client = invocation_client(bulk->invocation, &code);
    if (client == NULL)
        return code;
    bulk->listing =
        output_begin(bulk->invocation, bulk->command->columns, bulk->command->n_columns);
    if (bulk->listing == NULL)
        return EXIT_FAILED;
    send_rows(bulk, client, input);
    return end(bulk);
}

int bulk_run(struct invocation *invocation, const struct command *command, const char *path) {
    struct bulk bulk = {.invocation = invocation, .command = command, .path = path};
    struct error err = {0};
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(command->service, command->method);
    assert(method != NULL);
    int code;
    if (invocation_client(invocation, &code) == NULL)
        return code;
    if (bulk_rows_read(&bulk.rows, invocation, command, method->input, path, &err))
        code = send_file(&bulk, method->input);
    else
        code = fail(invocation, EXIT_FAILED, "%s", err.message);
    bulk_rows_finish(&bulk.rows);
    return code;
}

int bulk_import_run(struct invocation *invocation) {
    const struct command *add = noun_find_command(invocation->noun, "add");
    assert(add != NULL && add->has_bulk);
    return bulk_run(invocation, add, argument_text(invocation, "FILE"));
}

const struct operand bulk_import_operands[] = {
    {.name = "FILE", .help = "CSV with the columns of `add`; see shap help bulk"}, {0}};
