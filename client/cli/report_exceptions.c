#include "client/cli/report.h"

#include "client/cli/report_print.h"
#include "client/cli/request.h"
#include "shap/v1/reports.pb-c.h"

static void say_next(struct invocation *invocation, const Shap__V1__ExceptionReport *report) {
    const Shap__V1__Account *account = report->account;
    if (account == NULL)
        return;
    say(invocation,
        "%d of %d milestones are exceptions. Each with its history: shap milestone show MILESTONE",
        account->exception_milestones, account->total);
}

// Whether the claims that were put to the test hold; the false ones are named.
static int judge(struct invocation *invocation, const Shap__V1__ExceptionReport *report) {
    int code = EXIT_OK;
    for (size_t i = 0; i < report->n_claims; i++) {
        const Shap__V1__Claim *claim = report->claims[i];
        if (!claim->has_holds || claim->holds)
            continue;
        say(invocation, "FALSE: \"%s\". It is so of %d of %d.", claim->sentence, claim->satisfied,
            claim->of);
        code = EXIT_FALSE;
    }
    return code;
}

int report_run_exceptions(struct invocation *invocation) {
    Shap__V1__GetExceptionReportRequest request = SHAP__V1__GET_EXCEPTION_REPORT_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__reports__descriptor,
                                            "GetExceptionReport", &request.base, &code);
    if (answer == NULL)
        return code;
    code = report_print(invocation, NULL, answer);
    if (code == EXIT_OK) {
        say_next(invocation, (const Shap__V1__ExceptionReport *)(void *)answer);
        code = judge(invocation, (const Shap__V1__ExceptionReport *)(void *)answer);
    }
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}
