#include "client/cli/report.h"
#include "shap/v1/ratings.pb-c.h"

void report_after_rating(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__RatingReport *report = (const Shap__V1__RatingReport *)(const void *)answer;
    if (report->disagreements > 0)
        say(invocation, "%d milestone%s judged otherwise: shap report disagreements",
            report->disagreements, report->disagreements == 1 ? " is" : "s are");
    if (report->n_not_understood > 0)
        say(invocation, "%zu rating%s of officers %s not understood; they are listed.",
            report->n_not_understood, report->n_not_understood == 1 ? "" : "s",
            report->n_not_understood == 1 ? "is" : "are");
    say(invocation, "The rule row by row: shap scheme show %s",
        report->scheme == NULL ? "" : report->scheme);
}

void report_after_disagreements(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__DisagreementReport *report =
        (const Shap__V1__DisagreementReport *)(const void *)answer;
    say(invocation,
        "%zu judgement%s other than the computed rating. The rule row by row: shap scheme show",
        report->n_disagreements, report->n_disagreements == 1 ? " is" : "s are");
}
