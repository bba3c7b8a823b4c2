#include "client/cli/request.h"

#include <criterion/criterion.h>
#include <string.h>
#include "client/cli/invocation.h"
#include "shap/v1/plans.pb-c.h"
#include "shap/v1/register.pb-c.h"
#include "shap/v1/returns.pb-c.h"

#define GIVEN(given_name, given_value)                                                             \
    { .name = (given_name), .value = (given_value) }

static const struct operand operands[] = {
    {.name = "MILESTONE", .field = "reference"}, {.name = "FILE"}, {0}};
static const struct option options[] = {
    {.name = "as-of", .value = "DAY"},
    {.name = "status", .kind = OPTION_CHOICE, .choices = &shap__v1__return_status__descriptor},
    {.name = "unrelated"},
    {.name = "alias", .field = "aliases", .is_repeated = true},
    {.name = "all", .kind = OPTION_FLAG},
    {.name = "doubt-id", .kind = OPTION_NUMBER},
    {.name = "version", .kind = OPTION_NUMBER},
    {.name = "plan"},
    {0}};
static const struct command command = {.operands = operands, .options = options};

static void fill(struct invocation *invocation, struct given *given, size_t n,
                 ProtobufCMessage *request) {
    memset(invocation, 0, sizeof *invocation);
    invocation->command = &command;
    invocation->given = given;
    invocation->n_given = n;
    invocation->settings.values[SETTING_PLAN] = "copeland/2010-11";
    cr_assert(request_fill(invocation, request));
}

Test(request, fields_are_filled_by_their_names) {
    struct given given[] = {GIVEN("MILESTONE", "SH1/1/1"), GIVEN("as-of", "2010-12-17"),
                            GIVEN("status", "in-progress"), GIVEN("FILE", "x"),
                            GIVEN("unrelated", "y")};
    Shap__V1__SubmitReturnRequest request = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    struct invocation invocation;
    fill(&invocation, given, 5, &request.base);
    cr_assert_str_eq(request.reference, "SH1/1/1");
    cr_assert_str_eq(request.as_of, "2010-12-17");
    cr_assert(request.has_status);
    cr_assert_eq(request.status, SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS);
    cr_assert_str_eq(request.plan, "copeland/2010-11", "the plan of the settings");
    cr_assert_null(request.note);
    request_clear(&request.base);
}

Test(request, a_plan_that_was_typed_stands) {
    struct given given[] = {GIVEN("plan", "allerdale/2010-11")};
    Shap__V1__SubmitReturnRequest request = SHAP__V1__SUBMIT_RETURN_REQUEST__INIT;
    struct invocation invocation;
    fill(&invocation, given, 1, &request.base);
    cr_assert_str_eq(request.plan, "allerdale/2010-11");
    request_clear(&request.base);
}

Test(request, repeated_texts_become_a_list) {
    struct given given[] = {GIVEN("alias", "Panel"), GIVEN("alias", "Board")};
    Shap__V1__AddRegisterEntryRequest request = SHAP__V1__ADD_REGISTER_ENTRY_REQUEST__INIT;
    struct invocation invocation;
    fill(&invocation, given, 2, &request.base);
    cr_assert_eq(request.n_aliases, 2);
    cr_assert_str_eq(request.aliases[1], "Board");
    request_clear(&request.base);
    cr_assert_eq(request.n_aliases, 0);
}

Test(request, flags_and_numbers_are_marked_present) {
    struct given flag[] = {GIVEN("all", "")};
    struct given number[] = {GIVEN("doubt-id", "9007199254740993")};
    struct given version[] = {GIVEN("version", "3")};
    Shap__V1__ListDoubtsRequest list = SHAP__V1__LIST_DOUBTS_REQUEST__INIT;
    Shap__V1__SettleDoubtRequest settle = SHAP__V1__SETTLE_DOUBT_REQUEST__INIT;
    Shap__V1__ExportPlanRequest export = SHAP__V1__EXPORT_PLAN_REQUEST__INIT;
    struct invocation invocation;
    fill(&invocation, flag, 1, &list.base);
    cr_assert(list.has_all && list.all);
    fill(&invocation, number, 1, &settle.base);
    cr_assert(settle.has_doubt_id);
    cr_assert_eq(settle.doubt_id, INT64_C(9007199254740993));
    fill(&invocation, version, 1, &export.base);
    cr_assert(export.has_version);
    cr_assert_eq(export.version, 3);
}
