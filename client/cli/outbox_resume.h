// `shap outbox resume`: sends what waits, under the ids it has.
#pragma once

#include "client/cli/command.h"
#include "shap/client/outbox.pb-c.h"

int outbox_resume_run(struct invocation *invocation);

// Whether the operand ID names the return: its id, or four characters or more it begins with.
bool outbox_is_named(const char *name, const Shap__Client__Waiting *entry);

// Whether it is one of those named by the operand, which are all where there is none.
bool outbox_is_chosen(const struct invocation *invocation, const Shap__Client__Waiting *entry);
