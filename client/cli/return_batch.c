#include "client/cli/return.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "client/cli/progress.h"
#include "client/import/day.h"
#include "client/import/return_file.h"
#include "server/base/list.h"
#include "shap/v1/returns.pb-c.h"

enum { MOST_IN_FLIGHT = 32, PROGRESS_EVERY = 16 };

// A file of returns on its way. Rows are answered in any order and told of in the file's.
struct batch {
    struct invocation *invocation; // borrowed
    const char *path;              // borrowed
    struct return_file *file;      // owned
    struct listing *listing;       // owned; of the receipts
    struct list rows;              // of struct sending, in the file's order, not told of yet
    struct sending *held;        // of rows; corrects another row: goes when all before it are done
    struct error broken;         // set: the file is not CSV from some line on
    struct shap_outcome stopped; // how the call ended that stopped the batch
    size_t n_rows;               // in the file, 0 when not known beforehand
    size_t n_accepted;
    size_t n_replayed;
    size_t n_refused;
    size_t n_unanswered;
    bool is_stopped;
};

// One row: sent, or refused here.
struct sending {
    struct list link;
    struct batch *batch;        // back-link
    struct return_row *row;     // owned
    Shap__V1__Receipt *receipt; // owned; NULL: refused or unanswered
    struct shap_outcome outcome;
    bool is_done;
};

static void destroy(struct sending *sending) {
    list_unlink(&sending->link);
    if (sending->receipt != NULL)
        shap__v1__receipt__free_unpacked(sending->receipt, NULL);
    return_row_destroy(sending->row);
    free(sending);
}

// ---- Telling ----

static void tell_refusal(struct batch *batch, const struct sending *sending) {
    const struct return_row *row = sending->row;
    batch->n_refused++;
    fail(batch->invocation, EXIT_PARTLY, "%s, line %d, %s: %s", batch->path, row->line,
         row->reference[0] == '\0' ? "no reference" : row->reference,
         row->problem.is_set ? row->problem.message : sending->outcome.message);
}

static void tell(struct batch *batch, const struct sending *sending) {
    if (sending->receipt != NULL) {
        batch->n_accepted++;
        batch->n_replayed += sending->receipt->replayed != 0;
        if (!output_add(batch->listing, &sending->receipt->base))
            batch->is_stopped = true;
    } else if (sending->row->problem.is_set || outcome_is_about_row(&sending->outcome)) {
        tell_refusal(batch, sending);
    } else {
        batch->n_unanswered++;
    }
}

// Tells of the rows at the front that are done; those behind one that is not wait for it.
static void tell_done(struct batch *batch) {
    while (!list_is_empty(&batch->rows)) {
        struct sending *first = list_entry(batch->rows.next, struct sending, link);
        if (!first->is_done)
            return;
        tell(batch, first);
        destroy(first);
    }
}

// ---- Sending ----

static bool on_receipt(void *ctx, const ProtobufCMessage *message) {
    struct sending *sending = ctx;
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = malloc(size == 0 ? 1 : size);
    if (packed == NULL)
        return false;
    protobuf_c_message_pack(message, packed);
    sending->receipt = shap__v1__receipt__unpack(NULL, size, packed);
    free(packed);
    return sending->receipt != NULL;
}

static void show_progress(const struct batch *batch) {
    size_t done = batch->n_accepted + batch->n_refused;
    if (done % PROGRESS_EVERY == 0)
        progress_show(batch->invocation, "Returns", done, batch->n_rows);
}

static void on_done(void *ctx, const struct shap_outcome *outcome) {
    struct sending *sending = ctx;
    struct batch *batch = sending->batch;
    sending->outcome = *outcome;
    sending->is_done = true;
    if (outcome->status != GRPC_OK && !outcome_is_about_row(outcome) && !batch->is_stopped) {
        batch->is_stopped = true;
        batch->stopped = *outcome;
    }
    if (outcome->status != GRPC_OK && outcome_is_about_row(outcome))
        progress_end(batch->invocation);
    tell_done(batch);
    show_progress(batch);
}

static struct sending *take_row(struct batch *batch) {
    struct return_row *row = NULL;
    if (!return_file_next(batch->file, &row, &batch->broken) || row == NULL)
        return NULL;
    struct sending *sending = calloc(1, sizeof *sending);
    if (sending == NULL) {
        error_set(&batch->broken, "%s, line %d: out of memory", batch->path, row->line);
        return_row_destroy(row);
        return NULL;
    }
    sending->batch = batch;
    sending->row = row;
    list_append(&batch->rows, &sending->link);
    return sending;
}

