#include "client/import/plan_columns.h"

#include "client/import/plan_file.h"
#include "client/render/csv.h"

const struct csv_column plan_columns[PLAN_N_COLUMNS] = {
    {"objective_code", true}, {"objective_heading", false}, {"objective_title", false},
    {"purpose", false},       {"action_no", true},          {"action", true},
    {"milestone_no", true},   {"milestone", true},          {"who", true},
    {"when", true},           {"measure", false},
};

static const size_t OFFSETS[PLAN_N_COLUMNS] = {
    offsetof(Shap__V1__PlanRow, objective_code),
    offsetof(Shap__V1__PlanRow, objective_heading),
    offsetof(Shap__V1__PlanRow, objective_title),
    offsetof(Shap__V1__PlanRow, purpose),
    offsetof(Shap__V1__PlanRow, action_no),
    offsetof(Shap__V1__PlanRow, action),
    offsetof(Shap__V1__PlanRow, milestone_no),
    offsetof(Shap__V1__PlanRow, milestone),
    offsetof(Shap__V1__PlanRow, who),
    offsetof(Shap__V1__PlanRow, when),
    offsetof(Shap__V1__PlanRow, measure),
};

char **plan_row_cell(Shap__V1__PlanRow *row, size_t i) {
    return (char **)(void *)((char *)row + OFFSETS[i]);
}

bool plan_file_add_heading(struct buf *out) {
    const char *names[PLAN_N_COLUMNS];
    for (size_t i = 0; i < PLAN_N_COLUMNS; i++)
        names[i] = plan_columns[i].name;
    return csv_add_row(out, names, PLAN_N_COLUMNS, CSV_CRLF);
}

bool plan_file_add_row(struct buf *out, const Shap__V1__PlanRow *row) {
    const char *cells[PLAN_N_COLUMNS];
    Shap__V1__PlanRow copy = *row;
    for (size_t i = 0; i < PLAN_N_COLUMNS; i++)
        cells[i] = *plan_row_cell(&copy, i);
    return csv_add_row(out, cells, PLAN_N_COLUMNS, CSV_CRLF);
}
