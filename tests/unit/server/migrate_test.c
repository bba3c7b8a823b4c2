#include "server/migrate.h"

#include "tests/unit/server/cluster.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct session *session;
static struct error err;
static struct migrate_result result;
static struct sql_file files[8];
static struct migrate_files set = {files, 0};

static void add(const char *path, const char *role, int number, const char *sql) {
    files[set.n++] = (struct sql_file){path, role, number, (const unsigned char *)sql, strlen(sql)};
}

static const char roles[] =
    "do $$ begin if to_regrole('shap_owner') is null then create role shap_owner; end if; end $$;"
    "create schema if not exists shap authorization shap_owner;";

static void setup(void) {
    char name[64];
    char conninfo[4096];
    snprintf(name, sizeof name, "migrate_%s", criterion_current_test->name);
    cluster_make_database(name, conninfo, sizeof conninfo);
    session = session_create(conninfo, &err);
    cr_assert_not_null(session, "%s", err.message);
    add("roles.sql", NULL, 0, roles);
    add("schema/0001_a.sql", "shap_owner", 1, "create table shap.a (n int);");
    add("logic/f.sql", "shap_owner", 0,
        "create or replace function shap.f() returns int language sql as $$ select 1 $$;"
        "insert into shap.a values (1);");
}

static void teardown(void) {
    session_destroy(session);
}

TestSuite(migrate, .init = setup, .fini = teardown, .timeout = 60);

static void ask(const char *sql, const char *expected) {
    char text[200];
    struct error cause = {0};
    cr_assert(session_query_text(session, sql, NULL, 0, text, sizeof text, &cause), "%s",
              cause.message);
    cr_assert_str_eq(text, expected);
}

static void deploy(void) {
    cr_assert(migrate_run(session, &set, &result, &err), "%s", err.message);
}

static void assert_refused(const char *words) {
    cr_assert_not(migrate_run(session, &set, &result, &err));
    cr_assert_not_null(strstr(err.message, words), "%s", err.message);
}

Test(migrate, an_empty_database_gets_everything_in_order) {
    deploy();
    cr_assert(result.is_deployed);
    cr_assert_eq(result.n_migrations, 1);
    ask("select string_agg(number || ' ' || name, ', ' order by number) from shap.migration",
        "0 deployment, 1 schema/0001_a.sql");
    ask("select tableowner from pg_tables where tablename = 'a'", "shap_owner");
    ask("select shap.f()", "1");
}

Test(migrate, again_does_nothing) {
    deploy();
    deploy();
    cr_assert_not(result.is_deployed);
    ask("select count(*) from shap.a", "1");
}

Test(migrate, changed_logic_is_deployed_and_migrations_are_not_run_again) {
    deploy();
    files[2].bytes = (const unsigned char *)"insert into shap.a values (2);";
    files[2].len = strlen((const char *)files[2].bytes);
    deploy();
    cr_assert(result.is_deployed);
    cr_assert_eq(result.n_migrations, 0);
    ask("select string_agg(n::text, ' ' order by n) from shap.a", "1 2");
}

Test(migrate, a_new_migration_is_run) {
    deploy();
    add("schema/0002_b.sql", "shap_owner", 2, "create table shap.b (n int);");
    deploy();
    cr_assert_eq(result.n_migrations, 1);
    ask("select max(number) from shap.migration", "2");
    cr_assert_eq(migrate_version(&set), 2);
}

Test(migrate, a_migration_edited_after_its_release_is_refused) {
    deploy();
    files[1].bytes = (const unsigned char *)"create table shap.a (n int, m int);";
    files[1].len = strlen((const char *)files[1].bytes);
    assert_refused("migration 1 (schema/0001_a.sql) was changed");
}

Test(migrate, a_newer_database_is_refused) {
    add("schema/0002_b.sql", "shap_owner", 2, "create table shap.b (n int);");
    deploy();
    set.n--;
    assert_refused("newer (migration 2, schema/0002_b.sql) than this shapd (1)");
}

Test(migrate, a_failure_names_file_and_line_and_leaves_nothing_behind) {
    add("schema/0002_b.sql", "shap_owner", 2, "create table shap.b (n int);");
    add("api/g.sql", "shap_owner", 0, "select 1;\n\nselect broken from nowhere;");
    assert_refused("sql/api/g.sql: line 3: ");
    ask("select to_regnamespace('shap') is null", "t");
    set.n--;
    deploy();
    ask("select max(number) from shap.migration", "2");
}

Test(migrate, a_failed_upgrade_leaves_the_old_deployment_whole) {
    deploy();
    add("schema/0002_b.sql", "shap_owner", 2, "create table shap.b (n int);");
    add("api/g.sql", "shap_owner", 0, "select 1/0;");
    assert_refused("sql/api/g.sql: ");
    ask("select to_regclass('shap.b') is null", "t");
    ask("select max(number) from shap.migration", "1");
}
