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
    say(invocation,
        "%d milestone%s completed or signed off, %d of them late. One with its history: shap "
        "report history MILESTONE",
        report->milestones, plural(report->milestones), report->late);
}

void report_after_account(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__AccountReport *report = (const void *)answer;
    int total = report->whole == NULL ? 0 : report->whole->total;
    say(invocation, "%d milestone%s. Those of a class by name: shap milestone list --class CLASS",
        total, plural(total));
}

void report_after_no_return(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__NoReturnReport *report = (const void *)answer;
    say(invocation, "%d milestone%s without a return. Who owes them: shap report outstanding",
        report->milestones, plural(report->milestones));
}

void report_after_doubts(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__DoubtReport *report = (const void *)answer;
    if (report->open_doubts > 0)
        say(invocation, "%d doubt%s open. Settle one with: shap doubt settle DOUBT",
            report->open_doubts, report->open_doubts == 1 ? " is" : "s are");
    else
        say(invocation, "No doubt is open. How a milestone stands: shap milestone show MILESTONE");
}

void report_after_history(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__HistoryReport *report = (const void *)answer;
    say(invocation,
        "%zu record%s. The same, as known at a day: shap milestone show MILESTONE --known-at DAY",
        report->n_events, report->n_events == 1 ? "" : "s");
}
