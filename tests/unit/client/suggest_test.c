#include "client/cli/suggest.h"

#include <criterion/criterion.h>

static const char *const names[] = {"login", "logout", "milestone", "org", "return", "review"};
enum { N_NAMES = sizeof names / sizeof *names };

Test(suggest, a_distance_counts_single_changes) {
    cr_assert_eq(suggest_distance("", ""), 0);
    cr_assert_eq(suggest_distance("", "abc"), 3);
    cr_assert_eq(suggest_distance("login", "logni"), 1, "two letters swapped are one change");
    cr_assert_eq(suggest_distance("return", "retun"), 1);
    cr_assert_eq(suggest_distance("review", "return"), 4);
}

Test(suggest, the_nearest_word_is_named) {
    cr_assert_str_eq(suggest_nearest("milestnoe", names, N_NAMES), "milestone");
    cr_assert_str_eq(suggest_nearest("retrun", names, N_NAMES), "return");
    cr_assert_str_eq(suggest_nearest("mile", names, N_NAMES), "milestone", "a beginning is enough");
}

Test(suggest, a_word_that_is_far_from_all_gets_no_suggestion) {
    cr_assert_null(suggest_nearest("certificate", names, N_NAMES));
    cr_assert_null(suggest_nearest("", names, N_NAMES));
    cr_assert_null(suggest_nearest("xyz", names, N_NAMES));
}

Test(suggest, a_word_of_any_length_is_harmless) {
    char word[200];
    for (size_t i = 0; i < sizeof word - 1; i++)
        word[i] = 'a';
    word[sizeof word - 1] = '\0';
    cr_assert_null(suggest_nearest(word, names, N_NAMES));
}
