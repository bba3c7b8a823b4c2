#include "server/base/log.h"
#include "server/rpc/call.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { US_A_SECOND = 1000000 };

const char call_not_serving[] =
    "the server has no usable database at the moment; try again in a few seconds";

bool call_can_identify(const struct rpc *rpc, const struct stream_request *request,
                       const struct identity *identity, char why[CALL_REASON_SIZE]) {
    if (rpc->guesses == NULL || !identity->has_token || request->origin[0] == '\0' ||
        role_memory_find(rpc->roles, identity) != 0)
        return true;
    int64_t wait_us =
        guesses_wait(rpc->guesses, request->origin, identity->token_hash, rpc_now_us(rpc));
    if (wait_us == 0)
        return true;
    snprintf(why, CALL_REASON_SIZE,
             "too many calls came from here with a token that does not hold; wait %" PRId64
             " s. To sign in again: shap login",
             (wait_us + US_A_SECOND - 1) / US_A_SECOND);
    return false;
}

static const struct native_method *find_native(const struct rpc *rpc, const char *path) {
    for (size_t i = 0; i < rpc->options.n_natives; i++)
        if (strcmp(rpc->options.natives[i].path, path) == 0)
            return &rpc->options.natives[i];
    return NULL;
}

void call_judge(struct rpc *rpc, const struct stream_request *request, struct asked *asked) {
    asked->method = NULL;
    asked->status = GRPC_OK;
    asked->why = NULL;
    asked->err.is_set = false;
    const struct identity_claim claim = {.authorization = request->authorization,
                                         .organisation = request->organisation,
                                         .peer = request->peer,
                                         .tokens = rpc->tokens};
    bool is_read = identity_read(&claim, &asked->identity, &asked->err);
    asked->native = find_native(rpc, request->path);
    if (asked->native == NULL && rpc->registry != NULL)
        asked->method = registry_find(rpc->registry, request->path);
    if (asked->native == NULL && (rpc->registry == NULL || (asked->method && !rpc->is_serving))) {
        asked->status = GRPC_UNAVAILABLE;
        asked->why = call_not_serving;
    } else if (asked->native == NULL && asked->method == NULL) {
        asked->status = GRPC_UNIMPLEMENTED;
        asked->why = "this server has no such method";
    } else if (!is_read) {
        asked->status = GRPC_UNAUTHENTICATED;
        asked->why = asked->err.message;
    } else if (asked->method != NULL &&
               !call_can_identify(rpc, request, &asked->identity, asked->reason)) {
        asked->status = GRPC_RESOURCE_EXHAUSTED;
        asked->why = asked->reason;
    }
}

void call_count(struct rpc *rpc, const struct identity *identity, const char *method,
                enum grpc_status status, int64_t now_us) {
    const struct tally_refusal refusal = {
        .token_hash = identity->has_token ? identity->token_hash : NULL,
        .peer = identity->peer,
        .method = method,
        .status = status,
    };
    if (status != GRPC_OK)
        tally_refuse(rpc->tally, &refusal, now_us);
    else if (identity->has_token)
        tally_use(rpc->tally, identity->token_hash, now_us);
}

bool call_may_log(const struct call *call, const char *event, enum grpc_status status,
                  int64_t now_us) {
    const struct call_kind kind = {
        .event = event,
        .method = call->native != NULL ? call->native->path : call->method->path,
        .status = status,
        .peer = call->identity.peer,
    };
    return call_log_may(call->rpc->call_log, &kind, now_us);
}

void call_note_origin(struct call *call, const char *origin) {
    assert(strlen(origin) < sizeof call->origin);
    memcpy(call->origin, origin, strlen(origin) + 1);
}

void call_learn_role(struct call *call, const struct value *role) {
    struct rpc *rpc = call->rpc;
    if (rpc->guesses != NULL && role_memory_find(rpc->roles, &call->identity) == 0)
        guesses_forgive(rpc->guesses, call->identity.token_hash);
    role_memory_learn(rpc->roles, &call->identity, role);
}

void call_count_guess(struct call *call, const char *account) {
    struct rpc *rpc = call->rpc;
    if (!call->identity.has_token)
        return;
    role_memory_forget(rpc->roles, &call->identity);
    if (rpc->guesses == NULL || call->origin[0] == '\0')
        return;
    if (guesses_count(rpc->guesses, call->origin, call->identity.token_hash, account,
                      rpc_now_us(rpc)))
        log_event(LOG_WARNING, "too-many-wrong-tokens", "from", call->origin, "account",
                  account != NULL && account[0] != '\0' ? account : NULL, NULL);
}
