#include "proto/frame.h"
#include "server/base/log.h"
#include "server/rpc/call.h"
#include "server/rpc/follow.h"

#include <assert.h>
#include <string.h>

const char call_not_found[] = "there is no such thing, or it is not for you to see";

const char *call_path(const struct call *call) {
    return call->native != NULL ? call->native->path : call->method->path;
}

const char *call_id(const struct call *call, char text[CALL_ID_SIZE]) {
    memcpy(text, call->rpc->id_prefix, ID_PREFIX_SIZE - 1);
    log_number((int64_t)(call->number % UINT64_C(1000000000000)), text + ID_PREFIX_SIZE - 1);
    return text;
}

static void log_call(const struct call *call, enum log_level level, enum grpc_status status,
                     int64_t now_us) {
    log_event(level, "call", "method", call_path(call), "status", status_name((int)status), "us",
              LOG_NUMBER(now_us - call->started_us), "request", CALL_ID(call), NULL);
}

// A native method that did what was asked is noise.
static void note_end(const struct call *call, enum grpc_status status) {
    bool is_noise = call->native != NULL && status == GRPC_OK;
    if (is_noise && !log_is_wanted(LOG_DEBUG))
        return;
    int64_t now_us = rpc_now_us(call->rpc);
    if (is_noise || call_may_log(call, "call", status, now_us))
        log_call(call, is_noise ? LOG_DEBUG : LOG_INFO, status, now_us);
    if (call->native == NULL)
        call_count(call->rpc, &call->identity, call->method->name, status, now_us);
}

void call_answer(struct call *call, enum grpc_status status, const char *message) {
    if (call->state == CALL_ANSWERED)
        return;
    call->state = CALL_ANSWERED;
    deadlines_remove(&call->rpc->deadlines, &call->deadline);
    follow_end(call->follow);
    note_end(call, status);
    if (call->stream != NULL)
        stream_finish(call->stream, status, message);
}

// Of data exceptions and violated constraints the text may quote what somebody wrote: it is not
// logged.
static void log_fault(const struct call *call, const struct failure *failure) {
    bool has_values =
        strncmp(failure->sqlstate, "22", 2) == 0 || strncmp(failure->sqlstate, "23", 2) == 0;
    if (!call_may_log(call, "failure", GRPC_INTERNAL, rpc_now_us(call->rpc)))
        return;
    log_event(LOG_ERROR, "failure", "method", call->method->path, "sqlstate", failure->sqlstate,
              "text", has_values ? NULL : failure->message, "request", CALL_ID(call), NULL);
}

struct sqlstate_answer call_judge_failure(struct call *call, const struct failure *failure) {
    struct sqlstate_said said = {
        .sqlstate = failure->sqlstate,
        .message = failure->message,
        .hint = failure->hint,
        .is_identity = failure->in_identity,
        .is_anonymous = !call->identity.has_token,
        .is_uncertain = failure->is_uncertain && !call->method->function->is_stable,
        .request_id = CALL_ID(call),
    };
    struct sqlstate_answer answer = sqlstate_map(&said, &call->arena);
    if (failure->in_identity && answer.status == GRPC_UNAUTHENTICATED)
        call_count_guess(call, failure->detail);
    if (answer.is_fault)
        log_fault(call, failure);
    if (answer.is_suspect)
        call->rpc->options.on_suspect(call->rpc->options.ctx);
    return answer;
}

void call_answer_failure(struct call *call, const struct failure *failure) {
    if (call->state == CALL_ANSWERED)
        return;
    struct sqlstate_answer answer = call_judge_failure(call, failure);
    call_answer(call, answer.status, answer.message);
}

void call_answer_frame(struct call *call) {
    assert(call->state != CALL_ANSWERED);
    if (!stream_send(call->stream, &call->answer)) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED,
                    "done, but the server has no memory left for the answer");
        return;
    }
    call_answer(call, GRPC_OK, NULL);
}

bool call_send(struct call *call, const ProtobufCMessage *message) {
    return call_send_as(call, message, STREAM_AS_WORTH);
}

bool call_send_as(struct call *call, const ProtobufCMessage *message,
                  enum stream_encoding encoding) {
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = NULL;
    assert(call->state == CALL_ANSWERED || call->stream != NULL);
    if (call->state != CALL_ANSWERED)
        bytes = buf_reserve(&call->answer, FRAME_HEAD_SIZE + len);
    if (bytes == NULL)
        return false;
    protobuf_c_message_pack(message, bytes + FRAME_HEAD_SIZE);
    buf_commit(&call->answer, FRAME_HEAD_SIZE + len);
    return stream_send_as(call->stream, &call->answer, encoding);
}

bool call_decode(const struct call *call, const struct value *columns, size_t n_columns,
                 struct buf *frame, struct error *err) {
    buf_clear(frame);
    if (buf_reserve(frame, FRAME_HEAD_SIZE) == NULL)
        return error_set(err, "out of memory");
    buf_commit(frame, FRAME_HEAD_SIZE);
    return !call->method->has_result ||
           plan_decode(call->method->answer, columns, n_columns, frame, err);
}

bool call_is_found(const struct call *call, const struct value *columns, size_t n_columns) {
    bool is_found = !call->method->has_result;
    for (size_t i = 0; i < n_columns; i++)
        is_found = is_found || columns[i].len >= 0;
    return is_found;
}
