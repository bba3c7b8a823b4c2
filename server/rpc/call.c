#include "server/rpc/call.h"

#include "server/base/log.h"
#include "server/rpc/follow.h"
#include "server/rpc/group.h"
#include "server/rpc/turns.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FREE_CALLS_MAX = 64, SMALL_MESSAGE = 4096, SMALL_CALL = 16 * 1024 };

static const char text_no_memory[] = "the server is out of memory; try again later";
static const char text_too_much[] =
    "the server holds as many large requests as it may; try again in a few seconds";
static const char text_one_message[] = "this method takes exactly one request message";

// What PostgreSQL answered is not what the contract promises.
static void answer_fault(struct call *call, const char *reason) {
    if (call_may_log(call, "bad-answer", GRPC_INTERNAL, rpc_now_us(call->rpc)))
        log_event(LOG_ERROR, "bad-answer", "method", call->method->path, "reason", reason,
                  "request", CALL_ID(call), NULL);
    struct sqlstate_said said = {.sqlstate = "XXXXX", .request_id = CALL_ID(call)};
    struct sqlstate_answer answer = sqlstate_map(&said, &call->arena);
    call_answer(call, answer.status, answer.message);
}

int64_t call_remaining_ms(const struct call *call) {
    int64_t left_us = call->deadline.at_us - rpc_now_us(call->rpc);
    return left_us > 1000 ? (left_us + 999) / 1000 : 1;
}

// ---- creation and release

static struct call *take_call(struct rpc *rpc) {
    struct list *item = list_take_first(&rpc->free_calls);
    if (item != NULL) {
        rpc->n_free--;
        return list_entry(item, struct call, item);
    }
    struct call *call = calloc(1, sizeof *call);
    if (call != NULL)
        arena_init(&call->arena, rpc->options.arena_limit);
    return call;
}

static struct call *create_call(struct rpc *rpc, struct stream *stream) {
    struct call *call = take_call(rpc);
    if (call == NULL)
        return NULL;
    *call = (struct call){.rpc = rpc,
                          .stream = stream,
                          .state = CALL_COLLECTING,
                          .arena = call->arena,
                          .answer = call->answer};
    list_init(&call->item);
    list_init(&call->turn);
    list_init(&call->waiting);
    list_init(&call->unit.item);
    list_append(&rpc->calls, &call->item);
    rpc->n_calls++;
    call->started_us = rpc_now_us(rpc);
    call->number = ++rpc->n_requests;
    return call;
}

void call_release(struct call *call) {
    struct rpc *rpc = call->rpc;
    if (call->stream != NULL || call->group != NULL)
        return;
    assert(!call->has_unit);
    deadlines_remove(&rpc->deadlines, &call->deadline);
    follow_destroy(call->follow);
    call->follow = NULL;
    stream_leave_place(&call->place);
    list_unlink(&call->item);
    rpc->n_calls--;
    rpc->held -= call->message_len;
    bool is_small = call->answer.capacity <= SMALL_MESSAGE && call->arena.total <= SMALL_CALL;
    if (rpc->n_free < FREE_CALLS_MAX && is_small) {
        arena_reset(&call->arena);
        buf_clear(&call->answer);
        list_append(&rpc->free_calls, &call->item);
        rpc->n_free++;
        return;
    }
    arena_finish(&call->arena);
    buf_finish(&call->answer);
    free(call);
}

// ---- the unit of a plain method

// on_done comes now or later, and may free the call when its stream is closed: the last thing done.
static void let_go(struct call *call) {
    if (call->has_unit && !call->unit.is_inert)
        unit_abandon(call->pool, &call->unit);
}

static void on_unary_row(struct call *call, const struct value *columns, size_t n_columns) {
    struct error err;
    error_clear(&err);
    call->is_found = call_is_found(call, columns, n_columns);
    if (call->is_found && !call_decode(call, columns, n_columns, &call->answer, &err))
        answer_fault(call, err.message);
}

bool call_send_row(struct call *call, const struct value *columns, size_t n_columns) {
    struct error err;
    error_clear(&err);
    if (!call_decode(call, columns, n_columns, &call->answer, &err)) {
        answer_fault(call, err.message);
    } else if (!stream_send(call->stream, &call->answer)) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
    }
    return call->state != CALL_ANSWERED;
}

static void on_stream_row(struct call *call, const struct value *columns, size_t n_columns) {
    if (call_send_row(call, columns, n_columns) && stream_queued(call->stream) > STREAM_QUEUE_HIGH)
        unit_pause(&call->unit);
}

static void on_row(void *ctx, size_t step, const struct value *columns, size_t n_columns) {
    struct call *call = ctx;
    assert(call->state != CALL_ANSWERED); // its unit was abandoned, and tells of no row
    if (step == 0) {
        call_learn_role(call, &columns[IDENTITY_ROLE_COLUMN]);
        return;
    }
    call->n_rows++;
    if (call->method->is_stream)
        on_stream_row(call, columns, n_columns);
    else
        on_unary_row(call, columns, n_columns);
    if (call->state == CALL_ANSWERED)
        let_go(call);
}

