// The rows of a CSV file as what could have been typed: each is given to a command as if its cells
// were the command's operands and options. Used by bulk only. No network.
//
// A column is called like an option or operand, or like the field of the request that it fills;
// empty cells are not given. What is typed beside the file holds for the rows whose cell is empty.
#pragma once

#include "client/cli/invocation.h"
#include "server/base/arena.h"

struct bulk_row {
    int line;
    struct given *given; // what the cells say, and what was typed; in the arena
    size_t n_given;
    struct error problem; // set: the row cannot be sent, and why
};

struct bulk_rows {
    struct arena arena;    // all texts
    struct bulk_row *rows; // owned
    size_t n;
};

// Reads a whole file for a command whose call takes `request`. False with err set: it is not CSV,
// is too large, or has no column for what the command needs and was not typed. rows is finished by
// bulk_rows_finish either way.
bool bulk_rows_read(struct bulk_rows *rows, struct invocation *invocation,
                    const struct command *command, const ProtobufCMessageDescriptor *request,
                    const char *path, struct error *err) __attribute__((warn_unused_result));
void bulk_rows_finish(struct bulk_rows *rows);

// The invocation as it would be if the row had been typed. It borrows everything and is not
// finished.
struct invocation bulk_row_typed(const struct bulk_row *row, const struct invocation *invocation,
                                 const struct command *command);
