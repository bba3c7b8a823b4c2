// A return that waits in the outbox: made of a request, whose it is, where it belongs, what is
// known of it after a call. Used by what keeps (outbox_post), sends and counts them.
#pragma once

#include "client/cli/invocation.h"
#include "shap/client/outbox.pb-c.h"

// Room for the texts and the hash that an entry made here points into.
struct outbox_owner {
    const char *server;  // borrowed
    const char *profile; // borrowed
    uint8_t token_hash[32];
    int64_t membership_id; // 0: not known
    int64_t now;
    char today[16];
};

// Who sends, and where to. False: nobody can, there is no token or no server.
bool outbox_owner_of(const struct invocation *invocation, struct outbox_owner *owner)
    __attribute__((warn_unused_result));

// Says in an initialised entry whose it is, which borrows that, and that it may arrive.
void outbox_entry_fill(Shap__Client__Waiting *entry, const struct outbox_owner *owner);

// Whether it was made with the owner's token or, as far as both are known, of the owner's
// membership there; and whether one of its addresses is one of the owner's.
bool outbox_entry_is_of(const Shap__Client__Waiting *entry, const struct outbox_owner *owner);
bool outbox_entry_is_for(const Shap__Client__Waiting *entry, const struct outbox_owner *owner);

// Whether two requests say the same, their ids apart. False without memory, too.
bool outbox_says_same(const Shap__V1__SubmitReturnRequest *one,
                      const Shap__V1__SubmitReturnRequest *other);

// Whether an outcome refuses what the return says: sent again, it would be refused again.
bool outbox_is_refusal(const struct shap_outcome *outcome);

// What is known of a return after a call that did not succeed, and was no refusal; before: what was
// known before the call.
Shap__Client__Arrival outbox_arrival(Shap__Client__Arrival before,
                                     const struct shap_outcome *outcome);