static void answer_done(struct call *call) {
    if (call->method->is_stream)
        call_answer(call, GRPC_OK, NULL);
    else if (call->n_rows != 1)
        answer_fault(call, "not one row");
    else if (!call->is_found)
        call_answer(call, GRPC_NOT_FOUND, call_not_found);
    else
        call_answer_frame(call);
}

static void on_done(void *ctx, const struct failure *failure) {
    struct call *call = ctx;
    call->has_unit = false;
    if (call->state != CALL_ANSWERED && failure != NULL)
        call_answer_failure(call, failure);
    else if (call->state != CALL_ANSWERED)
        answer_done(call);
    if (!list_is_empty(&call->turn))
        turns_pass(call);
    call_release(call);
}

static const struct unit_events unit_events = {.on_row = on_row, .on_done = on_done};

static void submit(struct call *call, const struct value *values) {
    struct error err;
    error_clear(&err);
    const struct method *method = call->method;
    const struct identity *caller = &call->identity;
    const struct identity_unit unit = {.callers = &caller,
                                       .n_callers = 1,
                                       .method = method->name,
                                       .timeout_ms = call_remaining_ms(call),
                                       .is_read_only = method->function->is_stable};
    if (!identity_params(&unit, &call->arena, call->params)) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
        return;
    }
    call->unit.steps[0] = (struct step){&call->rpc->registry->identity, call->params};
    call->unit.steps[1] = (struct step){&method->statement, values};
    call->unit.n_steps = 2;
    call->unit.is_stream = method->is_stream;
    call->unit.is_long = method->is_long;
    call->unit.timeout_ms = unit.timeout_ms;
    call->unit.events = &unit_events;
    call->unit.ctx = call;
    if (method->is_stream || method->is_long) {
        turns_take(call);
        return;
    }
    call->pool = call->rpc->pool;
    call->state = CALL_RUNNING;
    call->has_unit = pool_submit(call->pool, &call->unit, &err);
    if (!call->has_unit)
        call_answer(call, GRPC_UNAVAILABLE, err.message);
}

static void start_plain(struct call *call) {
    struct error err;
    error_clear(&err);
    const struct plan *plan = call->method->request;
    struct value *values =
        arena_calloc(&call->arena, plan_n_values(plan) + 1, sizeof(struct value));
    if (values == NULL)
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
    else if (!plan_encode(plan, call->message, call->message_len, &call->arena, values, &err))
        call_answer(call, GRPC_INVALID_ARGUMENT, err.message);
    else if (call->method->can_follow && follow_is_asked(call->method, values))
        follow_begin(call, values);
    else
        submit(call, values);
}

// ---- the stream's events

// The call's deadline: what the client allows, but no more than the server does. A native call has
// only the client's.
static bool set_deadline(struct call *call, int64_t timeout_us) {
    const struct rpc_options *options = &call->rpc->options;
    call->timeout_us = timeout_us;
    if (call->native != NULL && timeout_us < 0)
        return true;
    int64_t limit_us = call->native == NULL && !call->method->is_stream ? options->unary_max_us
                                                                        : options->stream_max_us;
    int64_t us = timeout_us >= 0 && timeout_us < limit_us ? timeout_us : limit_us;
    return deadlines_add(&call->rpc->deadlines, &call->deadline, call->started_us + us);
}

// A method that takes a stream hears of everything from here on.
static void begin_native(struct call *call) {
    call->state = CALL_RUNNING;
    call->has_native = true;
    call->native->on_begin(call->native->owner, call);
}

static bool is_native_stream(const struct call *call) {
    return call->has_native && call->native->on_call == NULL && call->state == CALL_RUNNING;
}

static void *refuse(struct rpc *rpc, struct stream *stream, const struct stream_request *request,
                    const struct asked *asked) {
    const struct call_kind kind = {.event = "refused",
                                   .method = asked->native   ? asked->native->path
                                             : asked->method ? asked->method->path
                                                             : NULL,
                                   .status = asked->status,
                                   .peer = asked->identity.peer};
    if (call_log_may(rpc->call_log, &kind, rpc_now_us(rpc)))
        log_event(LOG_INFO, "refused", "path", request->path, "status",
                  status_name((int)asked->status), "peer", request->peer, NULL);
    if (asked->native == NULL)
        call_count(rpc, &asked->identity, asked->method != NULL ? asked->method->name : NULL,
                   asked->status, rpc_now_us(rpc));
    stream_finish(stream, asked->status, asked->why);
    return NULL;
}

