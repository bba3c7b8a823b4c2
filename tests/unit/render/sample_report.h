// A small exception report made by hand for the renderers' tests: every kind of row, every class,
// two milestones of one action, markup and control characters in texts.
#pragma once

#include "shap/v1/reports.pb-c.h"

// Static; not to be freed or changed.
const Shap__V1__ExceptionReport *sample_report(void);

// A report of a plan in which nothing is an exception, seen in part.
const Shap__V1__ExceptionReport *sample_empty_report(void);
