#include "server/backup.h"

#include "server/embedded.h"
#include "server/pg/session.h"
#include "server/process.h"
#include "server/sql_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 1200, CONNECTIONS = 8 };

int backup_create_file(const char *path, struct error *err) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        error_set(err, "%s exists already: name a new file for the backup", path);
    else if (file < 0)
        error_set_errno(err, errno, "cannot create the backup %s", path);
    return file;
}

int backup_open_file(const char *path, struct error *err) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        error_set_errno(err, errno, "cannot open the backup %s", path);
    return file;
}

// Runs one of PostgreSQL's programs beside its cluster; what it says is kept in backup.log.
static bool run_program(const struct embedded *embedded, const char *name,
                        const char *const *options, int input, int output, struct error *err) {
    enum { OPTIONS_MAX = 8 };
    char program[PATH_SIZE];
    char log[PATH_SIZE];
    const char *arguments[OPTIONS_MAX + 2] = {program};
    snprintf(program, sizeof program, "%s/%s", embedded_programs(embedded), name);
    snprintf(log, sizeof log, "%s/backup.log", embedded_directory(embedded));
    for (size_t i = 0; i < OPTIONS_MAX && options[i] != NULL; i++)
        arguments[i + 1] = options[i];
    unlink(log);
    return process_run_between(arguments, input, output, log, err);
}

// ---- making one

static bool is_served(const struct embedded *embedded) {
    struct error ignored = {0};
    struct session *session = session_create(embedded_admin_conninfo(embedded), &ignored);
    session_destroy(session);
    return session != NULL;
}

static bool has_database(const char *directory, struct error *err) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/data", directory);
    return access(path, F_OK) == 0 ||
           error_set(err, "there is no database in %s (--embedded)", directory);
}

// Beside a server that serves, else with a PostgreSQL of our own.
static struct embedded *reach(const char *directory, struct error *err) {
    const struct embedded_options options = {.directory = directory, .n_connections = CONNECTIONS};
    if (!has_database(directory, err))
        return NULL;
    struct embedded *embedded = embedded_attach(directory, err);
    if (embedded == NULL || is_served(embedded))
        return embedded;
    embedded_stop(embedded);
    return embedded_start(&options, err);
}

bool backup_make(const char *directory, int file, struct error *err) {
    struct embedded *embedded = reach(directory, err);
    if (embedded == NULL)
        return false;
    const char *options[] = {"--format=custom",
                             "--no-password",
                             "--lock-wait-timeout=60000",
                             "--dbname",
                             embedded_admin_conninfo(embedded),
                             NULL};
    bool is_made = run_program(embedded, "pg_dump", options, -1, file, err) &&
                   (fsync(file) == 0 || error_set_errno(err, errno, "cannot write the backup"));
    embedded_stop(embedded);
    if (!is_made)
        (void)!ftruncate(file, 0);
    return is_made;
}

// ---- restoring one

// Roles belong to the cluster, not to the database, so they are in no backup.
static bool make_roles(const struct embedded *embedded, struct error *err) {
    bool is_ok = true;
    struct session *session = session_create(embedded_cluster_conninfo(embedded), err);
    for (size_t i = 0; session != NULL && is_ok && i < sql_n_files; i++)
        if (strcmp(sql_files[i].path, "roles.sql") == 0)
            is_ok = session_run(session, (const char *)sql_files[i].bytes, sql_files[i].len, err);
    session_destroy(session);
    return session != NULL && is_ok;
}

static bool is_ours(const struct embedded *embedded, struct error *err) {
    char answer[8];
    struct session *session = session_create(embedded_admin_conninfo(embedded), err);
    bool is_ok = session != NULL &&
                 session_query_text(session, "select to_regclass('shap.migration') is not null",
                                    NULL, 0, answer, sizeof answer, err);
    session_destroy(session);
    return is_ok &&
           (strcmp(answer, "t") == 0 || error_set(err, "this is no backup of a shap database"));
}

static bool fill(const struct embedded *embedded, int file, struct error *err) {
    const char *options[] = {"--clean",
                             "--if-exists",
                             "--create",
                             "--exit-on-error",
                             "--no-password",
                             "--dbname",
                             embedded_cluster_conninfo(embedded),
                             NULL};
    return make_roles(embedded, err) &&
           run_program(embedded, "pg_restore", options, file, -1, err) && is_ours(embedded, err);
}

bool backup_restore(const char *directory, int file, struct error *err) {
    const struct embedded_options options = {
        .directory = directory, .n_connections = CONNECTIONS, .is_restore = true};
    struct embedded *embedded = embedded_start(&options, err);
    if (embedded == NULL)
        return false;
    if (fill(embedded, file, err))
        return embedded_keep(embedded, err);
    embedded_stop(embedded);
    return false;
}
