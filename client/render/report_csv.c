#include "client/render/report.h"

#include <string.h>
#include "client/render/csv.h"
#include "client/render/field.h"
#include "client/render/report_head.h"

// Where a column's text comes from.
enum level { HEAD, OBJECTIVE, ACTION, MILESTONE };

static const struct {
    const char *heading;
    enum level level;
    const char *field;
} COLUMNS[] = {
    {"plan", HEAD, "plan"},
    {"as_at", HEAD, "as_at"},
    {"known_at", HEAD, "known_at"},
    {"objective_code", OBJECTIVE, "code"},
    {"objective_heading", OBJECTIVE, "heading"},
    {"objective_title", OBJECTIVE, "title"},
    {"action_reference", ACTION, "reference"},
    {"action", ACTION, "action"},
    {"reference", MILESTONE, "reference"},
    {"milestone", MILESTONE, "milestone"},
    {"who", MILESTONE, "who"},
    {"when", MILESTONE, "when"},
    {"new_when", MILESTONE, "new_when"},
    {"measure", MILESTONE, "measure"},
    {"last_day", MILESTONE, "last_day"},
    {"new_day", MILESTONE, "new_day"},
    {"class", MILESTONE, "milestone_class"},
    {"status", MILESTONE, "status"},
    {"claimed", MILESTONE, "claimed"},
    {"not_yet_due", MILESTONE, "not_yet_due"},
    {"extensions", MILESTONE, "extensions"},
    {"slip_months", MILESTONE, "slip_months"},
};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS };

static bool add_heading(struct buf *out) {
    const char *names[N_COLUMNS];
    for (size_t i = 0; i < N_COLUMNS; i++)
        names[i] = COLUMNS[i].heading;
    return csv_add_row(out, names, N_COLUMNS, CSV_LF);
}

static bool add_row(struct buf *out, const ProtobufCMessage *const levels[]) {
    struct buf cell = {0};
    bool is_added = true;
    for (size_t i = 0; is_added && i < N_COLUMNS; i++) {
        buf_clear(&cell);
        is_added = field_text(&cell, levels[COLUMNS[i].level], COLUMNS[i].field, FIELD_EXACT) &&
                   csv_add_cell(out, buf_len(&cell) == 0 ? "" : (const char *)buf_bytes(&cell),
                                buf_len(&cell), i == 0);
    }
    buf_finish(&cell);
    return is_added && csv_end_row(out, CSV_LF);
}

static bool add_action(struct buf *out, const Shap__V1__ExceptionReport *report,
                       const Shap__V1__ExceptionObjective *objective,
                       const Shap__V1__ExceptionAction *action) {
    for (size_t i = 0; i < action->n_milestones; i++) {
        const ProtobufCMessage *const levels[] = {&report_head(report->head)->base,
                                                  &objective->base, &action->base,
                                                  &action->milestones[i]->base};
        if (!add_row(out, levels))
            return false;
    }
    return true;
}

bool report_csv(const Shap__V1__ExceptionReport *report, struct buf *out) {
    if (!add_heading(out))
        return false;
    for (size_t i = 0; i < report->n_objectives; i++) {
        const Shap__V1__ExceptionObjective *objective = report->objectives[i];
        for (size_t j = 0; j < objective->n_actions; j++) {
            if (!add_action(out, report, objective, objective->actions[j]))
                return false;
        }
    }
    return true;
}
