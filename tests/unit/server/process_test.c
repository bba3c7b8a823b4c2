#include "server/process.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char log_path[] = "/tmp/shap-process-XXXXXX";

static void setup(void) {
    close(mkstemp(log_path));
}

static void teardown(void) {
    unlink(log_path);
}

TestSuite(process, .init = setup, .fini = teardown, .timeout = 30);

static bool run_shell(const char *script, struct error *err) {
    const char *arguments[] = {"/bin/sh", "-c", script, NULL};
    return process_run(arguments, log_path, err);
}

Test(process, a_program_that_ends_well_is_a_success) {
    struct error err = {0};
    cr_assert(run_shell("exit 0", &err));
}

Test(process, a_failure_is_told_in_the_programs_own_words) {
    struct error err = {0};
    cr_assert_not(run_shell("echo all good; echo 'x: error: no room' >&2; echo bye; exit 3", &err));
    cr_assert_not_null(strstr(err.message, "error: no room"));
    cr_assert_not_null(strstr(err.message, log_path));
}

Test(process, a_program_is_ended_by_signals_that_were_ignored_before) {
    static const int ending[] = {SIGINT, SIGTERM, SIGQUIT};
    static const char *const scripts[] = {"kill -INT $$", "kill -TERM $$", "kill -QUIT $$"};
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct error err = {0};
        signal(ending[i], SIG_IGN);
        cr_expect_not(run_shell(scripts[i], &err), "%s", scripts[i]);
    }
}

Test(process, what_postgresql_tells_early_visitors_is_no_reason) {
    struct error err = {0};
    cr_assert_not(run_shell("echo 'FATAL:  could not write to file: No space left on device';"
                            "echo 'FATAL:  the database system is starting up'; exit 1",
                            &err));
    cr_assert_not_null(strstr(err.message, "No space left on device"));
}

Test(process, a_programs_input_and_output_can_be_files_and_only_its_errors_are_logged) {
    const char *arguments[] = {"/bin/sh", "-c", "tr a-z A-Z; echo 'x: error: said' >&2; exit 1",
                               NULL};
    struct error err = {0};
    char text[16] = "";
    FILE *in = tmpfile();
    FILE *out = tmpfile();
    cr_assert(in != NULL && out != NULL);
    cr_assert(fputs("words", in) >= 0 && fflush(in) == 0 && fseek(in, 0, SEEK_SET) == 0);
    cr_assert_not(process_run_between(arguments, fileno(in), fileno(out), log_path, &err));
    rewind(out);
    cr_assert_not_null(fgets(text, sizeof text, out));
    cr_assert_str_eq(text, "WORDS");
    cr_assert_not_null(strstr(err.message, "x: error: said"));
    cr_assert_null(strstr(err.message, "WORDS"));
    fclose(in);
    fclose(out);
}

Test(process, a_program_that_does_not_exist_fails) {
    const char *arguments[] = {"/nowhere/program", NULL};
    struct error err = {0};
    cr_assert_not(process_run(arguments, log_path, &err));
}

Test(process, the_answer_to_a_question_is_the_first_line) {
    const char *good[] = {"/bin/sh", "-c", "echo one; echo two", NULL};
    const char *bad[] = {"/bin/sh", "-c", "echo one; exit 1", NULL};
    const char *silent[] = {"/bin/sh", "-c", "exit 0", NULL};
    char line[64];
    cr_assert(process_ask(good, line, sizeof line));
    cr_assert_str_eq(line, "one");
    cr_assert_not(process_ask(bad, line, sizeof line));
    cr_assert_not(process_ask(silent, line, sizeof line));
}

Test(process, waiting_ends_when_the_child_does_or_the_time_is_over) {
    const char *arguments[] = {"/bin/sleep", "60", NULL};
    struct error err = {0};
    pid_t child = process_start(arguments, log_path, SIGTERM, &err);
    cr_assert_gt(child, 0);
    cr_assert_not(process_is_ended(child));
    cr_assert_not(process_wait(child, 20));
    kill(child, SIGKILL);
    cr_assert(process_wait(child, 10000));
}

Test(process, a_child_does_not_outlive_a_parent_that_is_killed) {
    const char *arguments[] = {"/bin/sleep", "60", NULL};
    int ends[2];
    pid_t child = 0;
    cr_assert_eq(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct error err = {0};
        child = process_start(arguments, log_path, SIGKILL, &err);
        if (write(ends[1], &child, sizeof child) != sizeof child)
            _exit(1);
        pause();
    }
    cr_assert_eq(read(ends[0], &child, sizeof child), sizeof child);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    for (int i = 0; kill(child, 0) == 0 && i < 1000; i++)
        process_pause(10);
    cr_assert_neq(kill(child, 0), 0);
}