// Rows in flight are recorded in any order; what corrects a return, perhaps one of this file, must
// not overtake it.
static bool must_wait(const struct batch *batch, const struct sending *sending) {
    return sending->row->request.corrects != NULL && batch->rows.next != &sending->link;
}

static bool next_call(void *ctx, struct shap_call *call) {
    struct batch *batch = ctx;
    while (!batch->is_stopped && !batch->broken.is_set) {
        struct sending *sending = batch->held != NULL ? batch->held : take_row(batch);
        if (sending == NULL)
            return false;
        batch->held = must_wait(batch, sending) ? sending : NULL;
        if (batch->held != NULL)
            return false;
        if (!sending->row->problem.is_set) {
            *call = (struct shap_call){.service = &shap__v1__returns__descriptor,
                                       .method = "SubmitReturn",
                                       .request = &sending->row->request.base,
                                       .on_message = on_receipt,
                                       .on_done = on_done,
                                       .ctx = sending};
            return true;
        }
        sending->is_done = true;
        tell_done(batch);
    }
    return false;
}

// ---- The whole ----

static void say_sum(const struct batch *batch) {
    struct invocation *invocation = batch->invocation;
    say(invocation, "%zu on record (%zu of them already), %zu refused.", batch->n_accepted,
        batch->n_replayed, batch->n_refused);
    if (batch->n_unanswered > 0)
        say(invocation, "%zu got no answer; whether they are on record is not known.",
            batch->n_unanswered);
    if (batch->n_refused > 0)
        say(invocation,
            "Mend the refused rows and send the file again: what is on record counts once.");
    else
        say(invocation, "Next: the coordinator reviews them; see shap return list.");
}

static int end(struct batch *batch) {
    struct invocation *invocation = batch->invocation;
    progress_end(invocation);
    int written = listing_end(invocation, batch->listing);
    say_sum(batch);
    if (batch->is_stopped && batch->stopped.message[0] != '\0') {
        int code = fail_outcome(invocation, &batch->stopped);
        say(invocation,
            "The file was not sent to its end. Send it again: what is on record counts once.");
        return code;
    }
    if (batch->broken.is_set)
        return fail(invocation, EXIT_FAILED, "%s", batch->broken.message);
    if (invocation_interrupted(invocation))
        return EXIT_INTERRUPTED;
    if (batch->n_refused > 0)
        return batch->n_accepted > 0 ? EXIT_PARTLY : EXIT_FAILED;
    return written;
}

static void on_warning(void *ctx, const char *text) {
    say_warning(ctx, "%s", text);
}

// A file that can be read twice is checked whole before anything is sent.
static bool check(struct batch *batch, const struct return_file_options *options,
                  struct error *err) {
    struct stat status;
    if (stat(options->path, &status) != 0 || !S_ISREG(status.st_mode))
        return true;
    struct return_file_options quiet = *options;
    quiet.on_warning = NULL;
    return return_file_check(&quiet, &batch->n_rows, err);
}

int return_submit_file(struct invocation *invocation, const char *path) {
    char today[DAY_SIZE];
    int code;
    struct error err = {0};
    struct batch batch = {.invocation = invocation, .path = path};
    day_today(today);
    const struct return_file_options options = {.path = path,
                                                .plan = invocation_plan(invocation),
                                                .today = today,
                                                .on_warning = on_warning,
                                                .ctx = invocation};
    list_init(&batch.rows);
    if (!check(&batch, &options, &err) || (batch.file = return_file_open(&options, &err)) == NULL)
        return fail(invocation, EXIT_FAILED, "%s", err.message);
    struct shap_client *client = invocation_client(invocation, &code);
    if (client != NULL)
        batch.listing = output_begin(invocation, return_receipt_columns, RETURN_RECEIPT_N_COLUMNS);
    if (client != NULL && batch.listing != NULL) {
        do
            shap_invoke_many(client, MOST_IN_FLIGHT, next_call, &batch);
        while (batch.held != NULL && !batch.is_stopped && !invocation_interrupted(invocation));
        if (batch.held != NULL) // never sent
            destroy(batch.held);
        tell_done(&batch);
        assert(list_is_empty(&batch.rows));
        code = end(&batch);
    } else if (client != NULL) {
        code = EXIT_FAILED;
    }
    return_file_close(batch.file);
    return code;
}
