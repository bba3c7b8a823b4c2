#include "server/backup.h"
#include "server/cert.h"
#include "server/check.h"
#include "server/config.h"
#include "server/init.h"
#include "server/loops.h"
#include "server/migrate.h"

#include "server/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DATABASE_TIMEOUT_MS = 30000,
    SPARE_CONNECTIONS = 12, // for catalog, checks and PostgreSQL's own reserve
    LOOP_CONNECTIONS = 5,   // of each further loop: catalog, bell, a report and what is on its way
};

// All that one run holds. Freed in one place, run_finish.
struct run {
    struct config config;
    struct privileges_user user;
    struct init_file token_file;
    struct tls_context *tls;
    struct embedded *embedded;
    int backup; // file descriptor of --backup or --restore; -1: none
    char socket_address[1100];
};

static void set_log_level(const char *name) {
    static const char *const names[] = {"error", "warning", "info", "debug"};
    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], name) == 0)
            log_set_level((enum log_level)i);
}

static const char *server_conninfo(const struct run *run) {
    return run->embedded != NULL ? embedded_server_conninfo(run->embedded) : run->config.database;
}

static const char *admin_conninfo(const struct run *run) {
    return run->embedded != NULL ? embedded_admin_conninfo(run->embedded) : run->config.database;
}

// ---- as root, while that lasts

static bool prepare(struct run *run, struct error *err) {
    const struct config *config = &run->config;
    const struct tls_options tls = {
        .certificate_file = config->tls_cert,
        .key_file = config->tls_key,
        .client_ca_file = config->client_ca,
        .client_crl_file = config->client_crl,
        .is_client_required = strcmp(config->client_cert, "required") == 0,
        .allows_1_2 = strcmp(config->tls_min, "1.2") == 0,
    };
    if (!privileges_choose(config->user, config->embedded != NULL, &run->user, err))
        return false;
    if (config->init && !init_open(config->token_file, &run->token_file, err))
        return false;
    if (config->backup != NULL && (run->backup = backup_create_file(config->backup, err)) < 0)
        return false;
    if (config->restore != NULL && (run->backup = backup_open_file(config->restore, err)) < 0)
        return false;
    if (config->tls_cert != NULL && (run->tls = tls_context_create(&tls, err)) == NULL)
        return false;
    if (config->embedded != NULL && !embedded_prepare(config->embedded, &run->user, err))
        return false;
    if (geteuid() == 0 && !run->user.is_change)
        log_event(LOG_WARNING, "running-as-root", "cure", "--user NAME", NULL);
    return privileges_drop(&run->user, err);
}

static bool prepare_or_leave_nothing(struct run *run, struct error *err) {
    if (prepare(run, err))
        return true;
    if (run->config.backup != NULL && run->backup >= 0)
        unlink(run->config.backup);
    return false;
}

// ---- the embedded database

static bool set_clock(struct session *session, const char *moment, struct error *err) {
    char shift[64];
    struct error cause = {0};
    const char *params[] = {moment};
    if (!session_query_text(session,
                            "update shap.clock_shift"
                            " set shift = coalesce($1::timestamptz - clock_timestamp(), '0')"
                            " returning shift::text",
                            params, 1, shift, sizeof shift, &cause)) {
        bool is_bad_moment = strncmp(session_sqlstate(session), "22", 2) == 0;
        return error_set(err, "--clock: %s%s", cause.message,
                         is_bad_moment ? " (write it like 2010-12-31T09:00:00Z)" : "");
    }
    if (moment != NULL)
        log_event(LOG_WARNING, "clock-shifted", "moment", moment, "shift", shift, "meaning",
                  "a rehearsal: nothing recorded now is real", NULL);
    return true;
}

static bool migrate(const struct run *run, struct session *session, struct error *err) {
    const struct migrate_files files = {sql_files, sql_n_files};
    struct migrate_result result;
    if (!migrate_run(session, &files, &result, err))
        return false;
    if (result.is_deployed)
        log_event(LOG_INFO, "deployed", "schema", LOG_NUMBER(migrate_version(&files)), "migrations",
                  LOG_NUMBER(result.n_migrations), NULL);
    return run->embedded == NULL || set_clock(session, run->config.clock, err);
}

static bool start_embedded(struct run *run, struct error *err) {
    const struct config *config = &run->config;
    const struct embedded_options options = {
        .directory = config->embedded,
        .n_connections = (int)(config->links + config->stream_links + config->report_links) +
                         SPARE_CONNECTIONS + LOOP_CONNECTIONS * ((int)loops_count(config) - 1),
    };
    run->embedded = embedded_start(&options, err);
    if (run->embedded == NULL)
        return false;
    struct session *session = session_create(admin_conninfo(run), err);
    bool is_ok = session != NULL && migrate(run, session, err);
    session_destroy(session);
    return is_ok;
}

