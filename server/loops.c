#include "server/loops.h"

#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/restart.h"
#include "server/tls_keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TICK_MS = 1000,
    LONGEST_PAUSE_S = 1, // before a loop is started again: there are those who wait for it
    STUCK_SECONDS = 30,  // a loop that has not ended so long after --drain-seconds never will
};

struct member {
    struct loop loop; // its line is the loop's end, and closed here; the sockets stay
    int line;         // our end; -1: none
    pid_t process;    // 0: none
    bool is_ready;    // it serves
    struct restart restart;
};

struct family {
    const struct server_options *options; // borrowed
    enum exit_code (*serve)(const struct server_options *options, struct error *err);
    struct tls_keeper keeper;
    time_t hour_ends_at;
    struct address places[CONFIG_LIST_MAX];
    size_t n_places;
    struct member *members; // owned
    size_t n_members;
    int signals;        // a signalfd
    sigset_t mask;      // that was
    bool is_listening;  // all have served once
    bool is_stopping;   // ...
    time_t patience_at; // ... and ends then
    enum exit_code code;
    struct error *err; // borrowed
};

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_sockets(const struct family *family, struct member *member) {
    for (size_t i = 0; i < family->n_places; i++)
        close_fd(&member->loop.sockets[i]);
}

// ---- what a loop is given

static size_t least(size_t one, long other) {
    return one < (size_t)other ? one : (size_t)other;
}

size_t loops_count(const struct config *config) {
    if (config->loops > 0)
        return (size_t)config->loops;
    return least(least(least(uv_available_parallelism(), config->links), config->stream_links),
                 CONFIG_LOOPS_MAX);
}

// The first ones get what cannot be shared out evenly.
static long share(long all, const struct family *family, size_t number) {
    long n = (long)family->n_members;
    return all / n + ((long)number <= all % n);
}

static struct config config_of(const struct family *family, size_t number) {
    struct config config = *family->options->config;
    long each = config.streams_each / (long)family->n_members;
    long reports = share(config.report_links, family, number);
    config.links = share(config.links, family, number);
    config.stream_links = share(config.stream_links, family, number);
    config.report_links = reports > 0 ? reports : 1;
    config.streams_each = each > 0 ? each : 1;
    return config;
}

// In the new process. What others are to close when they close it must not stay open here.
static void become(struct family *family, struct member *member, pid_t parent) {
    struct error err = {0};
    struct server_options options = *family->options;
    struct config config = config_of(family, member->loop.number);
    setpgid(0, 0); // a terminal's signals are for the first process only
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        _exit(EXIT_CODE_FAILED);
    for (size_t i = 0; i < family->n_members; i++) {
        close_fd(&family->members[i].line);
        if (&family->members[i] != member)
            close_sockets(family, &family->members[i]);
    }
    close_fd(&family->signals);
    sigprocmask(SIG_SETMASK, &family->mask, NULL);
    options.config = &config;
    options.embedded = NULL;
    options.loop = &member->loop;
    enum exit_code code = family->serve(&options, &err);
    if (err.is_set)
        log_event(LOG_ERROR, "loop-failed", "loop", LOG_NUMBER((int64_t)member->loop.number),
                  "reason", err.message, NULL);
    exit((int)code);
}

static bool start_member(struct family *family, struct member *member, struct error *err) {
    int ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return error_set_errno(err, errno, "cannot start a loop");
    restart_begin(&member->restart, restart_clock());
    member->loop.line = ends[0];
    member->line = ends[1];
    member->is_ready = false;
    fflush(NULL);
    member->process = fork();
    if (member->process == 0)
        become(family, member, parent);
    close_fd(&member->loop.line);
    if (member->process > 0)
        return true;
    error_set_errno(err, errno, "cannot start a loop");
    member->process = 0;
    close_fd(&member->line);
    return false;
}

// ---- orders

// One that does not listen may go on with what is no longer true.
static void tell(const struct family *family, const struct member *member, enum loop_order order) {
    struct loop_message message = {.order = order};
    if (member->process == 0)
        return;
    if (family->keeper.tls != NULL)
        tls_context_give_tickets(family->keeper.tls, &message.tickets);
    if (send(member->line, &message, sizeof message, MSG_NOSIGNAL) < 0 && errno != EPIPE) {
        log_event(LOG_ERROR, "loop-does-not-listen", "loop",
                  LOG_NUMBER((int64_t)member->loop.number), "action", "ending it", NULL);
        kill(member->process, SIGKILL);
    }
    secret_wipe(&message, sizeof message);
}

