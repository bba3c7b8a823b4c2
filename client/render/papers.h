// The reports that are data: each is a const table in paper_NAME.c, see paper.h.
#pragma once

#include "client/render/paper.h"

extern const struct paper paper_rating;        // RatingReport
extern const struct paper paper_disagreements; // DisagreementReport

extern const struct paper paper_outstanding; // OutstandingReport
extern const struct paper paper_window;      // WindowStatus

extern const struct paper paper_councils;   // CouncilsReport
extern const struct paper paper_extensions; // ExtensionReport
extern const struct paper paper_knock_ons;  // KnockOnReport
extern const struct paper paper_forward;    // ForwardReport
extern const struct paper paper_completed;  // CompletedReport
extern const struct paper paper_account;    // AccountReport
extern const struct paper paper_no_return;  // NoReturnReport
extern const struct paper paper_doubts;     // DoubtReport
extern const struct paper paper_history;    // HistoryReport
extern const struct paper paper_movement;   // MovementReport
extern const struct paper paper_sign_off;   // SignOffReport
extern const struct paper paper_check;      // CheckedReport
