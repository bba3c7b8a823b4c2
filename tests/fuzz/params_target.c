// A request's bytes to the parameters of its function: refused with the place, or the parameters
// mean what protobuf-c reads in the same bytes.
//
// Input: two bytes for the message, a byte for the number of changes (0: bytes as they are; else
// changes of the full message).
#include "server/base/buf.h"
#include "server/codec/binary.h"
#include "server/codec/matrix.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "tests/fuzz/contract.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { CHANGES_MAX = 8, ARENA_LIMIT = 1 << 20 };

// ---- do two messages say the same?

static bool is_same_message(const ProtobufCMessage *sent, const ProtobufCMessage *got);

// What is finer than a microsecond is cut off. Of a moment that occurs twice protobuf-c 1.4 forgets
// the earlier seconds or nanos where the later occurrence has none (proto3's members tell it
// nothing of presence): its 0 may be any number. What must come of it, a test of the encoder says.
static bool is_same_moment(const Google__Protobuf__Timestamp *sent,
                           const Google__Protobuf__Timestamp *got) {
    return (sent->seconds == 0 || sent->seconds == got->seconds) &&
           (sent->nanos == 0 || sent->nanos / 1000 == got->nanos / 1000);
}

static bool is_same_value(const ProtobufCFieldDescriptor *field, const void *sent,
                          const void *got) {
    const ProtobufCBinaryData *a = sent, *b = got;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: // a UUID comes back in small letters
        return strcasecmp(*(char *const *)sent, *(char *const *)got) == 0;
    case PROTOBUF_C_TYPE_BYTES:
        return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
    case PROTOBUF_C_TYPE_BOOL:
        return !*(const protobuf_c_boolean *)sent == !*(const protobuf_c_boolean *)got;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return *(const int32_t *)sent == *(const int32_t *)got;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return memcmp(sent, got, 8) == 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (matrix_is_timestamp(field->descriptor))
            return is_same_moment(*(Google__Protobuf__Timestamp *const *)sent,
                                  *(Google__Protobuf__Timestamp *const *)got);
        return is_same_message(*(ProtobufCMessage *const *)sent, *(ProtobufCMessage *const *)got);
    default:
        FUZZ_CHECK(false);
    }
    return false;
}

static size_t value_size(const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return sizeof(void *);
    }
}

static const uint8_t *member(const ProtobufCMessage *message, unsigned offset) {
    return (const uint8_t *)message + offset;
}

static bool is_same_list(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *sent,
                         const ProtobufCMessage *got) {
    size_t n = *(const size_t *)(const void *)member(sent, field->quantifier_offset);
    if (n != *(const size_t *)(const void *)member(got, field->quantifier_offset))
        return false;
    const uint8_t *a = *(uint8_t *const *)(const void *)member(sent, field->offset);
    const uint8_t *b = *(uint8_t *const *)(const void *)member(got, field->offset);
    for (size_t i = 0; i < n; i++)
        if (!is_same_value(field, a + i * value_size(field), b + i * value_size(field)))
            return false;
    return true;
}

// An enum's value 0 says the same as its absence.
static bool is_present(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message) {
    const void *value = member(message, field->offset);
    bool is_pointer =
        field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
    if (is_pointer)
        return *(void *const *)value != NULL;
    bool has = *(const protobuf_c_boolean *)member(message, field->quantifier_offset);
    return has && (field->type != PROTOBUF_C_TYPE_ENUM || *(const int32_t *)value != 0);
}

static bool is_same_message(const ProtobufCMessage *sent, const ProtobufCMessage *got) {
    for (unsigned i = 0; i < sent->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &sent->descriptor->fields[i];
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            if (!is_same_list(field, sent, got))
                return false;
            continue;
        }
        bool has = is_present(field, sent);
        if (has != is_present(field, got))
            return false;
        if (has && !is_same_value(field, member(sent, field->offset), member(got, field->offset)))
            return false;
    }
    return true;
}

// ---- one request

// A refusal begins with a field of the message, or speaks of the whole.
static void check_refusal(const struct contract_message *message, const struct error *err) {
    FUZZ_CHECK(err->is_set);
    bool has_place = strncmp(err->message, "the message ", 12) == 0 ||
                     strncmp(err->message, "the request ", 12) == 0;
    for (unsigned i = 0; i < message->descriptor->n_fields && !has_place; i++) {
        const char *name = message->descriptor->fields[i].name;
        has_place = strncmp(err->message, name, strlen(name)) == 0;
    }
    if (!has_place)
        fprintf(stderr, "%s: %s\n", message->descriptor->name, err->message);
    FUZZ_CHECK(has_place);
}

static void check_values(const struct contract_message *message, struct fuzz_input request,
                         const struct value *values) {
    struct buf out = {0};
    struct error err = {0};
    FUZZ_CHECK(plan_decode(message->answer, values, plan_n_values(message->answer), &out, &err));
    ProtobufCMessage *sent =
        protobuf_c_message_unpack(message->descriptor, NULL, request.len, request.bytes);
    ProtobufCMessage *got =
        protobuf_c_message_unpack(message->descriptor, NULL, buf_len(&out), buf_bytes(&out));
    FUZZ_CHECK(sent != NULL && got != NULL);
    FUZZ_CHECK(is_same_message(sent, got));
    protobuf_c_message_free_unpacked(sent, NULL);
    protobuf_c_message_free_unpacked(got, NULL);
    buf_finish(&out);
}

// As an element of a grouped call the values are the same.
static void check_element(const struct contract_message *message, struct fuzz_input request,
                          const struct value *values, struct arena *arena) {
    struct buf out = {0};
    struct error err = {0};
    struct value columns[PLAN_FIELDS_MAX];
    FUZZ_CHECK(plan_encode_element(message->request, message->shape, NULL, 0, request.bytes,
                                   request.len, arena, &out, &err));
    struct reader reader = {buf_bytes(&out), buf_bytes(&out) + buf_len(&out)};
    FUZZ_CHECK(reader_take_composite(reader, message->shape, columns));
    for (size_t i = 0; i < message->shape->n_fields; i++) {
        FUZZ_CHECK(columns[i].len == values[i].len);
        FUZZ_CHECK(values[i].len <= 0 ||
                   memcmp(columns[i].bytes, values[i].bytes, (size_t)values[i].len) == 0);
    }
    buf_finish(&out);
}

static void run(const struct contract_message *message, struct fuzz_input request) {
    struct value values[PLAN_FIELDS_MAX];
    struct error err = {0};
    struct arena arena, element_arena;
    arena_init(&arena, ARENA_LIMIT);
    arena_init(&element_arena, 2 * ARENA_LIMIT);
    if (plan_encode(message->request, request.bytes, request.len, &arena, values, &err)) {
        check_values(message, request, values);
        check_element(message, request, values, &element_arena);
    } else {
        check_refusal(message, &err);
    }
    arena_finish(&arena);
    arena_finish(&element_arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct fuzz_input input = {bytes, len};
    unsigned number = (unsigned)fuzz_byte(&input) << 8;
    const struct contract_message *message = contract_message(number | fuzz_byte(&input));
    uint8_t n_changes = fuzz_byte(&input) % (CHANGES_MAX + 1);
    if (n_changes == 0) {
        run(message, input);
        return 0;
    }
    struct fuzz_input request = message->full;
    uint8_t *held = NULL;
    for (uint8_t i = 0; i < n_changes; i++) {
        uint8_t *changed = contract_change(&input, request, &request.len);
        free(held);
        request.bytes = held = changed;
    }
    run(message, request);
    free(held);
    return 0;
}
