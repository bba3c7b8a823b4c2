#include "client/cli/milestone_same.h"

#include "client/cli/listing.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "shap/v1/signoffs.pb-c.h"

const struct column same_work_columns[SAME_WORK_N_COLUMNS] = {
    {"record_id", "Record", COLUMN_RIGHT},    {"references", "Milestones", COLUMN_WRAP},
    {"unseen", "Not shown", COLUMN_RIGHT},    {"reason", "Reason", COLUMN_WRAP},
    {"day", "Decided", COLUMN_TEXT},          {"by", "By", COLUMN_TEXT},
    {"recorded_at", "Recorded", COLUMN_TEXT}, {"revoked_on", "Revoked", COLUMN_TEXT},
};

const struct operand milestone_same_operands[] = {
    {.name = "MILESTONE",
     .field = "references",
     .is_optional = true,
     .is_repeated = true,
     .help = "two or more: SH3.3/5/1, or SH3.3/5 where that is one milestone; none: list them"},
    {0}};

const struct option milestone_same_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "reason", .value = "TEXT", .help = "why they are; needed to declare it"},
    OPTION_DECIDED_ENTRY,
    {.name = "all", .kind = OPTION_FLAG, .help = "when listing: revoked ones too"},
    OPTION_KNOWN_AT_ENTRY,
    {0}};

const struct operand milestone_different_operands[] = {
    {.name = "MILESTONE",
     .field = "reference",
     .help = "one of the milestones, or the declaration's record number"},
    {0}};

const struct option milestone_different_options[] = {
    OPTION_PLAN_ENTRY, OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static int list(struct invocation *invocation) {
    Shap__V1__ListSameWorkRequest request = SHAP__V1__LIST_SAME_WORK_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__sign_offs__descriptor,
                                      .method = "ListSameWork",
                                      .request = &request.base,
                                      .columns = same_work_columns,
                                      .n_columns = SAME_WORK_N_COLUMNS,
                                      .full_columns = same_work_columns,
                                      .n_full_columns = SAME_WORK_N_COLUMNS};
    return listing_run(invocation, &call, NULL);
}

static int declare(struct invocation *invocation) {
    Shap__V1__DeclareSameWorkRequest request = SHAP__V1__DECLARE_SAME_WORK_REQUEST__INIT;
    int code;
    ProtobufCMessage *answer = request_call(invocation, &shap__v1__sign_offs__descriptor,
                                            "DeclareSameWork", &request.base, &code);
    if (answer == NULL)
        return code;
    code = output_message(invocation, answer, same_work_columns, SAME_WORK_N_COLUMNS);
    protobuf_c_message_free_unpacked(answer, NULL);
    if (code == EXIT_OK)
        say(invocation,
            "One piece of work from now on: answered, re-dated and signed off once. A doubt about "
            "it is settled. To take it back: shap milestone different MILESTONE --reason TEXT");
    return code;
}

int milestone_same_run(struct invocation *invocation) {
    bool declares = argument_text(invocation, "MILESTONE") != NULL;
    if (declares && argument_text(invocation, "reason") == NULL)
        return fail_usage(invocation, "--reason TEXT is missing: why are they the same work?");
    if (declares && (argument_flag(invocation, "all") || argument_text(invocation, "known-at")))
        return fail_usage(invocation, "--all and --known-at are for listing, without MILESTONE");
    return declares ? declare(invocation) : list(invocation);
}

void milestone_different_after(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. From that day each is answered on its own, and a "
                    "doubt about them is open again: shap plan doubts");
}
