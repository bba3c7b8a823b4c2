// The commands of `shap report` that compare: days with one another, and councils. The table is in
// report.c.
#pragma once

#include "client/cli/command.h"
#include "shap/v1/comparisons.pb-c.h"

extern const struct option report_councils_options[];
extern const struct option report_movement_options[];

void report_movement_after(struct invocation *invocation, const ProtobufCMessage *answer);
