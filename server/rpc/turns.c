#include "server/rpc/turns.h"

#include "server/base/secret.h"

static bool is_same_token(const struct identity *a, const struct identity *b) {
    return a->has_token == b->has_token &&
           secret_is_equal(a->token_hash, b->token_hash, SHA256_SIZE);
}

// Both wait for the same links, and are of one token.
static bool is_alike(const struct call *a, const struct call *b) {
    return a->unit.is_stream == b->unit.is_stream && is_same_token(&a->identity, &b->identity);
}

// Has the pool room for one more like this?
static bool has_turn(const struct call *call) {
    const struct rpc *rpc = call->rpc;
    size_t n = 0;
    for (const struct list *item = rpc->in_turn.next; item != &rpc->in_turn; item = item->next)
        n += is_alike(list_entry(item, struct call, turn), call);
    return n < (call->unit.is_stream ? rpc->options.streams_each : rpc->options.long_each);
}

static void begin(struct call *call) {
    struct error err = {0};
    struct rpc *rpc = call->rpc;
    call->state = CALL_RUNNING;
    call->pool = rpc->pool;
    call->has_unit = pool_submit(rpc->pool, &call->unit, &err);
    if (call->has_unit)
        list_append(&rpc->in_turn, &call->turn);
    else
        call_answer(call, GRPC_UNAVAILABLE, err.message);
}

void turns_take(struct call *call) {
    struct rpc *rpc = call->rpc;
    if (has_turn(call)) {
        begin(call);
        return;
    }
    if (rpc->n_awaiting_turn >= rpc->options.queue_limit) {
        call_answer(call, GRPC_UNAVAILABLE, "the server is busy: too many calls are waiting");
        return;
    }
    call->state = CALL_QUEUED;
    list_append(&rpc->awaiting_turn, &call->turn);
    rpc->n_awaiting_turn++;
}

void turns_withdraw(struct call *call) {
    list_unlink(&call->turn);
    call->rpc->n_awaiting_turn--;
}

static struct call *next_after(const struct call *call) {
    const struct rpc *rpc = call->rpc;
    for (struct list *item = rpc->awaiting_turn.next; item != &rpc->awaiting_turn;
         item = item->next) {
        struct call *next = list_entry(item, struct call, turn);
        if (is_alike(next, call))
            return next;
    }
    return NULL;
}

void turns_pass(struct call *call) {
    struct call *next;
    list_unlink(&call->turn);
    while (has_turn(call) && (next = next_after(call)) != NULL) {
        turns_withdraw(next);
        begin(next);
    }
}
