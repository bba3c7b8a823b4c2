#include "client/render/field.h"

#include "shap/v1/common.pb-c.h"
#include "shap/v1/directory.pb-c.h"
#include "shap/v1/plans.pb-c.h"
#include "shap/v1/register.pb-c.h"
#include "tests/unit/client/expect.h"

Test(field, moments_are_rfc_3339_in_utc) {
    static const struct {
        int64_t seconds;
        int32_t nanos;
        const char *exact;
        const char *friendly;
    } rows[] = {
        {0, 0, "1970-01-01T00:00:00Z", "1970-01-01 00:00"},
        {1293804309, 0, "2010-12-31T14:05:09Z", "2010-12-31 14:05"},
        {951782399, 500000000, "2000-02-28T23:59:59.500Z", "2000-02-28 23:59"},
        {951782400, 1000, "2000-02-29T00:00:00.000001Z", "2000-02-29 00:00"},
        {-1, 7, "1969-12-31T23:59:59.000000007Z", "1969-12-31 23:59"},
        {INT64_C(253402300799), 0, "9999-12-31T23:59:59Z", "9999-12-31 23:59"},
        {INT64_C(-62135596800), 0, "0001-01-01T00:00:00Z", "0001-01-01 00:00"},
        {INT64_MAX, 0, "", ""},
        {INT64_MIN, 0, "", ""},
        {0, -1, "", ""},
        {0, 1000000000, "", ""},
    };
    char text[FIELD_TIME_SIZE];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_str_eq(field_time(rows[i].seconds, rows[i].nanos, FIELD_EXACT, text),
                         rows[i].exact);
        cr_assert_str_eq(field_time(rows[i].seconds, rows[i].nanos, FIELD_FRIENDLY, text),
                         rows[i].friendly);
    }
}

Test(field, labels_are_lower_case_without_the_prefix) {
    const ProtobufCEnumDescriptor *type = &shap__v1__return_status__descriptor;
    char label[FIELD_LABEL_SIZE];
    cr_assert_str_eq(field_enum_label(type, 2, label), "in_progress");
    cr_assert_str_eq(field_enum_label(type, 4, label), "will_not_be_delivered");
    cr_assert_str_eq(field_enum_label(type, 0, label), "", "unspecified is nothing said");
    cr_assert_str_eq(field_enum_label(type, 99, label), "99", "a number from a newer server");
}

Test(field, a_label_is_read_as_people_type_it) {
    const ProtobufCEnumDescriptor *type = &shap__v1__return_status__descriptor;
    static const char *const texts[] = {"in_progress", "in-progress", "In Progress", "IN_PROGRESS"};
    int value = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cr_assert(field_enum_parse(type, texts[i], &value), "%s", texts[i]);
        cr_assert_eq(value, 2);
    }
    cr_assert_not(field_enum_parse(type, "unspecified", &value));
    cr_assert_not(field_enum_parse(type, "in_progres", &value));
    cr_assert_not(field_enum_parse(type, "in_progress_", &value));
    cr_assert_not(field_enum_parse(type, "", &value));
}

Test(field, a_repeated_field_is_joined) {
    Shap__V1__RegisterEntry entry = SHAP__V1__REGISTER_ENTRY__INIT;
    char *aliases[] = {"HoS", "Head of Service"};
    struct buf out = {0};
    cr_assert(field_text(&out, &entry.base, "aliases", FIELD_EXACT));
    expect_text(&out, "");
    entry.aliases = aliases;
    entry.n_aliases = 2;
    cr_assert(field_text(&out, &entry.base, "aliases", FIELD_EXACT));
    expect_text(&out, "HoS; Head of Service");
}

Test(field, a_path_leads_through_messages) {
    Shap__V1__Milestone milestone = SHAP__V1__MILESTONE__INIT;
    Shap__V1__MilestoneHistory history = SHAP__V1__MILESTONE_HISTORY__INIT;
    struct buf out = {0};
    cr_assert(field_text(&out, &history.base, "milestone.reference", FIELD_EXACT));
    expect_text(&out, "");
    milestone.reference = "SH4.3/2/1";
    history.milestone = &milestone;
    cr_assert(field_text(&out, &history.base, "milestone.reference", FIELD_EXACT));
    expect_text(&out, "SH4.3/2/1");
}

Test(field, bytes_are_hexadecimal) {
    Shap__V1__PlanVersion version = SHAP__V1__PLAN_VERSION__INIT;
    uint8_t bytes[] = {0x00, 0x9f, 0xff};
    struct buf out = {0};
    version.has_sha256 = 1;
    version.sha256 = (ProtobufCBinaryData){sizeof bytes, bytes};
    cr_assert(field_text(&out, &version.base, "sha256", FIELD_EXACT));
    expect_text(&out, "009fff");
}
