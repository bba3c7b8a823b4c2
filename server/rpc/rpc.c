#include "server/rpc/rpc.h"

#include "server/rpc/call.h"
#include "server/rpc/follow.h"
#include "server/rpc/group.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

const struct stream_events rpc_stream_events = {
    .on_request = call_on_request,
    .on_message = call_on_message,
    .on_half_close = call_on_half_close,
    .on_drain = call_on_drain,
    .on_close = call_on_close,
};

static const char text_gone[] = "the server has no usable database at the moment; try again";

// Two servers of one database may have been started in the same second.
static void choose_id_prefix(struct rpc *rpc) {
    uint32_t prefix = (uint32_t)time(NULL);
    (void)!getrandom(&prefix, sizeof prefix, GRND_NONBLOCK);
    snprintf(rpc->id_prefix, sizeof rpc->id_prefix, "%08" PRIx32 "-", prefix);
}

struct rpc *rpc_create(const struct rpc_options *options, struct error *err) {
    struct rpc *rpc = calloc(1, sizeof *rpc);
    if (rpc == NULL)
        goto fail;
    rpc->options = *options;
    list_init(&rpc->calls);
    list_init(&rpc->free_calls);
    list_init(&rpc->waiting_queues);
    list_init(&rpc->followers);
    list_init(&rpc->due_followers);
    list_init(&rpc->in_turn);
    list_init(&rpc->awaiting_turn);
    choose_id_prefix(rpc);
    rpc->roles = role_memory_create();
    rpc->tokens = token_memory_create();
    rpc->breakers = breakers_create();
    rpc->tally = tally_create();
    rpc->call_log = call_log_create();
    if (options->guesses_max > 0)
        rpc->guesses = guesses_create(options->guesses_max, options->guess_us);
    if (rpc->roles != NULL && rpc->tokens != NULL && rpc->breakers != NULL && rpc->tally != NULL &&
        rpc->call_log != NULL && (rpc->guesses != NULL || options->guesses_max == 0))
        return rpc;
fail:
    rpc_destroy(rpc);
    error_set(err, "out of memory");
    return NULL;
}

void rpc_destroy(struct rpc *rpc) {
    if (rpc == NULL)
        return;
    assert(list_is_empty(&rpc->calls));
    for (struct list *item; (item = list_take_first(&rpc->free_calls)) != NULL;) {
        struct call *call = list_entry(item, struct call, item);
        arena_finish(&call->arena);
        buf_finish(&call->answer);
        free(call);
    }
    group_queues_destroy(rpc);
    deadlines_finish(&rpc->deadlines);
    deadlines_finish(&rpc->next_rounds);
    role_memory_destroy(rpc->roles);
    token_memory_destroy(rpc->tokens);
    breakers_destroy(rpc->breakers);
    guesses_destroy(rpc->guesses);
    tally_destroy(rpc->tally);
    call_log_destroy(rpc->call_log);
    free(rpc);
}

bool rpc_serve(struct rpc *rpc, const struct registry *registry, struct pool *pool) {
    assert(rpc->registry == NULL || rpc->registry == registry);
    if (rpc->registry == NULL) {
        rpc->registry = registry;
        group_queues_destroy(rpc);
        if (!group_queues_create(rpc)) {
            rpc->registry = NULL;
            return false;
        }
    }
    rpc->pool = pool;
    rpc->is_serving = true;
    return true;
}

static void answer_all(struct rpc *rpc, enum call_state state) {
    for (struct list *item = rpc->calls.next; item != &rpc->calls; item = item->next) {
        struct call *call = list_entry(item, struct call, item);
        if (call->native != NULL || call->state != state)
            continue;
        if (state == CALL_QUEUED)
            call_withdraw(call);
        call_answer(call, GRPC_UNAVAILABLE, text_gone);
    }
}

void rpc_suspend(struct rpc *rpc) {
    rpc->is_serving = false;
    follow_end_all(rpc, text_gone);
    answer_all(rpc, CALL_QUEUED);
}

void rpc_forget(struct rpc *rpc) {
    rpc_suspend(rpc);
    answer_all(rpc, CALL_COLLECTING);
    rpc->registry = NULL;
    rpc->pool = NULL;
}

static struct call *call_of(struct deadline *deadline) {
    return (struct call *)(void *)((char *)deadline - offsetof(struct call, deadline));
}

// Of two times to come; -1: never.
static int64_t sooner(int64_t a_us, int64_t b_us) {
    return a_us < 0 || (b_us >= 0 && b_us < a_us) ? b_us : a_us;
}

static const struct statement *tally_of(const struct rpc *rpc) {
    return rpc->registry != NULL ? &rpc->registry->tally : NULL;
}

int64_t rpc_turn(struct rpc *rpc) {
    int64_t now_us = rpc_now_us(rpc);
    struct deadline *first = deadlines_first(&rpc->deadlines);
    for (; first != NULL && first->at_us <= now_us; first = deadlines_first(&rpc->deadlines))
        call_expire(call_of(first));
    bool is_done = group_send_all(rpc, now_us);
    int64_t round_us = follow_turn(rpc, now_us);
    first = deadlines_first(&rpc->deadlines);
    int64_t left_us = first != NULL ? first->at_us - now_us : -1;
    left_us = sooner(left_us, is_done ? round_us : 0);
    left_us = sooner(left_us, call_log_turn(rpc->call_log, now_us));
    struct pool *pool = rpc->is_serving ? rpc->pool : NULL;
    return sooner(left_us, tally_turn(rpc->tally, pool, tally_of(rpc), now_us));
}

void rpc_flush(struct rpc *rpc, void (*on_flushed)(void *ctx), void *ctx) {
    struct pool *pool = rpc->is_serving ? rpc->pool : NULL;
    tally_flush(rpc->tally, pool, tally_of(rpc), rpc_now_us(rpc), on_flushed, ctx);
}

void rpc_ring(struct rpc *rpc, const char *council) {
    follow_ring(rpc, council);
}

void rpc_stop(struct rpc *rpc) {
    rpc->is_stopping = true;
    follow_end_all(rpc, "the server is stopping; go on with the last cursor");
}

size_t rpc_n_calls(const struct rpc *rpc) {
    return rpc->n_calls;
}
