// The interoperability cases that a client of unary calls and server streams can ask for, with
// libshap. Prints a line for each: "ok CASE" or "failed CASE REASON".
//
//   interop_shap SERVER CA|-
//
// SERVER as for shap: http://127.0.0.1:PORT, or https://localhost:PORT with the authority's file.
#include "client/lib/shap.h"
#include "grpc/testing/test.pb-c.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REQUEST_SIZE = 271828,
    ANSWER_SIZE = 314159,
    STREAM_ANSWERS = 4,
    MANY_CALLS = 1000,
    IN_FLIGHT = 100,
    SHORT_MS = 50,
    LONG_US = 20 * 1000 * 1000,
};

// What a case is given, and what it found.
struct trial {
    struct shap_options options; // to make a client of another kind
    struct shap_client *client;
    struct shap_outcome outcome;
    size_t n_messages;
    size_t sizes[STREAM_ANSWERS + 1]; // of the payloads that came
    size_t n_left;                    // calls still to be made
    size_t n_good;
    const struct shap_call *call; // of the many
    char reason[SHAP_MESSAGE_SIZE + 100];
};

// ---- what cases say and ask

__attribute__((format(printf, 2, 3))) static bool wrong(struct trial *trial, const char *format,
                                                        ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(trial->reason, sizeof trial->reason, format, args);
    va_end(args);
    return false;
}

static bool ends_with(struct trial *trial, enum grpc_status status, const char *message) {
    const struct shap_outcome *outcome = &trial->outcome;
    if (outcome->status != status)
        return wrong(trial, "%s (%s) instead of %s", status_name((int)outcome->status),
                     outcome->message, status_name((int)status));
    if (message != NULL && strcmp(outcome->message, message) != 0)
        return wrong(trial, "the message is: %s", outcome->message);
    return true;
}

static uint8_t zeros[ANSWER_SIZE]; // more than requests have

static bool is_zeros(const ProtobufCBinaryData *body) {
    return body->len == 0 ||
           (body->len <= sizeof zeros && memcmp(body->data, zeros, body->len) == 0);
}

static size_t payload_size(const Grpc__Testing__Payload *payload) {
    return payload != NULL && is_zeros(&payload->body) ? payload->body.len : SIZE_MAX;
}

// ---- unary calls

static bool call_empty(struct trial *trial, const ProtobufCServiceDescriptor *service,
                       const char *method) {
    static const Grpc__Testing__Empty empty = GRPC__TESTING__EMPTY__INIT;
    const struct shap_call call = {.service = service, .method = method, .request = &empty.base};
    ProtobufCMessage *answer = shap_invoke_unary(trial->client, &call, &trial->outcome);
    if (answer != NULL)
        protobuf_c_message_free_unpacked(answer, NULL);
    return answer != NULL;
}

static bool empty_unary(struct trial *trial) {
    return call_empty(trial, &grpc__testing__test_service__descriptor, "EmptyCall") ||
           ends_with(trial, GRPC_OK, NULL);
}

static bool unimplemented_method(struct trial *trial) {
    call_empty(trial, &grpc__testing__test_service__descriptor, "UnimplementedCall");
    return ends_with(trial, GRPC_UNIMPLEMENTED, NULL);
}

static bool unimplemented_service(struct trial *trial) {
    call_empty(trial, &grpc__testing__unimplemented_service__descriptor, "UnimplementedCall");
    return ends_with(trial, GRPC_UNIMPLEMENTED, NULL);
}

static bool on_simple(void *ctx, const ProtobufCMessage *message) {
    const Grpc__Testing__SimpleResponse *response = (const Grpc__Testing__SimpleResponse *)message;
    struct trial *trial = ctx;
    trial->n_messages++;
    if (payload_size(response->payload) == ANSWER_SIZE)
        trial->n_good++;
    return true;
}

// The payload must outlive the request.
static void make_large(Grpc__Testing__SimpleRequest *request, Grpc__Testing__Payload *payload) {
    grpc__testing__payload__init(payload);
    grpc__testing__simple_request__init(request);
    payload->body = (ProtobufCBinaryData){REQUEST_SIZE, zeros};
    request->payload = payload;
    request->response_size = ANSWER_SIZE;
}

