#define _XOPEN_SOURCE 700 // realpath
#include "server/embedded.h"

#include "server/base/log.h"
#include "server/base/sha256.h"
#include "server/cluster.h"
#include "server/pg/session.h"
#include "server/process.h"
#include "server/restart.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    PATH_SIZE = CLUSTER_PATH_SIZE,
    SOCKET_PATH_MAX = 107 - (int)sizeof "/.s.PGSQL.5432", // of the directory; sun_path is 108 bytes
    PREDECESSOR_MS = 15000, // for a PostgreSQL whose shapd was killed to end
    STOP_MS = 60000,
    LONGEST_PAUSE_S = 8, // before PostgreSQL is started again
};

struct embedded {
    char directory[PATH_SIZE]; // absolute
    char data[PATH_SIZE + 16];
    char log[PATH_SIZE + 16];
    char socket[PATH_SIZE + 16]; // PostgreSQL's socket is in it
    char programs[PATH_SIZE];
    char max_connections[32];
    char server_conninfo[PATH_SIZE + 128];
    char admin_conninfo[PATH_SIZE + 128];
    char cluster_conninfo[PATH_SIZE + 128];
    bool is_made; // initdb has made the data directory before
    bool is_restore;
    bool is_unfinished; // and nobody else's
    int lock;           // file descriptor
    pid_t postmaster;   // 0: none of ours
    struct restart restart;
};

// ---- the directory

static bool is_empty_directory(int fd) {
    int copy = dup(fd);
    size_t n = 0;
    if (copy < 0)
        return false;
    DIR *directory = fdopendir(copy);
    if (directory == NULL) {
        close(copy);
        return false;
    }
    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n <= 2;
}

// As root: what is given away is the very directory that was looked at, and no symbolic link led to
// it.
static bool give(int fd, const char *path, const struct stat *info,
                 const struct privileges_user *user, struct error *err) {
    struct stat named;
    bool is_itself =
        lstat(path, &named) == 0 && named.st_dev == info->st_dev && named.st_ino == info->st_ino;
    if (!is_itself || !is_empty_directory(fd))
        return error_set(err,
                         "%s belongs to another user than %s, whom PostgreSQL runs as: name its "
                         "owner with --user, or another directory",
                         path, user->name);
    if (fchown(fd, user->uid, user->gid) != 0 || fchmod(fd, 0711) != 0)
        return error_set_errno(err, errno, "cannot give the directory %s to user %s", path,
                               user->name);
    return true;
}

bool embedded_prepare(const char *directory, const struct privileges_user *user,
                      struct error *err) {
    struct stat info;
    if (mkdir(directory, 0711) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "cannot make the directory %s", directory);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOTDIR)
        return error_set(err, "%s is not a directory (--embedded)", directory);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot use the directory %s", directory);
    bool is_ready = fstat(fd, &info) == 0 ||
                    error_set_errno(err, errno, "cannot use the directory %s", directory);
    if (is_ready && user->is_change && info.st_uid != user->uid)
        is_ready = give(fd, directory, &info, user, err);
    close(fd);
    return is_ready;
}

