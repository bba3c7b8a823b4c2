#include "client/lib/fault.h"
#include "client/lib/shap.h"

#include <stdlib.h>
#include <string.h>

// A batch of one.
struct single {
    const struct shap_call *call;
    struct shap_outcome *outcome;
    bool is_given;
};

static bool show(void *ctx, const ProtobufCMessage *message) {
    struct single *single = ctx;
    const struct shap_call *call = single->call;
    return call->on_message == NULL || call->on_message(call->ctx, message);
}

static void note_done(void *ctx, const struct shap_outcome *outcome) {
    struct single *single = ctx;
    *single->outcome = *outcome;
    if (single->call->on_done != NULL)
        single->call->on_done(single->call->ctx, outcome);
}

static bool give_single(void *ctx, struct shap_call *call) {
    struct single *single = ctx;
    if (single->is_given)
        return false;
    single->is_given = true;
    *call = *single->call;
    call->on_message = show;
    call->on_done = note_done;
    call->ctx = single;
    return true;
}

bool shap_invoke(struct shap_client *client, const struct shap_call *call,
                 struct shap_outcome *outcome) {
    struct single single = {.call = call, .outcome = outcome};
    fault_set_interrupted(outcome, SHAP_STAGE_RESOLVE);
    shap_invoke_many(client, 1, give_single, &single);
    return outcome->status == GRPC_OK;
}

// The one message of a unary answer.
struct unary {
    ProtobufCMessage *answer; // owned until it is given to the caller
    size_t n_messages;
};

ProtobufCMessage *shap_message_copy(const ProtobufCMessage *message) {
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(len + 1);
    if (bytes == NULL)
        return NULL;
    protobuf_c_message_pack(message, bytes);
    ProtobufCMessage *copied = protobuf_c_message_unpack(message->descriptor, NULL, len, bytes);
    free(bytes);
    return copied;
}

static bool keep(void *ctx, const ProtobufCMessage *message) {
    struct unary *unary = ctx;
    if (unary->n_messages++ > 0)
        return false;
    unary->answer = shap_message_copy(message);
    return unary->answer != NULL;
}

ProtobufCMessage *shap_invoke_unary(struct shap_client *client, const struct shap_call *call,
                                    struct shap_outcome *outcome) {
    struct unary unary = {0};
    struct shap_call kept = *call;
    kept.on_message = keep;
    kept.on_done = NULL;
    kept.ctx = &unary;
    shap_invoke(client, &kept, outcome);
    if (unary.n_messages > 0 && unary.answer == NULL)
        fault_set(outcome, SHAP_STAGE_CALL, GRPC_RESOURCE_EXHAUSTED, "not enough memory");
    else if (unary.n_messages > 1 || (outcome->status == GRPC_OK && unary.n_messages == 0))
        fault_set(
            outcome, SHAP_STAGE_CALL, GRPC_INTERNAL,
            "the server answered %s where one message was due: `shap doctor` compares versions",
            unary.n_messages == 0 ? "nothing" : "with more");
    if (call->on_done != NULL)
        call->on_done(call->ctx, outcome);
    if (outcome->status == GRPC_OK)
        return unary.answer;
    protobuf_c_message_free_unpacked(unary.answer, NULL);
    return NULL;
}
