#include "client/render/report.h"

#include "client/cli/output.h"
#include "client/cli/request.h"
#include "client/cli/sink.h"
#include "client/render/papers.h"
#include "shap/v1/order.pb-c.h"

static const struct option report_options[] = {OPTIONS_REPORT_ENTRIES, {0}};

static bool render(const struct invocation *invocation, const Shap__V1__ExceptionReport *report,
                   struct buf *out) {
    size_t width = output_width(invocation);
    switch (output_format(invocation)) {
    case FORMAT_CSV:
        return report_csv(report, out);
    case FORMAT_JSON:
        return report_json(report, out);
    case FORMAT_MARKDOWN:
        return report_markdown(report, out);
    case FORMAT_HTML:
        return report_html(report, out);
    case FORMAT_TABLE:
    case N_FORMATS:
        break;
    }
    return report_text(report, width == 0 ? DOCUMENT_WIDTH : width, out);
}

static void say_next(struct invocation *invocation, const Shap__V1__ExceptionReport *report) {
    const Shap__V1__Account *account = report->account;
    if (account == NULL)
        return;
    say(invocation,
        "%d of %d milestones are exceptions. Each with its history: shap milestone show MILESTONE",
        account->exception_milestones, account->total);
}

static int print(struct invocation *invocation, const Shap__V1__ExceptionReport *report) {
    struct sink sink;
    const char *path = argument_text(invocation, "output");
    sink_start(&sink, invocation, path);
    bool is_written = sink_added(&sink, render(invocation, report, &sink.bytes));
    int code = sink_finish(&sink, is_written ? EXIT_OK : EXIT_FAILED);
    if (code == EXIT_OK)
        say_next(invocation, report);
    return code;
}

static int run_exceptions(struct invocation *invocation) {
    Shap__V1__GetExceptionReportRequest request = SHAP__V1__GET_EXCEPTION_REPORT_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__reports__descriptor,
                                            "GetExceptionReport", &request.base, &code);
    if (answer == NULL)
        return code;
    code = print(invocation, (const Shap__V1__ExceptionReport *)(void *)answer);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

static void after_extensions(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__ExtensionReport *report =
        (const Shap__V1__ExtensionReport *)(const void *)answer;
    say(invocation,
        "%d new date%s on %d milestone%s. Each with its history: shap milestone show MILESTONE",
        report->extensions, report->extensions == 1 ? "" : "s", report->milestones,
        report->milestones == 1 ? "" : "s");
}

static void after_knock_ons(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__KnockOnReport *report = (const Shap__V1__KnockOnReport *)(const void *)answer;
    say(invocation,
        "%zu milestone%s moved; %d may be pushed, %d of them for certain. No date moves by itself.",
        report->n_steps, report->n_steps == 1 ? "" : "s", report->candidates, report->certain);
    if (report->n_knock_ons > 0)
        say(invocation,
            "Next, for each: shap milestone after MILESTONE STEP, or shap milestone independent "
            "MILESTONE STEP --reason TEXT");
}

static const struct command commands[] = {
    {.verb = "exceptions",
     .summary = "The exception report, closing with the account of every milestone",
     .details =
         "In the committee's layout: summary, recommendation, the exceptions by objective with "
         "their "
         "original and new dates, and how many milestones are in which class, those without a "
         "return "
         "by name.\n\n"
         "The same day, known at the same day, gives the same report for ever. CSV has a row for "
         "each "
         "exception under the columns plan, as_at, known_at, objective_code, objective_heading, "
         "objective_title, action_reference, action, reference, milestone, who, when, new_when, "
         "measure, "
         "last_day, new_day, class, status, claimed, not_yet_due, extensions, slip_months. JSON is "
         "the "
         "whole report. HTML is one page that prints well.",
     .example =
         "shap report exceptions --plan copeland/2010-11 --as-at 2010-12-31\n"
         "shap report exceptions --as-at 2010-12-31 --known-at 2010-12-31 --format html -o q3.html",
     .options = report_options,
     .formats = FORMATS_ALL,
     .run = run_exceptions},
    {.verb = "extensions",
     .summary = "Every new date that was granted, and how far milestones slipped",
     .details =
         "CSV has a row for each grant that stands. Slip is counted in whole months from the "
         "plan's own date. A grant that was revoked is in the milestone's history: shap report "
         "history.",
     .example = "shap report extensions --as-at 2010-12-31\n"
                "shap report extensions --organisation home-housing --format csv",
     .options = report_options,
     .service = &shap__v1__reports__descriptor,
     .method = "GetExtensionReport",
     .paper = &paper_extensions,
     .after = after_extensions},
    {.verb = "knock-ons",
     .summary = "What the steps that moved may push",
     .details =
         "For every milestone that was re-dated to a later day, is overdue or will not be "
         "delivered: the milestones of later actions of its objective that are not done and begin "
         "before it is done now, and those declared to follow it (shap milestone after). What was "
         "declared independent is listed apart, with the reason. The filters are for what is "
         "pushed, whatever pushes it. No date moves by itself.\n\n"
         "CSV has a row for each step and what it pushes; the column list tells knock_ons from "
         "independent.",
     .example = "shap report knock-ons --as-at 2010-12-31\n"
                "shap report knock-ons --owner HRM --format csv -o knock-ons.csv",
     .options = report_options,
     .service = &shap__v1__order__descriptor,
     .method = "GetKnockOnReport",
     .paper = &paper_knock_ons,
     .after = after_knock_ons},
    {0}};

const struct noun noun_report = {
    .name = "report", .summary = "Reports to members", .commands = commands};
