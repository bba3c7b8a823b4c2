// The command line against the command table.
#pragma once

#include "client/cli/invocation.h"

// Finds noun and command and notes what was given to them. EXIT_OK, or EXIT_USAGE when something
// makes no sense (told, with the likely word). Operands and required options are not asked for when
// invocation->wants_help.
int parse_arguments(struct invocation *invocation, int argc, char *const *argv);

// Whether all that a command needs was given, and nothing twice. False with err set to what is
// wrong.
bool parse_is_complete(const struct invocation *invocation, const struct command *command,
                       struct error *err) __attribute__((warn_unused_result));

// The option of that name which can be given to a command (NULL: before one was named), its own or
// one for files, or a general one; NULL when there is none.
const struct option *parse_find_option(const struct command *command, const char *name, size_t len);

// The operand that the i-th word is which is no option; NULL when there is none.
const struct operand *parse_find_operand(const struct command *command, size_t i);
