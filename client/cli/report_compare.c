#include "client/cli/report_compare.h"

const struct option report_movement_options[] = {
    {.name = "from",
     .value = "DAY",
     .kind = OPTION_DAY,
     .help = "the earlier day",
     .is_required = true},
    {.name = "known-from",
     .value = "DAY",
     .kind = OPTION_DAY,
     .help = "the earlier day as on record by the end of that day"},
    OPTIONS_REPORT_ENTRIES,
    {0}};

const struct option report_councils_options[] = {
    {.name = "year", .value = "YEAR", .help = "the plans' year: 2010/11", .is_required = true},
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {.name = "council",
     .value = "CODE",
     .field = "councils",
     .is_repeated = true,
     .help = "that council; may be given several times (default: all that you see)"},
    {.name = "output", .value = "FILE", .help = "write to FILE, in one step (also -o FILE)"},
    {0}};

void report_movement_after(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__MovementReport *report = (const Shap__V1__MovementReport *)(const void *)answer;
    say(invocation,
        "%d exceptions before, %d now. To keep this: shap report publish movement "
        "--with from=%s --as-at %s",
        report->exceptions_before, report->exceptions_after, report->from_day,
        report->head == NULL || report->head->as_at == NULL ? "DAY" : report->head->as_at);
}
