#include "tests/unit/rpc/world.h"

#include "grpc/reflection/v1/reflection.pb-c.h"
#include "server/base/log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define REQUEST(name) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##name
#define RESPONSE(name) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##name

enum { MOST_CONVERSATIONS = 64 };

static const char path[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
static const char old_path[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

static struct world world;
static struct stream stream;
static Grpc__Reflection__V1__ServerReflectionResponse *response;

static void forget(void) {
    if (response != NULL)
        grpc__reflection__v1__server_reflection_response__free_unpacked(response, NULL);
    response = NULL;
}

static void setup(void) {
    log_set_level(LOG_ERROR);
    world_start(&world, &(struct world_options){0});
    stream_begin(&world, &stream, path, NULL, -1);
}

static void teardown(void) {
    forget();
    stream_close(&stream);
    world_stop(&world);
}

TestSuite(reflection, .init = setup, .fini = teardown, .timeout = 60);

static void tell(int what, const char *text) {
    Grpc__Reflection__V1__ServerReflectionRequest request =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;
    request.host = (char *)(uintptr_t) "shap.example";
    request.message_request_case =
        (Grpc__Reflection__V1__ServerReflectionRequest__MessageRequestCase)what;
    request.file_by_filename = (char *)(uintptr_t)text; // one of a union of texts
    stream_message(&stream, &request.base);
}

static void read_last(void) {
    forget();
    response = grpc__reflection__v1__server_reflection_response__unpack(NULL, buf_len(&stream.last),
                                                                        buf_bytes(&stream.last));
    cr_assert_not_null(response);
}

// Sends one request and reads its answer, which comes at once and leaves the stream open.
static void ask(int what, const char *text) {
    size_t n_before = stream.n_frames;
    tell(what, text);
    cr_assert_eq(stream.n_frames, n_before + 1, "%s", text);
    cr_assert_not(stream.is_finished);
    read_last();
}

static void assert_error(int what, const char *text, enum grpc_status status) {
    ask(what, text);
    cr_assert_eq((int)response->message_response_case, RESPONSE(ERROR_RESPONSE), "%s", text);
    cr_assert_eq(response->error_response->error_code, (int)status);
    cr_assert_str_not_empty(response->error_response->error_message);
}

// The answer is n files, the first of this name (a FileDescriptorProto begins with its name).
static void assert_files(const char *name, size_t n) {
    cr_assert_eq((int)response->message_response_case, RESPONSE(FILE_DESCRIPTOR_RESPONSE));
    const Grpc__Reflection__V1__FileDescriptorResponse *files = response->file_descriptor_response;
    cr_assert_eq(files->n_file_descriptor_proto, n);
    const ProtobufCBinaryData *first = &files->file_descriptor_proto[0];
    cr_assert_gt(first->len, strlen(name) + 2);
    cr_assert_arr_eq(first->data + 2, name, strlen(name));
}

Test(reflection, lists_the_services_by_name) {
    bool has_returns = false;
    ask(REQUEST(LIST_SERVICES), "");
    const Grpc__Reflection__V1__ListServiceResponse *list = response->list_services_response;
    cr_assert_eq((int)response->message_response_case, RESPONSE(LIST_SERVICES_RESPONSE));
    cr_assert_gt(list->n_service, 3);
    for (size_t i = 0; i < list->n_service; i++)
        has_returns = has_returns || strcmp(list->service[i]->name, "shap.v1.Returns") == 0;
    for (size_t i = 1; i < list->n_service; i++)
        cr_assert_lt(strcmp(list->service[i - 1]->name, list->service[i]->name), 0);
    cr_assert(has_returns);
}

Test(reflection, has_an_older_name_under_which_it_is_the_same) {
    stream_close(&stream);
    stream_begin(&world, &stream, old_path, NULL, -1);
    ask(REQUEST(FILE_CONTAINING_SYMBOL), "grpc.health.v1.Health");
    assert_files("grpc/health/v1/health.proto", 1);
}

Test(reflection, sends_back_the_request_and_its_host) {
    ask(REQUEST(FILE_BY_FILENAME), "no.proto");
    cr_assert_str_eq(response->valid_host, "shap.example");
    cr_assert_eq((int)response->original_request->message_request_case, REQUEST(FILE_BY_FILENAME));
    cr_assert_str_eq(response->original_request->file_by_filename, "no.proto");
}

Test(reflection, a_file_comes_first_and_brings_the_imports_the_stream_has_not_had) {
    ask(REQUEST(FILE_BY_FILENAME), "shap/v1/returns.proto");
    assert_files("shap/v1/returns.proto",
                 response->file_descriptor_response->n_file_descriptor_proto);
    size_t n_all = response->file_descriptor_response->n_file_descriptor_proto;
    cr_assert_gt(n_all, 1);
    ask(REQUEST(FILE_BY_FILENAME), "shap/v1/returns.proto");
    assert_files("shap/v1/returns.proto", 1);
    ask(REQUEST(FILE_BY_FILENAME), "shap/v1/common.proto");
    assert_files("shap/v1/common.proto", 1);
    stream_close(&stream);
    stream_begin(&world, &stream, path, NULL, -1);
    ask(REQUEST(FILE_BY_FILENAME), "shap/v1/returns.proto");
    assert_files("shap/v1/returns.proto", n_all);
}

Test(reflection, finds_the_file_of_services_methods_messages_fields_enums_and_values) {
    static const char *const names[] = {
        "grpc.health.v1.Health",
        "grpc.health.v1.Health.Check",
        "grpc.health.v1.HealthCheckResponse",
        "grpc.health.v1.HealthCheckResponse.status",
        "grpc.health.v1.HealthCheckResponse.ServingStatus",
        "grpc.health.v1.HealthCheckResponse.NOT_SERVING",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ask(REQUEST(FILE_CONTAINING_SYMBOL), names[i]);
        assert_files("grpc/health/v1/health.proto", 1);
    }
}

Test(reflection, what_is_not_found_is_an_answer_and_the_stream_goes_on) {
    assert_error(REQUEST(FILE_BY_FILENAME), "shap/v1/nothing.proto", GRPC_NOT_FOUND);
    assert_error(REQUEST(FILE_CONTAINING_SYMBOL), "shap.v1.Nothing", GRPC_NOT_FOUND);
    assert_error(REQUEST(FILE_CONTAINING_SYMBOL), "", GRPC_NOT_FOUND);
    assert_error(REQUEST(ALL_EXTENSION_NUMBERS_OF_TYPE), "shap.v1.Nothing", GRPC_NOT_FOUND);
    assert_error(REQUEST(ALL_EXTENSION_NUMBERS_OF_TYPE), "shap.v1.Returns", GRPC_NOT_FOUND);
    ask(REQUEST(LIST_SERVICES), "*");
    cr_assert_eq((int)response->message_response_case, RESPONSE(LIST_SERVICES_RESPONSE));
}

Test(reflection, a_message_has_no_extensions) {
    ask(REQUEST(ALL_EXTENSION_NUMBERS_OF_TYPE), "shap.v1.Receipt");
    cr_assert_eq((int)response->message_response_case, RESPONSE(ALL_EXTENSION_NUMBERS_RESPONSE));
    cr_assert_str_eq(response->all_extension_numbers_response->base_type_name, "shap.v1.Receipt");
    cr_assert_eq(response->all_extension_numbers_response->n_extension_number, 0);
}

Test(reflection, an_extension_is_not_found) {
    Grpc__Reflection__V1__ExtensionRequest extension =
        GRPC__REFLECTION__V1__EXTENSION_REQUEST__INIT;
    Grpc__Reflection__V1__ServerReflectionRequest request =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;
    extension.containing_type = (char *)(uintptr_t) "shap.v1.Receipt";
    request.message_request_case = REQUEST(FILE_CONTAINING_EXTENSION);
    request.file_containing_extension = &extension;
    stream_message(&stream, &request.base);
    read_last();
    cr_assert_eq((int)response->message_response_case, RESPONSE(ERROR_RESPONSE));
    cr_assert_eq(response->error_response->error_code, (int)GRPC_NOT_FOUND);
}

Test(reflection, a_request_that_asks_nothing_is_told_so) {
    rpc_stream_events.on_message(stream.ctx, (const uint8_t *)"", 0);
    cr_assert_not(stream.is_finished);
    read_last();
    cr_assert_eq((int)response->message_response_case, RESPONSE(ERROR_RESPONSE));
    cr_assert_eq(response->error_response->error_code, (int)GRPC_INVALID_ARGUMENT);
}

Test(reflection, bytes_that_are_no_request_end_the_stream) {
    rpc_stream_events.on_message(stream.ctx, (const uint8_t *)"\x1a\xff", 2);
    cr_assert_eq(stream.status, GRPC_INVALID_ARGUMENT);
    rpc_stream_events.on_message(stream.ctx, (const uint8_t *)"", 0);
    cr_assert_eq(stream.n_frames, 0);
}

Test(reflection, a_request_of_many_unknown_fields_is_not_unpacked) {
    static uint8_t bytes[4098];
    for (size_t i = 0; i < sizeof bytes; i += 2)
        bytes[i] = 0x78;
    rpc_stream_events.on_message(stream.ctx, bytes, sizeof bytes - 2);
    cr_assert_not(stream.is_finished);
    rpc_stream_events.on_message(stream.ctx, bytes, sizeof bytes);
    cr_assert_eq(stream.status, GRPC_INVALID_ARGUMENT);
}

Test(reflection, the_end_of_the_requests_is_the_end_of_the_stream) {
    ask(REQUEST(LIST_SERVICES), "");
    stream_half_close(&stream);
    cr_assert(stream.is_finished);
    cr_assert_eq(stream.status, GRPC_OK);
}

Test(reflection, a_stream_without_requests_is_ok) {
    stream_half_close(&stream);
    cr_assert_eq(stream.status, GRPC_OK);
    cr_assert_eq(stream.n_frames, 0);
}

Test(reflection, needs_no_database) {
    rpc_forget(world.rpc);
    ask(REQUEST(LIST_SERVICES), "");
    stream_close(&stream);
    stream_begin(&world, &stream, path, NULL, -1);
    ask(REQUEST(LIST_SERVICES), "");
}

Test(reflection, a_deadline_of_the_client_ends_it) {
    stream_close(&stream);
    stream_begin(&world, &stream, path, NULL, 1000000);
    ask(REQUEST(LIST_SERVICES), "");
    world.shift_us = 2000000;
    (void)rpc_turn(world.rpc);
    cr_assert_eq(stream.status, GRPC_DEADLINE_EXCEEDED);
}

// ---- a slow reader

// Sends the numbers from first as names of files until answers are no longer sent. Returns the
// number that waits.
static int fill(int first) {
    size_t n_frames;
    stream.is_paused = true;
    do {
        char name[100];
        snprintf(name, sizeof name, "%088d", first++);
        n_frames = stream.n_frames;
        tell(REQUEST(FILE_BY_FILENAME), name);
        cr_assert_not(stream.is_finished);
    } while (stream.n_frames > n_frames);
    return first - 1;
}

static void drain(void) {
    stream.queued = 0;
    rpc_stream_events.on_drain(stream.ctx);
}

static int last_number(void) {
    read_last();
    return (int)strtol(response->original_request->file_by_filename, NULL, 10);
}

Test(reflection, requests_of_a_slow_reader_wait_and_are_answered_in_their_order) {
    int waits = fill(0);
    cr_assert_gt(stream.queued, STREAM_QUEUE_HIGH);
    for (int i = 1; i < 20; i++) {
        char name[100];
        snprintf(name, sizeof name, "%088d", waits + i);
        tell(REQUEST(FILE_BY_FILENAME), name);
    }
    stream_half_close(&stream);
    cr_assert_eq(stream.n_frames, (size_t)waits);
    cr_assert_not(stream.is_finished);
    stream.is_paused = false;
    drain();
    cr_assert_eq(stream.n_frames, (size_t)waits + 20);
    cr_assert_eq(last_number(), waits + 19);
    cr_assert(stream.is_finished);
    cr_assert_eq(stream.status, GRPC_OK);
}

Test(reflection, a_drained_stream_fills_again_to_its_high_mark_only) {
    int waits = fill(0);
    for (int i = 0; i < 2; i++)
        tell(REQUEST(FILE_BY_FILENAME), "1");
    stream.queued = STREAM_QUEUE_HIGH;
    rpc_stream_events.on_drain(stream.ctx);
    cr_assert_eq(stream.n_frames, (size_t)waits + 1);
    cr_assert_eq(last_number(), waits);
}

Test(reflection, more_requests_than_may_wait_end_the_stream) {
    int next = fill(0);
    for (int i = 0; i < 40000 && !stream.is_finished; i++)
        tell(REQUEST(FILE_BY_FILENAME), "some/file.proto");
    cr_assert_eq(stream.status, GRPC_RESOURCE_EXHAUSTED);
    cr_assert_eq(stream.n_frames, (size_t)next);
}

Test(reflection, a_reset_forgets_what_waits) {
    fill(0);
    stream_close(&stream);
    stream_begin(&world, &stream, path, NULL, -1);
    ask(REQUEST(LIST_SERVICES), "");
}

// ---- many at once, and the end

Test(reflection, more_conversations_than_allowed_are_refused_until_one_ends) {
    static struct stream others[MOST_CONVERSATIONS];
    for (size_t i = 0; i < MOST_CONVERSATIONS; i++)
        stream_begin(&world, &others[i], path, NULL, -1);
    cr_assert_not(others[MOST_CONVERSATIONS - 2].is_finished);
    cr_assert_eq(others[MOST_CONVERSATIONS - 1].status, GRPC_RESOURCE_EXHAUSTED);
    stream_close(&others[0]);
    stream_begin(&world, &others[0], path, NULL, -1);
    cr_assert_not(others[0].is_finished);
    for (size_t i = 0; i < MOST_CONVERSATIONS; i++)
        stream_close(&others[i]);
}

Test(reflection, ends_with_the_server) {
    reflection_stop(world.reflection);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
    stream_close(&stream);
    stream_begin(&world, &stream, path, NULL, -1);
    cr_assert_eq(stream.status, GRPC_UNAVAILABLE);
}
