#include "client/lib/shap.h"

#include <criterion/criterion.h>
#include <string.h>

Test(random, a_token_is_256_bits_in_hexadecimal) {
    char one[SHAP_TOKEN_SIZE], two[SHAP_TOKEN_SIZE];
    struct error err = {0};
    cr_assert(shap_token_make(one, &err) && shap_token_make(two, &err));
    cr_assert_eq(strlen(one), 69);
    cr_assert_eq(strncmp(one, "shap_", 5), 0);
    cr_assert_eq(strspn(one + 5, "0123456789abcdef"), 64);
    cr_assert_str_neq(one, two);
}

Test(random, a_uuid_has_its_version_and_variant) {
    struct error err = {0};
    for (int i = 0; i < 100; i++) {
        char uuid[SHAP_UUID_SIZE];
        cr_assert(shap_uuid_make(uuid, &err));
        cr_assert_eq(strlen(uuid), 36);
        cr_assert(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-', "%s",
                  uuid);
        cr_assert_eq(uuid[14], '4');
        cr_assert_not_null(strchr("89ab", uuid[19]));
    }
}
