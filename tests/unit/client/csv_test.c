#include "client/render/csv.h"

#include "shap/v1/directory.pb-c.h"
#include "tests/unit/client/expect.h"

Test(csv, a_cell_is_quoted_only_where_it_must_be) {
    struct buf out = {0};
    const char *const cells[] = {"plain",      " spaced ", "a,b", "say \"yes\"",
                                 "two\nlines", "cr\r",     NULL,  "=1+1"};
    cr_assert(csv_add_row(&out, cells, sizeof cells / sizeof *cells, CSV_CRLF));
    expect_text(&out,
                "plain, spaced ,\"a,b\",\"say \"\"yes\"\"\",\"two\nlines\",\"cr\r\",,=1+1\r\n");
}

Test(csv, a_cell_may_hold_any_byte) {
    struct buf out = {0};
    cr_assert(csv_add_cell(&out, "a\0b\xff", 4, true));
    cr_assert_eq(buf_len(&out), 4);
    cr_assert_eq(memcmp(buf_bytes(&out), "a\0b\xff", 4), 0);
    buf_finish(&out);
}

Test(csv, a_message_is_a_row_of_its_fields) {
    static const struct column columns[] = {{"membership_id", "Membership", COLUMN_RIGHT},
                                            {"name", "Name", COLUMN_TEXT},
                                            {"role", "Role", COLUMN_TEXT},
                                            {"signed_in", "Signed in", COLUMN_TEXT},
                                            {"email", "Email", COLUMN_TEXT}};
    Shap__V1__Person person = SHAP__V1__PERSON__INIT;
    struct buf out = {0};
    person.has_membership_id = 1;
    person.membership_id = INT64_C(9007199254740993);
    person.name = "Smith, Kay";
    person.has_role = 1;
    person.role = SHAP__V1__ROLE__ROLE_COORDINATOR;
    person.has_signed_in = 1;
    cr_assert(csv_add_heading(&out, columns, 5, CSV_LF));
    cr_assert(csv_add_message(&out, &person.base, columns, 5, CSV_LF));
    expect_text(&out, "membership_id,name,role,signed_in,email\n"
                      "9007199254740993,\"Smith, Kay\",coordinator,false,\n");
}
