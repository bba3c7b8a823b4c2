#include "server/rpc/group.h"

#include "server/base/log.h"
#include "server/rpc/call.h"

#include <stdlib.h>
#include <string.h>

struct group {
    struct unit unit;
    struct rpc *rpc;             // back-link
    const struct method *method; // borrowed
    struct group_lane *lane;     // borrowed
    struct arena arena;
    struct buf array; // the argument
    struct value array_value;
    struct value params[IDENTITY_PARAMS];
    size_t n_calls;
    struct call *calls[GROUP_CALLS_MAX]; // borrowed; ordinal i + 1
};

static const char text_no_memory[] = "the server is out of memory; try again later";

bool group_queues_create(struct rpc *rpc) {
    size_t n = rpc->registry->n_methods;
    struct group_queue *queues = calloc(n > 0 ? n : 1, sizeof *queues);
    if (queues == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        list_init(&queues[i].item);
        list_init(&queues[i].shared.waiting);
        list_init(&queues[i].apart.waiting);
    }
    rpc->queues = queues;
    return true;
}

void group_queues_destroy(struct rpc *rpc) {
    free(rpc->queues);
    rpc->queues = NULL;
}

static struct group_queue *queue_of(const struct call *call) {
    return &call->rpc->queues[call->method->index];
}

static bool is_breaker(const struct call *call) {
    return breakers_has(call->rpc->breakers, &call->identity, call->started_us);
}

static void let_wait(struct call *call) {
    struct group_queue *queue = queue_of(call);
    struct group_lane *lane = is_breaker(call) ? &queue->apart : &queue->shared;
    call->state = CALL_QUEUED;
    list_append(&lane->waiting, &call->waiting);
    if (queue->n_waiting++ == 0)
        list_append(&call->rpc->waiting_queues, &queue->item);
    call->rpc->n_queued++;
}

void group_enqueue(struct call *call) {
    struct rpc *rpc = call->rpc;
    if (rpc->n_queued >= rpc->options.queue_limit) {
        call_answer(call, GRPC_UNAVAILABLE, "the server is overloaded; try again in a few seconds");
        return;
    }
    let_wait(call);
}

void group_withdraw(struct call *call) {
    struct group_queue *queue = queue_of(call);
    list_unlink(&call->waiting);
    if (--queue->n_waiting == 0)
        list_unlink(&queue->item);
    call->rpc->n_queued--;
}

// ---- the argument

static void put_int32(uint8_t *at, uint32_t n) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(n >> (24 - 8 * i));
}

static bool append_int32(struct buf *out, uint32_t n) {
    uint8_t bytes[4];
    put_int32(bytes, n);
    return buf_append(out, bytes, sizeof bytes);
}

// One element: its length, then the composite. The buf is as before on failure.
static bool append_call(struct group *group, struct call *call, uint32_t ordinal,
                        struct error *err) {
    const struct method *method = group->method;
    size_t before = buf_len(&group->array);
    uint8_t ordinal_bytes[4];
    put_int32(ordinal_bytes, ordinal);
    const struct value leading[GROUP_LEADING_ARGS] = {
        {ordinal_bytes, sizeof ordinal_bytes},
        {call->identity.token_hash, call->identity.has_token ? SHA256_SIZE : -1},
    };
    if (append_int32(&group->array, 0) &&
        plan_encode_element(method->request, method->function->args[0].shape->element, leading,
                            GROUP_LEADING_ARGS, call->message, call->message_len, &call->arena,
                            &group->array, err)) {
        size_t len = buf_len(&group->array) - before - 4;
        put_int32(group->array.data + group->array.start + before, (uint32_t)len);
        return true;
    }
    group->array.end = group->array.start + before;
    return false;
}

// The head of a one-dimensional array in binary form, its length filled in later.
static bool append_head(struct group *group) {
    const struct shape *element = group->method->function->args[0].shape->element;
    return append_int32(&group->array, 1) && append_int32(&group->array, 0) &&
           append_int32(&group->array, element->oid) && append_int32(&group->array, 0) &&
           append_int32(&group->array, 1);
}

static void set_verdict(struct call *call, enum grpc_status verdict, const char *refusal) {
    call->verdict = verdict;
    call->refusal = refusal;
}

