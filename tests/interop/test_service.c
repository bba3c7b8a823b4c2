#include "tests/interop/test_service.h"

#include "grpc/testing/test.pb-c.h"
#include "server/rpc/call.h"

#include <limits.h>
#include <stdlib.h>

// One answer of a stream: made when a request asks for it, sent in its turn.
struct answer {
    struct list item; // in its flow's answers; lies in the call's arena
    int32_t size;
    uint64_t wait_ms; // before it
    bool is_due;      // has waited
    enum stream_encoding encoding;
};

// A call that streams, from its beginning to the closing of its timer.
struct flow {
    struct call *call;   // borrowed; NULL: over
    uv_timer_t timer;    // of the next answer
    struct list answers; // not sent yet
    bool is_complete;    // nothing more will be asked for
    int64_t n_received;  // bytes of payload
};

enum { ANSWER_MAX = 4 * 1024 * 1024 };

static const char text_no_memory[] = "the server is out of memory";
static const char text_unreadable[] = "the message is not what this method takes";
static const char text_flag[] = "the message is compressed, or not, against what it says";
static const char text_size[] = "answers have 0 to 4,194,304 bytes";

// ---- what several methods do

static void *read_request(struct call *call, const ProtobufCMessageDescriptor *type,
                          const uint8_t *bytes, size_t len) {
    ProtobufCMessage *message = protobuf_c_message_unpack(type, NULL, len, bytes);
    if (message == NULL)
        call_answer(call, GRPC_INVALID_ARGUMENT, text_unreadable);
    return message;
}

// Metadata of these two names comes back: the one before the answers, the other after them.
static bool echo_metadata(struct call *call) {
    static const char initial[] = "x-grpc-test-echo-initial";
    static const char trailing[] = "x-grpc-test-echo-trailing-bin";
    const char *first = stream_find_header(call->stream, initial);
    const char *last = stream_find_header(call->stream, trailing);
    bool is_ok = (first == NULL || stream_add_header(call->stream, initial, first)) &&
                 (last == NULL || stream_add_trailer(call->stream, trailing, last));
    if (!is_ok)
        call_answer(call, GRPC_INVALID_ARGUMENT, "the metadata cannot be sent back");
    return is_ok;
}

static bool is_as_expected(const struct call *call, const Grpc__Testing__BoolValue *expected) {
    return expected == NULL || (expected->value != 0) == call->was_compressed;
}

// True when the request wants the call to end so.
static bool echo_status(struct call *call, const Grpc__Testing__EchoStatus *status) {
    if (status == NULL)
        return false;
    call_answer(call, (enum grpc_status)status->code, status->message);
    return true;
}

static enum stream_encoding encoding_of(const Grpc__Testing__BoolValue *compressed) {
    return compressed != NULL && compressed->value ? STREAM_GZIP : STREAM_PLAIN;
}

// size bytes of zeros, at least one to point at; the caller frees them.
static bool make_payload(int32_t size, Grpc__Testing__Payload *payload) {
    *payload = (Grpc__Testing__Payload)GRPC__TESTING__PAYLOAD__INIT;
    payload->body.len = (size_t)size;
    payload->body.data = calloc(1, (size_t)size + 1);
    return payload->body.data != NULL;
}

static bool is_size(int32_t size) {
    return size >= 0 && size <= ANSWER_MAX;
}

// ---- one request, one answer

static void on_empty_call(void *owner, struct call *call, const uint8_t *bytes, size_t len) {
    static const Grpc__Testing__Empty empty = GRPC__TESTING__EMPTY__INIT;
    void *request = read_request(call, &grpc__testing__empty__descriptor, bytes, len);
    (void)owner;
    if (request == NULL)
        return;
    protobuf_c_message_free_unpacked(request, NULL);
    if (!echo_metadata(call))
        return;
    if (call_send(call, &empty.base))
        call_answer(call, GRPC_OK, NULL);
    else
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
}

