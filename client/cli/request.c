#include "client/cli/request.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/check.h"
#include "client/cli/invocation.h"
#include "client/render/field.h"

enum { MOST_NAME = 64 };

const ProtobufCFieldDescriptor *request_find_field(const ProtobufCMessageDescriptor *request,
                                                   const char *field, const char *name) {
    char plain[MOST_NAME];
    size_t len = strlen(name);
    if (field != NULL)
        return protobuf_c_message_descriptor_get_field_by_name(request, field);
    if (len >= sizeof plain)
        return NULL;
    for (size_t i = 0; i <= len; i++)
        plain[i] = name[i] == '-' ? '_' : name[i];
    return protobuf_c_message_descriptor_get_field_by_name(request, plain);
}

static void *member(ProtobufCMessage *request, size_t offset) {
    return (char *)request + offset;
}

// Room for a list of texts; protobuf-c's strings are not const, but nobody writes to them.
static bool set_texts(const struct invocation *invocation, const char *name,
                      ProtobufCMessage *request, const ProtobufCFieldDescriptor *field) {
    size_t n = argument_count(invocation, name);
    const char **texts = calloc(n, sizeof *texts);
    if (texts == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        texts[i] = argument_at(invocation, name, i);
    *(const char ***)member(request, field->offset) = texts;
    *(size_t *)member(request, field->quantifier_offset) = n;
    return true;
}

static void mark_present(ProtobufCMessage *request, const ProtobufCFieldDescriptor *field) {
    *(protobuf_c_boolean *)member(request, field->quantifier_offset) = 1;
}

static bool set_number(ProtobufCMessage *request, const ProtobufCFieldDescriptor *field,
                       const char *text) {
    int64_t number;
    if (!check_is_number(text, &number))
        return true;
    if (field->type == PROTOBUF_C_TYPE_INT64)
        *(int64_t *)member(request, field->offset) = number;
    else
        *(int32_t *)member(request, field->offset) = number > INT32_MAX   ? INT32_MAX
                                                     : number < INT32_MIN ? INT32_MIN
                                                                          : (int32_t)number;
    mark_present(request, field);
    return true;
}

static bool set_choice(ProtobufCMessage *request, const ProtobufCFieldDescriptor *field,
                       const char *text) {
    int value;
    if (field_enum_parse(field->descriptor, text, &value)) {
        *(int *)member(request, field->offset) = value;
        mark_present(request, field);
    }
    return true;
}

static bool set_field(const struct invocation *invocation, const char *name,
                      ProtobufCMessage *request, const ProtobufCFieldDescriptor *field) {
    const char *text = argument_text(invocation, name);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        assert(field->type == PROTOBUF_C_TYPE_STRING);
        return set_texts(invocation, name, request, field);
    }
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(const char **)member(request, field->offset) = text;
        return true;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)member(request, field->offset) = 1;
        mark_present(request, field);
        return true;
    case PROTOBUF_C_TYPE_ENUM:
        return set_choice(request, field, text);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_INT64:
        return set_number(request, field, text);
    default:
        assert(false && "a field of this type cannot be given on the command line");
        return true;
    }
}

static bool fill_one(const struct invocation *invocation, const char *field_name, const char *name,
                     ProtobufCMessage *request) {
    const ProtobufCFieldDescriptor *field =
        request_find_field(request->descriptor, field_name, name);
    if (field == NULL || argument_text(invocation, name) == NULL)
        return true;
    return set_field(invocation, name, request, field);
}

// The plan of the settings, where the request has one that was not given.
static void fill_plan(const struct invocation *invocation, ProtobufCMessage *request) {
    const ProtobufCFieldDescriptor *field = request_find_field(request->descriptor, "plan", "plan");
    if (field == NULL || field->type != PROTOBUF_C_TYPE_STRING ||
        field->label == PROTOBUF_C_LABEL_REPEATED || field_is_present(request, field))
        return;
    *(const char **)member(request, field->offset) = invocation_plan(invocation);
}

bool request_fill(const struct invocation *invocation, ProtobufCMessage *request) {
    const struct command *command = invocation->command;
    for (const struct option *at = command->options; at != NULL && at->name != NULL; at++) {
        if (!fill_one(invocation, at->field, at->name, request))
            return false;
    }
    for (const struct operand *at = command->operands; at != NULL && at->name != NULL; at++) {
        if (at->field != NULL && !fill_one(invocation, at->field, at->name, request))
            return false;
    }
    fill_plan(invocation, request);
    return true;
}

void request_clear(ProtobufCMessage *request) {
    for (unsigned i = 0; i < request->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &request->descriptor->fields[i];
        if (field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_STRING)
            continue;
        free(*(void **)member(request, field->offset));
        *(void **)member(request, field->offset) = NULL;
        *(size_t *)member(request, field->quantifier_offset) = 0;
    }
}

ProtobufCMessage *request_call(struct invocation *invocation,
                               const ProtobufCServiceDescriptor *service, const char *method,
                               ProtobufCMessage *request, int *code) {
    ProtobufCMessage *answer = NULL;
    if (request_fill(invocation, request))
        answer = invocation_call(invocation, service, method, request, code);
    else
        *code = fail(invocation, EXIT_FAILED, "not enough memory");
    request_clear(request);
    return answer;
}
