// Whether a value given on the command line is what its option or operand takes.
#pragma once

#include "client/cli/invocation.h"

// Whether value is of that kind. False with err set to what is wrong, after what it is shown as
// ("--day", "column day"), and what would be right.
bool check_text(const char *shown, enum option_kind kind, const ProtobufCEnumDescriptor *choices,
                const char *value, struct error *err) __attribute__((warn_unused_result));

// The same of what was typed: EXIT_OK, or EXIT_USAGE after telling.
int check_value(struct invocation *invocation, const char *name, bool is_option,
                enum option_kind kind, const ProtobufCEnumDescriptor *choices, const char *value);

// Whether a value of that kind that was checked is a day, kept in ISO form however it was typed.
bool check_is_day(enum option_kind kind, const char *value);

// A day as people type it ("31 Dec 2010", "yesterday") in ISO form, to be freed by the caller;
// today, in ISO form, is what it is counted from. NULL when it is none, or without memory.
char *check_copy_day(const char *text, const char *today);

// Whether a text is a whole number.
bool check_is_number(const char *text, int64_t *number);
