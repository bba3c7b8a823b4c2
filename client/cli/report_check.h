// shap report check: a written report compared with the plan.
#pragma once

#include "client/cli/command.h"

extern const struct operand report_check_operands[];
extern const struct option report_check_options[];

int report_check_run(struct invocation *invocation);
