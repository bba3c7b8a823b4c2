// The commands of `shap return` that do more than one call; the table is in return.c.
#pragma once

#include "client/cli/command.h"
#include "client/render/table.h"
#include "shap/v1/returns.pb-c.h"

enum { RETURN_RECEIPT_N_COLUMNS = 5, RETURN_N_LIST_COLUMNS = 11 };

// A receipt, as submit prints it.
extern const struct column return_receipt_columns[RETURN_RECEIPT_N_COLUMNS];

// A return in a list, as `shap return list` and `shap review list` print it.
extern const struct column return_list_columns[RETURN_N_LIST_COLUMNS];

int return_submit_run(struct invocation *invocation);

// Submits the returns of a file, many in flight; prints their receipts in the file's order and
// tells of each row that was refused.
int return_submit_file(struct invocation *invocation, const char *path);

// Lists the returns that the request, filled from the command line, asks for; *n is how many.
int return_print_list(struct invocation *invocation, Shap__V1__ListReturnsRequest *request);
