#include "client/render/field.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *member(const ProtobufCMessage *message, size_t offset) {
    return (const char *)message + offset;
}

static bool is_pointer(const ProtobufCFieldDescriptor *field) {
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
}

static size_t value_size(const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    default:
        return 4;
    }
}

size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(const void *)member(message, field->quantifier_offset);
    if (is_pointer(field))
        return *(const void *const *)(const void *)member(message, field->offset) != NULL;
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL)
        return *(const protobuf_c_boolean *)member(message, field->quantifier_offset) != 0;
    return 1;
}

bool field_is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    return field_count(message, field) > 0;
}

const void *field_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                        size_t i) {
    assert(i < field_count(message, field));
    const char *at = member(message, field->offset);
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return at;
    return *(const char *const *)(const void *)at + i * value_size(field);
}

bool field_is_timestamp(const ProtobufCFieldDescriptor *field) {
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return false;
    const ProtobufCMessageDescriptor *type = field->descriptor;
    return strcmp(type->name, "google.protobuf.Timestamp") == 0;
}

// The prefix that all labels of an enum share: the name of value 0 without its last word
// ("RETURN_STATUS_UNSPECIFIED" gives "RETURN_STATUS_"), when every name begins with it.
static size_t prefix_len(const ProtobufCEnumDescriptor *type) {
    const char *first = type->values[0].name;
    const char *last = strrchr(first, '_');
    size_t len = last == NULL ? 0 : (size_t)(last - first) + 1;
    for (unsigned i = 0; i < type->n_values; i++) {
        if (strncmp(type->values[i].name, first, len) != 0)
            return 0;
    }
    return len;
}

const char *field_enum_label(const ProtobufCEnumDescriptor *type, int value,
                             char label[FIELD_LABEL_SIZE]) {
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
    size_t prefix = prefix_len(type);
    label[0] = '\0';
    if (value == 0 && prefix > 0)
        return label;
    if (found == NULL) {
        snprintf(label, FIELD_LABEL_SIZE, "%d", value);
        return label;
    }
    size_t len = 0;
    for (const char *from = found->name + prefix; *from != '\0' && len < FIELD_LABEL_SIZE - 1;
         from++)
        label[len++] = (char)tolower((unsigned char)*from);
    label[len] = '\0';
    return label;
}

const char *field_enum_word(const ProtobufCEnumDescriptor *type, int value,
                            char label[FIELD_LABEL_SIZE]) {
    field_enum_label(type, value, label);
    for (char *at = label; *at != '\0'; at++) {
        if (*at == '_')
            *at = '-';
    }
    return label;
}

static char plain(char c) {
    return c == '-' || c == ' ' ? '_' : (char)tolower((unsigned char)c);
}

static bool is_same_label(const char *label, const char *text) {
    while (*label != '\0' && *label == plain(*text)) {
        label++;
        text++;
    }
    return *label == '\0' && *text == '\0';
}

bool field_enum_parse(const ProtobufCEnumDescriptor *type, const char *text, int *value) {
    for (unsigned i = 0; i < type->n_values; i++) {
        char label[FIELD_LABEL_SIZE];
        if (type->values[i].value == 0 && prefix_len(type) > 0)
            continue;
        if (is_same_label(field_enum_label(type, type->values[i].value, label), text)) {
            *value = type->values[i].value;
            return true;
        }
    }
    return false;
}

