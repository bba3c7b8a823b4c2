#include "client/cli/run.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "client/cli/command.h"
#include "client/cli/nouns.h"
#include "tests/unit/client/place.h"

static char out_text[1 << 18], err_text[1 << 16];

static const volatile sig_atomic_t *interrupted; // NULL: nobody interrupts

// Runs a command line, ended by NULL, in an empty home.
static int run(const char *const *words) {
    char *argv[32] = {(char *)(uintptr_t) "shap"};
    int argc = 1;
    memset(out_text, 0, sizeof out_text);
    memset(err_text, 0, sizeof err_text);
    FILE *out = fmemopen(out_text, sizeof out_text - 1, "w"),
         *err = fmemopen(err_text, sizeof err_text - 1, "w");
    cr_assert(out != NULL && err != NULL);
    while (words[argc - 1] != NULL) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
        argc++;
    }
    int code = run_command_line(argc, argv, out, err, interrupted);
    fclose(out);
    fclose(err);
    return code;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static void make(void) {
    static const char *const names[] = {
        "SHAP_SERVER", "SHAP_TOKEN_FILE", "SHAP_CA",     "SHAP_PLAN",       "SHAP_PROFILE",
        "SHAP_FORMAT", "SHAP_TIMEOUT",    "SHAP_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    setenv("HOME", place_make(), 1);
}

TestSuite(run, .init = make, .fini = place_remove);

Test(run, alone_it_prints_short_help) {
    cr_assert_eq(RUN(NULL), EXIT_OK);
    cr_assert_not_null(strstr(out_text, "Usage: shap COMMAND"));
    cr_assert_str_eq(err_text, "");
}

Test(run, a_noun_alone_prints_its_commands_as_an_error) {
    cr_assert_eq(RUN("org"), EXIT_USAGE);
    cr_assert_str_eq(out_text, "");
    cr_assert_not_null(strstr(err_text, "shap org add CODE NAME"));
}

Test(run, every_command_has_help_with_synopsis_options_and_example) {
    for (size_t i = 0; i < n_nouns; i++) {
        for (const struct command *command = nouns[i]->commands; command->summary != NULL;
             command++) {
            int code = command->verb == NULL ? RUN(nouns[i]->name, "--help")
                                             : RUN(nouns[i]->name, command->verb, "--help");
            cr_assert_eq(code, EXIT_OK);
            cr_assert_not_null(strstr(out_text, "Usage: shap "), "%s", nouns[i]->name);
            cr_assert_not_null(strstr(out_text, "--server ADDRESS"), "%s", nouns[i]->name);
            cr_assert_not_null(strstr(out_text, "Example"), "%s", nouns[i]->name);
        }
    }
}

Test(run, two_ways_to_say_one_thing_do_not_go_together) {
    cr_assert_eq(RUN("doubt", "settle", "1", "--code", "HSM", "--owner", "HRM"), EXIT_USAGE);
    cr_assert_not_null(strstr(err_text, "--code and --owner do not go together"));
}

Test(run, the_topics_of_help_are_there) {
    cr_assert_eq(RUN("help", "exit-codes"), EXIT_OK);
    cr_assert_not_null(strstr(out_text, "  130  interrupted"));
    cr_assert_eq(RUN("help", "settings"), EXIT_OK);
    cr_assert_not_null(strstr(out_text, "SHAP_TOKEN_FILE"));
    cr_assert_eq(RUN("help", "formats"), EXIT_OK);
    cr_assert_eq(RUN("help", "man"), EXIT_OK);
    cr_assert_eq(strncmp(out_text, ".TH SHAP 1 ", 11), 0);
    cr_assert_not_null(strstr(out_text, ".SS shap plan import FILE \\-\\-year YEAR [OPTIONS]\n"));
    cr_assert_eq(RUN("help", "org", "add"), EXIT_OK);
    cr_assert_eq(RUN("help", "exit-code"), EXIT_USAGE);
    cr_assert_not_null(strstr(err_text, "did you mean \"exit-codes\"?"));
}

Test(run, an_interrupt_between_two_calls_is_no_success) {
    static const volatile sig_atomic_t is_interrupted = 1;
    const char *token = place_path("token");
    FILE *file = fopen(token, "w");
    cr_assert_not_null(file);
    fputs("0123456789abcdef0123456789abcdef\n", file);
    fclose(file);
    chmod(token, 0600);
    interrupted = &is_interrupted;
    cr_assert_eq(RUN("signoff", "add", "SH2.5/1/1", "--meeting", "2010-09-15", "--server",
                     "unix:/nonexistent", "--token-file", token),
                 EXIT_INTERRUPTED);
    cr_assert_not_null(strstr(err_text, "0 of 1 signed off"), "%s", err_text);
    cr_assert_eq(
        RUN("review", "accept", "301", "--server", "unix:/nonexistent", "--token-file", token),
        EXIT_INTERRUPTED);
    cr_assert_not_null(strstr(err_text, "0 of 1 accepted"), "%s", err_text);
}

Test(run, nobody_signed_in_is_told_how) {
    cr_assert_eq(RUN("org", "list", "--server", "unix:/nonexistent"), EXIT_SIGN_IN);
    cr_assert_not_null(strstr(err_text, "`shap login`"), "%s", err_text);
    cr_assert_eq(RUN("org", "list", "--server", "unix:/nonexistent", "--as", "panel"),
                 EXIT_SIGN_IN);
    cr_assert_not_null(strstr(err_text, "`shap login --as panel`"), "%s", err_text);
    cr_assert_eq(RUN("org", "list", "--token-file", "/nonexistent/token"), EXIT_SIGN_IN);
    cr_assert_not_null(strstr(err_text, "/nonexistent/token (--token-file)"), "%s", err_text);
}

Test(run, a_server_that_is_not_named_or_cannot_be_reached_is_told) {
    cr_assert_eq(RUN("login"), EXIT_USAGE);
    cr_assert_not_null(strstr(err_text, "which server?"), "%s", err_text);
    cr_assert_eq(RUN("doctor"), EXIT_USAGE);
    cr_assert_eq(RUN("doctor", "--server", "unix:/nonexistent"), EXIT_UNREACHABLE);
    cr_assert_not_null(strstr(out_text, "fail  connection"), "%s", out_text);
    cr_assert_not_null(strstr(out_text, "cure:"), "%s", out_text);
}

Test(run, the_doctor_speaks_json) {
    static const char head[] = "[\n  {\n    \"check\": \"settings\",\n    \"result\": \"ok\",\n";
    static const char tail[] = "\n  }\n]\n";
    cr_assert_eq(RUN("doctor", "--server", "unix:/nonexistent", "--format", "json"),
                 EXIT_UNREACHABLE);
    cr_assert_eq(strncmp(out_text, head, strlen(head)), 0, "%s", out_text);
    cr_assert_str_eq(out_text + strlen(out_text) - strlen(tail), tail);
}

Test(run, a_format_is_checked_where_it_was_typed) {
    cr_assert_eq(RUN("org", "list", "--format", "jsn"), EXIT_USAGE);
    cr_assert_not_null(strstr(err_text, "did you mean json?"), "%s", err_text);
    cr_assert_eq(RUN("org", "list", "--format", "html"), EXIT_USAGE);
    setenv("SHAP_FORMAT", "html", 1);
    cr_assert_eq(RUN("org", "list"), EXIT_SIGN_IN, "another command's preference is passed over");
    setenv("SHAP_FORMAT", "nonsense", 1);
    cr_assert_eq(RUN("org", "list"), EXIT_USAGE);
    cr_assert_not_null(strstr(err_text, "SHAP_FORMAT"), "%s", err_text);
    unsetenv("SHAP_FORMAT");
}

Test(run, a_configuration_that_makes_no_sense_is_told) {
    setenv("SHAP_CONFIG", "/dev/null/config", 1);
    cr_assert_eq(RUN("org", "list"), EXIT_USAGE);
    cr_assert_not_null(strstr(err_text, "/dev/null/config"), "%s", err_text);
    unsetenv("SHAP_CONFIG");
}
