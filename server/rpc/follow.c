#include "server/rpc/follow.h"

#include "server/base/secret.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { GAP_US = 200000 }; // from one round to the next that a bell asks for: many commits, one call

struct follow {
    struct list item;     // rpc->followers
    struct list due;      // rpc->due_followers
    struct deadline next; // of rpc->next_rounds: when the next round is due
    struct call *call;    // back-link
    struct arena arena;   // of one round
    const struct value *values;
    struct buf cursor;   // of the last row
    struct buf councils; // as identify gave them: "{1,2}"
    int64_t started_us;  // the last round
    bool is_current;     // all was told once
    bool is_timed;       // this round is for the time's sake
    bool is_running;
    bool is_rung;      // while it was running or the client did not read
    bool is_told;      // the row with only a cursor came in this round
    bool is_undrained; // the next round waits for the client to read
};

static const char text_no_memory[] = "the server is out of memory; try again later";

bool follow_is_asked(const struct method *method, const struct value *values) {
    const struct value *follow = &values[method->follow_arg];
    return follow->len == 1 && follow->bytes[0] != 0;
}

// ---- when

static void call_at(struct follow *follow, int64_t at_us) {
    struct rpc *rpc = follow->call->rpc;
    deadlines_remove(&rpc->next_rounds, &follow->next);
    if (!deadlines_add(&rpc->next_rounds, &follow->next, at_us))
        call_answer(follow->call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
}

static bool can_start(const struct follow *follow) {
    return stream_queued(follow->call->stream) <= STREAM_QUEUE_HIGH;
}

// What comes while a round runs is asked for in the one after it.
static void ring(struct follow *follow) {
    int64_t now = rpc_now_us(follow->call->rpc);
    int64_t at = follow->started_us + GAP_US;
    follow->is_rung = true;
    if (follow->is_running || follow->is_undrained || !list_is_empty(&follow->due))
        return;
    if (follow->next.place == 0 || follow->next.at_us > at)
        call_at(follow, at > now ? at : now);
}

static bool is_in(const char *councils, const char *council) {
    size_t len = strlen(council);
    for (const char *at = strstr(councils, council); at != NULL; at = strstr(at + 1, council))
        if (at > councils && (at[-1] == '{' || at[-1] == ',') && (at[len] == '}' || at[len] == ','))
            return true;
    return false;
}

// Who is not known yet has his first round to come.
static bool concerns(const struct follow *follow, const char *council) {
    if (council == NULL || *council == '\0' || buf_len(&follow->councils) == 0)
        return true;
    return is_in((const char *)buf_bytes(&follow->councils), council);
}

void follow_ring(struct rpc *rpc, const char *council) {
    struct list *next;
    if (rpc->n_followers == 0)
        rpc->options.on_follow(rpc->options.ctx, false);
    for (struct list *item = rpc->followers.next; item != &rpc->followers; item = next) {
        struct follow *follow = list_entry(item, struct follow, item);
        next = item->next;
        if (concerns(follow, council))
            ring(follow);
    }
}

// ---- a round

// The round is over and the call goes on.
static void plan_next(struct follow *follow) {
    struct rpc *rpc = follow->call->rpc;
    int64_t now = rpc_now_us(rpc);
    if (!can_start(follow))
        follow->is_undrained = true;
    else if (!follow->is_told)
        call_at(follow, now);
    else if (follow->is_rung)
        call_at(follow, follow->started_us + GAP_US);
    else
        call_at(follow, now + rpc->options.follow_us);
}

void follow_drain(struct follow *follow) {
    if (!follow->is_undrained || !can_start(follow))
        return;
    follow->is_undrained = false;
    call_at(follow, rpc_now_us(follow->call->rpc));
}

static bool keep(struct buf *buf, const struct value *value) {
    buf_clear(buf);
    return buf_append(buf, value->bytes, (size_t)value->len) && buf_append(buf, "", 1);
}

static bool learn(struct follow *follow, const struct value *columns, size_t n_columns) {
    const struct value *councils = &columns[IDENTITY_COUNCILS_COLUMN];
    call_learn_role(follow->call, &columns[IDENTITY_ROLE_COLUMN]);
    return n_columns <= IDENTITY_COUNCILS_COLUMN || councils->len < 0 ||
           keep(&follow->councils, councils);
}

static bool is_only_cursor(const struct follow *follow, const struct value *columns,
                           size_t n_columns) {
    for (size_t i = 0; i < n_columns; i++)
        if (i != follow->call->method->cursor_column && columns[i].len >= 0)
            return false;
    return true;
}

static bool take_row(struct follow *follow, const struct value *columns, size_t n_columns) {
    const struct value *cursor = &columns[follow->call->method->cursor_column];
    follow->is_told = is_only_cursor(follow, columns, n_columns);
    if (cursor->len < 0 || !keep(&follow->cursor, cursor))
        return false;
    bool is_for_client = !follow->is_told || !follow->is_current || follow->is_timed;
    follow->is_current = follow->is_current || follow->is_told;
    return !is_for_client || call_send_row(follow->call, columns, n_columns);
}

static void on_row(void *ctx, size_t step, const struct value *columns, size_t n_columns) {
    struct follow *follow = ctx;
    struct call *call = follow->call;
    if (call->stream == NULL || call->state == CALL_ANSWERED)
        return;
    bool is_taken =
        step == 0 ? learn(follow, columns, n_columns) : take_row(follow, columns, n_columns);
    if (!is_taken)
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
}

static void on_done(void *ctx, const struct failure *failure) {
    struct follow *follow = ctx;
    struct call *call = follow->call;
    call->has_unit = false;
    call->rpc->n_rounds--;
    follow->is_running = false;
    if (call->state != CALL_ANSWERED && failure != NULL)
        call_answer_failure(call, failure);
    else if (call->state != CALL_ANSWERED)
        plan_next(follow);
    call_release(call);
}

static const struct unit_events unit_events = {.on_row = on_row, .on_done = on_done};

// The values of this round: as the request has them, but for the cursor.
static struct value *round_values(struct follow *follow) {
    const struct method *method = follow->call->method;
    size_t n = method->function->n_args;
    struct value *values = arena_calloc(&follow->arena, n, sizeof *values);
    char *cursor = NULL;
    if (values == NULL)
        return NULL;
    memcpy(values, follow->values, n * sizeof *values);
    if (buf_len(&follow->cursor) == 0)
        return values;
    size_t len = buf_len(&follow->cursor) - 1;
    cursor = arena_copy(&follow->arena, (const char *)buf_bytes(&follow->cursor), len);
    values[method->cursor_arg] = (struct value){(const uint8_t *)cursor, (int32_t)len};
    return cursor != NULL ? values : NULL;
}

// What is left of the client's time, and never more than a call with one answer has.
static int64_t timeout_ms(const struct call *call) {
    int64_t most = call->rpc->options.unary_max_us / 1000;
    int64_t left = call->deadline.place != 0 ? call_remaining_ms(call) : most;
    return left < most ? left : most;
}

static bool fill_unit(struct follow *follow) {
    struct call *call = follow->call;
    const struct identity *caller = &call->identity;
    const struct identity_unit unit = {.callers = &caller,
                                       .n_callers = 1,
                                       .method = call->method->name,
                                       .timeout_ms = timeout_ms(call),
                                       .is_read_only = true};
    arena_reset(&follow->arena);
    struct value *values = round_values(follow);
    if (values == NULL || !identity_params(&unit, &follow->arena, call->params))
        return false;
    call->unit.steps[0] = (struct step){&call->rpc->registry->identity, call->params};
    call->unit.steps[1] = (struct step){&call->method->statement, values};
    call->unit.n_steps = 2;
    call->unit.timeout_ms = unit.timeout_ms;
    call->unit.events = &unit_events;
    call->unit.ctx = follow;
    call->pool = call->rpc->pool;
    return true;
}

static void submit(struct follow *follow) {
    struct call *call = follow->call;
    struct error err = {0};
    if (!fill_unit(follow)) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
        return;
    }
    follow->is_timed = follow->is_told && !follow->is_rung;
    follow->is_told = false;
    follow->is_rung = false;
    follow->started_us = rpc_now_us(call->rpc);
    call->has_unit = pool_submit(call->pool, &call->unit, &err);
    follow->is_running = call->has_unit;
    call->rpc->n_rounds += call->has_unit;
    if (!call->has_unit)
        call_answer(call, GRPC_UNAVAILABLE, err.message);
}

