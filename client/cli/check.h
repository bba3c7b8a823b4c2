// Whether a value given on the command line is what its option or operand takes.
#pragma once

#include "client/cli/invocation.h"

// EXIT_OK, or EXIT_USAGE after telling what is wrong and what would be right.
int check_value(struct invocation *invocation, const char *name, bool is_option,
                enum option_kind kind, const ProtobufCEnumDescriptor *choices, const char *value);

// A day as people type it ("31 Dec 2010", "today") in ISO form, to be freed by the caller; NULL
// when it is none, or without memory.
char *check_copy_day(const char *text);

// Whether a text is a whole number.
bool check_is_number(const char *text, int64_t *number);
