#include "server/rpc/reflection.h"

#include "grpc/reflection/v1/reflection.pb-c.h"
#include "server/rpc/call.h"
#include "server/rpc/descriptors.h"

#include <stdlib.h>
#include <string.h>

// Anybody may ask: a short question, and few askers. Who does not read his answers is not read (see
// net/h2): what can come of him until then, a window's worth of questions, waits, but for those
// that only compression brought in.
enum { REQUEST_MAX = 4096, WAITING_MAX = 512 * 1024, CONVERSATIONS_MAX = 64 };

const char *const reflection_services[REFLECTION_METHODS] = {
    "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"};

struct reflection {
    struct descriptors descriptors;
    ProtobufCBinaryData *files; // owned; room for an answer of every file
    Grpc__Reflection__V1__ServiceResponse *services;
    Grpc__Reflection__V1__ServiceResponse **service_list; // owned, as services
    size_t n_services;
    struct list conversations;
    size_t n_conversations;
    bool is_stopping;
};

// A call, in its arena.
struct conversation {
    struct list item;
    struct call *call;  // borrowed until on_over
    bool *is_sent;      // by file: the client has it
    struct buf waiting; // requests that came while too much was queued: a size_t, then the bytes
    bool is_half_closed;
};

// What an answer is made of, for as long as it takes to pack it.
struct answer {
    Grpc__Reflection__V1__ServerReflectionResponse response;
    Grpc__Reflection__V1__FileDescriptorResponse files;
    Grpc__Reflection__V1__ExtensionNumberResponse numbers;
    Grpc__Reflection__V1__ListServiceResponse services;
    Grpc__Reflection__V1__ErrorResponse error;
};

// ---- creation

static bool list_services(struct reflection *reflection) {
    const struct descriptor *all = descriptors_all(&reflection->descriptors);
    size_t n = descriptors_n(&reflection->descriptors);
    reflection->services = calloc(n + 1, sizeof *reflection->services);
    reflection->service_list = calloc(n + 1, sizeof(void *));
    if (reflection->services == NULL || reflection->service_list == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (all[i].kind != DESCRIPTOR_SERVICE)
            continue;
        Grpc__Reflection__V1__ServiceResponse *service =
            &reflection->services[reflection->n_services];
        grpc__reflection__v1__service_response__init(service);
        service->name = (char *)(uintptr_t)all[i].name;
        reflection->service_list[reflection->n_services++] = service;
    }
    return true;
}

