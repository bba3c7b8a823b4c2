#include "client/cli/answer_send.h"

#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "client/cli/return.h"

static void save(struct invocation *invocation, const struct answer_drafts *drafts) {
    struct error err = {0};
    if (!answer_drafts_save(drafts, &err))
        say_warning(invocation, "%s", err.message);
}

// Sends the draft at *at, and moves *at on if it stays. False: the others would fare no better.
static bool send_one(struct invocation *invocation, struct shap_client *client,
                     struct answer_drafts *drafts, size_t *at, struct listing *listing,
                     struct answer_sum *sum, struct shap_outcome *outcome) {
    struct answer_draft *draft = &drafts->all[*at];
    const struct shap_call call = {.service = &shap__v1__returns__descriptor,
                                   .method = "SubmitReturn",
                                   .request = &draft->said->base,
                                   .on_message = output_add,
                                   .ctx = listing};
    if (shap_invoke(client, &call, outcome)) {
        sum->n_done++;
        answer_drafts_remove(drafts, draft);
    } else if (outcome_is_about_row(outcome)) {
        fail(invocation, EXIT_PARTLY, "%s: %s", draft->said->reference, outcome->message);
        sum->n_refused++;
        draft->is_sent = false;
        (*at)++;
    } else {
        return false;
    }
    save(invocation, drafts);
    return true;
}

static int send_all(struct invocation *invocation, struct shap_client *client,
                    struct answer_drafts *drafts, struct answer_sum *sum) {
    struct shap_outcome outcome;
    struct listing *listing =
        output_begin(invocation, return_receipt_columns, RETURN_RECEIPT_N_COLUMNS);
    bool goes_on = listing != NULL;
    for (size_t at = 0; goes_on && at < drafts->n;) {
        if (drafts->all[at].is_sent)
            goes_on = send_one(invocation, client, drafts, &at, listing, sum, &outcome);
        else
            at++;
    }
    for (size_t i = 0; i < drafts->n; i++)
        sum->n_left += drafts->all[i].is_sent;
    int written = listing_end(invocation, listing);
    if (listing != NULL && !goes_on)
        return fail_outcome(invocation, &outcome);
    if (sum->n_refused > 0)
        return sum->n_done > 0 ? EXIT_PARTLY : EXIT_FAILED;
    return written;
}

int answer_send(struct invocation *invocation, struct answer_drafts *drafts,
                struct answer_sum *sum) {
    int code;
    *sum = (struct answer_sum){.n_done = 0};
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    save(invocation, drafts);
    return send_all(invocation, client, drafts, sum);
}