static bool large_unary(struct trial *trial) {
    Grpc__Testing__Payload payload;
    Grpc__Testing__SimpleRequest request;
    make_large(&request, &payload);
    const struct shap_call call = {.service = &grpc__testing__test_service__descriptor,
                                   .method = "UnaryCall",
                                   .request = &request.base,
                                   .on_message = on_simple,
                                   .ctx = trial};
    if (!shap_invoke(trial->client, &call, &trial->outcome))
        return ends_with(trial, GRPC_OK, NULL);
    return (trial->n_messages == 1 && trial->n_good == 1) || wrong(trial, "not the answer");
}

static void on_one_done(void *ctx, const struct shap_outcome *outcome) {
    struct trial *trial = ctx;
    if (outcome->status != GRPC_OK)
        trial->outcome = *outcome;
}

static bool next_of_many(void *ctx, struct shap_call *call) {
    struct trial *trial = ctx;
    if (trial->n_left == 0)
        return false;
    trial->n_left--;
    *call = *trial->call;
    return true;
}

// A thousand large calls on one connection, a hundred of them at a time.
static bool concurrent_large_unary(struct trial *trial) {
    Grpc__Testing__Payload payload;
    Grpc__Testing__SimpleRequest request;
    make_large(&request, &payload);
    const struct shap_call call = {.service = &grpc__testing__test_service__descriptor,
                                   .method = "UnaryCall",
                                   .request = &request.base,
                                   .on_message = on_simple,
                                   .on_done = on_one_done,
                                   .ctx = trial};
    trial->call = &call;
    trial->n_left = MANY_CALLS;
    shap_invoke_many(trial->client, IN_FLIGHT, next_of_many, trial);
    if (trial->n_good == MANY_CALLS && trial->n_messages == MANY_CALLS)
        return ends_with(trial, GRPC_OK, NULL);
    return wrong(trial, "%zu of %d calls were answered well; one ended with %s", trial->n_good,
                 MANY_CALLS, trial->outcome.message);
}

static bool has_status(struct trial *trial, const char *message) {
    char copy[200];
    Grpc__Testing__EchoStatus status = GRPC__TESTING__ECHO_STATUS__INIT;
    Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
    snprintf(copy, sizeof copy, "%s", message);
    status.code = GRPC_UNKNOWN;
    status.message = copy;
    request.response_status = &status;
    const struct shap_call call = {.service = &grpc__testing__test_service__descriptor,
                                   .method = "UnaryCall",
                                   .request = &request.base};
    shap_invoke(trial->client, &call, &trial->outcome);
    return ends_with(trial, GRPC_UNKNOWN, message);
}

static bool status_code_and_message(struct trial *trial) {
    return has_status(trial, "test status message");
}

static bool special_status_message(struct trial *trial) {
    return has_status(trial, "\ta tab, 100 %, a line\r\na snowman \u2603, a bee \U0001F41D\t\n");
}

// ---- streams of answers

static bool on_output(void *ctx, const ProtobufCMessage *message) {
    const Grpc__Testing__StreamingOutputCallResponse *response =
        (const Grpc__Testing__StreamingOutputCallResponse *)message;
    struct trial *trial = ctx;
    if (trial->n_messages <= STREAM_ANSWERS)
        trial->sizes[trial->n_messages++] = payload_size(response->payload);
    return true;
}

static bool on_first_output(void *ctx, const ProtobufCMessage *message) {
    (void)on_output(ctx, message);
    return false;
}

static const int32_t sizes[STREAM_ANSWERS] = {31415, 9, 2653, 58979};

