#include "server/rpc/turns.h"

#include "server/base/secret.h"

static bool is_same_token(const struct identity *a, const struct identity *b) {
    return a->has_token == b->has_token &&
           secret_is_equal(a->token_hash, b->token_hash, SHA256_SIZE);
}

// Has the pool room for one more of this token?
static bool has_turn(const struct rpc *rpc, const struct identity *identity) {
    size_t n = 0;
    for (const struct list *item = rpc->streams.next; item != &rpc->streams; item = item->next)
        n += is_same_token(&list_entry(item, struct call, turn)->identity, identity);
    return n < rpc->options.streams_each;
}

static void begin(struct call *call) {
    struct error err = {0};
    struct rpc *rpc = call->rpc;
    call->state = CALL_RUNNING;
    call->pool = rpc->pool;
    call->has_unit = pool_submit(rpc->pool, &call->unit, &err);
    if (call->has_unit)
        list_append(&rpc->streams, &call->turn);
    else
        call_answer(call, GRPC_UNAVAILABLE, err.message);
}

void turns_take(struct call *call) {
    struct rpc *rpc = call->rpc;
    if (has_turn(rpc, &call->identity)) {
        begin(call);
        return;
    }
    if (rpc->n_waiting_streams >= rpc->options.queue_limit) {
        call_answer(call, GRPC_UNAVAILABLE, "the server is busy: too many streams are waiting");
        return;
    }
    call->state = CALL_QUEUED;
    list_append(&rpc->waiting_streams, &call->turn);
    rpc->n_waiting_streams++;
}

void turns_withdraw(struct call *call) {
    list_unlink(&call->turn);
    call->rpc->n_waiting_streams--;
}

static struct call *next_of(const struct rpc *rpc, const struct identity *identity) {
    for (struct list *item = rpc->waiting_streams.next; item != &rpc->waiting_streams;
         item = item->next) {
        struct call *call = list_entry(item, struct call, turn);
        if (is_same_token(&call->identity, identity))
            return call;
    }
    return NULL;
}

void turns_pass(struct call *call) {
    struct rpc *rpc = call->rpc;
    struct call *next;
    list_unlink(&call->turn);
    while (has_turn(rpc, &call->identity) && (next = next_of(rpc, &call->identity)) != NULL) {
        turns_withdraw(next);
        begin(next);
    }
}