int64_t follow_turn(struct rpc *rpc, int64_t now_us) {
    struct deadline *first;
    while ((first = deadlines_first(&rpc->next_rounds)) != NULL && first->at_us <= now_us) {
        deadlines_remove(&rpc->next_rounds, first);
        struct follow *follow =
            (struct follow *)(void *)((char *)first - offsetof(struct follow, next));
        list_append(&rpc->due_followers, &follow->due);
    }
    while (rpc->n_rounds < rpc->options.rounds_max && !list_is_empty(&rpc->due_followers))
        submit(list_entry(list_take_first(&rpc->due_followers), struct follow, due));
    return first != NULL ? first->at_us - now_us : -1;
}

// ---- the beginning and the end

static size_t count_of(const struct rpc *rpc, const struct identity *identity) {
    size_t n = 0;
    for (const struct list *item = rpc->followers.next; item != &rpc->followers;
         item = item->next) {
        const struct identity *other = &list_entry(item, struct follow, item)->call->identity;
        n += other->has_token == identity->has_token &&
             secret_is_equal(other->token_hash, identity->token_hash, SHA256_SIZE);
    }
    return n;
}

static const char *refusal(const struct call *call) {
    const struct rpc_options *options = &call->rpc->options;
    if (call->rpc->n_followers >= options->followers_max)
        return "as many are watching as this server lets; try again later, or watch without follow";
    if (count_of(call->rpc, &call->identity) >= options->followers_each)
        return "this token watches as often as this server lets; end one of the others first";
    return NULL;
}