static void tell_all(const struct family *family, enum loop_order order) {
    for (size_t i = 0; i < family->n_members; i++)
        tell(family, &family->members[i], order);
}

static void stop(struct family *family) {
    if (!family->is_stopping)
        family->patience_at =
            restart_clock() + family->options->config->drain_seconds + STUCK_SECONDS;
    family->is_stopping = true;
    for (size_t i = 0; i < family->n_places; i++)
        address_remove(&family->places[i]);
    for (size_t i = 0; i < family->n_members; i++) {
        struct member *member = &family->members[i];
        close_sockets(family, member);
        if (member->process != 0 && !member->is_ready)
            kill(member->process, SIGTERM); // it may not listen yet, and has nothing to drain
    }
    tell_all(family, LOOP_STOP);
}

static void fail(struct family *family, enum exit_code code, const struct error *err) {
    log_event(LOG_ERROR, "stopping", "reason", err->message, NULL);
    family->code = code;
    (void)error_set(family->err, "%s", err->message);
    stop(family);
}

static void take_signals(struct family *family) {
    struct signalfd_siginfo info;
    while (read(family->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP && !family->is_stopping &&
            tls_keeper_reload(&family->keeper) && family->keeper.tls != NULL)
            tell_all(family, LOOP_RELOAD);
        if (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT)
            continue;
        log_event(LOG_INFO, family->is_stopping ? "stopping-at-once" : "stopping", "signal",
                  LOG_NUMBER((int64_t)info.ssi_signo), NULL);
        stop(family);
    }
}

// ---- how the loops are

static bool are_ready(const struct family *family) {
    for (size_t i = 0; i < family->n_members; i++)
        if (!family->members[i].is_ready)
            return false;
    return true;
}

static void hear(struct family *family, struct member *member) {
    char byte;
    if (member->line < 0 || member->is_ready || recv(member->line, &byte, 1, 0) != 1)
        return;
    member->is_ready = true;
    log_event(LOG_INFO, "loop-serves", "loop", LOG_NUMBER((int64_t)member->loop.number), "process",
              LOG_NUMBER(member->process), NULL);
    if (family->is_listening || !are_ready(family))
        return;
    family->is_listening = true;
    for (size_t i = 0; i < family->n_places; i++)
        log_event(LOG_INFO, "listening", "address", family->places[i].text, NULL);
}

static void bury(struct family *family, struct member *member, int status) {
    struct error err = {0};
    int pause = restart_end(&member->restart, restart_clock(), LONGEST_PAUSE_S);
    bool is_killed = WIFSIGNALED(status);
    bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CODE_OK;
    pid_t process = member->process;
    member->process = 0;
    close_fd(&member->line);
    if (family->is_stopping)
        return;
    log_event(is_well ? LOG_INFO : LOG_ERROR, "loop-ended", "loop",
              LOG_NUMBER((int64_t)member->loop.number), "process", LOG_NUMBER(process),
              is_killed ? "signal" : "exit-code",
              LOG_NUMBER(is_killed ? WTERMSIG(status) : WEXITSTATUS(status)), "starts-again-in",
              family->is_listening ? LOG_NUMBER(pause) : NULL, NULL);
    if (family->is_listening)
        return;
    error_set(&err, "loop %zu did not start, see above", member->loop.number);
    fail(family, is_killed || is_well ? EXIT_CODE_FAILED : (enum exit_code)WEXITSTATUS(status),
         &err);
}

static void look_after(struct family *family, struct member *member) {
    struct error err = {0};
    time_t now = restart_clock();
    int status;
    hear(family, member);
    if (member->process != 0 && waitpid(member->process, &status, WNOHANG) == member->process)
        bury(family, member, status);
    if (family->is_stopping || member->process != 0 || !restart_is_due(&member->restart, now))
        return;
    if (start_member(family, member, &err))
        return;
    log_event(LOG_ERROR, "loop-not-started", "reason", err.message, NULL);
    (void)restart_end(&member->restart, now, LONGEST_PAUSE_S);
}