static void answer_simple(struct call *call, const Grpc__Testing__SimpleRequest *request) {
    Grpc__Testing__Payload payload;
    Grpc__Testing__SimpleResponse response = GRPC__TESTING__SIMPLE_RESPONSE__INIT;
    if (!is_as_expected(call, request->expect_compressed)) {
        call_answer(call, GRPC_INVALID_ARGUMENT, text_flag);
        return;
    }
    if (!is_size(request->response_size)) {
        call_answer(call, GRPC_INVALID_ARGUMENT, text_size);
        return;
    }
    if (!echo_metadata(call) || echo_status(call, request->response_status))
        return;
    bool is_sent = make_payload(request->response_size, &payload);
    response.payload = &payload;
    is_sent =
        is_sent && call_send_as(call, &response.base, encoding_of(request->response_compressed));
    free(payload.body.data);
    if (is_sent)
        call_answer(call, GRPC_OK, NULL);
    else
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
}

static void on_unary_call(void *owner, struct call *call, const uint8_t *bytes, size_t len) {
    Grpc__Testing__SimpleRequest *request =
        read_request(call, &grpc__testing__simple_request__descriptor, bytes, len);
    (void)owner;
    if (request == NULL)
        return;
    answer_simple(call, request);
    grpc__testing__simple_request__free_unpacked(request, NULL);
}

// ---- streams of answers

static void pump(struct flow *flow);

static void on_due(uv_timer_t *timer) {
    pump(timer->data);
}

static bool send_answer(const struct flow *flow, const struct answer *answer) {
    Grpc__Testing__Payload payload;
    Grpc__Testing__StreamingOutputCallResponse response =
        GRPC__TESTING__STREAMING_OUTPUT_CALL_RESPONSE__INIT;
    bool is_sent = make_payload(answer->size, &payload);
    response.payload = &payload;
    is_sent = is_sent && call_send_as(flow->call, &response.base, answer->encoding);
    free(payload.body.data);
    return is_sent;
}

