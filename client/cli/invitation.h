// Invitations, which two nouns issue: person (when somebody is added, or invited again) and token.
// Defined in person.c.
#pragma once

#include "client/cli/command.h"

enum { N_INVITATION_COLUMNS = 4 };

extern const struct column invitation_columns[N_INVITATION_COLUMNS];
extern const struct operand invitation_operands[];
extern const char invitation_hand_over[];

void invitation_after(struct invocation *invocation, const ProtobufCMessage *answer);
