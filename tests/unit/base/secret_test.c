#include "server/base/secret.h"

#include <criterion/criterion.h>

Test(secret, wiping_leaves_zeros) {
    char token[] = "0123456789";
    secret_wipe(token, sizeof token);
    for (size_t i = 0; i < sizeof token; i++)
        cr_assert_eq(token[i], 0);
    secret_wipe(NULL, 0);
}

Test(secret, comparing_sees_a_difference_in_any_byte) {
    char one[37] = "a token", other[37] = "a token"; // words, and what is left
    cr_assert(secret_is_equal(one, other, sizeof one));
    for (size_t i = 0; i < sizeof one; i++) {
        other[i] ^= 0x40;
        cr_assert_not(secret_is_equal(one, other, sizeof one));
        other[i] ^= 0x40;
    }
    cr_assert(secret_is_equal(one, "b", 0));
}
