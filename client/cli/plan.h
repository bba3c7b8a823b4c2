// The commands of `shap plan` that do more than one call; the table is in plan.c.
#pragma once

#include "client/cli/command.h"
#include "client/render/table.h"
#include "shap/v1/plans.pb-c.h"

enum { PLAN_VERSION_N_COLUMNS = 12, PLAN_DOUBT_N_COLUMNS = 8, PLAN_CHANGE_N_COLUMNS = 6 };

// A version of a plan, as import, adopt and versions print it.
extern const struct column plan_version_columns[PLAN_VERSION_N_COLUMNS];

// A doubt, as `shap plan doubts` and `shap doubt settle` print it.
extern const struct column plan_doubt_columns[PLAN_DOUBT_N_COLUMNS];

// A change against an earlier version, as `shap plan import --dry-run` and `shap plan roll` print
// it.
extern const struct column plan_change_columns[PLAN_CHANGE_N_COLUMNS];

// Says what a version that was imported or adopted leaves behind.
void plan_say_left_behind(struct invocation *invocation, const Shap__V1__PlanVersion *version);

int plan_import_run(struct invocation *invocation);
int plan_export_run(struct invocation *invocation);
int plan_roll_run(struct invocation *invocation);