// What the server allows is for calls that end.
static void keep_only_the_clients_deadline(struct call *call) {
    struct deadlines *deadlines = &call->rpc->deadlines;
    deadlines_remove(deadlines, &call->deadline);
    if (call->timeout_us < 0)
        return;
    bool is_kept = deadlines_add(deadlines, &call->deadline, call->started_us + call->timeout_us);
    assert(is_kept); // in the place that it had
    (void)is_kept;
}

void follow_begin(struct call *call, const struct value *values) {
    struct rpc *rpc = call->rpc;
    const char *refused = refusal(call);
    if (rpc->is_stopping || refused != NULL) {
        call_answer(call, rpc->is_stopping ? GRPC_UNAVAILABLE : GRPC_RESOURCE_EXHAUSTED,
                    rpc->is_stopping ? "the server is stopping" : refused);
        return;
    }
    struct follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
        return;
    }
    arena_init(&follow->arena, rpc->options.arena_limit);
    list_init(&follow->item);
    list_init(&follow->due);
    follow->call = call;
    follow->values = values;
    call->follow = follow;
    call->state = CALL_RUNNING;
    keep_only_the_clients_deadline(call);
    list_append(&rpc->followers, &follow->item);
    if (rpc->n_followers++ == 0)
        rpc->options.on_follow(rpc->options.ctx, true);
    call_at(follow, rpc_now_us(rpc));
}

void follow_end(struct follow *follow) {
    if (follow == NULL)
        return;
    struct rpc *rpc = follow->call->rpc;
    deadlines_remove(&rpc->next_rounds, &follow->next);
    rpc->n_followers -= !list_is_empty(&follow->item);
    list_unlink(&follow->item);
    list_unlink(&follow->due);
}

void follow_destroy(struct follow *follow) {
    if (follow == NULL)
        return;
    arena_finish(&follow->arena);
    buf_finish(&follow->cursor);
    buf_finish(&follow->councils);
    free(follow);
}

void follow_end_all(struct rpc *rpc, const char *message) {
    while (!list_is_empty(&rpc->followers))
        call_answer(list_entry(rpc->followers.next, struct follow, item)->call, GRPC_UNAVAILABLE,
                    message);
}
