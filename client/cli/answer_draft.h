// What somebody has answered and not sent yet: kept in a file of their own from answer to answer,
// so that `shap answer` can be left and taken up again, and a line can break, without anything
// being lost or counted twice.
//
// The file is a CSV file of returns, readable by its owner alone, replaced in one step.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "server/base/error.h"
#include "shap/v1/returns.pb-c.h"

struct answer_draft {
    // Owned, its texts too; return_id and as_of are set.
    Shap__V1__SubmitReturnRequest *said;
    // It was on its way once, and whether it arrived is not known: it does not change any more.
    bool is_sent;
};

struct answer_drafts {
    char *path; // owned
    struct answer_draft *all;
    size_t n;
};

// Reads the file at path; one that does not exist holds nothing. False with err set: it cannot be
// read or makes no sense. drafts is to be finished either way.
bool answer_drafts_load(struct answer_drafts *drafts, const char *path, struct error *err)
    __attribute__((warn_unused_result));
void answer_drafts_finish(struct answer_drafts *drafts);

// Writes them all; without any the file is removed.
bool answer_drafts_save(const struct answer_drafts *drafts, struct error *err)
    __attribute__((warn_unused_result));

// The draft on a milestone; NULL: none.
struct answer_draft *answer_drafts_find(const struct answer_drafts *drafts, const char *plan,
                                        const char *reference);

// Keeps said, which is theirs from now on, instead of what was said on its milestone before, under
// the same id; one that is new gets a new id. False with err set; said is freed then.
bool answer_drafts_put(struct answer_drafts *drafts, Shap__V1__SubmitReturnRequest *said,
                       struct error *err) __attribute__((warn_unused_result));

void answer_drafts_remove(struct answer_drafts *drafts, struct answer_draft *draft);

// A request that says nothing, on a milestone; its texts are owned. NULL without memory.
Shap__V1__SubmitReturnRequest *answer_said_create(const char *plan, const char *reference)
    __attribute__((warn_unused_result));
// A copy; NULL without memory.
Shap__V1__SubmitReturnRequest *answer_said_copy(const Shap__V1__SubmitReturnRequest *said)
    __attribute__((warn_unused_result));
// Accepts NULL.
void answer_said_destroy(Shap__V1__SubmitReturnRequest *said);

// Sets one of its texts to a copy; empty: to nothing. False without memory.
bool answer_said_set(char **field, const char *text, size_t len)
    __attribute__((warn_unused_result));
