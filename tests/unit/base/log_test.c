#include "server/base/log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char output[65536];

// What was written to stderr since redirect_stderr().
static const char *written(void) {
    fflush(stderr);
    size_t n = fread(output, 1, sizeof output - 1, cr_get_redirected_stderr());
    output[n] = '\0';
    return output;
}

static void expect_match(const char *text, const char *pattern) {
    regex_t regex;
    cr_assert_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    cr_assert_eq(regexec(&regex, text, 0, NULL, 0), 0, "%s does not match %s", text, pattern);
    regfree(&regex);
}

TestSuite(log, .init = cr_redirect_stderr);

Test(log, a_line_has_time_level_event_and_pairs) {
    log_event(LOG_INFO, "listening", "address", "127.0.0.1:1", "n", LOG_NUMBER(-7), NULL);
    fclose(stderr);
    expect_match(written(),
                 "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z info "
                 "listening address=127\\.0\\.0\\.1:1 n=-7\n$");
}

Test(log, a_value_that_is_null_leaves_its_pair_out) {
    log_event(LOG_ERROR, "event", "a", (char *)NULL, "b", "2", NULL);
    fclose(stderr);
    expect_match(written(), " error event b=2\n$");
}

Test(log, what_is_less_important_than_the_level_is_not_written) {
    log_event(LOG_DEBUG, "hidden", NULL);
    cr_assert(log_is_wanted(LOG_INFO));
    cr_assert_not(log_is_wanted(LOG_DEBUG));
    log_set_level(LOG_WARNING);
    log_event(LOG_INFO, "hidden", NULL);
    cr_assert_not(log_is_wanted(LOG_INFO));
    log_event(LOG_WARNING, "shown", NULL);
    fclose(stderr);
    expect_match(written(), "^[^\n]* warning shown\n$");
}

Test(log, no_value_can_forge_a_line_or_drive_a_terminal) {
    log_event(LOG_INFO, "event", "a", "x\n2026 error forged", "b", "\x1b[31m", "c",
              "\xc2\x9b"
              "1m",
              "d", "say \"hi\" \\", "e", "\xff\xfe", "f", "", "g", "caf\xc3\xa9", NULL);
    fclose(stderr);
    const char *line = strstr(written(), " info event ");
    cr_assert_str_eq(line, " info event a=\"x\\n2026 error forged\" b=\"\\x1b[31m\" "
                           "c=\"\\xc2\\x9b1m\" d=\"say \\\"hi\\\" \\\\\" e=\"\\xff\\xfe\" f=\"\" "
                           "g=caf\xc3\xa9\n");
}

Test(log, a_value_that_is_too_long_is_cut_and_closed) {
    static char text[20000];
    memset(text, 'a', sizeof text - 1);
    log_event(LOG_INFO, "event", "text", text, "after", "x", NULL);
    fclose(stderr);
    const char *line = written();
    size_t len = strlen(line);
    cr_assert_leq(len, 4096);
    cr_assert_str_eq(line + len - 3, "a\"\n");
}

// A pipe that takes some pages and then no more, until it is read.
Test(log, where_nobody_reads_lines_are_left_out_and_counted, .init = NULL) {
    enum { LINES = 2000, ROOM = 512 * 1024 };
    static char bytes[ROOM];
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    for (int i = 0; i < LINES; i++)
        log_event(LOG_INFO, "flood", "what", "a line that is not as short as it could be", NULL);
    ssize_t n = read(ends[0], bytes, sizeof bytes);
    cr_assert_gt(n, 0);
    int n_written = 0;
    for (ssize_t i = 0; i < n; i++)
        n_written += bytes[i] == '\n';
    cr_assert_lt(n_written, LINES);
    log_event(LOG_INFO, "again", NULL);
    n = read(ends[0], bytes, sizeof bytes - 1);
    cr_assert_gt(n, 0);
    bytes[n] = '\0';
    char wanted[100];
    snprintf(wanted, sizeof wanted, "^[^\n]* warning log-lines-lost n=%d\n[^\n]* info again\n$",
             LINES - n_written);
    expect_match(bytes, wanted);
}