static void look_after_all(struct family *family) {
    struct error err = {0};
    time_t now = restart_clock();
    for (size_t i = 0; i < family->n_members; i++)
        look_after(family, &family->members[i]);
    if (now >= family->hour_ends_at) {
        family->hour_ends_at += TLS_TICKET_S;
        tls_keeper_hour(&family->keeper);
        if (family->keeper.tls != NULL)
            tell_all(family, LOOP_TICKETS);
    }
    if (family->options->embedded != NULL && !family->is_stopping &&
        !embedded_watch(family->options->embedded, &err))
        fail(family, EXIT_CODE_FAILED, &err);
}

static bool is_over(struct family *family) {
    bool is_late = family->is_stopping && restart_clock() >= family->patience_at;
    bool is_any = false;
    for (size_t i = 0; i < family->n_members; i++) {
        const struct member *member = &family->members[i];
        is_any |= member->process != 0;
        if (is_late && member->process != 0) {
            log_event(LOG_ERROR, "loop-does-not-stop", "loop",
                      LOG_NUMBER((int64_t)member->loop.number), "action", "ending it", NULL);
            kill(member->process, SIGKILL);
        }
    }
    return family->is_stopping && !is_any;
}

// What a loop that serves has to say the kernel says for it (SIGCHLD).
static void wait_for_news(const struct family *family) {
    struct pollfd fds[1 + CONFIG_LOOPS_MAX] = {{.fd = family->signals, .events = POLLIN}};
    for (size_t i = 0; i < family->n_members; i++) {
        const struct member *member = &family->members[i];
        fds[1 + i] = (struct pollfd){.fd = member->is_ready ? -1 : member->line, .events = POLLIN};
    }
    (void)!poll(fds, 1 + family->n_members, TICK_MS);
}

// ---- begin and end

static bool open_place(struct family *family, size_t i, struct error *err) {
    const struct server_options *options = family->options;
    const char *text = options->addresses.items[i];
    bool is_encrypted = options->tls != NULL;
    int fd = address_open(&family->places[i], text, is_encrypted, SERVER_SOCKET_MODE, err);
    family->members[0].loop.sockets[i] = fd;
    if (fd < 0)
        return false;
    family->n_places = i + 1;
    for (size_t k = 1; k < family->n_members; k++) {
        int *other = &family->members[k].loop.sockets[i];
        *other = address_share(&family->places[i], fd, err);
        if (*other < 0)
            return false;
    }
    return true;
}

static bool block_signals(struct family *family, struct error *err) {
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGHUP);
    sigaddset(&ours, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ours, &family->mask);
    family->signals = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
    return family->signals >= 0 || error_set_errno(err, errno, "cannot await signals");
}

static bool begin(struct family *family, struct error *err) {
    for (size_t i = 0; i < family->n_members; i++) {
        struct member *member = &family->members[i];
        member->line = member->loop.line = -1;
        member->loop.number = i + 1;
        member->loop.places = family->places;
        for (size_t k = 0; k < CONFIG_LIST_MAX; k++)
            member->loop.sockets[k] = -1;
    }
    for (size_t i = 0; i < family->options->addresses.n; i++)
        if (!open_place(family, i, err))
            return false;
    if (!block_signals(family, err))
        return false;
    tls_keeper_init(&family->keeper, family->options->tls);
    tls_keeper_check(&family->keeper, family->options->config);
    family->hour_ends_at = restart_clock() + TLS_TICKET_S;
    for (size_t i = 0; i < family->n_members; i++)
        if (!start_member(family, &family->members[i], err))
            return false;
    return true;
}

enum exit_code loops_run(const struct server_options *options, size_t n,
                         enum exit_code (*serve)(const struct server_options *options,
                                                 struct error *err),
                         struct error *err) {
    struct member *members = calloc(n, sizeof *members);
    struct family family = {.options = options,
                            .serve = serve,
                            .members = members,
                            .n_members = n,
                            .signals = -1,
                            .code = EXIT_CODE_OK,
                            .err = err};
    if (members == NULL) {
        error_set(err, "out of memory");
        return EXIT_CODE_FAILED;
    }
    if (!begin(&family, err)) {
        family.code = EXIT_CODE_FAILED;
        stop(&family);
    }
    while (!is_over(&family)) {
        wait_for_news(&family);
        take_signals(&family);
        look_after_all(&family);
    }
    close_fd(&family.signals);
    sigprocmask(SIG_SETMASK, &family.mask, NULL);
    free(members);
    return family.code;
}
