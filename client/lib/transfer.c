#include "client/lib/transfer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client/lib/fault.h"
#include "proto/frame.h"

enum { MOST_STARTS = 2, LONGEST_PATH = 256, MOST_DIGITS_MS = 99999999 };

static void on_field(void *ctx, const char *name, const char *value) {
    struct transfer *transfer = ctx;
    transfer->is_heard = true;
    answer_feed_field(&transfer->answer, name, value);
}

static bool on_data(void *ctx, const void *bytes, size_t len) {
    struct transfer *transfer = ctx;
    transfer->is_heard = true;
    return answer_feed_body(&transfer->answer, bytes, len);
}

static void on_close(void *ctx, uint32_t error_code) {
    struct transfer *transfer = ctx;
    transfer->is_closed = true;
    transfer->error_code = error_code;
}

const struct wire_events transfer_events = {on_field, on_data, on_close};

static bool pack_frame(struct buf *frame, const ProtobufCMessage *request) {
    size_t len = protobuf_c_message_get_packed_size(request);
    uint8_t *to = len > UINT32_MAX ? NULL : buf_reserve(frame, FRAME_HEAD_SIZE + len);
    if (to == NULL)
        return false;
    frame_put_head(to, (struct frame_head){.len = (uint32_t)len});
    protobuf_c_message_pack(request, to + FRAME_HEAD_SIZE);
    buf_commit(frame, FRAME_HEAD_SIZE + len);
    return true;
}

static char *format_path(const struct shap_call *call) {
    char path[LONGEST_PATH];
    int len = snprintf(path, sizeof path, "/%s/%s", call->service->name, call->method);
    assert(len > 0 && (size_t)len < sizeof path);
    return len > 0 ? strdup(path) : NULL;
}

struct transfer *transfer_create(struct shap_client *client, const struct shap_call *call,
                                 uint64_t now_ms) {
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(call->service, call->method);
    assert(method != NULL && method->input == call->request->descriptor);
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return NULL;
    transfer->client = client;
    transfer->on_done = call->on_done;
    transfer->ctx = call->ctx;
    transfer->silence_ms = call->silence_ms;
    transfer->can_repeat = shap_can_repeat(call->method);
    transfer->deadline_ms =
        client->timeout_ms == 0 ? UINT64_MAX : now_ms + (uint64_t)client->timeout_ms;
    answer_init(&transfer->answer, method->output, call->on_message, call->ctx);
    transfer->path = format_path(call);
    if (transfer->path != NULL && pack_frame(&transfer->frame, call->request))
        return transfer;
    transfer_destroy(transfer);
    return NULL;
}

void transfer_destroy(struct transfer *transfer) {
    if (transfer == NULL)
        return;
    assert(transfer->on_wire.stream == 0);
    free(transfer->path);
    buf_finish(&transfer->frame);
    buf_finish(&transfer->tried);
    answer_finish(&transfer->answer);
    free(transfer);
}

// grpc-timeout has at most eight digits.
static void format_timeout(const struct transfer *transfer, uint64_t now_ms, char *text,
                           size_t size) {
    uint64_t left = transfer->deadline_ms > now_ms ? transfer->deadline_ms - now_ms : 1;
    snprintf(text, size, "%um", left > MOST_DIGITS_MS ? MOST_DIGITS_MS : (unsigned)left);
}

bool transfer_start(struct transfer *transfer, uint64_t now_ms) {
    const struct shap_client *client = transfer->client;
    char timeout[16];
    struct wire_field fields[10] = {
        {":method", "POST", false},
        {":scheme", client->address.is_tls ? "https" : "http", false},
        {":path", transfer->path, false},
        {":authority", client->authority, false},
        {"te", "trailers", false},
        {"content-type", "application/grpc", false},
        {"user-agent", "shap", false},
    };
    size_t n = 7;
    if (transfer->deadline_ms != UINT64_MAX && transfer->silence_ms == 0) {
        format_timeout(transfer, now_ms, timeout, sizeof timeout);
        fields[n++] = (struct wire_field){"grpc-timeout", timeout, false};
    }
    // Without TLS the server is on this machine.
    if (client->address.is_tls)
        fields[n++] = (struct wire_field){"grpc-accept-encoding", "identity,gzip", false};
    if (client->authorization != NULL)
        fields[n++] = (struct wire_field){"authorization", client->authorization, true};
    transfer->is_closed = false;
    transfer->on_wire.ctx = transfer;
    transfer->on_wire.body = &transfer->frame;
    transfer->n_starts++;
    return wire_start(client->wire, fields, n, &transfer->on_wire);
}

