// Many acts from a file: a command's unary call, made for each row of a CSV file, one after another
// in the order of the file, so that what depends on an earlier row finds it done. Each row is
// answered on its own; see `shap help bulk`.
#pragma once

#include "client/cli/command.h"

// Does it for the command, whose answers are listed by its columns. Returns the exit code:
// EXIT_PARTLY when some rows were refused, EXIT_FAILED when all were or the file makes no sense.
int bulk_run(struct invocation *invocation, const struct command *command, const char *path);

// What `import` commands do: bulk_run with the noun's `add` and the operand FILE.
int bulk_import_run(struct invocation *invocation);
extern const struct operand bulk_import_operands[];
