// Help, made from the command table.
#pragma once

#include "client/cli/invocation.h"

// What `shap` alone prints.
bool usage_add_overview(struct buf *out) __attribute__((warn_unused_result));
// The commands of a noun.
bool usage_add_noun(struct buf *out, const struct noun *noun) __attribute__((warn_unused_result));
// One command with its operands, options and examples.
bool usage_add_command(struct buf *out, const struct noun *noun, const struct command *command)
    __attribute__((warn_unused_result));

// The command's words: "shap milestone show MILESTONE".
bool usage_add_synopsis(struct buf *out, const struct noun *noun, const struct command *command)
    __attribute__((warn_unused_result));

// What an option or operand means: its help, whether it is required, and "first, second" for a
// choice.
bool usage_add_meaning(struct buf *out, const char *help, const ProtobufCEnumDescriptor *choices,
                       bool is_required) __attribute__((warn_unused_result));

// How an option is typed: "--as-at DAY". Returns words.
enum { USAGE_WORDS_SIZE = 80 };
const char *usage_option_words(const struct option *option, char words[USAGE_WORDS_SIZE]);

// The formats a command has: "table, csv".
bool usage_add_formats(struct buf *out, const struct command *command)
    __attribute__((warn_unused_result));
