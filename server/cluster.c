#include "server/cluster.h"

#include "server/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAJOR_LEAST = 15 };

static const char debian_programs[] = "/usr/lib/postgresql";

static bool has_programs(const char *directory) {
    char path[CLUSTER_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/postgres", directory);
    if (access(path, X_OK) != 0)
        return false;
    snprintf(path, sizeof path, "%s/initdb", directory);
    return access(path, X_OK) == 0;
}

static int to_major(const char *version) {
    long major = strtol(version, NULL, 10);
    return major > 0 && major < 1000 ? (int)major : 0;
}

// The major version a data directory was made by; 0 when it is new. False: that cannot be told.
static bool read_major(const char *data, int *major, struct error *err) {
    char path[CLUSTER_PATH_SIZE + 16];
    char line[16];
    snprintf(path, sizeof path, "%s/PG_VERSION", data);
    *major = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT || error_set_errno(err, errno, "cannot read %s", path);
    if (fgets(line, sizeof line, file) != NULL)
        *major = to_major(line);
    fclose(file);
    return *major > 0 || error_set(err, "%s does not say which PostgreSQL made %s", path, data);
}

// Debian keeps each major version in a directory of its own.
static int find_debian(int wanted, char directory[CLUSTER_PATH_SIZE]) {
    int best = 0;
    DIR *all = opendir(debian_programs);
    if (all == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(all)) != NULL;) {
        char candidate[CLUSTER_PATH_SIZE];
        int major = to_major(entry->d_name);
        if (major < MAJOR_LEAST || major <= best || (wanted != 0 && major != wanted))
            continue;
        snprintf(candidate, sizeof candidate, "%s/%d/bin", debian_programs, major);
        if (!has_programs(candidate))
            continue;
        best = major;
        memcpy(directory, candidate, sizeof candidate);
    }
    closedir(all);
    return best;
}

// Elsewhere pg_config knows; `postgres --version` says "postgres (PostgreSQL) 15.6".
static int find_configured(int wanted, char directory[CLUSTER_PATH_SIZE]) {
    static const char name[] = "postgres (PostgreSQL) ";
    static const char *const places[] = {"/usr/bin/pg_config", "/usr/local/bin/pg_config",
                                         "/usr/local/pgsql/bin/pg_config"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char candidate[CLUSTER_PATH_SIZE];
        char program[CLUSTER_PATH_SIZE + 16];
        char version[128];
        const char *ask_directory[] = {places[i], "--bindir", NULL};
        const char *ask_version[] = {program, "--version", NULL};
        if (access(places[i], X_OK) != 0 ||
            !process_ask(ask_directory, candidate, sizeof candidate) || !has_programs(candidate))
            continue;
        snprintf(program, sizeof program, "%s/postgres", candidate);
        if (!process_ask(ask_version, version, sizeof version) ||
            strncmp(version, name, sizeof name - 1) != 0)
            continue;
        int major = to_major(version + sizeof name - 1);
        if (major < MAJOR_LEAST || (wanted != 0 && major != wanted))
            continue;
        memcpy(directory, candidate, sizeof candidate);
        return major;
    }
    return 0;
}

bool cluster_find_programs(const char *data, char directory[CLUSTER_PATH_SIZE], bool *is_made,
                           struct error *err) {
    int wanted;
    if (!read_major(data, &wanted, err))
        return false;
    *is_made = wanted != 0;
    if (wanted != 0 && wanted < MAJOR_LEAST)
        return error_set(err, "%s was made by PostgreSQL %d; shapd needs %d or later", data, wanted,
                         MAJOR_LEAST);
    if (find_debian(wanted, directory) != 0 || find_configured(wanted, directory) != 0)
        return true;
    if (wanted != 0)
        return error_set(err,
                         "%s was made by PostgreSQL %d, which is not installed (it is not upgraded "
                         "silently): apt-get install postgresql-%d",
                         data, wanted, wanted);
    return error_set(
        err,
        "PostgreSQL %d or later is not installed: apt-get install postgresql (only its "
        "programs are used; no cluster of the system is needed)",
        MAJOR_LEAST);
}

bool cluster_remove(const char *data, const char *log_path, struct error *err) {
    const char *arguments[] = {"/bin/rm", "-rf", "--", data, NULL};
    return access(data, F_OK) != 0 || process_run(arguments, log_path, err);
}

bool cluster_make(const char *programs, const char *data, const char *log_path, struct error *err) {
    char initdb[CLUSTER_PATH_SIZE + 16];
    char unfinished[CLUSTER_PATH_SIZE + 16];
    snprintf(initdb, sizeof initdb, "%s/initdb", programs);
    snprintf(unfinished, sizeof unfinished, "%s.unfinished", data);
    const char *arguments[] = {initdb,
                               "--pgdata",
                               unfinished,
                               "--username",
                               "postgres",
                               "--auth-local=trust",
                               "--auth-host=reject",
                               "--encoding=UTF8",
                               "--locale=C.UTF-8",
                               "--data-checksums",
                               NULL};
    if (!cluster_remove(unfinished, log_path, err) || !process_run(arguments, log_path, err))
        return false;
    return rename(unfinished, data) == 0 ||
           error_set_errno(err, errno, "cannot rename %s to %s", unfinished, data);
}

// Without memory of its own: whoever waits for a state would never see it.
static void read_lock(const char *data, char *text, size_t size) {
    char path[CLUSTER_PATH_SIZE + 16];
    size_t len = 0;
    snprintf(path, sizeof path, "%s/postmaster.pid", data);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t n; fd >= 0 && (n = read(fd, text + len, size - 1 - len)) > 0;)
        len += (size_t)n;
    text[len] = '\0';
    if (fd >= 0)
        close(fd);
}

// Its first line is the process id, its eighth the state: "ready" or "starting".
pid_t cluster_read_pid(const char *data, bool *is_ready) {
    char text[4 * CLUSTER_PATH_SIZE];
    read_lock(data, text, sizeof text);
    const char *line = text;
    for (int number = 1; number < 8 && line != NULL; number++)
        line = strchr(line, '\n') == NULL ? NULL : strchr(line, '\n') + 1;
    *is_ready = line != NULL && strncmp(line, "ready", 5) == 0;
    long pid = strtol(text, NULL, 10);
    return pid > 0 ? (pid_t)pid : 0;
}

static bool works_in(const char *pid, const struct stat *data) {
    char path[CLUSTER_PATH_SIZE];
    struct stat place;
    snprintf(path, sizeof path, "/proc/%.20s/cwd", pid);
    return stat(path, &place) == 0 && place.st_dev == data->st_dev && place.st_ino == data->st_ino;
}

static pid_t find_named(const char *data) {
    bool is_ready = false;
    pid_t pid = cluster_read_pid(data, &is_ready);
    return pid > 0 && kill(pid, 0) == 0 ? pid : 0;
}

pid_t cluster_find_process(const char *data) {
    struct stat info;
    pid_t found = 0;
    if (stat(data, &info) != 0)
        return 0;
    DIR *all = opendir("/proc");
    if (all == NULL)
        return find_named(data);
    for (const struct dirent *entry; found == 0 && (entry = readdir(all)) != NULL;) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 0 && pid != getpid() && works_in(entry->d_name, &info))
            found = (pid_t)pid;
    }
    closedir(all);
    return found;
}
