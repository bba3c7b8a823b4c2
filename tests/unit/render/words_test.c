#include "client/render/words.h"

#include <criterion/criterion.h>

static void expect(struct words *words, const char *text) {
    cr_assert_str_eq(words_text(words), text);
    words_clear(words);
}

Test(words, counts_agree_with_their_noun) {
    struct words words = {.has_failed = false};
    words_add_count(&words, 0, "milestone");
    expect(&words, "no milestones");
    words_add_count(&words, 1, "milestone");
    expect(&words, "1 milestone");
    words_add_count(&words, 23, "milestone");
    expect(&words, "23 milestones");
    words_finish(&words);
}

Test(words, days_are_written_out_and_other_texts_kept) {
    struct words words = {.has_failed = false};
    words_add_day(&words, "2010-12-31");
    expect(&words, "31 December 2010");
    words_add_day(&words, "2010-04-01");
    expect(&words, "1 April 2010");
    words_add_day(&words, "2010-13-01");
    expect(&words, "2010-13-01");
    words_add_day(&words, "soon");
    expect(&words, "soon");
    words_finish(&words);
}

Test(words, lists_end_with_and) {
    struct words words = {.has_failed = false};
    words_add_item(&words, "a", true);
    expect(&words, "a");
    words_add_item(&words, "a", false);
    words_add_item(&words, "b", true);
    expect(&words, "a and b");
    words_add_item(&words, "a", false);
    words_add_item(&words, "b", false);
    words_add_item(&words, "c", true);
    expect(&words, "a, b and c");
    words_finish(&words);
}
