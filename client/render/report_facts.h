// Figures and phrases that the parts of the exception report share. Used by report*.c only.
#pragma once

#include <stdbool.h>
#include "client/render/report_head.h"
#include "shap/v1/reports.pb-c.h"

// Which of the exceptions are meant.
typedef bool (*report_filter)(const Shap__V1__ExceptionMilestone *milestone);

// How many of the exceptions are listed.
int report_count(const Shap__V1__ExceptionReport *report, report_filter is_listed);

// Adds their references as a list: "SH2.7/6/1, SH2.7/8/1 and SH3.3/1/1".
void report_add_references(struct words *words, const Shap__V1__ExceptionReport *report,
                           report_filter is_listed);

bool report_is_overdue(const Shap__V1__ExceptionMilestone *milestone);
bool report_is_re_dated(const Shap__V1__ExceptionMilestone *milestone);
bool report_is_undeliverable(const Shap__V1__ExceptionMilestone *milestone);
bool report_is_early(const Shap__V1__ExceptionMilestone *milestone); // not yet due by the plan
bool report_is_claimed(const Shap__V1__ExceptionMilestone *milestone);

// The milestones of a class in the account.
int report_class_count(const Shap__V1__ExceptionReport *report, Shap__V1__MilestoneClass class);

// "re-dated", "will not be delivered"; "" for what is not a class.
const char *report_class_name(Shap__V1__MilestoneClass class);

// Whether part stands in text, white space left out of account: headings are full of it.
bool report_contains(const char *text, const char *part);
