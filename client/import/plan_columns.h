// The columns of a plan's document: one list for reading and for writing it.
#pragma once

#include <stddef.h>
#include "client/import/csv_reader.h"
#include "shap/v1/plans.pb-c.h"

enum { PLAN_N_COLUMNS = 11 };

// In the order of the canonical form.
extern const struct csv_column plan_columns[PLAN_N_COLUMNS];

// Where the i-th column's cell stands in a row.
char **plan_row_cell(Shap__V1__PlanRow *row, size_t i);