// Takes the call into the group, or answers it when its request cannot be encoded.
static void take_call(struct group *group, struct call *call) {
    struct error err;
    error_clear(&err);
    group_withdraw(call);
    if (!append_call(group, call, (uint32_t)group->n_calls + 1, &err)) {
        call_answer(call, GRPC_INVALID_ARGUMENT, err.is_set ? err.message : text_no_memory);
        return;
    }
    call->state = CALL_RUNNING;
    set_verdict(call, GRPC_UNKNOWN, NULL);
    call->group = group;
    group->calls[group->n_calls++] = call;
}

static size_t calls_max(const struct method *method) {
    return method->function->is_stable ? GROUP_READS_MAX : GROUP_CALLS_MAX;
}

static bool is_apart(const struct group *group) {
    return group->lane == &group->rpc->queues[group->method->index].apart;
}

static bool is_turn_over(const struct rpc *rpc, int64_t until_us) {
    return rpc_now_us(rpc) >= until_us;
}

// The first call waiting, and every other that may share with it, in the order they came, as long
// as there is time for them in this turn.
static void take_calls(struct group *group, int64_t until_us) {
    struct list *waiting = &group->lane->waiting;
    struct call *first = list_entry(waiting->next, struct call, waiting);
    unsigned role = role_memory_find(group->rpc->roles, &first->identity);
    size_t most = calls_max(group->method);
    bool is_lone = first->is_alone || role == 0 || is_apart(group);
    take_call(group, first);
    struct list *item = waiting->next;
    while (!is_lone && group->n_calls > 0 && item != waiting && group->n_calls < most &&
           buf_len(&group->array) < GROUP_BYTES_MAX && !is_turn_over(group->rpc, until_us)) {
        struct call *call = list_entry(item, struct call, waiting);
        item = item->next;
        if (!call->is_alone && role_memory_find(group->rpc->roles, &call->identity) == role &&
            identity_is_alike(&group->calls[0]->identity, &call->identity))
            take_call(group, call);
    }
}

// ---- the unit

static void destroy_group(struct group *group) {
    arena_finish(&group->arena);
    buf_finish(&group->array);
    free(group);
}

static bool get_ordinal(const struct group *group, const struct value *value, size_t *index) {
    if (value->len != 4)
        return false;
    uint32_t ordinal = 0;
    for (int i = 0; i < 4; i++)
        ordinal = ordinal << 8 | value->bytes[i];
    if (ordinal < 1 || ordinal > group->n_calls)
        return false;
    *index = ordinal - 1;
    return true;
}

static void read_refusal(struct call *call, const struct value *columns) {
    struct failure failure = {.sqlstate = "XX000"};
    if ((size_t)columns[1].len == sizeof failure.sqlstate - 1)
        memcpy(failure.sqlstate, columns[1].bytes, sizeof failure.sqlstate - 1);
    if (columns[2].len >= 0)
        failure.message =
            arena_copy(&call->arena, (const char *)columns[2].bytes, (size_t)columns[2].len);
    struct sqlstate_answer answer = call_judge_failure(call, &failure);
    set_verdict(call, answer.status, answer.message);
}

static void read_verdict(struct call *call, const struct value *columns, size_t n_columns) {
    struct error err;
    error_clear(&err);
    if (call->state == CALL_ANSWERED)
        return;
    if (columns[1].len >= 0)
        read_refusal(call, columns);
    else if (!call_is_found(call, columns + GROUP_LEADING_COLUMNS,
                            n_columns - GROUP_LEADING_COLUMNS))
        set_verdict(call, GRPC_NOT_FOUND, call_not_found);
    else if (call_decode(call, columns, n_columns, &call->answer, &err))
        set_verdict(call, GRPC_OK, NULL);
    else if (call_may_log(call, "bad-answer", GRPC_INTERNAL, rpc_now_us(call->rpc)))
        log_event(LOG_ERROR, "bad-answer", "method", call->method->path, "reason", err.message,
                  "request", CALL_ID(call), NULL);
}

static void on_row(void *ctx, size_t step, const struct value *columns, size_t n_columns) {
    struct group *group = ctx;
    size_t index = 0;
    if (step == 0) {
        if (group->n_calls == 1)
            call_learn_role(group->calls[0], &columns[IDENTITY_ROLE_COLUMN]);
        return;
    }
    if (n_columns < GROUP_LEADING_COLUMNS || !get_ordinal(group, &columns[0], &index)) {
        log_event(LOG_ERROR, "bad-ordinal", "method", group->method->path, NULL);
        return;
    }
    read_verdict(group->calls[index], columns, n_columns);
}