static void ask_for_output(struct trial *trial, shap_on_message on_message, int32_t interval_us) {
    Grpc__Testing__ResponseParameters wanted[STREAM_ANSWERS];
    Grpc__Testing__ResponseParameters *pointers[STREAM_ANSWERS];
    Grpc__Testing__StreamingOutputCallRequest request =
        GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
    for (size_t i = 0; i < STREAM_ANSWERS; i++) {
        wanted[i] = (Grpc__Testing__ResponseParameters)GRPC__TESTING__RESPONSE_PARAMETERS__INIT;
        wanted[i].size = sizes[i];
        wanted[i].interval_us = interval_us;
        pointers[i] = &wanted[i];
    }
    request.n_response_parameters = STREAM_ANSWERS;
    request.response_parameters = pointers;
    const struct shap_call call = {.service = &grpc__testing__test_service__descriptor,
                                   .method = "StreamingOutputCall",
                                   .request = &request.base,
                                   .on_message = on_message,
                                   .ctx = trial};
    shap_invoke(trial->client, &call, &trial->outcome);
}

static bool has_sizes(struct trial *trial, size_t n) {
    if (trial->n_messages != n)
        return wrong(trial, "%zu answers instead of %zu", trial->n_messages, n);
    for (size_t i = 0; i < n; i++)
        if (trial->sizes[i] != (size_t)sizes[i])
            return wrong(trial, "answer %zu is not %d zeros", i + 1, (int)sizes[i]);
    return true;
}

static bool server_streaming(struct trial *trial) {
    ask_for_output(trial, on_output, 0);
    return ends_with(trial, GRPC_OK, NULL) && has_sizes(trial, STREAM_ANSWERS);
}

static bool cancel_after_first_response(struct trial *trial) {
    ask_for_output(trial, on_first_output, 0);
    return ends_with(trial, GRPC_CANCELLED, NULL) && has_sizes(trial, 1);
}

// A machine that is busy may take all of a short time to connect: then it gets more.
static bool timeout_on_sleeping_server(struct trial *trial) {
    struct error err = {0};
    struct shap_options hasty = trial->options;
    trial->outcome.stage = SHAP_STAGE_CONNECT;
    hasty.timeout_ms = SHORT_MS;
    while (trial->outcome.stage != SHAP_STAGE_CALL && hasty.timeout_ms < LONG_US / 1000) {
        shap_client_destroy(trial->client);
        trial->client = shap_client_create(&hasty, &err);
        if (trial->client == NULL)
            return wrong(trial, "%s", err.message);
        ask_for_output(trial, on_output, LONG_US);
        hasty.timeout_ms *= 4;
    }
    return ends_with(trial, GRPC_DEADLINE_EXCEEDED, NULL) && has_sizes(trial, 0);
}

// ---- all of them

static const struct {
    const char *name;
    bool (*run)(struct trial *trial);
} cases[] = {
    {"empty_unary", empty_unary},
    {"large_unary", large_unary},
    {"server_streaming", server_streaming},
    {"status_code_and_message", status_code_and_message},
    {"special_status_message", special_status_message},
    {"unimplemented_method", unimplemented_method},
    {"unimplemented_service", unimplemented_service},
    {"cancel_after_first_response", cancel_after_first_response},
    {"timeout_on_sleeping_server", timeout_on_sleeping_server},
    {"concurrent_large_unary", concurrent_large_unary},
};

static bool run_case(const struct shap_options *options, size_t i) {
    struct error err = {0};
    struct trial trial = {.options = *options, .client = shap_client_create(options, &err)};
    bool is_good = trial.client != NULL ? cases[i].run(&trial) : wrong(&trial, "%s", err.message);
    shap_client_destroy(trial.client);
    if (is_good)
        printf("ok %s\n", cases[i].name);
    else
        printf("failed %s %s\n", cases[i].name, trial.reason);
    fflush(stdout);
    return is_good;
}

int main(int n_args, char **args) {
    bool is_good = true;
    if (n_args != 3)
        return 2;
    const struct shap_options options = {.server = args[1],
                                         .ca_file = strcmp(args[2], "-") != 0 ? args[2] : NULL,
                                         .timeout_ms = 60 * 1000};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_good = run_case(&options, i) && is_good;
    return is_good ? 0 : 1;
}