// Sends what is due while the client keeps up, and ends the call after the last answer.
static void pump(struct flow *flow) {
    while (flow->call != NULL && flow->call->state != CALL_ANSWERED &&
           !list_is_empty(&flow->answers)) {
        struct answer *answer = list_entry(flow->answers.next, struct answer, item);
        if (uv_is_active((uv_handle_t *)&flow->timer) ||
            stream_queued(flow->call->stream) > STREAM_QUEUE_HIGH)
            return;
        if (answer->wait_ms > 0 && !answer->is_due) {
            answer->is_due = true;
            uv_timer_start(&flow->timer, on_due, answer->wait_ms, 0);
            return;
        }
        list_unlink(&answer->item);
        if (!send_answer(flow, answer))
            call_answer(flow->call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
    }
    if (flow->call != NULL && flow->is_complete)
        call_answer(flow->call, GRPC_OK, NULL);
}

static bool add_answer(struct flow *flow, const Grpc__Testing__ResponseParameters *wanted) {
    if (!is_size(wanted->size) || wanted->interval_us < 0) {
        call_answer(flow->call, GRPC_INVALID_ARGUMENT, text_size);
        return false;
    }
    struct answer *answer = arena_alloc(&flow->call->arena, sizeof *answer);
    if (answer == NULL) {
        call_answer(flow->call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
        return false;
    }
    *answer = (struct answer){.size = wanted->size,
                              .wait_ms = ((uint64_t)wanted->interval_us + 999) / 1000,
                              .encoding = encoding_of(wanted->compressed)};
    list_append(&flow->answers, &answer->item);
    return true;
}

static void take_output_request(struct flow *flow, const uint8_t *bytes, size_t len) {
    Grpc__Testing__StreamingOutputCallRequest *request = read_request(
        flow->call, &grpc__testing__streaming_output_call_request__descriptor, bytes, len);
    if (request == NULL)
        return;
    bool is_ok = !echo_status(flow->call, request->response_status);
    for (size_t i = 0; is_ok && i < request->n_response_parameters; i++)
        is_ok = add_answer(flow, request->response_parameters[i]);
    grpc__testing__streaming_output_call_request__free_unpacked(request, NULL);
}

// ---- the life of a flow

static void on_begin(void *owner, struct call *call) {
    struct flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
        return;
    }
    flow->call = call;
    list_init(&flow->answers);
    uv_timer_init(owner, &flow->timer);
    flow->timer.data = flow;
    call->native_ctx = flow;
    (void)echo_metadata(call);
}

static void on_timer_closed(uv_handle_t *handle) {
    free(handle->data);
}

static void on_over(void *owner, struct call *call) {
    struct flow *flow = call->native_ctx;
    (void)owner;
    if (flow == NULL)
        return;
    flow->call = NULL;
    uv_close((uv_handle_t *)&flow->timer, on_timer_closed);
}

static void on_drain(void *owner, struct call *call) {
    (void)owner;
    pump(call->native_ctx);
}

// ---- the three methods that stream

static void on_streaming_output_call(void *owner, struct call *call, const uint8_t *bytes,
                                     size_t len) {
    on_begin(owner, call);
    struct flow *flow = call->native_ctx;
    if (flow == NULL)
        return;
    flow->is_complete = true;
    take_output_request(flow, bytes, len);
    pump(flow);
}

static void on_duplex_message(void *owner, struct call *call, const uint8_t *bytes, size_t len) {
    struct flow *flow = call->native_ctx;
    (void)owner;
    take_output_request(flow, bytes, len);
    pump(flow);
}

static void on_duplex_half_close(void *owner, struct call *call) {
    struct flow *flow = call->native_ctx;
    (void)owner;
    flow->is_complete = true;
    pump(flow);
}

static void on_input_message(void *owner, struct call *call, const uint8_t *bytes, size_t len) {
    struct flow *flow = call->native_ctx;
    Grpc__Testing__StreamingInputCallRequest *request =
        read_request(call, &grpc__testing__streaming_input_call_request__descriptor, bytes, len);
    (void)owner;
    if (request == NULL)
        return;
    if (!is_as_expected(call, request->expect_compressed))
        call_answer(call, GRPC_INVALID_ARGUMENT, text_flag);
    else if (request->payload != NULL)
        flow->n_received += (int64_t)request->payload->body.len;
    grpc__testing__streaming_input_call_request__free_unpacked(request, NULL);
}

static void on_input_half_close(void *owner, struct call *call) {
    const struct flow *flow = call->native_ctx;
    Grpc__Testing__StreamingInputCallResponse response =
        GRPC__TESTING__STREAMING_INPUT_CALL_RESPONSE__INIT;
    (void)owner;
    response.aggregated_payload_size =
        flow->n_received < INT32_MAX ? (int32_t)flow->n_received : INT32_MAX;
    if (call_send(call, &response.base))
        call_answer(call, GRPC_OK, NULL);
    else
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, text_no_memory);
}

void test_service_methods(uv_loop_t *loop, struct native_method methods[TEST_SERVICE_METHODS]) {
    methods[0] = (struct native_method){
        .path = "/grpc.testing.TestService/EmptyCall", .on_call = on_empty_call, .owner = loop};
    methods[1] = (struct native_method){
        .path = "/grpc.testing.TestService/UnaryCall", .on_call = on_unary_call, .owner = loop};
    methods[2] = (struct native_method){.path = "/grpc.testing.TestService/StreamingOutputCall",
                                        .on_call = on_streaming_output_call,
                                        .on_drain = on_drain,
                                        .on_over = on_over,
                                        .owner = loop};
    methods[3] = (struct native_method){.path = "/grpc.testing.TestService/StreamingInputCall",
                                        .on_begin = on_begin,
                                        .on_message = on_input_message,
                                        .on_half_close = on_input_half_close,
                                        .on_over = on_over,
                                        .owner = loop};
    methods[4] = (struct native_method){.path = "/grpc.testing.TestService/FullDuplexCall",
                                        .on_begin = on_begin,
                                        .on_message = on_duplex_message,
                                        .on_half_close = on_duplex_half_close,
                                        .on_drain = on_drain,
                                        .on_over = on_over,
                                        .owner = loop};
}
