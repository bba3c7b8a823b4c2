#include "client/lib/answer.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "proto/frame.h"
#include "proto/gzip.h"

void answer_init(struct answer *answer, const ProtobufCMessageDescriptor *type,
                 shap_on_message on_message, void *ctx) {
    memset(answer, 0, sizeof *answer);
    answer->type = type;
    answer->on_message = on_message;
    answer->ctx = ctx;
}

void answer_finish(struct answer *answer) {
    buf_finish(&answer->body);
}

__attribute__((format(printf, 3, 4))) static bool
break_off(struct answer *answer, enum grpc_status status, const char *format, ...) {
    va_list args;
    if (answer->is_broken)
        return false;
    va_start(args, format);
    vsnprintf(answer->failure.message, sizeof answer->failure.message, format, args);
    va_end(args);
    answer->failure.status = status;
    answer->failure.stage = SHAP_STAGE_CALL;
    answer->is_broken = true;
    return false;
}

enum grpc_status answer_status_of_http(int http_status) {
    static const struct {
        int http;
        enum grpc_status status;
    } table[] = {
        {400, GRPC_INTERNAL},      {401, GRPC_UNAUTHENTICATED}, {403, GRPC_PERMISSION_DENIED},
        {404, GRPC_UNIMPLEMENTED}, {429, GRPC_UNAVAILABLE},     {502, GRPC_UNAVAILABLE},
        {503, GRPC_UNAVAILABLE},   {504, GRPC_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].http == http_status)
            return table[i].status;
    }
    return GRPC_UNKNOWN;
}

// Forgets whatever an interim answer said.
static void begin_anew(struct answer *answer, const char *status) {
    answer->http_status = (int)strtol(status, NULL, 10);
    answer->is_grpc = false;
    answer->is_gzip = false;
    answer->has_status = false;
    answer->grpc_message[0] = '\0';
}

static bool is_grpc_type(const char *value) {
    static const char type[] = "application/grpc";
    size_t len = sizeof type - 1;
    return strncasecmp(value, type, len) == 0 &&
           (value[len] == '\0' || value[len] == '+' || value[len] == ';' || value[len] == ' ');
}

static int parse_status(const char *value) {
    char *end;
    long status = strtol(value, &end, 10);
    if (end == value || *end != '\0' || status < GRPC_OK || status > GRPC_UNAUTHENTICATED)
        return GRPC_UNKNOWN;
    return (int)status;
}

void answer_feed_field(struct answer *answer, const char *name, const char *value) {
    if (strcmp(name, ":status") == 0) {
        begin_anew(answer, value);
    } else if (strcmp(name, "content-type") == 0) {
        answer->is_grpc = is_grpc_type(value);
    } else if (strcmp(name, "grpc-encoding") == 0) {
        answer->is_gzip = strcmp(value, "gzip") == 0;
    } else if (strcmp(name, "grpc-status") == 0) {
        answer->has_status = true;
        answer->grpc_status = parse_status(value);
    } else if (strcmp(name, "grpc-message") == 0) {
        status_decode_message(value, answer->grpc_message, sizeof answer->grpc_message);
    }
}

static bool break_off_large(struct answer *answer) {
    return break_off(answer, GRPC_RESOURCE_EXHAUSTED,
                     "the server sent a message of more than the %d bytes that are taken",
                     ANSWER_MESSAGE_LIMIT);
}

// What is left of the memory that a message may take.
struct ration {
    size_t left;
    bool is_spent;
};

static void *take(void *ctx, size_t size) {
    enum { COST = 32 }; // of an allocation itself
    struct ration *ration = ctx;
    ration->is_spent = ration->is_spent || size + COST > ration->left;
    if (ration->is_spent)
        return NULL;
    ration->left -= size + COST;
    return malloc(size);
}

static void give_back(void *ctx, void *memory) {
    (void)ctx;
    free(memory);
}

static bool show_message(struct answer *answer, const uint8_t *bytes, size_t len) {
    struct ration ration = {.left = ANSWER_MEMORY_LIMIT};
    ProtobufCAllocator allocator = {take, give_back, &ration};
    ProtobufCMessage *message = protobuf_c_message_unpack(answer->type, &allocator, len, bytes);
    if (message == NULL && ration.is_spent)
        return break_off_large(answer);
    if (message == NULL)
        return break_off(answer, GRPC_INTERNAL,
                         "the server's answer is not a %s: is `shap` of the same version as the "
                         "server? `shap doctor` compares them",
                         answer->type->short_name);
    answer->n_messages++;
    if (answer->on_message != NULL && !answer->on_message(answer->ctx, message))
        answer->is_stopped = true;
    protobuf_c_message_free_unpacked(message, &allocator);
    return !answer->is_stopped;
}

