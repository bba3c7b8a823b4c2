#include "client/cli/plan.h"

#include "client/cli/request.h"
#include "client/cli/sink.h"
#include "client/import/plan_file.h"

static bool on_row(void *ctx, const ProtobufCMessage *message) {
    struct sink *sink = ctx;
    const Shap__V1__PlanRow *row = (const Shap__V1__PlanRow *)(const void *)message;
    return sink_added(sink, plan_file_add_row(&sink->bytes, row));
}

static bool on_part(void *ctx, const ProtobufCMessage *message) {
    struct sink *sink = ctx;
    const Shap__V1__FilePart *part = (const Shap__V1__FilePart *)(const void *)message;
    return sink_added(sink, part->content.len == 0 ||
                                buf_append(&sink->bytes, part->content.data, part->content.len));
}

static int export_to(struct invocation *invocation, struct sink *sink,
                     const Shap__V1__ExportPlanRequest *request) {
    bool is_original = argument_flag(invocation, "original");
    if (!is_original && !sink_added(sink, plan_file_add_heading(&sink->bytes)))
        return EXIT_FAILED;
    int code = invocation_stream(invocation, &shap__v1__plans__descriptor,
                                 is_original ? "ExportOriginal" : "ExportPlan", &request->base,
                                 is_original ? on_part : on_row, sink);
    return sink_has_failed(sink) ? EXIT_FAILED : code;
}

int plan_export_run(struct invocation *invocation) {
    Shap__V1__ExportPlanRequest request = SHAP__V1__EXPORT_PLAN_REQUEST__INIT;
    struct sink sink;
    if (!request_fill(invocation, &request.base))
        return fail(invocation, EXIT_FAILED, "not enough memory");
    sink_start(&sink, invocation, argument_text(invocation, "output"));
    int code = export_to(invocation, &sink, &request);
    code = sink_finish(&sink, code);
    request_clear(&request.base);
    return code;
}
