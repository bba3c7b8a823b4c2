// The commands of `shap report` about what is published; the table is in report.c.
#pragma once

#include "client/cli/command.h"
#include "client/render/table.h"
#include "shap/v1/publications.pb-c.h"

enum { REPORT_PUBLICATION_N_COLUMNS = 17, REPORT_ARRIVAL_N_COLUMNS = 9 };

extern const struct column report_publication_columns[REPORT_PUBLICATION_N_COLUMNS];
extern const struct column report_arrival_columns[REPORT_ARRIVAL_N_COLUMNS];

extern const struct operand report_publish_operands[];
extern const struct operand report_publication_operands[]; // PUBLICATION
extern const struct option report_publish_options[];
extern const struct option report_publications_options[];
extern const struct option report_published_options[];
extern const struct option report_withdraw_options[];

void report_publish_after(struct invocation *invocation, const ProtobufCMessage *answer);
void report_withdraw_after(struct invocation *invocation, const ProtobufCMessage *answer);
int report_publications_run(struct invocation *invocation);
int report_published_run(struct invocation *invocation);
int report_since_run(struct invocation *invocation);
int report_reproduce_run(struct invocation *invocation);
int report_verify_run(struct invocation *invocation);