static bool show_compressed(struct answer *answer, const uint8_t *bytes, size_t len) {
    struct buf plain = {0};
    bool goes_on = false;
    switch (gzip_inflate(bytes, len, ANSWER_MESSAGE_LIMIT, &plain)) {
    case INFLATE_DONE:
        goes_on = show_message(answer, buf_bytes(&plain), buf_len(&plain));
        break;
    case INFLATE_TOO_LARGE:
        break_off_large(answer);
        break;
    case INFLATE_BROKEN:
        break_off(answer, GRPC_INTERNAL,
                  "the server's answer was damaged on its way (gzip); try again");
        break;
    case INFLATE_NO_MEMORY:
        break_off(answer, GRPC_RESOURCE_EXHAUSTED, "not enough memory for the answer");
        break;
    }
    buf_finish(&plain);
    return goes_on;
}

// Shows the first whole message of the body, if there is one; *has_more says so.
static bool take_message(struct answer *answer, bool *has_more) {
    struct frame_head head;
    *has_more = false;
    if (buf_len(&answer->body) < FRAME_HEAD_SIZE)
        return true;
    if (!frame_get_head(buf_bytes(&answer->body), &head) || (head.compressed && !answer->is_gzip))
        return break_off(answer, GRPC_INTERNAL,
                         "the server's answer is not framed as gRPC asks: is it shapd?");
    if (head.len > ANSWER_MESSAGE_LIMIT)
        return break_off_large(answer);
    if (buf_len(&answer->body) - FRAME_HEAD_SIZE < head.len)
        return true;
    *has_more = true;
    const uint8_t *bytes = buf_bytes(&answer->body) + FRAME_HEAD_SIZE;
    bool goes_on = head.compressed ? show_compressed(answer, bytes, head.len)
                                   : show_message(answer, bytes, head.len);
    buf_consume(&answer->body, FRAME_HEAD_SIZE + head.len);
    return goes_on;
}

bool answer_feed_body(struct answer *answer, const void *bytes, size_t len) {
    bool has_more = true;
    if (answer->is_broken || answer->is_stopped)
        return false;
    // The page of some proxy or web server, not a message: answer_end says what it is.
    if (!answer->is_grpc)
        return true;
    if (!buf_append(&answer->body, bytes, len))
        return break_off(answer, GRPC_RESOURCE_EXHAUSTED, "not enough memory for the answer");
    while (has_more) {
        if (!take_message(answer, &has_more))
            return false;
    }
    return true;
}

__attribute__((format(printf, 3, 4))) static void
end_with(struct shap_outcome *outcome, enum grpc_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(outcome->message, sizeof outcome->message, format, args);
    va_end(args);
    outcome->status = status;
}

static const char cut_message[] =
    "the server's answer broke off in the middle of a message; try again";

static void end_with_status(const struct answer *answer, struct shap_outcome *outcome) {
    if (answer->grpc_status == GRPC_OK && buf_len(&answer->body) > 0) {
        end_with(outcome, GRPC_INTERNAL, "%s", cut_message);
        return;
    }
    outcome->status = (enum grpc_status)answer->grpc_status;
    outcome->from_server = true;
    if (outcome->status == GRPC_OK)
        return;
    snprintf(outcome->message, sizeof outcome->message, "%s",
             answer->grpc_message[0] != '\0' ? answer->grpc_message
                                             : status_name(answer->grpc_status));
}

// Of an answer that is not gRPC a refusal is believed, for proxies make such; "all is well" is not.
static bool is_believed(const struct answer *answer) {
    return answer->has_status &&
           (answer->grpc_status != GRPC_OK || (answer->http_status == 200 && answer->is_grpc));
}

void answer_end(const struct answer *answer, struct shap_outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    outcome->stage = SHAP_STAGE_CALL;
    if (answer->is_broken)
        *outcome = answer->failure;
    else if (answer->is_stopped)
        end_with(outcome, GRPC_CANCELLED, "stopped before the end of the answer");
    else if (is_believed(answer))
        end_with_status(answer, outcome);
    else if (answer->http_status == 0)
        end_with(outcome, GRPC_UNKNOWN, "the server ended the call without an answer");
    else if (answer->http_status != 200)
        end_with(outcome, answer_status_of_http(answer->http_status),
                 "answered HTTP status %d instead of gRPC: a proxy or another service stands at "
                 "this address, or the server is not running behind it",
                 answer->http_status);
    else if (!answer->is_grpc)
        end_with(outcome, GRPC_UNKNOWN,
                 "something other than shapd answers at this address (no gRPC content type): "
                 "check the server's name and port");
    else if (buf_len(&answer->body) > 0)
        end_with(outcome, GRPC_INTERNAL, "%s", cut_message);
    else
        end_with(outcome, GRPC_UNKNOWN,
                 "the server's answer broke off before its status: it is not known whether the "
                 "request was carried out; try again");
}
