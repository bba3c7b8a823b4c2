#include "client/cli/report_check.h"

#include <string.h>
#include "client/cli/report_print.h"
#include "client/cli/request.h"
#include "client/import/quote_file.h"
#include "client/render/papers.h"
#include "server/base/utf8.h"

const struct operand report_check_operands[] = {
    {.name = "FILE", .help = "the report, a row an action, as CSV"}, {0}};

const struct option report_check_options[] = {
    OPTION_PLAN_ENTRY,
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {.name = "output", .value = "FILE", .help = "write to FILE, in one step (also -o FILE)"},
    {0}};

static void on_warning(void *ctx, const char *text) {
    say_warning(ctx, "%s", text);
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    return utf8_is_valid(name, strlen(name)) ? name : "report.csv";
}

static void say_found(struct invocation *invocation, const char *path,
                      const Shap__V1__CheckedReport *report) {
    for (size_t i = 0; i < report->n_not_compared; i++) {
        const Shap__V1__CheckFinding *finding = report->not_compared[i];
        say_warning(invocation, "%s, line %d: not compared: %s", path, finding->line,
                    finding->detail == NULL ? "it fits no action" : finding->detail);
    }
    say(invocation,
        "%d of %d rows compared. Misquoted: %d date%s, %d new date%s, %d WHO. In other words: %zu.",
        report->compared, report->rows, report->date_misquotes,
        report->date_misquotes == 1 ? "" : "s", report->new_date_misquotes,
        report->new_date_misquotes == 1 ? "" : "s", report->who_misquotes, report->n_wording);
    if (report->n_misquotes > 0 && report->misquotes[0]->reference != NULL)
        say(invocation, "Next: what is on record: shap milestone show %s",
            report->misquotes[0]->reference);
}

static int check(struct invocation *invocation, const char *path,
                 Shap__V1__CheckReportRequest *request) {
    int code;
    ProtobufCMessage *answer = invocation_call(invocation, &shap__v1__checks__descriptor,
                                               "CheckReport", &request->base, &code);
    if (answer == NULL)
        return code;
    const Shap__V1__CheckedReport *report = (const Shap__V1__CheckedReport *)(void *)answer;
    code = report_print(invocation, &paper_check, answer);
    if (code == EXIT_OK) {
        say_found(invocation, path, report);
        code = report->n_misquotes + report->n_not_compared > 0 ? EXIT_PARTLY : EXIT_OK;
    }
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

int report_check_run(struct invocation *invocation) {
    Shap__V1__CheckReportRequest request = SHAP__V1__CHECK_REPORT_REQUEST__INIT;
    const char *path = argument_text(invocation, "FILE");
    struct error err = {0};
    struct quote_file file;
    int code;
    quote_file_init(&file);
    if (!quote_file_read(&file, path, on_warning, invocation, &err)) {
        code = fail(invocation, EXIT_FAILED, "%s", err.message);
    } else if (!request_fill(invocation, &request.base)) {
        code = fail(invocation, EXIT_FAILED, "not enough memory");
    } else {
        request.file = (char *)base_name(path);
        request.n_rows = file.n_rows;
        request.rows = file.rows;
        code = check(invocation, path, &request);
    }
    quote_file_finish(&file);
    return code;
}
