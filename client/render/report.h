// The exception report in the committee's layout, in every format.
//
// Pure renderings of the message: the same message gives the same bytes. The sentences of the paper
// are composed from the message's own figures; a claim that the records do not bear out is printed
// as such, with the milestones it fails on. A reader who sees only a part of the plan is told so at
// the top.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "client/render/document.h"
#include "server/base/buf.h"
#include "shap/v1/reports.pb-c.h"

// Composes the paper: heading, summary, recommendation, introduction, exceptions, conclusion,
// Appendix A (the exceptions by objective) and Appendix B (the account). document is initialised
// and empty; the caller checks document_is_whole.
void report_compose(const Shap__V1__ExceptionReport *report, struct document *document);

// The parts before and after Appendix A, used by report_compose.
void report_compose_sections(const Shap__V1__ExceptionReport *report, struct document *document);
void report_compose_account(const Shap__V1__ExceptionReport *report, struct document *document);

// Appended to out; false without memory. width: of the terminal, at least DOCUMENT_WIDTH_MIN.
bool report_text(const Shap__V1__ExceptionReport *report, size_t width, struct buf *out)
    __attribute__((warn_unused_result));
bool report_markdown(const Shap__V1__ExceptionReport *report, struct buf *out)
    __attribute__((warn_unused_result));
bool report_html(const Shap__V1__ExceptionReport *report, struct buf *out)
    __attribute__((warn_unused_result));

// The message itself, every field by its proto name.
bool report_json(const Shap__V1__ExceptionReport *report, struct buf *out)
    __attribute__((warn_unused_result));

// One row an exception, in the order of the plan, under the columns
//   plan, as_at, known_at, objective_code, objective_heading, objective_title, action_reference,
//   action, reference, milestone, who, when, new_when, measure, last_day, new_day, class, status,
//   claimed, not_yet_due, extensions, slip_months
// which stay as they are: new ones are added at the end. Days are ISO 8601, lines end in LF.
bool report_csv(const Shap__V1__ExceptionReport *report, struct buf *out)
    __attribute__((warn_unused_result));
