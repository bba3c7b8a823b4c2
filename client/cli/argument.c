#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/check.h"
#include "client/cli/invocation.h"
#include "client/render/field.h"

const char *argument_text(const struct invocation *invocation, const char *name) {
    return invocation_find(invocation, name);
}

bool argument_flag(const struct invocation *invocation, const char *name) {
    return invocation_find(invocation, name) != NULL;
}

bool argument_number(const struct invocation *invocation, const char *name, int64_t *number) {
    const char *text = invocation_find(invocation, name);
    return text != NULL && check_is_number(text, number);
}

static const ProtobufCEnumDescriptor *choices_of(const struct command *command, const char *name) {
    for (const struct option *at = command->options; at != NULL && at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0)
            return at->choices;
    }
    for (const struct operand *at = command->operands; at != NULL && at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0)
            return at->choices;
    }
    return NULL;
}

int argument_choice(const struct invocation *invocation, const char *name) {
    int value = 0;
    const char *text = invocation_find(invocation, name);
    const ProtobufCEnumDescriptor *choices = choices_of(invocation->command, name);
    assert(choices != NULL);
    if (text == NULL || !field_enum_parse(choices, text, &value))
        return 0;
    return value;
}

size_t argument_count(const struct invocation *invocation, const char *name) {
    size_t n = 0;
    for (size_t i = 0; i < invocation->n_given; i++)
        n += strcmp(invocation->given[i].name, name) == 0;
    return n;
}

const char *argument_at(const struct invocation *invocation, const char *name, size_t i) {
    for (size_t at = 0; at < invocation->n_given; at++) {
        if (strcmp(invocation->given[at].name, name) == 0 && i-- == 0)
            return invocation->given[at].value;
    }
    return NULL;
}
