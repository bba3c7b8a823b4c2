#include "tests/unit/server/cluster.h"

#include "server/embedded.h"
#include "server/pg/session.h"
#include "server/process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
// Criterion itself, asked to run from a main that is not its own, loses a few bytes now and then.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libcriterion";
}
#endif

// Whoever holds the cluster is a process of its own: started by root it becomes somebody else, the
// tests do not. It lives as long as the other end of its pipe is open.
struct holder {
    pid_t process;
    int hold;
};

static const char admin_variable[] = "SHAP_TEST_ADMIN";
static const char server_variable[] = "SHAP_TEST_SERVER";
static const char directory_variable[] = "SHAP_TEST_DIRECTORY";

const char *cluster_admin(void) {
    return getenv(admin_variable);
}

const char *cluster_server(void) {
    return getenv(server_variable);
}

const char *cluster_directory(void) {
    return getenv(directory_variable);
}

static void die(const char *what, const struct error *err) {
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(EXIT_FAILURE);
}

void cluster_make_database(const char *name, char *conninfo, unsigned size) {
    struct error err = {0};
    char sql[128];
    struct session *session = session_create(cluster_admin(), &err);
    snprintf(sql, sizeof sql, "create database %s", name);
    if (session == NULL || !session_run(session, sql, strlen(sql), &err))
        die("cannot make a database", &err);
    session_destroy(session);
    snprintf(conninfo, size, "%s dbname=%s", cluster_admin(), name);
}

static void hold(const char *directory, const struct privileges_user *user, int said, int asked) {
    const struct embedded_options options = {.directory = directory, .n_connections = 60};
    struct error err = {0};
    char end;
    struct embedded *embedded = NULL;
    if (privileges_drop(user, &err))
        embedded = embedded_start(&options, &err);
    if (embedded == NULL) {
        fprintf(stderr, "cannot start a cluster: %s\n", err.message);
        _exit(EXIT_FAILURE);
    }
    dprintf(said, "%s\n%s\n", embedded_admin_conninfo(embedded),
            embedded_server_conninfo(embedded));
    close(said);
    while (read(asked, &end, 1) < 0 && errno == EINTR)
        ;
    embedded_stop(embedded);
    _exit(EXIT_SUCCESS);
}

static bool read_conninfo(FILE *said, const char *variable) {
    char line[2048];
    if (fgets(line, sizeof line, said) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    return setenv(variable, line, 1) == 0;
}

static void start(const char *directory, struct holder *holder) {
    struct privileges_user user;
    struct error err = {0};
    int said[2];
    int asked[2];
    if (!privileges_choose(NULL, geteuid() == 0, &user, &err) ||
        !embedded_prepare(directory, &user, &err))
        die("cannot prepare a cluster", &err);
    if (pipe(said) != 0 || pipe(asked) != 0)
        exit(EXIT_FAILURE);
    fcntl(asked[1], F_SETFD, FD_CLOEXEC);
    holder->process = fork();
    if (holder->process == 0) {
        close(said[0]);
        close(asked[1]);
        hold(directory, &user, said[1], asked[0]);
    }
    close(said[1]);
    close(asked[0]);
    holder->hold = asked[1];
    FILE *out = fdopen(said[0], "r");
    if (!read_conninfo(out, admin_variable) || !read_conninfo(out, server_variable))
        exit(EXIT_FAILURE);
    fclose(out);
}

static char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "r");
    struct stat info;
    if (file == NULL || fstat(fileno(file), &info) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(EXIT_FAILURE);
    }
    char *text = malloc((size_t)info.st_size + 1);
    *len = fread(text, 1, (size_t)info.st_size, file);
    fclose(file);
    return text;
}

static void run_sql(struct session *session, const char *path) {
    struct error err = {0};
    size_t len = 0;
    char *sql = read_file(path, &len);
    if (!session_run(session, sql, len, &err))
        die(path, &err);
    free(sql);
}

static void run_all_sql(void) {
    char paths[] = CLUSTER_SQL;
    struct error err = {0};
    char *rest = NULL;
    struct session *session = session_create(cluster_admin(), &err);
    if (session == NULL)
        die("cannot connect", &err);
    for (char *path = strtok_r(paths, ";", &rest); path != NULL; path = strtok_r(NULL, ";", &rest))
        run_sql(session, path);
    session_destroy(session);
}

static void stop(const struct holder *holder, const char *directory) {
    const char *arguments[] = {"/bin/rm", "-rf", "--", directory, NULL};
    struct error err = {0};
    close(holder->hold);
    waitpid(holder->process, NULL, 0);
    if (!process_run(arguments, "/dev/null", &err))
        die("cannot clean up", &err);
}

int main(int n_arguments, char **arguments) {
    char directory[] = "/tmp/shap-test-XXXXXX";
    struct holder holder;
    struct criterion_test_set *tests = criterion_initialize();
    int result = EXIT_SUCCESS;
    if (criterion_handle_args(n_arguments, arguments, true)) {
        if (mkdtemp(directory) == NULL || setenv(directory_variable, directory, 1) != 0)
            return EXIT_FAILURE;
        start(directory, &holder);
        run_all_sql();
        result = !criterion_run_all_tests(tests);
        stop(&holder, directory);
    }
    criterion_finalize(tests);
    return result;
}
