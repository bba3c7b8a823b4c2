#include "client/cli/return.h"

#include <assert.h>
#include <stdlib.h>
#include "client/cli/listing.h"
#include "client/cli/outbox_post.h"
#include "client/cli/output.h"
#include "client/cli/progress.h"
#include "client/cli/today.h"
#include "client/import/day.h"
#include "client/import/return_file.h"
#include "server/base/list.h"
#include "shap/v1/returns.pb-c.h"

enum { MOST_IN_FLIGHT = 32, PROGRESS_EVERY = 16 };

// A file of returns on its way: read whole, kept in the outbox whole, then sent. Rows are answered
// in any order and told of in the file's.
struct batch {
    struct invocation *invocation; // borrowed
    const char *path;              // borrowed
    struct listing *listing;       // owned; of the receipts
    struct list ahead;             // of struct sending, in the file's order: not begun
    struct list rows;              // begun, not told of yet
    struct outbox_post *post;      // owned; NULL: nothing is kept
    struct sending *held;        // of rows; corrects another row: goes when all before it are done
    struct shap_outcome stopped; // how the call ended that stopped the batch
    size_t n_rows;               // in the file
    size_t n_accepted;
    size_t n_replayed;
    size_t n_refused;
    size_t n_unanswered; // of those that may have arrived
    size_t n_waiting;    // in the outbox, at the end
    bool is_stopped;
};

// One row: sent, or refused here.
struct sending {
    struct list link;
    struct batch *batch;        // back-link
    struct return_row *row;     // owned
    size_t place;               // in the post, of one that is sent
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
        batch->n_unanswered += sending->outcome.stage == SHAP_STAGE_CALL;
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
    outbox_post_answered(batch->post, sending->place, outcome);
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
    struct list *link = list_take_first(&batch->ahead);
    if (link == NULL)
        return NULL;
    list_append(&batch->rows, link);
    return list_entry(link, struct sending, link);
}

// Rows in flight are recorded in any order; what corrects a return, perhaps one of this file, must
// not overtake it.
static bool must_wait(const struct batch *batch, const struct sending *sending) {
    return sending->row->request.corrects != NULL && batch->rows.next != &sending->link;
}

static bool next_call(void *ctx, struct shap_call *call) {
    struct batch *batch = ctx;
    while (!batch->is_stopped) {
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

// ---- Reading ----

static void on_warning(void *ctx, const char *text) {
    say_warning(ctx, "%s", text);
}

static const char *find_today(void *ctx) {
    return today_find(ctx);
}

// The next row of the file, put behind those before it. False at its end, or with err set.
static bool read_row(struct batch *batch, struct return_file *file, struct error *err) {
    struct return_row *row = NULL;
    if (!return_file_next(file, &row, err) || row == NULL)
        return false;
    struct sending *sending = calloc(1, sizeof *sending);
    if (sending == NULL) {
        return_row_destroy(row);
        return error_set(err, "not enough memory");
    }
    sending->batch = batch;
    sending->row = row;
    list_append(&batch->ahead, &sending->link);
    batch->n_rows++;
    return true;
}

static bool read_all(struct batch *batch, struct error *err) {
    char today[DAY_SIZE];
    day_today(today);
    const struct return_file_options options = {.path = batch->path,
                                                .plan = invocation_plan(batch->invocation),
                                                .today = today,
                                                .find_today = find_today,
                                                .on_warning = on_warning,
                                                .ctx = batch->invocation};
    struct return_file *file = return_file_open(&options, err);
    while (file != NULL && read_row(batch, file, err)) {
    }
    return_file_close(file);
    return !err->is_set;
}

// ---- The whole ----

static bool keep(struct batch *batch) {
    const Shap__V1__SubmitReturnRequest **requests =
        calloc(batch->n_rows + 1, sizeof(Shap__V1__SubmitReturnRequest *));
    size_t n = 0;
    if (requests == NULL)
        return false;
    for (struct list *at = batch->ahead.next; at != &batch->ahead; at = at->next) {
        struct sending *sending = list_entry(at, struct sending, link);
        sending->place = n;
        if (!sending->row->problem.is_set)
            requests[n++] = &sending->row->request;
    }
    batch->post = outbox_post_begin(batch->invocation, requests, n);
    free(requests);
    return true;
}

static void say_sum(const struct batch *batch) {
    struct invocation *invocation = batch->invocation;
    say(invocation, "%zu on record (%zu of them already), %zu refused.", batch->n_accepted,
        batch->n_replayed, batch->n_refused);
    if (batch->n_unanswered > 0)
        say(invocation, "%zu got no answer; whether they are on record is not known.",
            batch->n_unanswered);
    if (batch->n_waiting > 0)
        say(invocation,
            "%zu wait in the outbox. To send them, so that each counts once: shap outbox resume",
            batch->n_waiting);
    else if (batch->is_stopped)
        say(invocation,
            "The file was not sent to its end. Send it again: what is on record counts once.");
    else if (batch->n_refused > 0)
        say(invocation,
            "Mend the refused rows and send the file again: what is on record counts once.");
    else
        say(invocation, "Next: the coordinator reviews them; see shap return list.");
}

static int end(struct batch *batch) {
    struct invocation *invocation = batch->invocation;
    progress_end(invocation);
    int written = listing_end(invocation, batch->listing);
    int code = batch->is_stopped && batch->stopped.message[0] != '\0'
                   ? fail_outcome(invocation, &batch->stopped)
                   : EXIT_OK;
    say_sum(batch);
    if (code != EXIT_OK)
        return code;
    if (invocation_interrupted(invocation))
        return EXIT_INTERRUPTED;
    if (batch->n_refused > 0)
        return batch->n_accepted > 0 ? EXIT_PARTLY : EXIT_FAILED;
    return written;
}

static int send(struct batch *batch, struct shap_client *client) {
    batch->listing =
        output_begin(batch->invocation, return_receipt_columns, RETURN_RECEIPT_N_COLUMNS);
    if (batch->listing == NULL)
        return EXIT_FAILED;
    if (!keep(batch)) {
        output_abandon(batch->listing);
        return fail(batch->invocation, EXIT_FAILED, "not enough memory");
    }
    do
        shap_invoke_many(client, MOST_IN_FLIGHT, next_call, batch);
    while (batch->held != NULL && !batch->is_stopped && !invocation_interrupted(batch->invocation));
    if (batch->held != NULL) // never sent
        destroy(batch->held);
    tell_done(batch);
    assert(list_is_empty(&batch->rows));
    batch->n_waiting = outbox_post_end(batch->post);
    return end(batch);
}

int return_submit_file(struct invocation *invocation, const char *path) {
    struct error err = {0};
    struct batch batch = {.invocation = invocation, .path = path};
    int code;
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    list_init(&batch.ahead);
    list_init(&batch.rows);
    code = read_all(&batch, &err) ? send(&batch, client)
                                  : fail(invocation, EXIT_FAILED, "%s", err.message);
    while (!list_is_empty(&batch.ahead))
        destroy(list_entry(batch.ahead.next, struct sending, link));
    return code;
}
