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