struct reflection *reflection_create(const uint8_t *bytes, size_t len, struct error *err) {
    struct reflection *reflection = calloc(1, sizeof *reflection);
    if (reflection == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    list_init(&reflection->conversations);
    if (!descriptors_init(&reflection->descriptors, bytes, len, err))
        goto fail;
    reflection->files = calloc(reflection->descriptors.n_files + 1, sizeof *reflection->files);
    if (reflection->files != NULL && list_services(reflection))
        return reflection;
    error_set(err, "out of memory");
fail:
    reflection_destroy(reflection);
    return NULL;
}

void reflection_destroy(struct reflection *reflection) {
    if (reflection == NULL)
        return;
    descriptors_finish(&reflection->descriptors);
    free(reflection->files);
    free(reflection->services);
    free(reflection->service_list);
    free(reflection);
}

// ---- the answers

static void answer_error(struct answer *answer, enum grpc_status status, const char *message) {
    answer->error.has_error_code = 1;
    answer->error.error_code = (int32_t)status;
    answer->error.error_message = (char *)(uintptr_t)message;
    answer->response.error_response = &answer->error;
    answer->response.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
}

static void add_file(struct reflection *reflection, struct conversation *conversation, size_t index,
                     struct answer *answer) {
    const struct descriptor_file *file = &reflection->descriptors.files[index];
    answer->files.file_descriptor_proto[answer->files.n_file_descriptor_proto++] =
        (ProtobufCBinaryData){.len = file->len, .data = (uint8_t *)(uintptr_t)file->bytes};
    conversation->is_sent[index] = true;
}

static void answer_file(struct reflection *reflection, struct conversation *conversation,
                        size_t index, struct answer *answer) {
    const struct descriptor_file *file = &reflection->descriptors.files[index];
    answer->files.file_descriptor_proto = reflection->files;
    add_file(reflection, conversation, index, answer);
    for (size_t i = 0; i < reflection->descriptors.n_files; i++)
        if (file->needs[i] && !conversation->is_sent[i])
            add_file(reflection, conversation, i, answer);
    answer->response.file_descriptor_response = &answer->files;
    answer->response.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
}

static void answer_file_name(struct reflection *reflection, struct conversation *conversation,
                             const char *name, struct answer *answer) {
    const struct descriptor_file *file = descriptors_find_file(&reflection->descriptors, name);
    if (file == NULL)
        answer_error(answer, GRPC_NOT_FOUND, "this server has no such file");
    else
        answer_file(reflection, conversation, (size_t)(file - reflection->descriptors.files),
                    answer);
}

static void answer_symbol(struct reflection *reflection, struct conversation *conversation,
                          const char *name, struct answer *answer) {
    const struct descriptor *found = descriptors_find(&reflection->descriptors, name);
    if (found == NULL)
        answer_error(answer, GRPC_NOT_FOUND, "this server has no such symbol");
    else
        answer_file(reflection, conversation, found->file, answer);
}

static bool is_message(const struct reflection *reflection, const char *name) {
    const struct descriptor *found = descriptors_find(&reflection->descriptors, name);
    return found != NULL && found->kind == DESCRIPTOR_MESSAGE;
}

// The contract has no extensions: descriptors_init refuses them.
static void answer_numbers(struct reflection *reflection, const char *type, struct answer *answer) {
    if (!is_message(reflection, type)) {
        answer_error(answer, GRPC_NOT_FOUND, "this server has no such message");
        return;
    }
    answer->numbers.base_type_name = (char *)(uintptr_t)type;
    answer->response.all_extension_numbers_response = &answer->numbers;
    answer->response.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE;
}

static void answer_services(struct reflection *reflection, struct answer *answer) {
    answer->services.service = reflection->service_list;
    answer->services.n_service = reflection->n_services;
    answer->response.list_services_response = &answer->services;
    answer->response.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
}

static void fill_answer(struct reflection *reflection, struct conversation *conversation,
                        const Grpc__Reflection__V1__ServerReflectionRequest *request,
                        struct answer *answer) {
    switch ((int)request->message_request_case) {
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
        answer_file_name(reflection, conversation, request->file_by_filename, answer);
        break;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
        answer_symbol(reflection, conversation, request->file_containing_symbol, answer);
        break;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
        answer_error(answer, GRPC_NOT_FOUND, "this server has no extensions");
        break;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
        answer_numbers(reflection, request->all_extension_numbers_of_type, answer);
        break;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
        answer_services(reflection, answer);
        break;
    default:
        answer_error(answer, GRPC_INVALID_ARGUMENT, "the request asks for nothing that is known");
        break;
    }
}

static void answer_request(struct reflection *reflection, struct conversation *conversation,
                           const uint8_t *bytes, size_t len) {
    struct answer answer = {
        .response = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT,
        .files = GRPC__REFLECTION__V1__FILE_DESCRIPTOR_RESPONSE__INIT,
        .numbers = GRPC__REFLECTION__V1__EXTENSION_NUMBER_RESPONSE__INIT,
        .services = GRPC__REFLECTION__V1__LIST_SERVICE_RESPONSE__INIT,
        .error = GRPC__REFLECTION__V1__ERROR_RESPONSE__INIT,
    };
    Grpc__Reflection__V1__ServerReflectionRequest *request =
        grpc__reflection__v1__server_reflection_request__unpack(NULL, len, bytes);
    if (request == NULL) {
        call_answer(conversation->call, GRPC_INVALID_ARGUMENT,
                    "the request is not a ServerReflectionRequest");
        return;
    }
    answer.response.valid_host = request->host;
    answer.response.original_request = request;
    fill_answer(reflection, conversation, request, &answer);
    if (!call_send(conversation->call, &answer.response.base))
        call_answer(conversation->call, GRPC_RESOURCE_EXHAUSTED, "the server is out of memory");
    grpc__reflection__v1__server_reflection_request__free_unpacked(request, NULL);
}

// ---- the conversation

static bool is_open(const struct conversation *conversation) {
    return conversation->call->state != CALL_ANSWERED;
}

static bool can_send(const struct conversation *conversation) {
    return is_open(conversation) && stream_queued(conversation->call->stream) <= STREAM_QUEUE_HIGH;
}

static void end_when_done(struct conversation *conversation) {
    if (conversation->is_half_closed && buf_len(&conversation->waiting) == 0)
        call_answer(conversation->call, GRPC_OK, NULL);
}

static void keep_waiting(struct conversation *conversation, const uint8_t *bytes, size_t len) {
    struct buf *waiting = &conversation->waiting;
    if (buf_len(waiting) + sizeof len + len > WAITING_MAX)
        call_answer(conversation->call, GRPC_RESOURCE_EXHAUSTED,
                    "too many requests wait for their answers; read some before sending more");
    else if (!buf_append(waiting, &len, sizeof len) || !buf_append(waiting, bytes, len))
        call_answer(conversation->call, GRPC_RESOURCE_EXHAUSTED, "the server is out of memory");
}

static void on_begin(void *owner, struct call *call) {
    struct reflection *reflection = owner;
    if (reflection->is_stopping) {
        call_answer(call, GRPC_UNAVAILABLE, "the server is stopping");
        return;
    }
    struct conversation *conversation = NULL;
    bool *is_sent = NULL;
    if (reflection->n_conversations < CONVERSATIONS_MAX) {
        conversation = arena_calloc(&call->arena, 1, sizeof *conversation);
        is_sent = arena_calloc(&call->arena, reflection->descriptors.n_files + 1, sizeof *is_sent);
    }
    if (conversation == NULL || is_sent == NULL) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, "too many explore this server; try again later");
        return;
    }
    conversation->call = call;
    conversation->is_sent = is_sent;
    call->native_ctx = conversation;
    list_append(&reflection->conversations, &conversation->item);
    reflection->n_conversations++;
}

