#include "client/cli/answer_send.h"

#include <stdlib.h>
#include "client/cli/listing.h"
#include "client/cli/outbox_post.h"
#include "client/cli/output.h"
#include "client/cli/return.h"

static void save(struct invocation *invocation, const struct answer_drafts *drafts) {
    struct error err = {0};
    if (!answer_drafts_save(drafts, &err))
        say_warning(invocation, "%s", err.message);
}

// What goes on while they are sent.
struct sending {
    struct invocation *invocation; // borrowed
    struct shap_client *client;    // borrowed
    struct answer_drafts *drafts;  // borrowed
    struct answer_sum *sum;
    struct listing *listing;  // owned; of the receipts
    struct outbox_post *post; // owned; the drafts that are marked, in their order
    size_t n_called;          // of the post
};

// Sends the draft at *at, and moves *at on if it stays. False: the others would fare no better.
static bool send_one(struct sending *sending, size_t *at, struct shap_outcome *outcome) {
    struct answer_drafts *drafts = sending->drafts;
    struct answer_draft *draft = &drafts->all[*at];
    const struct shap_call call = {.service = &shap__v1__returns__descriptor,
                                   .method = "SubmitReturn",
                                   .request = &draft->said->base,
                                   .on_message = output_add,
                                   .ctx = sending->listing};
    bool is_done = shap_invoke(sending->client, &call, outcome);
    outbox_post_answered(sending->post, sending->n_called++, outcome);
    if (is_done) {
        sending->sum->n_done++;
        answer_drafts_remove(drafts, draft);
    } else if (outcome_is_about_row(outcome)) {
        fail(sending->invocation, EXIT_PARTLY, "%s: %s", draft->said->reference, outcome->message);
        sending->sum->n_refused++;
        draft->is_sent = false;
        (*at)++;
    } else {
        return false;
    }
    save(sending->invocation, drafts);
    return true;
}

// Keeps those that are marked in the outbox, too.
static bool keep(struct sending *sending) {
    const struct answer_drafts *drafts = sending->drafts;
    const Shap__V1__SubmitReturnRequest **said =
        calloc(drafts->n + 1, sizeof(Shap__V1__SubmitReturnRequest *));
    size_t n = 0;
    if (said == NULL)
        return false;
    for (size_t i = 0; i < drafts->n; i++) {
        if (drafts->all[i].is_sent)
            said[n++] = drafts->all[i].said;
    }
    sending->post = outbox_post_begin(sending->invocation, said, n);
    free(said);
    return true;
}

static int send_all(struct sending *sending) {
    struct invocation *invocation = sending->invocation;
    struct answer_drafts *drafts = sending->drafts;
    struct shap_outcome outcome;
    sending->listing = output_begin(invocation, return_receipt_columns, RETURN_RECEIPT_N_COLUMNS);
    bool goes_on = sending->listing != NULL;
    for (size_t at = 0; goes_on && at < drafts->n;) {
        if (drafts->all[at].is_sent)
            goes_on = send_one(sending, &at, &outcome);
        else
            at++;
    }
    for (size_t i = 0; i < drafts->n; i++)
        sending->sum->n_left += drafts->all[i].is_sent;
    outbox_post_end(sending->post);
    bool has_listing = sending->listing != NULL;
    int written = listing_end(invocation, sending->listing);
    if (has_listing && !goes_on)
        return fail_outcome(invocation, &outcome);
    if (sending->sum->n_refused > 0)
        return sending->sum->n_done > 0 ? EXIT_PARTLY : EXIT_FAILED;
    return written;
}

int answer_send(struct invocation *invocation, struct answer_drafts *drafts,
                struct answer_sum *sum) {
    int code;
    *sum = (struct answer_sum){.n_done = 0};
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    struct sending sending = {
        .invocation = invocation, .client = client, .drafts = drafts, .sum = sum};
    save(invocation, drafts);
    if (!keep(&sending))
        return fail(invocation, EXIT_FAILED, "not enough memory");
    return send_all(&sending);
}
