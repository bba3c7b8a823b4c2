// What every report begins and ends with: the plan, the day, who sees what, and what it was made
// of. Used by report*.c and paper.c.
#pragma once

#include <stdbool.h>
#include "client/render/document.h"
#include "client/render/words.h"
#include "shap/v1/reports.pb-c.h"

// The heading, or an empty one for a report without.
const Shap__V1__ReportHead *report_head(const Shap__V1__ReportHead *head);

// The plan as the paper calls it: its title, with the year unless it is in it.
void report_add_plan_name(struct words *words, const Shap__V1__ReportHead *head);

// Adds the title: the plan's name and what kind of report it is, in capitals.
void report_put_title(struct document *document, const Shap__V1__ReportHead *head,
                      const char *kind);

// Adds council, officers and days as facts and, where the report covers a part of the plan only, a
// notice that says of how many milestones, and which.
void report_put_head(struct document *document, const Shap__V1__ReportHead *head);

// Adds the paragraph that says what the report was made of.
void report_put_origin(struct document *document, const Shap__V1__ReportHead *head);

// The text made so far becomes a block, or an item of a list, and words is empty again.
void report_put(struct document *document, struct words *words, enum block_kind kind,
                const char *label);
void report_put_item(struct document *document, struct words *words);

// What an absent text is written as.
static inline const char *report_text_or(const char *text, const char *otherwise) {
    return text == NULL || text[0] == '\0' ? otherwise : text;
}
