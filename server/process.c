#include "server/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXEC_FAILED = 127 };

// What a child begins with; borrowed. input: -1 is /dev/null.
struct ends {
    int input;
    int output;
    int errors;
};

// What ends a program ends it also where we were begun with that ignored, as a shell does with what
// it puts into the background: PostgreSQL asks for them itself, but only a while after it began.
static void hear_signals(void) {
    static const int ending[] = {SIGINT, SIGTERM, SIGQUIT, SIGPIPE};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        signal(ending[i], SIG_DFL);
}

// In the child: async-signal-safe calls only.
static void become(const char *const *arguments, const struct ends *ends, pid_t parent,
                   int death_signal) {
    int input = ends->input >= 0 ? ends->input : open("/dev/null", O_RDONLY);
    hear_signals();
    setpgid(0, 0);
    if (input < 0 || dup2(input, 0) < 0 || dup2(ends->output, 1) < 0 || dup2(ends->errors, 2) < 0)
        _exit(EXEC_FAILED);
    // The parent may have died before it could be asked to be told.
    if (prctl(PR_SET_PDEATHSIG, death_signal) != 0 || getppid() != parent)
        _exit(EXEC_FAILED);
    execv(arguments[0], (char *const *)arguments);
    _exit(EXEC_FAILED);
}

static pid_t start(const char *const *arguments, const struct ends *ends, int death_signal) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0)
        become(arguments, ends, parent, death_signal);
    return child;
}

// Whichever of its ends is -1 is of the usual kind.
static pid_t start_between(const char *const *arguments, int input, int output,
                           const char *log_path, int death_signal, struct error *err) {
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) {
        error_set_errno(err, errno, "cannot write %s", log_path);
        return -1;
    }
    const struct ends ends = {input, output >= 0 ? output : log, log};
    pid_t child = start(arguments, &ends, death_signal);
    if (child < 0)
        error_set_errno(err, errno, "cannot start %s", arguments[0]);
    close(log);
    return child;
}

pid_t process_start(const char *const *arguments, const char *log_path, int death_signal,
                    struct error *err) {
    return start_between(arguments, -1, -1, log_path, death_signal, err);
}

bool process_run(const char *const *arguments, const char *log_path, struct error *err) {
    return process_run_between(arguments, -1, -1, log_path, err);
}

bool process_run_between(const char *const *arguments, int input, int output, const char *log_path,
                         struct error *err) {
    char line[256];
    int status = 0;
    pid_t child = start_between(arguments, input, output, log_path, SIGTERM, err);
    if (child < 0)
        return false;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    process_find_reason(log_path, line, sizeof line);
    return error_set(err, "%s failed: %s (all it said is in %s)", arguments[0], line, log_path);
}

bool process_ask(const char *const *arguments, char *line, size_t size) {
    int ends[2];
    int status = -1;
    if (pipe(ends) != 0)
        return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    const struct ends of_child = {-1, ends[1], ends[1]};
    pid_t child = start(arguments, &of_child, SIGTERM);
    close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    bool is_read = out != NULL && fgets(line, (int)size, out) != NULL;
    char rest[256];
    while (is_read && fgets(rest, sizeof rest, out) != NULL)
        ;
    if (out != NULL)
        fclose(out);
    else
        close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (!is_read || status != 0)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

bool process_is_ended(pid_t child) {
    pid_t ended = waitpid(child, NULL, WNOHANG);
    return ended == child || (ended < 0 && errno == ECHILD);
}

void process_pause(int ms) {
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        ;
}

bool process_wait(pid_t child, int timeout_ms) {
    enum { STEP_MS = 10 };
    for (int waited = 0; !process_is_ended(child); waited += STEP_MS) {
        if (waited >= timeout_ms)
            return false;
        process_pause(STEP_MS);
    }
    return true;
}

// What PostgreSQL tells those who come while it starts or stops is not why it failed.
static bool is_failure(const char *line) {
    static const char *const words[] = {"FATAL", "PANIC", "error:", "could not"};
    if (strstr(line, "FATAL:  the database system is ") != NULL)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(line, words[i]) != NULL)
            return true;
    return false;
}

void process_find_reason(const char *path, char *line, size_t size) {
    char text[512];
    bool is_found = false;
    line[0] = '\0';
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    while (fgets(text, sizeof text, file) != NULL) {
        text[strcspn(text, "\r\n")] = '\0';
        if (text[0] == '\0' || (is_found && !is_failure(text)))
            continue;
        is_found = is_failure(text);
        snprintf(line, size, "%.*s", (int)size - 1, text);
    }
    fclose(file);
}
