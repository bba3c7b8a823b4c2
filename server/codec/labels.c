#include "server/codec/labels.h"

#include <ctype.h>
#include <string.h>

enum { PREFIX_SIZE = 128 };

// A new word begins at a capital that follows a small letter or a digit, or is followed by a small
// letter.
static bool begins_word(const char *name, size_t i) {
    if (i == 0 || !isupper((unsigned char)name[i]))
        return false;
    return !isupper((unsigned char)name[i - 1]) || islower((unsigned char)name[i + 1]);
}

// "ReturnStatus" to "RETURN_STATUS_".
static bool make_prefix(const char *name, char prefix[PREFIX_SIZE]) {
    size_t n = 0;
    for (size_t i = 0; name[i]; i++) {
        if (n + 3 >= PREFIX_SIZE)
            return false;
        if (begins_word(name, i))
            prefix[n++] = '_';
        prefix[n++] = (char)toupper((unsigned char)name[i]);
    }
    prefix[n++] = '_';
    prefix[n] = '\0';
    return true;
}

// The part of a value's name that is its label; NULL when the prefix is missing.
static const char *after_prefix(const char *name, const char *prefix) {
    size_t len = strlen(prefix);
    return strncmp(name, prefix, len) == 0 ? name + len : NULL;
}

static bool is_same_label(const char *upper, const char *label) {
    size_t i = 0;
    while (upper[i] && tolower((unsigned char)upper[i]) == (unsigned char)label[i])
        i++;
    return upper[i] == '\0' && label[i] == '\0';
}

static const char *find_label(const struct shape *shape, const char *upper) {
    for (size_t i = 0; i < shape->n_fields; i++)
        if (is_same_label(upper, shape->labels[i]))
            return shape->labels[i];
    return NULL;
}

static bool add_value(const ProtobufCEnumDescriptor *enumeration, size_t index, const char *prefix,
                      const struct shape *shape, struct label *label, struct error *err) {
    const ProtobufCEnumValue *value = &enumeration->values[index];
    const char *upper = after_prefix(value->name, prefix);
    if (!upper)
        return error_set(err, "proto %s.%s does not begin with %s", enumeration->name, value->name,
                         prefix);
    const char *text = find_label(shape, upper);
    if (!text)
        return error_set(err, "proto %s.%s has no label in sql enum %s", enumeration->name,
                         value->name, shape->name);
    *label = (struct label){.number = value->value, .len = strlen(text), .text = text};
    return true;
}

static bool is_unspecified(const ProtobufCEnumValue *value, const char *prefix) {
    const char *upper = after_prefix(value->name, prefix);
    return upper && strcmp(upper, "UNSPECIFIED") == 0;
}

static bool has_value_for(const struct labels *labels, const char *text) {
    return labels_find_text(labels, (const uint8_t *)text, strlen(text)) != NULL;
}

static bool is_complete(const ProtobufCEnumDescriptor *enumeration, const struct labels *labels,
                        const struct shape *shape, struct error *err) {
    for (size_t i = 0; i < shape->n_fields; i++)
        if (!has_value_for(labels, shape->labels[i]))
            return error_set(err, "sql label '%s' of %s has no value in proto enum %s",
                             shape->labels[i], shape->name, enumeration->name);
    return true;
}

static bool fill(struct labels *labels, struct label *list,
                 const ProtobufCEnumDescriptor *enumeration, const struct shape *shape,
                 struct error *err) {
    char prefix[PREFIX_SIZE];
    if (!make_prefix(enumeration->short_name, prefix))
        return error_set(err, "the name of proto enum %s is too long", enumeration->name);
    for (size_t i = 0; i < enumeration->n_values; i++) {
        const ProtobufCEnumValue *value = &enumeration->values[i];
        if (value->value == 0 && is_unspecified(value, prefix))
            continue;
        if (value->value == 0)
            return error_set(err, "proto %s.%s = 0 must be %sUNSPECIFIED", enumeration->name,
                             value->name, prefix);
        struct label *label = &list[labels->n_labels];
        if (!add_value(enumeration, i, prefix, shape, label, err))
            return false;
        labels->n_labels++;
        if (label->len > labels->text_max)
            labels->text_max = label->len;
    }
    return is_complete(enumeration, labels, shape, err);
}

const struct labels *labels_compile(struct arena *arena, const ProtobufCEnumDescriptor *enumeration,
                                    const struct shape *shape, struct error *err) {
    struct labels *labels = arena_calloc(arena, 1, sizeof *labels);
    struct label *list = arena_calloc(arena, enumeration->n_values, sizeof *list);
    if (!labels || !list) {
        error_set(err, "out of memory");
        return NULL;
    }
    labels->labels = list;
    return fill(labels, list, enumeration, shape, err) ? labels : NULL;
}

const struct label *labels_find_number(const struct labels *labels, int64_t number) {
    size_t guess = (size_t)(number - 1);
    if (number >= 1 && guess < labels->n_labels && labels->labels[guess].number == number)
        return &labels->labels[guess];
    for (size_t i = 0; i < labels->n_labels; i++)
        if (labels->labels[i].number == number)
            return &labels->labels[i];
    return NULL;
}

const struct label *labels_find_text(const struct labels *labels, const uint8_t *text, size_t len) {
    for (size_t i = 0; i < labels->n_labels; i++) {
        const struct label *label = &labels->labels[i];
        if (label->len == len && memcmp(label->text, text, len) == 0)
            return label;
    }
    return NULL;
}
