// Words that only the server knows, for completion: milestones, organisations, plans. Asked for
// with little patience; where nobody is signed in, or nobody answers, there are none.
#pragma once

#include "client/cli/invocation.h"

// What a field of a request names.
enum complete_live_kind {
    COMPLETE_LIVE_NONE,
    COMPLETE_LIVE_MILESTONE,
    COMPLETE_LIVE_ORGANISATION,
    COMPLETE_LIVE_PLAN,
};
// By the field's name, or NULL for the option's or operand's own: "reference", "PLAN".
enum complete_live_kind complete_live_kind(const char *field, const char *name);

// Gives each word with what is said about it to on_word until that returns false; both are valid
// until it returns. profile: whose words, as typed after --as; NULL: the settings'.
void complete_live(struct invocation *invocation, const char *profile, enum complete_live_kind kind,
                   bool (*on_word)(void *ctx, const char *word, const char *about), void *ctx);