void *call_on_request(void *server, struct stream *stream, const struct stream_request *request) {
    struct rpc *rpc = server;
    struct asked asked;
    call_judge(rpc, request, &asked);
    if (asked.status != GRPC_OK)
        return refuse(rpc, stream, request, &asked);
    struct call *call = create_call(rpc, stream);
    if (call == NULL) {
        asked.status = GRPC_RESOURCE_EXHAUSTED;
        asked.why = text_no_memory;
        return refuse(rpc, stream, request, &asked);
    }
    call->method = asked.method;
    call->native = asked.native;
    call->identity = asked.identity;
    call_note_origin(call, request->origin);
    if (log_is_wanted(LOG_DEBUG))
        log_event(LOG_DEBUG, "request", "method", call_path(call), "peer", request->peer, "request",
                  CALL_ID(call), NULL);
    if (!set_deadline(call, request->timeout_us))
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
    else if (call->native != NULL && call->native->on_call == NULL)
        begin_native(call);
    return call;
}

// A small message is taken always: a flood of large ones keeps nobody out.
static bool can_hold(const struct rpc *rpc, size_t len) {
    size_t limit = rpc->options.held_limit;
    return len <= SMALL_MESSAGE || (rpc->held < limit && len <= limit - rpc->held);
}

static void keep_message(struct call *call, const uint8_t *bytes, size_t len) {
    if (call->has_message) {
        call_answer(call, GRPC_UNIMPLEMENTED, text_one_message);
        return;
    }
    if (!can_hold(call->rpc, len)) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_too_much);
        return;
    }
    call->has_message = true;
    call->message = (const uint8_t *)arena_copy(&call->arena, (const char *)bytes, len);
    if (call->message == NULL) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
        return;
    }
    call->message_len = len;
    call->rpc->held += len;
}

static void pass_message(struct call *call, const uint8_t *bytes, size_t len) {
    int64_t from_us = rpc_now_us(call->rpc);
    call->native->on_message(call->native->owner, call, bytes, len);
    stream_charge(call->stream, rpc_now_us(call->rpc) - from_us);
}

// To keep one takes no longer than to receive it.
void call_on_message(void *ctx, const uint8_t *bytes, size_t len) {
    struct call *call = ctx;
    call->was_compressed = stream_was_compressed(call->stream);
    if (is_native_stream(call))
        pass_message(call, bytes, len);
    else if (call->state == CALL_COLLECTING)
        keep_message(call, bytes, len);
}

static void start_native(struct call *call) {
    call->state = CALL_RUNNING;
    call->has_native = true;
    call->native->on_call(call->native->owner, call, call->message, call->message_len);
}

// A request of many small parts takes much longer to look through than to send.
static void start_now(struct call *call) {
    int64_t from_us = rpc_now_us(call->rpc);
    if (call->native != NULL)
        start_native(call);
    else
        start_plain(call);
    stream_charge(call->stream, rpc_now_us(call->rpc) - from_us);
}

static void start(struct call *call) {
    if (!call->has_message)
        call_answer(call, GRPC_UNIMPLEMENTED, text_one_message);
    else if (call->native == NULL && !call->rpc->is_serving)
        call_answer(call, GRPC_UNAVAILABLE, call_not_serving);
    else if (call->native == NULL && call->method->is_grouped)
        group_enqueue(call);
    else
        start_now(call);
}

void call_on_half_close(void *ctx) {
    struct call *call = ctx;
    if (is_native_stream(call)) {
        call->native->on_half_close(call->native->owner, call);
        return;
    }
    assert(call->state == CALL_COLLECTING); // what is answered hears no more
    start(call);
}

void call_on_drain(void *ctx) {
    struct call *call = ctx;
    if (call->follow != NULL && call->state == CALL_RUNNING)
        follow_drain(call->follow);
    else if (call->has_unit && call->state == CALL_RUNNING)
        unit_resume(&call->unit);
    else if (call->has_native && call->state == CALL_RUNNING && call->native->on_drain != NULL)
        call->native->on_drain(call->native->owner, call);
}

static void close_native(struct call *call) {
    if (call->has_native && call->native->on_over != NULL)
        call->native->on_over(call->native->owner, call);
    call->has_native = false;
}

void call_withdraw(struct call *call) {
    if (call->method->is_grouped)
        group_withdraw(call);
    else
        turns_withdraw(call);
}

void call_on_close(void *ctx) {
    struct call *call = ctx;
    if (call->state == CALL_QUEUED)
        call_withdraw(call);
    if (call->has_unit || call->group != NULL)
        stream_keep_place(call->stream, &call->place);
    call->stream = NULL;
    close_native(call);
    call_answer(call, GRPC_CANCELLED, NULL);
    if (call->has_unit)
        let_go(call);
    else
        call_release(call);
}

void call_expire(struct call *call) {
    if (call->state == CALL_QUEUED)
        call_withdraw(call);
    call_answer(call, GRPC_DEADLINE_EXCEEDED, "the time allowed for this call is over");
    let_go(call);
}
