// Sending what was answered: each draft is a return under an id of its own, so that one that was on
// its way when the line broke is sent again and counts once. Used by answer only.
#pragma once

#include "client/cli/answer_draft.h"
#include "client/cli/command.h"

// What became of them.
struct answer_sum {
    size_t n_done; // on record, and no draft any more
    size_t n_refused;
    size_t n_left; // not answered for
};

// Sends the drafts that are marked as sent, and prints the receipts. The file says so before the
// first of them leaves. What is on record is a draft no more; what is refused is not marked any
// more and can be changed. Returns the exit code; refusals and failures have been told.
int answer_send(struct invocation *invocation, struct answer_drafts *drafts,
                struct answer_sum *sum);
