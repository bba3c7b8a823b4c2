#include "client/cli/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include "client/cli/nouns.h"
#include "tests/unit/client/expect.h"

// Parses words (ended by NULL) after "shap"; what was said on stderr is in said.
static int parse(struct invocation *invocation, char *said, size_t size, const char *const *words) {
    char *argv[32] = {(char *)(uintptr_t) "shap"};
    int argc = 1;
    FILE *err = fmemopen(said, size, "w");
    cr_assert_not_null(err);
    while (words[argc - 1] != NULL) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
        argc++;
    }
    invocation_init(invocation, stdout, err, NULL);
    int code = parse_arguments(invocation, argc, argv);
    fclose(err);
    invocation->err = stderr;
    return code;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void expect_refusal(const char *const *words, const char *expected) {
    struct invocation invocation;
    char said[4096] = "";
    cr_assert_eq(parse(&invocation, said, sizeof said, words), EXIT_USAGE, "%s", words[0]);
    cr_assert_not_null(strstr(said, expected), "%s", said);
    invocation_finish(&invocation);
}

Test(parse, a_command_gets_its_operands_and_options) {
    struct invocation invocation;
    char said[4096] = "";
    int64_t number;
    cr_assert_eq(parse(&invocation, said, sizeof said,
                       WORDS("--format", "json", "person", "add", "Kay Smith", "--role=coordinator",
                             "--organisation", "copeland", "--quiet")),
                 EXIT_OK, "%s", said);
    cr_assert_str_eq(invocation.noun->name, "person");
    cr_assert_str_eq(invocation.command->verb, "add");
    cr_assert_str_eq(argument_text(&invocation, "NAME"), "Kay Smith");
    cr_assert_str_eq(argument_text(&invocation, "organisation"), "copeland");
    cr_assert_eq(argument_choice(&invocation, "role"), 3);
    cr_assert_str_eq(invocation_find(&invocation, "format"), "json");
    cr_assert_null(argument_text(&invocation, "email"));
    cr_assert_not(argument_number(&invocation, "email", &number));
    cr_assert(invocation.is_quiet);
    invocation_finish(&invocation);
}

Test(parse, options_may_repeat_where_they_say_so) {
    struct invocation invocation;
    char said[4096] = "";
    cr_assert_eq(parse(&invocation, said, sizeof said,
                       WORDS("register", "add", "--alias", "Panel", "SHP", "--alias=Board",
                             "Strategic Housing Panel", "--kind", "body")),
                 EXIT_OK, "%s", said);
    cr_assert_eq(argument_count(&invocation, "alias"), 2);
    cr_assert_str_eq(argument_at(&invocation, "alias", 1), "Board");
    cr_assert_null(argument_at(&invocation, "alias", 2));
    invocation_finish(&invocation);
    expect_refusal(WORDS("register", "add", "--kind", "body", "--kind", "post"),
                   "--kind is given twice");
}

Test(parse, after_two_dashes_everything_is_a_word) {
    struct invocation invocation;
    char said[4096] = "";
    cr_assert_eq(
        parse(&invocation, said, sizeof said, WORDS("org", "add", "--", "--code", "--help")),
        EXIT_OK, "%s", said);
    cr_assert_str_eq(argument_text(&invocation, "CODE"), "--code");
    cr_assert_str_eq(argument_text(&invocation, "NAME"), "--help");
    cr_assert_not(invocation.wants_help);
    invocation_finish(&invocation);
}

Test(parse, a_value_may_look_like_an_option) {
    struct invocation invocation;
    char said[4096] = "";
    cr_assert_eq(parse(&invocation, said, sizeof said,
                       WORDS("token", "revoke", "7", "--reason", "--lost--")),
                 EXIT_OK);
    cr_assert_str_eq(argument_text(&invocation, "reason"), "--lost--");
    invocation_finish(&invocation);
}

Test(parse, what_does_not_exist_is_refused_with_the_likely_word) {
    expect_refusal(WORDS("persn"), "did you mean \"shap person\"?");
    expect_refusal(WORDS("person", "ad"), "did you mean \"shap person add\"?");
    expect_refusal(WORDS("person", "list", "--formt", "csv"), "did you mean --format?");
    expect_refusal(WORDS("--sever", "x"), "did you mean --server?");
    expect_refusal(WORDS("zzzzzzz"), "there is no command \"zzzzzzz\"");
    expect_refusal(WORDS("org", "list", "-x"), "options have two dashes");
}

