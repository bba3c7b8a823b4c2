#include "server/base/error.h"

#include "server/base/utf8.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(error, the_first_cause_is_kept) {
    struct error err = {.is_set = false};
    cr_assert_not(error_set(&err, "cannot read %s", "a.csv"));
    cr_assert_not(error_set(&err, "import failed"));
    cr_assert_not(error_set_errno(&err, ENOENT, "import failed"));
    cr_assert(err.is_set);
    cr_assert_str_eq(err.message, "cannot read a.csv");
}

Test(error, a_cleared_error_takes_a_new_message) {
    struct error err = {.is_set = false};
    error_set(&err, "one");
    error_clear(&err);
    cr_assert_not(err.is_set);
    error_set(&err, "two");
    cr_assert_str_eq(err.message, "two");
}

Test(error, errno_is_explained_after_the_message) {
    struct error err = {.is_set = false};
    error_set_errno(&err, ENOENT, "cannot open %s", "x");
    cr_assert_str_eq(err.message, "cannot open x: No such file or directory");
}

Test(error, a_long_message_is_cut_between_characters) {
    char text[ERROR_SIZE * 2] = "";
    for (size_t shift = 0; shift < 4; shift++) {
        size_t len = shift;
        memset(text, 'a', shift);
        for (; len + 3 < sizeof text; len += 3)
            memcpy(text + len, "\xe2\x82\xac", 4);
        struct error err = {.is_set = false};
        error_set(&err, "%s", text);
        cr_assert_geq(strlen(err.message), ERROR_SIZE - 4);
        cr_assert(utf8_is_valid(err.message, strlen(err.message)));
        error_clear(&err);
        error_set_errno(&err, ENOENT, "%s", text);
        cr_assert(utf8_is_valid(err.message, strlen(err.message)));
    }
}