static void answer_verdict(struct call *call) {
    if (call->verdict == GRPC_OK)
        call_answer_frame(call);
    else if (call->refusal != NULL)
        call_answer(call, call->verdict, call->refusal);
    else
        call_answer(call, GRPC_INTERNAL, "the server could not read its own answer");
}

// Whether trying the calls one by one can help: nothing was done, and the fault may be one call's.
static bool is_worth_retry(const struct group *group, const struct failure *failure) {
    return group->n_calls > 1 && !failure->is_uncertain && group->rpc->is_serving &&
           strncmp(failure->sqlstate, "08", 2) != 0 && strncmp(failure->sqlstate, "57", 2) != 0 &&
           strncmp(failure->sqlstate, "53", 2) != 0;
}

// Of a token that does not hold PostgreSQL says why, and whose it was, when it is asked alone.
static bool is_stranger(const struct group *group, const struct call *call) {
    return group->n_calls > 1 && group->rpc->is_serving && call->identity.has_token &&
           call->verdict == GRPC_UNAUTHENTICATED;
}

// Who is gone may have broken the group: his next call goes alone, as that of a stranger does.
static void retry_alone(struct call *call) {
    if (call->state == CALL_ANSWERED) {
        if (call->identity.has_token)
            role_memory_forget(call->rpc->roles, &call->identity);
        return;
    }
    call->is_alone = true;
    let_wait(call);
}

// His calls that wait already would each break a group, too.
static void set_apart_waiting(struct rpc *rpc) {
    for (size_t i = 0; i < rpc->registry->n_methods; i++) {
        struct list *waiting = &rpc->queues[i].shared.waiting;
        for (struct list *item = waiting->next, *next; item != waiting; item = next) {
            next = item->next;
            if (!is_breaker(list_entry(item, struct call, waiting)))
                continue;
            list_unlink(item);
            list_append(&rpc->queues[i].apart.waiting, item);
        }
    }
}

static void count_break(const struct call *call) {
    struct rpc *rpc = call->rpc;
    if (rpc->registry == NULL || !breakers_count(rpc->breakers, &call->identity, rpc_now_us(rpc)))
        return;
    log_event(LOG_WARNING, "breaks-groups", "method", call->method->path, "peer",
              call->identity.peer, NULL);
    set_apart_waiting(rpc);
}

static void fail_call(const struct group *group, struct call *call, const struct failure *failure) {
    if (group->n_calls == 1 && !failure->in_identity && sqlstate_is_of_call(failure->sqlstate))
        count_break(call);
    call_answer_failure(call, failure);
}

static void on_done(void *ctx, const struct failure *failure) {
    struct group *group = ctx;
    bool is_retry = failure != NULL && is_worth_retry(group, failure);
    group->lane->n_running--;
    if (is_retry)
        log_event(LOG_WARNING, "group-failed", "method", group->method->path, "calls",
                  LOG_NUMBER(group->n_calls), "sqlstate", failure->sqlstate, NULL);
    for (size_t i = 0; i < group->n_calls; i++) {
        struct call *call = group->calls[i];
        call->group = NULL;
        if (is_retry || (failure == NULL && is_stranger(group, call)))
            retry_alone(call);
        else if (failure != NULL)
            fail_call(group, call, failure);
        else if (call->state != CALL_ANSWERED)
            answer_verdict(call);
        call_release(call);
    }
    destroy_group(group);
}

static const struct unit_events unit_events = {.on_row = on_row, .on_done = on_done};

