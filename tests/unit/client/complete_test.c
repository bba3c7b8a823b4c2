#include "client/cli/complete.h"

#include <sys/stat.h>
#include "client/cli/file.h"
#include "client/cli/nouns.h"
#include "tests/unit/client/expect.h"
#include "tests/unit/client/place.h"

// The words offered, each followed by a space; what is said about them is left out.
static const char *offered(struct invocation *invocation, const char *const *words) {
    static char list[8192];
    struct buf lines = {0};
    size_t n = 0, len = 0;
    while (words[n] != NULL)
        n++;
    cr_assert(complete_add(&lines, invocation, words, n) && buf_append(&lines, "", 1));
    for (const char *at = (const char *)buf_bytes(&lines); *at != '\0';
         at += strcspn(at, "\n") + 1) {
        size_t word = strcspn(at, "\t\n");
        cr_assert_lt(len + word + 2, sizeof list);
        memcpy(list + len, at, word);
        len += word;
        list[len++] = ' ';
    }
    list[len] = '\0';
    buf_finish(&lines);
    return list;
}

static struct invocation nobody = {.noun = NULL};

#define OFFERED(...) offered(&nobody, (const char *const[]){__VA_ARGS__, NULL})

Test(complete, nouns_and_verbs_are_offered) {
    cr_assert_str_eq(OFFERED("pl"), "plan ");
    cr_assert_str_eq(OFFERED("--quiet", "--as", "coordinator", "do"), "doubt doctor ");
    cr_assert_str_eq(OFFERED("plan", "ex"), "export ");
    cr_assert_not_null(strstr(OFFERED(""), "milestone "));
    cr_assert_str_eq(OFFERED("nonsense", ""), "");
}

Test(complete, every_noun_and_verb_of_the_table_is_offered) {
    for (size_t i = 0; i < n_nouns; i++) {
        cr_assert_not_null(strstr(OFFERED(nouns[i]->name), nouns[i]->name));
        for (const struct command *at = nouns[i]->commands; at->summary != NULL; at++) {
            if (at->verb != NULL)
                cr_assert_not_null(strstr(OFFERED(nouns[i]->name, at->verb), at->verb));
        }
    }
}

Test(complete, options_are_offered_after_a_dash) {
    cr_assert_str_eq(OFFERED("plan", "import", "--c"),
                     "--council --ca --crl --client-cert --client-key ");
    cr_assert_str_eq(OFFERED("return", "submit", "SH3.2/5/1", "--note", "--st", "--st"),
                     "--status ");
    cr_assert_str_eq(OFFERED("--q"), "--quiet ");
    cr_assert_str_eq(OFFERED("plan", "import", "--", "--c"), "");
    cr_assert_not_null(strstr(OFFERED("plan", "list", "-"), "--format "));
}

Test(complete, the_values_of_choices_are_offered) {
    cr_assert_str_eq(OFFERED("milestone", "list", "--class", "un"), "undated ");
    cr_assert_str_eq(OFFERED("milestone", "list", "--class=un"), "--class=undated ");
    cr_assert_str_eq(OFFERED("milestone", "list", "--class", "=", "un"), "undated ");
    cr_assert_str_eq(OFFERED("milestone", "list", "--class", "="),
                     OFFERED("milestone", "list", "--class", ""));
    cr_assert_str_eq(OFFERED("register", "add", "HSM", "Name", "--kind", ""),
                     "post body organisation ");
}

Test(complete, the_formats_of_the_command_are_offered) {
    cr_assert_str_eq(OFFERED("plan", "list", "--format", ""), "table csv json markdown ");
    cr_assert_str_eq(OFFERED("report", "exceptions", "--format", "h"), "html ");
    cr_assert_str_eq(OFFERED("plan", "export", "--format", ""), "csv ");
}

Test(complete, nothing_is_offered_where_files_and_texts_go) {
    cr_assert_str_eq(OFFERED("plan", "import", ""), "");
    cr_assert_str_eq(OFFERED("plan", "import", "-o", ""), "");
    cr_assert_str_eq(OFFERED("return", "submit", "--note", ""), "");
    cr_assert_str_eq(OFFERED("--server", "unix", ":", "/path"), "");
    cr_assert_str_eq(OFFERED("--server", "unix", ":", "/path", "plan", "im"), "import ");
}

Test(complete, help_takes_topics_and_commands) {
    cr_assert_str_eq(OFFERED("help", "exit"), "exit-codes ");
    cr_assert_str_eq(OFFERED("help", "gra"), "grant ");
    cr_assert_str_eq(OFFERED("help", "grant", ""), "add import revoke ");
    cr_assert_str_eq(OFFERED("help", "grant", "add", ""), "");
}

Test(complete, profiles_are_those_somebody_signed_in_to, .init = (void (*)(void))place_make,
     .fini = place_remove) {
    struct error err = {0};
    struct invocation invocation = {.noun = NULL};
    invocation.settings.token_path = (char *)(uintptr_t)place_path("tokens/default");
    cr_assert_str_eq(offered(&invocation, (const char *const[]){"--as", "", NULL}), "");
    cr_assert(file_make_parents(place_path("tokens/officer"), &err));
    cr_assert(file_write(place_path("tokens/officer"), 0600, "x", 1, &err));
    cr_assert(file_write(place_path("tokens/partner.pending"), 0600, "x", 1, &err));
    cr_assert_str_eq(offered(&invocation, (const char *const[]){"--as", "", NULL}), "officer ");
}
