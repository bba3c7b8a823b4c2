// Returns on their way, kept in the outbox: of each, its id and everything it says are on disk
// before the first byte is sent. Whatever ends this program then, the same return can be sent
// again, and counts once.
//
// A command begins a post with its returns, reports how each call ended, and ends the post: what
// was answered, by a receipt or a refusal, is gone then; the rest waits for `shap outbox resume`.
#pragma once

#include "client/cli/invocation.h"
#include "shap/v1/returns.pb-c.h"

struct outbox_post;

// Keeps n returns before they are sent; the requests are copied. NULL: they cannot be kept, which
// is said, or there are none; they can be sent all the same.
struct outbox_post *outbox_post_begin(struct invocation *invocation,
                                      const Shap__V1__SubmitReturnRequest *const *requests,
                                      size_t n);

// How the call of the i-th return ended. Accepts NULL.
void outbox_post_answered(struct outbox_post *post, size_t i, const struct shap_outcome *outcome);

// Removes what was answered, here and where an earlier command left the same; keeps the rest.
// Returns how many of this post wait now. Accepts NULL.
size_t outbox_post_end(struct outbox_post *post);

// A return of this person that says the same, names its day or was written today, and waits: its
// id, in id. What is typed again because the line broke is the same return. False: there is none.
bool outbox_post_find_same(struct invocation *invocation,
                           const Shap__V1__SubmitReturnRequest *request, char id[SHAP_UUID_SIZE])
    __attribute__((warn_unused_result));
