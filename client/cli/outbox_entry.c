#include "client/cli/outbox_entry.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "client/cli/token_file.h"
#include "client/import/day.h"
#include "client/lib/address.h"
#include "server/base/sha256.h"

bool outbox_owner_of(const struct invocation *invocation, struct outbox_owner *owner) {
    const struct settings *settings = &invocation->settings;
    const char *token_file = settings->values[SETTING_TOKEN_FILE];
    if (!invocation->has_token_hash || settings->values[SETTING_SERVER] == NULL)
        return false;
    if (token_file == NULL)
        token_file = settings->token_path;
    *owner = (struct outbox_owner){.server = settings->values[SETTING_SERVER],
                                   .profile = settings->profile,
                                   .now = (int64_t)time(NULL)};
    owner->membership_id = token_file == NULL ? 0 : token_file_membership(token_file);
    memcpy(owner->token_hash, invocation->token_hash, sizeof owner->token_hash);
    day_today(owner->today);
    return true;
}

void outbox_entry_fill(Shap__Client__Waiting *entry, const struct outbox_owner *owner) {
    entry->has_arrival = 1;
    entry->arrival = SHAP__CLIENT__ARRIVAL__ARRIVAL_MAY_HAVE_ARRIVED;
    entry->day = (char *)(uintptr_t)owner->today;
    entry->server = (char *)(uintptr_t)owner->server;
    entry->profile = (char *)(uintptr_t)owner->profile;
    entry->has_membership_id = owner->membership_id != 0;
    entry->membership_id = owner->membership_id;
    entry->has_token_hash = 1;
    entry->token_hash.len = sizeof owner->token_hash;
    entry->token_hash.data = (uint8_t *)(uintptr_t)owner->token_hash;
}

bool outbox_entry_is_for(const Shap__Client__Waiting *entry, const struct outbox_owner *owner) {
    struct address meant[ADDRESS_MOST], ours[ADDRESS_MOST];
    struct error err = {0};
    size_t n_meant, n_ours;
    if (!address_parse_all(entry->server, meant, &n_meant, &err) ||
        !address_parse_all(owner->server, ours, &n_ours, &err))
        return false;
    for (size_t i = 0; i < n_meant; i++) {
        for (size_t j = 0; j < n_ours; j++) {
            if (address_is_same(&meant[i], &ours[j]))
                return true;
        }
    }
    return false;
}

// The number of a membership is that of one installation only.
bool outbox_entry_is_of(const Shap__Client__Waiting *entry, const struct outbox_owner *owner) {
    if (entry->token_hash.len == sizeof owner->token_hash &&
        memcmp(entry->token_hash.data, owner->token_hash, sizeof owner->token_hash) == 0)
        return true;
    return owner->membership_id != 0 && entry->membership_id == owner->membership_id &&
           outbox_entry_is_for(entry, owner);
}

static uint8_t *pack_without_id(const Shap__V1__SubmitReturnRequest *request, size_t *len) {
    Shap__V1__SubmitReturnRequest said = *request;
    said.return_id = NULL;
    *len = shap__v1__submit_return_request__get_packed_size(&said);
    uint8_t *packed = malloc(*len + 1);
    if (packed != NULL)
        shap__v1__submit_return_request__pack(&said, packed);
    return packed;
}

bool outbox_says_same(const Shap__V1__SubmitReturnRequest *one,
                      const Shap__V1__SubmitReturnRequest *other) {
    size_t len, other_len;
    uint8_t *packed = pack_without_id(one, &len),
            *other_packed = pack_without_id(other, &other_len);
    bool is_same = packed != NULL && other_packed != NULL && len == other_len &&
                   memcmp(packed, other_packed, len) == 0;
    free(packed);
    free(other_packed);
    return is_same;
}

// A server without room, or with too much to do, has nothing against the return.
bool outbox_is_refusal(const struct shap_outcome *outcome) {
    return outcome_is_about_row(outcome) && outcome->status != GRPC_RESOURCE_EXHAUSTED &&
           outcome->status != GRPC_ABORTED;
}

// Statuses of a server that has looked at the call and did nothing, and no other had it before.
static bool is_undone(const struct shap_outcome *outcome) {
    return outcome->from_server && !outcome->may_be_done &&
           (outcome_is_about_row(outcome) || outcome->status == GRPC_UNAUTHENTICATED ||
            outcome->status == GRPC_UNIMPLEMENTED);
}

Shap__Client__Arrival outbox_arrival(Shap__Client__Arrival before,
                                     const struct shap_outcome *outcome) {
    if (outcome->stage < SHAP_STAGE_CALL)
        return before;
    bool was_nowhere = before == SHAP__CLIENT__ARRIVAL__ARRIVAL_NOT_ARRIVED;
    return was_nowhere && is_undone(outcome) ? SHAP__CLIENT__ARRIVAL__ARRIVAL_NOT_ARRIVED
                                             : SHAP__CLIENT__ARRIVAL__ARRIVAL_MAY_HAVE_ARRIVED;
}