static void on_message(void *owner, struct call *call, const uint8_t *bytes, size_t len) {
    struct conversation *conversation = call->native_ctx;
    if (len > REQUEST_MAX)
        call_answer(call, GRPC_INVALID_ARGUMENT, "the request is too long");
    else if (buf_len(&conversation->waiting) == 0 && can_send(conversation))
        answer_request(owner, conversation, bytes, len);
    else
        keep_waiting(conversation, bytes, len);
}

static void on_half_close(void *owner, struct call *call) {
    struct conversation *conversation = call->native_ctx;
    (void)owner;
    conversation->is_half_closed = true;
    end_when_done(conversation);
}

static void on_drain(void *owner, struct call *call) {
    struct conversation *conversation = call->native_ctx;
    struct buf *waiting = &conversation->waiting;
    while (buf_len(waiting) > 0 && can_send(conversation)) {
        size_t len;
        memcpy(&len, buf_bytes(waiting), sizeof len);
        answer_request(owner, conversation, buf_bytes(waiting) + sizeof len, len);
        buf_consume(waiting, sizeof len + len);
    }
    end_when_done(conversation);
}

static void on_over(void *owner, struct call *call) {
    struct reflection *reflection = owner;
    struct conversation *conversation = call->native_ctx;
    if (conversation == NULL)
        return;
    list_unlink(&conversation->item);
    reflection->n_conversations--;
    buf_finish(&conversation->waiting);
}

void reflection_stop(struct reflection *reflection) {
    reflection->is_stopping = true;
    for (struct list *item = reflection->conversations.next; item != &reflection->conversations;
         item = item->next)
        call_answer(list_entry(item, struct conversation, item)->call, GRPC_UNAVAILABLE,
                    "the server is stopping");
}

void reflection_methods(struct reflection *reflection,
                        struct native_method methods[REFLECTION_METHODS]) {
    static const char *const paths[REFLECTION_METHODS] = {
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    };
    for (size_t i = 0; i < REFLECTION_METHODS; i++)
        methods[i] = (struct native_method){.path = paths[i],
                                            .on_begin = on_begin,
                                            .on_message = on_message,
                                            .on_half_close = on_half_close,
                                            .on_drain = on_drain,
                                            .on_over = on_over,
                                            .owner = reflection};
}
