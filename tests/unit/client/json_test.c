#include "client/render/json.h"

#include "shap/v1/directory.pb-c.h"
#include "shap/v1/reports.pb-c.h"
#include "tests/unit/client/expect.h"

Test(json, every_field_is_there_null_when_absent) {
    Shap__V1__Person person = SHAP__V1__PERSON__INIT;
    struct buf out = {0};
    cr_assert(json_add_message(&out, &person.base, 0));
    expect_text(&out, "{\n  \"membership_id\": null,\n  \"name\": null,\n  \"email\": null,\n"
                      "  \"organisation\": null,\n  \"role\": null,\n  \"signed_in\": null\n}");
}

Test(json, values_have_their_kinds) {
    Shap__V1__Person person = SHAP__V1__PERSON__INIT;
    struct buf out = {0};
    person.has_membership_id = 1;
    person.membership_id = INT64_MIN;
    person.name = "Kay \"K\" \\ Smith\n\t\x01\x7f\xc2\x85\xff\xc3\xa9";
    person.has_role = 1;
    person.role = SHAP__V1__ROLE__ROLE_PANEL;
    person.has_signed_in = 1;
    person.signed_in = 1;
    person.email = "";
    cr_assert(json_add_message(&out, &person.base, -1));
    expect_text(
        &out,
        "{\"membership_id\":-9223372036854775808,"
        "\"name\":\"Kay \\\"K\\\" \\\\ Smith\\n\\t\\u0001\\u007f\\u0085\xef\xbf\xbd\xc3\xa9\","
        "\"email\":\"\",\"organisation\":null,\"role\":\"panel\",\"signed_in\":true}");
}

Test(json, an_unknown_label_is_its_number_and_unspecified_is_null) {
    Shap__V1__ClassCount count = SHAP__V1__CLASS_COUNT__INIT;
    struct buf out = {0};
    count.has_milestone_class = 1;
    count.milestone_class = (Shap__V1__MilestoneClass)77;
    cr_assert(json_add_message(&out, &count.base, -1));
    expect_text(&out, "{\"milestone_class\":77,\"milestones\":null}");
    count.milestone_class = SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_UNSPECIFIED;
    cr_assert(json_add_message(&out, &count.base, -1));
    expect_text(&out, "{\"milestone_class\":null,\"milestones\":null}");
}

Test(json, moments_and_nested_messages_are_indented) {
    Shap__V1__Claim claim = SHAP__V1__CLAIM__INIT;
    Shap__V1__Claim *claims[] = {&claim};
    Shap__V1__Account account = SHAP__V1__ACCOUNT__INIT;
    char *references[] = {"SH2.2/1/1"};
    struct buf out = {0};
    claim.exceptions = references;
    claim.n_exceptions = 1;
    account.claims = claims;
    account.n_claims = 1;
    cr_assert(json_add_message(&out, &account.base, 0));
    cr_assert(buf_append(&out, "", 1));
    cr_assert_not_null(strstr((const char *)buf_bytes(&out),
                              "  \"undated\": [],\n"
                              "  \"claims\": [\n    {\n      \"name\": null,\n"));
    cr_assert_not_null(
        strstr((const char *)buf_bytes(&out),
               "      \"exceptions\": [\n        \"SH2.2/1/1\"\n      ],\n      \"sentence\": "
               "null,\n      \"percent\": null\n    }\n  ],\n  \"settled\": []"));
    buf_finish(&out);
}