// ---- what can be asked for

static enum exit_code do_migrate(struct run *run, struct error *err) {
    if (run->embedded != NULL) // has just been done
        return EXIT_CODE_OK;
    struct session *session = session_create(admin_conninfo(run), err);
    if (session == NULL)
        return EXIT_CODE_NO_DATABASE;
    struct error cause = {0};
    bool is_ok = migrate(run, session, &cause);
    bool is_denied = !is_ok && strcmp(session_sqlstate(session), "42501") == 0;
    session_destroy(session);
    if (!is_ok)
        error_set(err, "%s%s", cause.message,
                  is_denied ? ". Use --database with an administrator's connection: a superuser's"
                            : "");
    return is_ok ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static enum exit_code do_init(struct run *run, struct error *err) {
    const struct config *config = &run->config;
    const struct init_council council = {config->council, config->council_code,
                                         config->administrator};
    const struct init_region region = {config->region, config->councils, config->reader};
    struct session *session = session_create(admin_conninfo(run), err);
    if (session == NULL)
        return EXIT_CODE_NO_DATABASE;
    bool is_ok = config->region != NULL ? init_run_region(session, &region, &run->token_file, err)
                                        : init_run(session, &council, &run->token_file, err);
    session_destroy(session);
    if (is_ok && config->region != NULL)
        printf("The region \"%s\" has the councils %s. Its reader's token is in %s: give that file "
               "to %s and to nobody else.\n",
               config->region, config->councils, config->token_file, config->reader);
    else if (is_ok)
        printf("The council \"%s\" has an administrator, whose token is in %s: give that file to "
               "them and to nobody else.\n",
               config->council, config->token_file);
    return is_ok ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static enum exit_code do_succession(const struct run *run, struct error *err) {
    const struct config *config = &run->config;
    struct session *session = session_create(admin_conninfo(run), err);
    if (session == NULL)
        return EXIT_CODE_NO_DATABASE;
    bool is_ok =
        config->succeed != NULL
            ? init_succeed(session, config->succeed, config->by, config->day, err)
            : init_revoke_succession(session, config->revoke_succession, config->reason, err);
    session_destroy(session);
    if (is_ok && config->succeed != NULL)
        printf(
            "From %s on the people of \"%s\" act on the plans of \"%s\", and its own read them.\n",
            config->day, config->by, config->succeed);
    else if (is_ok)
        printf("The council \"%s\" has no successor any more; both records stay.\n",
               config->revoke_succession);
    return is_ok ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static enum exit_code do_backup(struct run *run, struct error *err) {
    const struct config *config = &run->config;
    if (!backup_make(config->embedded, run->backup, err)) {
        unlink(config->backup); // where root's rights are needed for that an empty file stays
        return EXIT_CODE_FAILED;
    }
    printf("The database in %s is backed up in %s. Whoever has that file can read it all: keep it "
           "safe, elsewhere.\nTo see that it is good: shapd --embedded NEWDIR --restore %s\n",
           config->embedded, config->backup, config->backup);
    return EXIT_CODE_OK;
}

static enum exit_code do_restore(struct run *run, struct error *err) {
    const struct config *config = &run->config;
    if (!backup_restore(config->embedded, run->backup, err))
        return EXIT_CODE_FAILED;
    printf("%s has the database of %s. Next: shapd --embedded %s, then shap audit verify\n",
           config->embedded, config->restore, config->embedded);
    return EXIT_CODE_OK;
}

// What is asked of a database that cannot be reached did not fail: it was not asked.
static bool can_reach(const struct run *run, struct error *err) {
    struct session *session = session_create(server_conninfo(run), err);
    session_destroy(session);
    return session != NULL;
}

static enum exit_code do_check(struct run *run, struct error *err) {
    if (!can_reach(run, err))
        return EXIT_CODE_NO_DATABASE;
    return check_run(server_conninfo(run), stdout, err) ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static enum exit_code do_methods(struct run *run, struct error *err) {
    if (!can_reach(run, err))
        return EXIT_CODE_NO_DATABASE;
    return check_print_methods(server_conninfo(run), stdout, err) ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static void on_wait(const char *reason) {
    log_event(LOG_WARNING, "waiting-for-database", "reason", reason, NULL);
}

static void set_addresses(struct run *run, struct config_list *addresses) {
    *addresses = run->config.listen;
    if (addresses->n > 0)
        return;
    if (run->embedded != NULL)
        snprintf(run->socket_address, sizeof run->socket_address, "unix:%s/shapd.sock",
                 embedded_directory(run->embedded));
    else
        snprintf(run->socket_address, sizeof run->socket_address, "127.0.0.1:7433");
    addresses->items[addresses->n++] = run->socket_address;
}

// Several loops read it again, each for itself.
static enum exit_code serve_api(const struct server_options *options, struct error *err) {
    struct api api;
    struct buf report = {0};
    size_t n_loops = options->loop == NULL ? loops_count(options->config) : 1;
    enum exit_code code = EXIT_CODE_FAILED;
    switch (api_read(&api, options->conninfo, DATABASE_TIMEOUT_MS, on_wait, &report, err)) {
    case API_OK:
        code = n_loops > 1 ? loops_run(options, n_loops, serve_api, err)
                           : server_run(options, &api, err);
        break;
    case API_UNREACHABLE:
        code = EXIT_CODE_NO_DATABASE;
        break;
    case API_MISMATCH:
        fprintf(stderr, "%.*s", (int)buf_len(&report), (const char *)buf_bytes(&report));
        error_set(err, "this shapd and the database do not agree, see above: nothing is served");
        break;
    }
    buf_finish(&report);
    api_finish(&api);
    return code;
}

static enum exit_code serve(struct run *run, struct error *err) {
    struct server_options options = {.config = &run->config,
                                     .conninfo = server_conninfo(run),
                                     .tls = run->tls,
                                     .embedded = run->embedded};
    set_addresses(run, &options.addresses);
    signal(SIGHUP, SIG_IGN); // until the server takes it: what is to be read again has just been
    return serve_api(&options, err);
}

static bool check_database(const struct config *config, struct error *err) {
    struct error cause = {0};
    if (config->database == NULL || session_check(config->database, &cause))
        return true;
    return error_set(err, "--database: %s (write it like \"host=db dbname=shap user=shap_server\")",
                     cause.message);
}

static enum exit_code run_command(struct run *run, struct error *err) {
    const struct config *config = &run->config;
    if (!check_database(config, err))
        return EXIT_CODE_USAGE;
    if (!prepare_or_leave_nothing(run, err))
        return EXIT_CODE_FAILED;
    if (config->backup != NULL)
        return do_backup(run, err);
    if (config->restore != NULL)
        return do_restore(run, err);
    if (config->embedded != NULL && !start_embedded(run, err))
        return EXIT_CODE_NO_DATABASE;
    if (config->migrate)
        return do_migrate(run, err);
    if (config->init)
        return do_init(run, err);
    if (config->succeed != NULL || config->revoke_succession != NULL)
        return do_succession(run, err);
    if (config->check)
        return do_check(run, err);
    if (config->methods)
        return do_methods(run, err);
    return serve(run, err);
}

static enum exit_code run_all(struct run *run, struct error *err) {
    const struct config *config = &run->config;
    if (config->help)
        config_help(stdout);
    if (config->version)
        printf("shapd %s\n", SHAP_VERSION);
    if (config->help || config->version)
        return EXIT_CODE_OK;
    set_log_level(config->log_level);
    return run_command(run, err);
}

static void run_finish(struct run *run) {
    init_abort(&run->token_file);
    if (run->backup >= 0)
        close(run->backup);
    embedded_stop(run->embedded);
    tls_context_destroy(run->tls);
    config_finish(&run->config);
}

// Where one of the three is closed, a file of ours would take its number, and be written to.
static void open_standard_files(void) {
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= STDIN_FILENO && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static bool flush_output(struct error *err) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return error_set_errno(err, errno, "cannot write all of the output");
}

int main(int n_arguments, char **arguments) {
    struct run run = {.token_file = {.fd = -1}, .backup = -1};
    struct error err = {0};
    enum exit_code code = EXIT_CODE_USAGE;
    signal(SIGPIPE, SIG_IGN);
    umask(022);
    open_standard_files();
    if (n_arguments > 1 && strcmp(arguments[1], "cert") == 0)
        code = cert_run(n_arguments - 1, arguments + 1, &err);
    else if (config_read(&run.config, n_arguments, arguments, &err))
        code = run_all(&run, &err);
    if (!flush_output(&err) && code == EXIT_CODE_OK)
        code = EXIT_CODE_FAILED;
    run_finish(&run);
    if (err.is_set)
        fprintf(stderr, "shapd: %s\n", err.message);
    return (int)code;
}