// Days since 1970-01-01 to year, month and day of the proleptic Gregorian calendar; the year begins
// in March, so that the leap day is its last (Hinnant, "chrono-compatible low-level date
// algorithms").
static void civil(int64_t days, int64_t *year, int *month, int *day) {
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static void append_decimals(char *text, int32_t nanos) {
    size_t len = strlen(text);
    if (nanos % 1000000 == 0)
        snprintf(text + len, FIELD_TIME_SIZE - len, ".%03" PRId32, nanos / 1000000);
    else if (nanos % 1000 == 0)
        snprintf(text + len, FIELD_TIME_SIZE - len, ".%06" PRId32, nanos / 1000);
    else
        snprintf(text + len, FIELD_TIME_SIZE - len, ".%09" PRId32, nanos);
}

const char *field_time(int64_t seconds, int32_t nanos, enum field_style style,
                       char text[FIELD_TIME_SIZE]) {
    const int64_t first = INT64_C(-62135596800), last = INT64_C(253402300799);
    text[0] = '\0';
    if (seconds < first || seconds > last || nanos < 0 || nanos > 999999999)
        return text;
    int64_t days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
    int64_t rest = seconds - days * 86400;
    int64_t year;
    int month, day;
    civil(days, &year, &month, &day);
    int hour = (int)(rest / 3600), minute = (int)(rest / 60 % 60), second = (int)(rest % 60);
    if (style == FIELD_FRIENDLY) {
        snprintf(text, FIELD_TIME_SIZE, "%04" PRId64 "-%02d-%02d %02d:%02d", year, month, day, hour,
                 minute);
        return text;
    }
    snprintf(text, FIELD_TIME_SIZE, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d", year, month, day,
             hour, minute, second);
    if (nanos != 0)
        append_decimals(text, nanos);
    size_t len = strlen(text);
    snprintf(text + len, FIELD_TIME_SIZE - len, "Z");
    return text;
}

static bool timestamp_text(struct buf *out, const ProtobufCMessage *time, enum field_style style) {
    int64_t seconds = 0;
    int32_t nanos = 0;
    const ProtobufCFieldDescriptor *of_seconds =
        protobuf_c_message_descriptor_get_field_by_name(time->descriptor, "seconds");
    const ProtobufCFieldDescriptor *of_nanos =
        protobuf_c_message_descriptor_get_field_by_name(time->descriptor, "nanos");
    assert(of_seconds != NULL && of_nanos != NULL);
    if (field_is_present(time, of_seconds))
        memcpy(&seconds, field_value(time, of_seconds, 0), sizeof seconds);
    if (field_is_present(time, of_nanos))
        memcpy(&nanos, field_value(time, of_nanos, 0), sizeof nanos);
    char text[FIELD_TIME_SIZE];
    return buf_append_text(out, field_time(seconds, nanos, style, text));
}

static bool enum_text(struct buf *out, const ProtobufCEnumDescriptor *type, int value,
                      enum field_style style) {
    char label[FIELD_LABEL_SIZE];
    field_enum_label(type, value, label);
    for (char *at = label; style == FIELD_FRIENDLY && *at != '\0'; at++) {
        if (*at == '_')
            *at = ' ';
    }
    return buf_append_text(out, label);
}

static bool bytes_text(struct buf *out, const ProtobufCBinaryData *bytes) {
    static const char digits[] = "0123456789abcdef";
    if (bytes->len == 0)
        return true;
    uint8_t *to = buf_reserve(out, bytes->len * 2);
    if (to == NULL)
        return false;
    for (size_t i = 0; i < bytes->len; i++) {
        to[2 * i] = (uint8_t)digits[bytes->data[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[bytes->data[i] & 15];
    }
    buf_commit(out, bytes->len * 2);
    return true;
}

// The shortest decimal text that reads back as the same number.
static bool number_text(struct buf *out, double number) {
    char text[32];
    if (!isfinite(number))
        return true;
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return buf_append_text(out, text);
}

static bool bool_text(struct buf *out, bool value, enum field_style style) {
    if (style == FIELD_FRIENDLY)
        return buf_append_text(out, value ? "yes" : "no");
    return buf_append_text(out, value ? "true" : "false");
}

bool field_value_text(struct buf *out, const ProtobufCFieldDescriptor *field, const void *value,
                      enum field_style style) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(const char *const *)value;
        return buf_append_text(out, text);
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        assert(field_is_timestamp(field));
        return timestamp_text(out, *(const ProtobufCMessage *const *)value, style);
    case PROTOBUF_C_TYPE_BYTES:
        return bytes_text(out, value);
    case PROTOBUF_C_TYPE_BOOL:
        return bool_text(out, *(const protobuf_c_boolean *)value != 0, style);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_text(out, field->descriptor, *(const int *)value, style);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return buf_format(out, "%" PRId32, *(const int32_t *)value);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return buf_format(out, "%" PRIu32, *(const uint32_t *)value);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return buf_format(out, "%" PRId64, *(const int64_t *)value);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return buf_format(out, "%" PRIu64, *(const uint64_t *)value);
    case PROTOBUF_C_TYPE_FLOAT:
        return number_text(out, (double)*(const float *)value);
    case PROTOBUF_C_TYPE_DOUBLE:
        return number_text(out, *(const double *)value);
    }
    return true;
}

static bool all_values_text(struct buf *out, const ProtobufCMessage *message,
                            const ProtobufCFieldDescriptor *field, enum field_style style) {
    size_t n = field_count(message, field);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && !buf_append_text(out, "; "))
            return false;
        if (!field_value_text(out, field, field_value(message, field, i), style))
            return false;
    }
    return true;
}

bool field_text(struct buf *out, const ProtobufCMessage *message, const char *path,
                enum field_style style) {
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        char name[64];
        assert((size_t)(dot - path) < sizeof name);
        memcpy(name, path, (size_t)(dot - path));
        name[dot - path] = '\0';
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
        assert(field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE &&
               field->label != PROTOBUF_C_LABEL_REPEATED);
        if (!field_is_present(message, field))
            return true;
        message = *(const ProtobufCMessage *const *)field_value(message, field, 0);
        path = dot + 1;
    }
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, path);
    assert(field != NULL);
    return all_values_text(out, message, field, style);
}