// Names the first directory above that stops us.
static bool explain_unreachable(const char *path, struct error *err) {
    char part[PATH_SIZE];
    for (size_t i = 1; i < sizeof part - 1 && path[i] != '\0'; i++) {
        if (path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (access(part, X_OK) != 0)
            return error_set(
                err,
                "user id %ld cannot reach %s, because %s is closed to it: chmod o+x %s, "
                "or name another directory",
                (long)geteuid(), path, part, part);
    }
    return error_set_errno(err, errno, "cannot use the directory %s", path);
}

static bool set_paths(struct embedded *embedded, const char *directory, struct error *err) {
    char *absolute = realpath(directory, NULL);
    if (absolute == NULL)
        return explain_unreachable(directory, err);
    bool is_short = strlen(absolute) < PATH_SIZE;
    if (is_short)
        memcpy(embedded->directory, absolute, strlen(absolute) + 1);
    free(absolute);
    if (!is_short)
        return error_set(err, "the path of the directory %s is too long", directory);
    if (access(embedded->directory, R_OK | W_OK | X_OK) != 0)
        return explain_unreachable(embedded->directory, err);
    snprintf(embedded->data, sizeof embedded->data, "%s/%s", embedded->directory,
             embedded->is_restore ? "restoring" : "data");
    snprintf(embedded->log, sizeof embedded->log, "%s/postgres.log", embedded->directory);
    return true;
}

// Two servers on one directory would be two postmasters; PostgreSQL refuses that too, but later.
static bool lock_directory(struct embedded *embedded, struct error *err) {
    char path[PATH_SIZE + 16];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    snprintf(path, sizeof path, "%s/lock", embedded->directory);
    embedded->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (embedded->lock < 0)
        return error_set_errno(err, errno, "cannot open %s", path);
    if (fcntl(embedded->lock, F_SETLK, &lock) == 0)
        return true;
    if (errno != EACCES && errno != EAGAIN)
        return error_set_errno(err, errno, "cannot lock %s", path);
    if (fcntl(embedded->lock, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        return error_set(err, "another shapd uses %s: stop it first", embedded->directory);
    return error_set(err, "another shapd (process %ld) uses %s: stop it first", (long)lock.l_pid,
                     embedded->directory);
}

// A path so short that PostgreSQL's socket fits, always the same for one directory, ours alone.
static bool make_socket_directory(struct embedded *embedded, struct error *err) {
    char *path = embedded->socket;
    struct stat info;
    snprintf(path, sizeof embedded->socket, "%s/socket", embedded->directory);
    if (strlen(path) > SOCKET_PATH_MAX) {
        uint8_t digest[SHA256_SIZE];
        sha256_of(embedded->directory, strlen(embedded->directory), digest);
        snprintf(path, sizeof embedded->socket, "/tmp/shapd-%ld-%02x%02x%02x%02x%02x%02x",
                 (long)geteuid(), digest[0], digest[1], digest[2], digest[3], digest[4], digest[5]);
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "cannot make the directory %s", path);
    if (lstat(path, &info) != 0)
        return error_set_errno(err, errno, "cannot use the directory %s", path);
    if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 077) != 0)
        return error_set(err, "%s must be a directory of user id %ld that nobody else can enter",
                         path, (long)geteuid());
    return true;
}

static void append_quoted(char *to, size_t size, const char *value) {
    size_t used = strlen(to);
    for (; *value != '\0' && used + 3 < size; value++) {
        if (*value == '\'' || *value == '\\')
            to[used++] = '\\';
        to[used++] = *value;
    }
    to[used] = '\0';
}

static void write_conninfo(const struct embedded *embedded, const char *rest, char *conninfo,
                           size_t size) {
    snprintf(conninfo, size, "host='");
    append_quoted(conninfo, size, embedded->socket);
    snprintf(conninfo + strlen(conninfo), size - strlen(conninfo),
             "' port=5432 application_name=shapd %s", rest);
}

// ---- PostgreSQL

// Statements, their parameters and the messages of errors may hold personal text: none is logged;
// "log" leaves what PostgreSQL says of itself.
static const char *const settings[] = {
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    "timezone=UTC",
    "log_timezone=UTC",
    "logging_collector=off",
    "log_destination=stderr",
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length_on_error=0",
    "jit=off",
};

enum { N_SETTINGS = sizeof settings / sizeof *settings };

static bool launch(struct embedded *embedded, struct error *err) {
    char program[PATH_SIZE + 16];
    char socket[PATH_SIZE + 64];
    snprintf(program, sizeof program, "%s/postgres", embedded->programs);
    snprintf(socket, sizeof socket, "unix_socket_directories=%s", embedded->socket);
    const char *arguments[2 * N_SETTINGS + 8] = {program, "-D", embedded->data,           "-c",
                                                 socket,  "-c", embedded->max_connections};
    size_t n = 7;
    for (size_t i = 0; i < N_SETTINGS; i++) {
        arguments[n++] = "-c";
        arguments[n++] = settings[i];
    }
    pid_t child = process_start(arguments, embedded->log, SIGINT, err);
    if (child < 0)
        return false;
    embedded->postmaster = child;
    return true;
}

// After a crash another program may have the number of the PostgreSQL that was, or nobody has
// waited for that one: the next would not start while its lock files say so. Whoever works there
// would have been found, and nobody else can begin to while we hold our own lock.
static bool remove_stale_locks(const struct embedded *embedded, struct error *err) {
    bool is_ready = false;
    char path[PATH_SIZE + 48];
    pid_t pid = cluster_read_pid(embedded->data, &is_ready);
    if (pid == 0 || kill(pid, 0) != 0)
        return true;
    snprintf(path, sizeof path, "%s/postmaster.pid", embedded->data);
    log_event(LOG_WARNING, "stale-lock-removed", "file", path, "process", LOG_NUMBER(pid), NULL);
    if (unlink(path) != 0)
        return error_set_errno(err, errno, "cannot remove %s", path);
    snprintf(path, sizeof path, "%s/.s.PGSQL.5432.lock", embedded->socket);
    return unlink(path) == 0 || errno == ENOENT ||
           error_set_errno(err, errno, "cannot remove %s", path);
}

// A PostgreSQL whose shapd was killed is on its way out: it gets time for that.
static bool await_predecessor(const struct embedded *embedded, struct error *err) {
    enum { STEP_MS = 50 };
    for (int waited = 0;; waited += STEP_MS) {
        pid_t pid = cluster_find_process(embedded->data);
        if (pid == 0)
            return remove_stale_locks(embedded, err);
        if (waited == 0)
            log_event(LOG_INFO, "waiting-for-predecessor", "process", LOG_NUMBER(pid), NULL);
        if (waited >= PREDECESSOR_MS)
            return error_set(
                err, "a PostgreSQL (process %ld) already runs on %s: stop it (kill -INT %ld)",
                (long)pid, embedded->data, (long)pid);
        process_pause(STEP_MS);
    }
}

// PostgreSQL's log finds no room on a full disk either, so it is looked for.
static bool is_full(const char *directory) {
    enum { LEAST_BYTES = 1 << 20 };
    struct statvfs disk;
    return statvfs(directory, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < LEAST_BYTES;
}

static const char *find_cure(const struct embedded *embedded) {
    return is_full(embedded->directory)
               ? ". No space left on device: make room there, then start shapd again"
               : "";
}

static bool await_ready(struct embedded *embedded, struct error *err) {
    enum { STEP_MS = 20, SAY_MS = 5000 };
    char line[256];
    bool is_ready = false;
    for (int waited = 0;; waited += STEP_MS) {
        if (cluster_read_pid(embedded->data, &is_ready) == embedded->postmaster && is_ready)
            return true;
        if (process_is_ended(embedded->postmaster)) {
            embedded->postmaster = 0;
            process_find_reason(embedded->log, line, sizeof line);
            return error_set(err, "PostgreSQL did not start: %s (all it said is in %s)%s", line,
                             embedded->log, find_cure(embedded));
        }
        // Recovery after a crash takes as long as it takes; it must not be cut short.
        if (waited > 0 && waited % SAY_MS == 0)
            log_event(LOG_INFO, "waiting-for-postgresql", "log", embedded->log, NULL);
        process_pause(STEP_MS);
    }
}

static bool make_database(const struct embedded *embedded, struct error *err) {
    char exists[8];
    static const char create[] = "create database shap";
    struct session *session = session_create(embedded->cluster_conninfo, err);
    bool is_ok = session != NULL &&
                 session_query_text(
                     session, "select exists (select from pg_database where datname = 'shap')",
                     NULL, 0, exists, sizeof exists, err);
    if (is_ok && strcmp(exists, "t") != 0)
        is_ok = session_run(session, create, sizeof create - 1, err);
    session_destroy(session);
    return is_ok;
}

// One log for each start, and the one before.
static void keep_last_log(const struct embedded *embedded) {
    char last[PATH_SIZE + 32];
    snprintf(last, sizeof last, "%s.1", embedded->log);
    (void)!rename(embedded->log, last);
}

static bool find_all(struct embedded *embedded, struct error *err) {
    if (!make_socket_directory(embedded, err) ||
        !cluster_find_programs(embedded->data, embedded->programs, &embedded->is_made, err))
        return false;
    write_conninfo(embedded, "user=shap_server dbname=shap", embedded->server_conninfo,
                   sizeof embedded->server_conninfo);
    write_conninfo(embedded, "user=postgres dbname=shap", embedded->admin_conninfo,
                   sizeof embedded->admin_conninfo);
    write_conninfo(embedded, "user=postgres dbname=postgres", embedded->cluster_conninfo,
                   sizeof embedded->cluster_conninfo);
    return true;
}

// What a restore that was killed has left is of no use; what is in use is not written over.
static bool make_way(struct embedded *embedded, struct error *err) {
    char data[PATH_SIZE + 16];
    snprintf(data, sizeof data, "%s/data", embedded->directory);
    if (access(data, F_OK) == 0)
        return error_set(err,
                         "%s has a database already: restore into a new directory, or move %s away "
                         "first",
                         embedded->directory, data);
    embedded->is_unfinished = await_predecessor(embedded, err);
    return embedded->is_unfinished && cluster_remove(embedded->data, embedded->log, err);
}

static bool start_all(struct embedded *embedded, const struct embedded_options *options,
                      struct error *err) {
    embedded->is_restore = options->is_restore;
    snprintf(embedded->max_connections, sizeof embedded->max_connections, "max_connections=%d",
             options->n_connections);
    if (!set_paths(embedded, options->directory, err) || !lock_directory(embedded, err) ||
        (options->is_restore && !make_way(embedded, err)) || !find_all(embedded, err))
        return false;
    if (!embedded->is_made) {
        log_event(LOG_INFO, "making-cluster", "directory", embedded->data, NULL);
        if (!cluster_make(embedded->programs, embedded->data, embedded->log, err))
            return false;
    }
    keep_last_log(embedded);
    return await_predecessor(embedded, err) && launch(embedded, err) &&
           await_ready(embedded, err) && make_database(embedded, err);
}

static struct embedded *create(struct error *err) {
    struct embedded *embedded = calloc(1, sizeof *embedded);
    if (embedded == NULL)
        error_set(err, "out of memory");
    else
        embedded->lock = -1;
    return embedded;
}

struct embedded *embedded_start(const struct embedded_options *options, struct error *err) {
    struct embedded *embedded = create(err);
    if (embedded != NULL && start_all(embedded, options, err))
        return embedded;
    embedded_stop(embedded);
    return NULL;
}

struct embedded *embedded_attach(const char *directory, struct error *err) {
    struct embedded *embedded = create(err);
    if (embedded != NULL && set_paths(embedded, directory, err) && find_all(embedded, err))
        return embedded;
    embedded_stop(embedded);
    return NULL;
}

static void note_end(struct embedded *embedded, time_t now) {
    char line[256];
    int pause = restart_end(&embedded->restart, now, LONGEST_PAUSE_S);
    embedded->postmaster = 0;
    process_find_reason(embedded->log, line, sizeof line);
    log_event(LOG_ERROR, "postgresql-ended", "said", line, "log", embedded->log, "starts-again-in",
              LOG_NUMBER(pause), NULL);
}

bool embedded_watch(struct embedded *embedded, struct error *err) {
    time_t now = restart_clock();
    if (embedded->postmaster != 0 && !process_is_ended(embedded->postmaster))
        return true;
    if (embedded->postmaster != 0)
        note_end(embedded, now);
    if (!restart_is_due(&embedded->restart, now))
        return true;
    restart_begin(&embedded->restart, now);
    return launch(embedded, err);
}

static void stop_postmaster(struct embedded *embedded) {
    if (embedded->postmaster == 0)
        return;
    kill(embedded->postmaster, SIGINT);
    if (process_wait(embedded->postmaster, STOP_MS))
        return;
    log_event(LOG_WARNING, "postgresql-slow-to-stop", "action", "stopping it at once", NULL);
    kill(embedded->postmaster, SIGQUIT);
    if (!process_wait(embedded->postmaster, STOP_MS))
        kill(embedded->postmaster, SIGKILL);
}

bool embedded_keep(struct embedded *embedded, struct error *err) {
    char data[PATH_SIZE + 16];
    snprintf(data, sizeof data, "%s/data", embedded->directory);
    stop_postmaster(embedded);
    embedded->postmaster = 0;
    bool is_kept = rename(embedded->data, data) == 0 ||
                   error_set_errno(err, errno, "cannot rename %s to %s", embedded->data, data);
    embedded_stop(embedded);
    return is_kept;
}

// A cluster that a restore has not filled is of no use to anybody.
static void drop_unfinished(const struct embedded *embedded) {
    struct error err = {0};
    if (!cluster_remove(embedded->data, embedded->log, &err))
        log_event(LOG_WARNING, "not-removed", "directory", embedded->data, "reason", err.message,
                  NULL);
}

void embedded_stop(struct embedded *embedded) {
    if (embedded == NULL)
        return;
    stop_postmaster(embedded);
    if (embedded->is_unfinished)
        drop_unfinished(embedded);
    if (embedded->socket[0] != '\0' && embedded->lock >= 0)
        rmdir(embedded->socket);
    if (embedded->lock >= 0)
        close(embedded->lock);
    free(embedded);
}

const char *embedded_server_conninfo(const struct embedded *embedded) {
    return embedded->server_conninfo;
}

const char *embedded_admin_conninfo(const struct embedded *embedded) {
    return embedded->admin_conninfo;
}

const char *embedded_cluster_conninfo(const struct embedded *embedded) {
    return embedded->cluster_conninfo;
}

const char *embedded_programs(const struct embedded *embedded) {
    return embedded->programs;
}

const char *embedded_directory(const struct embedded *embedded) {
    return embedded->directory;
}
