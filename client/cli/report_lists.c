#include "client/cli/report.h"

#include "shap/v1/reports.pb-c.h"

static const char *plural(int n) {
    return n == 1 ? "" : "s";
}

void report_after_extensions(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__ExtensionReport *report = (const void *)answer;
    say(invocation,
        "%d new date%s on %d milestone%s. Each with its history: shap report history MILESTONE",
        report->extensions, plural(report->extensions), report->milestones,
        plural(report->milestones));
}

void report_after_forward(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__ForwardReport *report = (const void *)answer;
    say(invocation,
        "%d milestone%s with something due by %s. What is late already: shap report exceptions",
        report->milestones, plural(report->milestones),
        report->until == NULL ? "then" : report->until);
}

void report_after_completed(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__CompletedReport *report = (const void *)answer;
    say(invocation, "%d milestone%s completed or signed off, %d of them late.", report->milestones,
        plural(report->milestones), report->late);
}
