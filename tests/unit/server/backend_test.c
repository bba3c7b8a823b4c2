#include "server/backend.h"

#include "server/base/log.h"
#include "server/migrate.h"
#include "tests/unit/server/cluster.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static uv_loop_t loop;
static struct backend *backend;
static struct error err;
static char admin[4096];
static char server[4096];
static size_t n_served;
static size_t n_suspended;
static size_t n_replaced;
static bool is_closed;
static const struct registry *registry;
static struct pool *pool;

static void on_serve(void *ctx, const struct registry *served, struct pool *with) {
    (void)ctx;
    n_served++;
    registry = served;
    pool = with;
}

static void on_ring(void *ctx, const char *council) {
    (void)ctx;
    (void)council;
}

static void on_suspend(void *ctx) {
    (void)ctx;
    n_suspended++;
}

static void on_replace(void *ctx) {
    (void)ctx;
    n_replaced++;
    registry = NULL;
    pool = NULL;
}

static void on_closed(void *ctx) {
    (void)ctx;
    is_closed = true;
}

static void run_sql(const char *sql) {
    struct session *session = session_create(admin, &err);
    cr_assert_not_null(session, "%s", err.message);
    cr_assert(session_run(session, sql, strlen(sql), &err), "%s", err.message);
    session_destroy(session);
}

// Roles belong to the whole cluster: one deployment at a time.
static struct session *take_turn(void) {
    static const char lock[] = "select pg_advisory_lock(1)";
    struct session *turn = session_create(cluster_admin(), &err);
    cr_assert_not_null(turn, "%s", err.message);
    cr_assert(session_run(turn, lock, strlen(lock), &err), "%s", err.message);
    return turn;
}

static void deploy(void) {
    const struct migrate_files files = {sql_files, sql_n_files};
    struct migrate_result result;
    struct session *turn = take_turn();
    struct session *session = session_create(admin, &err);
    cr_assert_not_null(session, "%s", err.message);
    cr_assert(migrate_run(session, &files, &result, &err), "%s", err.message);
    session_destroy(session);
    session_destroy(turn);
}

static void setup(void) {
    char name[64];
    struct api api;
    struct buf report = {0};
    log_set_level(LOG_ERROR);
    snprintf(name, sizeof name, "backend_%.40s", criterion_current_test->name);
    cluster_make_database(name, admin, sizeof admin);
    snprintf(server, sizeof server, "%s dbname=%s", cluster_server(), name);
    deploy();
    cr_assert_eq(api_read(&api, server, 5000, NULL, &report, &err), API_OK, "%s%.*s", err.message,
                 (int)buf_len(&report), (const char *)buf_bytes(&report));
    uv_loop_init(&loop);
    const struct backend_options options = {
        .loop = &loop,
        .conninfo = server,
        .n_links = 2,
        .n_stream_links = 1,
        .queue_limit = 10,
        .on_serve = on_serve,
        .on_suspend = on_suspend,
        .on_replace = on_replace,
        .on_ring = on_ring,
    };
    backend = backend_create(&options, &api, &err);
    cr_assert_not_null(backend, "%s", err.message);
    api_finish(&api);
    buf_finish(&report);
    while (n_served == 0)
        uv_run(&loop, UV_RUN_ONCE);
}

static void teardown(void) {
    backend_destroy(backend, on_closed, NULL);
    while (!is_closed)
        uv_run(&loop, UV_RUN_ONCE);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&loop), 0);
}

TestSuite(backend, .init = setup, .fini = teardown, .timeout = 120);

// Ends every connection of the server's role to this test's database.
static void cut_connections(void) {
    run_sql("select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'shap_server' and datname = current_database()");
}

Test(backend, it_serves_with_what_was_read) {
    cr_assert_not_null(registry_find(registry, "/shap.v1.Plans/GetPlan"));
    cr_assert_eq(n_suspended, 0);
}

Test(backend, a_database_that_comes_back_unchanged_is_served_with_the_same_api) {
    const struct registry *before = registry;
    cut_connections();
    while (n_served < 2)
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert_eq(n_suspended, 1);
    cr_assert_eq(n_replaced, 0);
    cr_assert_eq(registry, before);
}

Test(backend, an_api_deployed_anew_is_compiled_anew_on_suspicion) {
    run_sql("update shap.migration set sha256 = '' where number = 0");
    deploy();
    backend_suspect(backend);
    while (n_served < 2)
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert_eq(n_replaced, 1);
    cr_assert_not_null(registry_find(registry, "/shap.v1.Plans/GetPlan"));
}

Test(backend, a_suspicion_that_is_wrong_changes_nothing) {
    const struct registry *before = registry;
    backend_suspect(backend);
    backend_suspect(backend);
    for (int i = 0; i < 20; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_assert_eq(n_served, 1);
    cr_assert_eq(registry, before);
}

Test(backend, an_api_that_does_not_fit_is_not_served_until_it_does) {
    run_sql("alter function shap_v1.list_plans() rename to list_plains");
    cut_connections();
    while (n_suspended < 1)
        uv_run(&loop, UV_RUN_ONCE);
    for (int i = 0; i < 50; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_assert_eq(n_served, 1);
    run_sql("alter function shap_v1.list_plains() rename to list_plans");
    while (n_served < 2)
        uv_run(&loop, UV_RUN_ONCE);
}

Test(backend, a_schema_of_another_version_is_not_served) {
    run_sql("insert into shap.migration (number, name, sha256) values (9999, 'later', '')");
    backend_suspect(backend);
    while (n_suspended < 1)
        uv_run(&loop, UV_RUN_ONCE);
    run_sql("delete from shap.migration where number = 9999");
    while (n_served < 2)
        uv_run(&loop, UV_RUN_ONCE);
}

Test(backend, it_can_be_closed_while_it_reads) {
    backend_suspect(backend);
}

Test(backend, it_can_be_closed_while_it_is_replaced) {
    run_sql("update shap.migration set sha256 = '' where number = 0");
    deploy();
    backend_suspect(backend);
    while (n_replaced < 1)
        uv_run(&loop, UV_RUN_ONCE);
}
