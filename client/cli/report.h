// What the table of report.c refers to, in the files report_*.c.
#pragma once

#include "client/cli/command.h"

// report_exceptions.c
int report_run_exceptions(struct invocation *invocation);

// report_lists.c: what was found, and what to do next
void report_after_extensions(struct invocation *invocation, const ProtobufCMessage *answer);
void report_after_forward(struct invocation *invocation, const ProtobufCMessage *answer);
void report_after_completed(struct invocation *invocation, const ProtobufCMessage *answer);
void report_after_account(struct invocation *invocation, const ProtobufCMessage *answer);
void report_after_no_return(struct invocation *invocation, const ProtobufCMessage *answer);
void report_after_doubts(struct invocation *invocation, const ProtobufCMessage *answer);
void report_after_history(struct invocation *invocation, const ProtobufCMessage *answer);

// report_rating.c
void report_after_rating(struct invocation *invocation, const ProtobufCMessage *answer);
void report_after_disagreements(struct invocation *invocation, const ProtobufCMessage *answer);