bool transfer_can_restart(const struct transfer *transfer) {
    return transfer->is_closed && transfer->error_code == WIRE_REFUSED_STREAM &&
           transfer->answer.http_status == 0 && transfer->n_starts < MOST_STARTS;
}

// A stream that was refused so was not looked at.
static bool is_unseen(const struct transfer *transfer, const struct shap_outcome *outcome) {
    return outcome->stage < SHAP_STAGE_CALL ||
           (transfer->error_code == WIRE_REFUSED_STREAM && transfer->answer.http_status == 0);
}

bool transfer_can_move(const struct transfer *transfer, const struct shap_outcome *outcome,
                       uint64_t now_ms) {
    return outcome->status == GRPC_UNAVAILABLE && !outcome->interrupted &&
           transfer->n_moves + 1 < transfer->client->n_addresses &&
           transfer->deadline_ms > now_ms && transfer->answer.n_messages == 0 &&
           (transfer->can_repeat || is_unseen(transfer, outcome));
}

void transfer_move(struct transfer *transfer, const struct shap_outcome *outcome) {
    struct answer *answer = &transfer->answer;
    assert(transfer->on_wire.stream == 0);
    transfer->was_seen = transfer->was_seen || !is_unseen(transfer, outcome);
    fault_add_tried(&transfer->tried, transfer->client, outcome);
    const ProtobufCMessageDescriptor *type = answer->type;
    shap_on_message on_message = answer->on_message;
    void *ctx = answer->ctx;
    answer_finish(answer);
    answer_init(answer, type, on_message, ctx);
    transfer->is_closed = false;
    transfer->error_code = WIRE_NO_ERROR;
    transfer->n_starts = 0;
    transfer->n_moves++;
}

// What one server may have done is not undone because the next cannot be reached.
void transfer_name_tried(const struct transfer *transfer, struct shap_outcome *outcome) {
    if (transfer->was_seen && outcome->status != GRPC_OK) {
        outcome->may_be_done = true;
        outcome->stage = SHAP_STAGE_CALL;
    }
    if (buf_len(&transfer->tried) > 0 &&
        (outcome->status == GRPC_UNAVAILABLE || outcome->status == GRPC_DEADLINE_EXCEEDED))
        fault_name_tried(&transfer->tried, transfer->client, outcome);
}

void transfer_put_off(struct transfer *transfer, uint64_t now_ms) {
    if (transfer->silence_ms > 0 && transfer->is_heard)
        transfer->deadline_ms = now_ms + (uint64_t)transfer->silence_ms;
    transfer->is_heard = false;
}

void transfer_end_late(const struct transfer *transfer, struct shap_outcome *outcome) {
    if (transfer->silence_ms > 0 && transfer->answer.http_status != 0)
        fault_set(outcome, SHAP_STAGE_CALL, GRPC_UNAVAILABLE,
                  "the server has said nothing for %d s", transfer->silence_ms / 1000);
    else
        fault_set(outcome, SHAP_STAGE_CALL, GRPC_DEADLINE_EXCEEDED,
                  "no answer within %d ms: try again, or allow more time with --timeout SECONDS",
                  transfer->client->timeout_ms);
}

bool transfer_is_settled(const struct transfer *transfer) {
    return transfer->is_closed || transfer->answer.is_broken || transfer->answer.is_stopped;
}

void transfer_end(const struct transfer *transfer, struct shap_outcome *outcome) {
    const struct answer *answer = &transfer->answer;
    if (transfer->error_code == WIRE_NO_ERROR || answer->has_status || answer->is_broken ||
        answer->is_stopped)
        answer_end(answer, outcome);
    else
        fault_explain_reset(transfer->error_code, outcome);
}
