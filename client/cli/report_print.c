#include "client/cli/report_print.h"

#include <assert.h>
#include "client/cli/output.h"
#include "client/cli/sink.h"
#include "client/render/json.h"
#include "client/render/report.h"

static bool add_paper(const struct paper *paper, const ProtobufCMessage *report, size_t width,
                      enum format format, struct buf *out) {
    switch (format) {
    case FORMAT_CSV:
        return paper_csv(paper, report, out);
    case FORMAT_JSON:
        return json_add_message(out, report, 0) && buf_append(out, "\n", 1);
    case FORMAT_MARKDOWN:
        return paper_markdown(paper, report, out);
    case FORMAT_HTML:
        return paper_html(paper, report, out);
    case FORMAT_TABLE:
    case N_FORMATS:
        break;
    }
    return paper_text(paper, report, width, out);
}

static bool add_exceptions(const Shap__V1__ExceptionReport *report, size_t width,
                           enum format format, struct buf *out) {
    switch (format) {
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
    return report_text(report, width, out);
}

static bool add_report(const struct invocation *invocation, const struct paper *paper,
                       const ProtobufCMessage *report, struct buf *out) {
    enum format format = output_format(invocation);
    size_t width = output_width(invocation);
    if (width == 0)
        width = DOCUMENT_WIDTH;
    if (paper != NULL)
        return add_paper(paper, report, width, format, out);
    assert(report->descriptor == &shap__v1__exception_report__descriptor);
    return add_exceptions((const Shap__V1__ExceptionReport *)(const void *)report, width, format,
                          out);
}

int report_print(struct invocation *invocation, const struct paper *paper,
                 const ProtobufCMessage *report) {
    struct sink sink;
    sink_start(&sink, invocation, argument_text(invocation, "output"));
    bool is_written = sink_added(&sink, add_report(invocation, paper, report, &sink.bytes));
    return sink_finish(&sink, is_written ? EXIT_OK : EXIT_FAILED);
}