static bool prepare_unit(struct group *group) {
    const struct identity *callers[GROUP_CALLS_MAX];
    const struct call *last = group->calls[0]; // to be answered
    for (size_t i = 0; i < group->n_calls; i++) {
        const struct call *call = group->calls[i];
        callers[i] = &call->identity;
        last = call->deadline.at_us > last->deadline.at_us ? call : last;
    }
    int64_t timeout_ms = call_remaining_ms(last);
    put_int32(group->array.data + group->array.start + 12, (uint32_t)group->n_calls);
    group->array_value = (struct value){buf_bytes(&group->array), (int32_t)buf_len(&group->array)};
    group->unit = (struct unit){
        .steps = {{&group->rpc->registry->identity, group->params},
                  {&group->method->statement, &group->array_value}},
        .n_steps = 2,
        .timeout_ms = timeout_ms,
        .events = &unit_events,
        .ctx = group,
    };
    list_init(&group->unit.item);
    const struct identity_unit unit = {.callers = callers,
                                       .n_callers = group->n_calls,
                                       .method = group->method->name,
                                       .timeout_ms = timeout_ms,
                                       .is_read_only = group->method->function->is_stable};
    return identity_params(&unit, &group->arena, group->params);
}

static void fail_group(struct group *group, const char *reason) {
    for (size_t i = 0; i < group->n_calls; i++) {
        group->calls[i]->group = NULL;
        call_answer(group->calls[i], GRPC_UNAVAILABLE, reason);
    }
    destroy_group(group);
}

static struct group *create_group(struct rpc *rpc, const struct method *method,
                                  struct group_lane *lane) {
    struct group *group = malloc(sizeof *group);
    if (group == NULL)
        return NULL;
    group->rpc = rpc;
    group->method = method;
    group->lane = lane;
    group->array = (struct buf){0};
    group->n_calls = 0;
    arena_init(&group->arena, rpc->options.arena_limit);
    if (append_head(group))
        return group;
    destroy_group(group);
    return NULL;
}

// Without memory for a group its first call is answered: the others may have better luck.
static void refuse_first(const struct group_lane *lane) {
    struct call *call = list_entry(lane->waiting.next, struct call, waiting);
    group_withdraw(call);
    call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
}

static void send_group(struct rpc *rpc, const struct method *method, struct group_lane *lane,
                       int64_t until_us) {
    struct error err;
    error_clear(&err);
    struct group *group = create_group(rpc, method, lane);
    if (group == NULL) {
        refuse_first(lane);
        return;
    }
    take_calls(group, until_us);
    if (group->n_calls == 0) {
        destroy_group(group);
        return;
    }
    if (!prepare_unit(group))
        fail_group(group, text_no_memory);
    else if (!pool_submit(rpc->pool, &group->unit, &err))
        fail_group(group, err.message);
    else
        lane->n_running++;
}

// Who is served apart has one unit at a time, and takes the others' links from nobody.
static size_t running_max(const struct rpc *rpc, const struct method *method,
                          const struct group_lane *lane) {
    size_t reads_max = rpc->options.read_groups_max;
    bool has_more = method->function->is_stable && reads_max > GROUPS_RUNNING_MAX;
    if (lane == &rpc->queues[method->index].apart)
        return 1;
    return has_more ? reads_max : GROUPS_RUNNING_MAX;
}

// A first group goes even when no link is idle: the pool's queue keeps its turn among plain calls.
static bool can_send(const struct rpc *rpc, const struct method *method,
                     const struct group_lane *lane) {
    if (list_is_empty(&lane->waiting) || !rpc->is_serving)
        return false;
    return lane->n_running == 0 ||
           (lane->n_running < running_max(rpc, method, lane) && pool_has_idle_link(rpc->pool));
}

// False: the turn is over.
static bool send_lane(struct rpc *rpc, const struct method *method, struct group_lane *lane,
                      int64_t until_us) {
    while (can_send(rpc, method, lane)) {
        if (is_turn_over(rpc, until_us))
            return false;
        send_group(rpc, method, lane, until_us);
    }
    return true;
}

// Who has had a turn, and still waits, waits behind the others: none keeps them from theirs.
bool group_send_all(struct rpc *rpc, int64_t now_us) {
    int64_t until_us = now_us + GROUP_TURN_US;
    struct list served, *item;
    bool is_done = true;
    list_init(&served);
    while (is_done && (item = list_take_first(&rpc->waiting_queues)) != NULL) {
        struct group_queue *queue = list_entry(item, struct group_queue, item);
        const struct method *method = &rpc->registry->methods[queue - rpc->queues];
        list_append(&served, item);
        is_done = send_lane(rpc, method, &queue->shared, until_us) &&
                  send_lane(rpc, method, &queue->apart, until_us);
    }
    while ((item = list_take_first(&served)) != NULL)
        list_append(&rpc->waiting_queues, item);
    return is_done;
}