Test(parse, values_are_checked_and_what_would_be_right_is_said) {
    expect_refusal(WORDS("person", "add", "x", "--role", "cordinator"),
                   "did you mean coordinator?");
    expect_refusal(WORDS("person", "add", "x", "--role", "unspecified"),
                   "is none of contributor, reader,");
    expect_refusal(WORDS("token", "revoke", "seven"), "\"seven\" is not a whole number");
    expect_refusal(WORDS("register", "list", "--known-at", "March 2010"), "the month March 2010");
    expect_refusal(WORDS("org", "add", "a\xff", "b"), "not valid UTF-8");
}

Test(parse, what_is_missing_or_too_much_is_said) {
    expect_refusal(WORDS("org", "add", "code"), "NAME is missing");
    expect_refusal(WORDS("org", "add", "a", "b", "c"), "\"c\" is one word too many");
    expect_refusal(WORDS("person", "add", "Kay", "--role", "reader"),
                   "--organisation CODE is missing");
    expect_refusal(WORDS("org", "list", "--server"), "--server needs a value");
    expect_refusal(WORDS("org", "list", "--quiet=yes"), "--quiet takes no value");
}

// What is parsed without a verb is what it is with it.
static void expect_sign_off(const char *const *words) {
    struct invocation invocation;
    char said[4096] = "";
    cr_assert_eq(parse(&invocation, said, sizeof said, words), EXIT_OK, "%s", said);
    cr_assert_str_eq(invocation.command->verb, "add");
    cr_assert_str_eq(argument_text(&invocation, "meeting"), "2010-09-15");
    cr_assert_eq(argument_count(&invocation, "MILESTONE"), 2);
    cr_assert_str_eq(argument_at(&invocation, "MILESTONE", 1), "sh2.5.2");
    invocation_finish(&invocation);
}

Test(parse, the_implied_verb_may_be_left_out) {
    expect_sign_off(WORDS("signoff", "add", "SH2.5/1", "sh2.5.2", "--meeting", "15 Sep 2010"));
    expect_sign_off(WORDS("signoff", "--meeting", "15 Sep 2010", "SH2.5/1", "sh2.5.2"));
    expect_sign_off(WORDS("signoff", "SH2.5/1", "sh2.5.2", "--meeting=2010-09-15"));
    expect_sign_off(WORDS("signoff", "--quiet", "SH2.5/1", "--meeting", "2010-9-15", "sh2.5.2"));
    expect_refusal(WORDS("signoff", "SH2.5/1"), "--meeting MEETING is missing");
    expect_refusal(WORDS("signoff", "revok", "12"), "did you mean \"shap signoff revoke\"?");
    expect_refusal(WORDS("signoff", "--reason", "x"), "there is no option --reason here");
    expect_refusal(WORDS("review", "12"), "there is no command \"shap review 12\"");
}

Test(parse, the_implied_verb_takes_a_file) {
    struct invocation invocation;
    char said[4096] = "";
    cr_assert_eq(parse(&invocation, said, sizeof said,
                       WORDS("signoff", "--file", "signed.csv", "--meeting", "140")),
                 EXIT_OK, "%s", said);
    cr_assert_str_eq(invocation.command->verb, "add");
    cr_assert_str_eq(argument_text(&invocation, "meeting"), "140");
    invocation_finish(&invocation);
}

Test(parse, a_noun_and_its_help_imply_nothing) {
    struct invocation invocation;
    char said[4096] = "";
    cr_assert_eq(parse(&invocation, said, sizeof said, WORDS("signoff", "--help")), EXIT_OK);
    cr_assert_null(invocation.command);
    invocation_finish(&invocation);
}

Test(parse, help_needs_nothing_else_to_be_right) {
    static const char *const words[] = {"--help", "-h"};
    for (size_t i = 0; i < 2; i++) {
        struct invocation invocation;
        char said[4096] = "";
        cr_assert_eq(parse(&invocation, said, sizeof said, WORDS("person", "add", words[i])),
                     EXIT_OK, "%s", said);
        cr_assert(invocation.wants_help);
        invocation_finish(&invocation);
    }
}
