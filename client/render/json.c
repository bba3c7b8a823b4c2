#include "client/render/json.h"

#include <math.h>
#include "client/render/field.h"
#include "client/render/text.h"

enum { INDENT = 2, ONE_LINE = -1 };

static bool add_character(struct buf *out, uint32_t character) {
    switch (character) {
    case '"':
        return buf_append(out, "\\\"", 2);
    case '\\':
        return buf_append(out, "\\\\", 2);
    case '\n':
        return buf_append(out, "\\n", 2);
    case '\r':
        return buf_append(out, "\\r", 2);
    case '\t':
        return buf_append(out, "\\t", 2);
    default:
        break;
    }
    if (text_is_unsafe(character))
        return buf_format(out, "\\u%04x", (unsigned)character);
    return text_append(out, character);
}

bool json_add_string(struct buf *out, const char *text, size_t len) {
    if (!buf_append(out, "\"", 1))
        return false;
    for (size_t i = 0; i < len;) {
        uint32_t character;
        i += text_decode(text + i, len - i, &character);
        if (!add_character(out, character))
            return false;
    }
    return buf_append(out, "\"", 1);
}

static bool add_line(struct buf *out, int level) {
    if (level == ONE_LINE)
        return true;
    return buf_format(out, "\n%*s", level * INDENT, "");
}

static int below(int level) {
    return level == ONE_LINE ? ONE_LINE : level + 1;
}

static bool is_bare(const ProtobufCFieldDescriptor *field, const void *value) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return false;
    case PROTOBUF_C_TYPE_ENUM:
        return protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value) == NULL;
    default:
        return true;
    }
}

static bool has_no_json(const ProtobufCFieldDescriptor *field, const void *value) {
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        char label[FIELD_LABEL_SIZE];
        return *field_enum_label(field->descriptor, *(const int *)value, label) == '\0';
    }
    if (field->type == PROTOBUF_C_TYPE_DOUBLE)
        return !isfinite(*(const double *)value);
    return field->type == PROTOBUF_C_TYPE_FLOAT && !isfinite(*(const float *)value);
}

static bool add_value(struct buf *out, const ProtobufCFieldDescriptor *field, const void *value,
                      int level) {
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && !field_is_timestamp(field))
        return json_add_message(out, *(const ProtobufCMessage *const *)value, level);
    if (has_no_json(field, value))
        return buf_append_text(out, "null");
    if (is_bare(field, value))
        return field_value_text(out, field, value, FIELD_EXACT);
    struct buf text = {0};
    bool is_added = field_value_text(&text, field, value, FIELD_EXACT) &&
                    json_add_string(out, (const char *)buf_bytes(&text), buf_len(&text));
    buf_finish(&text);
    return is_added;
}

static bool add_array(struct buf *out, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, int level) {
    size_t n = field_count(message, field);
    if (n == 0)
        return buf_append(out, "[]", 2);
    if (!buf_append(out, "[", 1))
        return false;
    for (size_t i = 0; i < n; i++) {
        if ((i > 0 && !buf_append(out, ",", 1)) || !add_line(out, below(level)) ||
            !add_value(out, field, field_value(message, field, i), below(level)))
            return false;
    }
    return add_line(out, level) && buf_append(out, "]", 1);
}

static bool add_field(struct buf *out, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, int level) {
    if (!buf_format(out, "\"%s\":%s", field->name, level == ONE_LINE ? "" : " "))
        return false;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return add_array(out, message, field, level);
    if (!field_is_present(message, field))
        return buf_append_text(out, "null");
    return add_value(out, field, field_value(message, field, 0), level);
}

bool json_add_message(struct buf *out, const ProtobufCMessage *message, int level) {
    const ProtobufCMessageDescriptor *type = message->descriptor;
    if (type->n_fields == 0)
        return buf_append(out, "{}", 2);
    if (!buf_append(out, "{", 1))
        return false;
    for (unsigned i = 0; i < type->n_fields; i++) {
        if ((i > 0 && !buf_append(out, ",", 1)) || !add_line(out, below(level)) ||
            !add_field(out, message, &type->fields[i], below(level)))
            return false;
    }
    return add_line(out, level) && buf_append(out, "}", 1);
}
