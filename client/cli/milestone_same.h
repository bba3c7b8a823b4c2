// Milestones that are the same work: the tables of `shap milestone same` and `different`, whose
// entries are in milestone.c.
#pragma once

#include "client/cli/command.h"
#include "client/render/table.h"

enum { SAME_WORK_N_COLUMNS = 8 };

extern const struct column same_work_columns[SAME_WORK_N_COLUMNS];
extern const struct operand milestone_same_operands[];
extern const struct option milestone_same_options[];
extern const struct operand milestone_different_operands[];
extern const struct option milestone_different_options[];

// Declares milestones the same work or, where none was typed, lists what is declared.
int milestone_same_run(struct invocation *invocation);
void milestone_different_after(struct invocation *invocation, const ProtobufCMessage *answer);
