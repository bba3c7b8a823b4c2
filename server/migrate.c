#include "server/migrate.h"

#include "server/base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_SIZE = 2 * SHA256_SIZE + 1, MIGRATIONS_MAX = 1000 };

static const char migration_table[] =
    "create table if not exists shap.migration ("
    " number integer primary key, name text not null, sha256 bytea not null,"
    " applied_at timestamptz not null default now());"
    "comment on table shap.migration is"
    " 'what was deployed: each numbered migration, and as number 0 everything together'";

struct migration {
    struct session *session;
    const struct migrate_files *files;
    char digest[HEX_SIZE];            // of all files
    bool is_recorded[MIGRATIONS_MAX]; // by number
    bool is_current;                  // number 0 is recorded with our digest
    struct migrate_result *result;
};

static void to_hex(const uint8_t digest[SHA256_SIZE], char hex[HEX_SIZE]) {
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static void digest_file(const struct sql_file *file, char hex[HEX_SIZE]) {
    uint8_t digest[SHA256_SIZE];
    sha256_of(file->bytes, file->len, digest);
    to_hex(digest, hex);
}

// Paths and roles count too, each with its NUL, so that no two sets of files read the same.
static void digest_files(const struct migrate_files *files, char hex[HEX_SIZE]) {
    struct sha256 hash;
    uint8_t digest[SHA256_SIZE];
    sha256_init(&hash);
    for (size_t i = 0; i < files->n; i++) {
        const struct sql_file *file = &files->files[i];
        const char *role = file->role != NULL ? file->role : "";
        char len[24];
        snprintf(len, sizeof len, "%zu", file->len);
        sha256_feed(&hash, file->path, strlen(file->path) + 1);
        sha256_feed(&hash, role, strlen(role) + 1);
        sha256_feed(&hash, len, strlen(len) + 1);
        sha256_feed(&hash, file->bytes, file->len);
    }
    sha256_finish(&hash, digest);
    to_hex(digest, hex);
}

int migrate_version(const struct migrate_files *files) {
    int version = 0;
    for (size_t i = 0; i < files->n; i++)
        version = files->files[i].number > version ? files->files[i].number : version;
    return version;
}

static const struct sql_file *find_number(const struct migrate_files *files, int number) {
    for (size_t i = 0; i < files->n; i++)
        if (files->files[i].number == number)
            return &files->files[i];
    return NULL;
}

static bool run_text(struct migration *migration, const char *sql, struct error *err) {
    return session_run(migration->session, sql, strlen(sql), err);
}

// ---- what is there

// One row of shap.migration: number, name, hash in hex.
static bool on_recorded(void *ctx, const char *const *columns, size_t n_columns,
                        struct error *err) {
    struct migration *migration = ctx;
    char hex[HEX_SIZE];
    (void)n_columns;
    int number = (int)strtol(columns[0], NULL, 10);
    if (number == 0) {
        migration->is_current = strcmp(columns[2], migration->digest) == 0;
        return true;
    }
    int version = migrate_version(migration->files);
    if (number > version)
        return error_set(err,
                         "the database is newer (migration %d, %s) than this shapd (%d): use the "
                         "shapd that deployed it, or a later one",
                         number, columns[1], version);
    const struct sql_file *file = find_number(migration->files, number);
    if (file == NULL)
        return error_set(err, "the database has migration %d (%s), which this shapd does not know",
                         number, columns[1]);
    digest_file(file, hex);
    if (strcmp(hex, columns[2]) != 0)
        return error_set(
            err,
            "migration %d (%s) was changed after it was deployed: a released migration "
            "is never edited, put the change into a new one",
            number, columns[1]);
    migration->is_recorded[number] = true;
    return true;
}

static bool read_recorded(struct migration *migration, struct error *err) {
    char exists[8];
    if (!session_query_text(migration->session, "select to_regclass('shap.migration') is not null",
                            NULL, 0, exists, sizeof exists, err))
        return false;
    return strcmp(exists, "t") != 0 ||
           session_query(migration->session,
                         "select number, name, encode(sha256, 'hex') from shap.migration"
                         " order by number",
                         NULL, 0, on_recorded, migration, err);
}

// ---- what is done

static bool become(struct migration *migration, const char *role, struct error *err) {
    char sql[128];
    if (role == NULL)
        return run_text(migration, "reset role", err);
    snprintf(sql, sizeof sql, "set local role \"%s\"", role);
    return run_text(migration, sql, err);
}

static bool record(struct migration *migration, int number, const char *name, const char *hex,
                   struct error *err) {
    char number_text[16];
    snprintf(number_text, sizeof number_text, "%d", number);
    const char *params[] = {number_text, name, hex};
    return session_query(migration->session,
                         "insert into shap.migration (number, name, sha256)"
                         " values ($1::integer, $2, decode($3, 'hex'))"
                         " on conflict (number) do update set name = excluded.name,"
                         " sha256 = excluded.sha256, applied_at = now()",
                         params, 3, NULL, NULL, err);
}

static bool run_file(struct migration *migration, const struct sql_file *file, struct error *err) {
    struct error cause = {0};
    if (!become(migration, file->role, err))
        return false;
    if (session_run(migration->session, (const char *)file->bytes, file->len, &cause))
        return true;
    return error_set(err, "sql/%s: %s", file->path, cause.message);
}

static bool run_migration(struct migration *migration, const struct sql_file *file,
                          struct error *err) {
    char hex[HEX_SIZE];
    if (migration->is_recorded[file->number])
        return true;
    digest_file(file, hex);
    migration->result->n_migrations++;
    return become(migration, file->role, err) && run_text(migration, migration_table, err) &&
           run_file(migration, file, err) && record(migration, file->number, file->path, hex, err);
}

static bool deploy(struct migration *migration, struct error *err) {
    const struct migrate_files *files = migration->files;
    const char *owner = NULL;
    for (size_t i = 0; i < files->n; i++) {
        const struct sql_file *file = &files->files[i];
        if (file->number > 0)
            owner = file->role;
        if (file->number > 0 ? !run_migration(migration, file, err)
                             : !run_file(migration, file, err))
            return false;
    }
    return become(migration, owner, err) &&
           record(migration, 0, "deployment", migration->digest, err);
}

// Any number nobody else takes a lock on.
static const char lock_deployment[] =
    "begin; set local client_min_messages = warning; select pg_advisory_xact_lock(734911062517)";

bool migrate_run(struct session *session, const struct migrate_files *files,
                 struct migrate_result *result, struct error *err) {
    struct migration migration = {.session = session, .files = files, .result = result};
    struct error ignored = {0};
    *result = (struct migrate_result){0};
    if (migrate_version(files) >= MIGRATIONS_MAX)
        return error_set(err, "there are more than %d migrations", MIGRATIONS_MAX);
    digest_files(files, migration.digest);
    bool is_ok = run_text(&migration, lock_deployment, err) && read_recorded(&migration, err);
    if (is_ok && !migration.is_current)
        is_ok = deploy(&migration, err);
    if (is_ok && run_text(&migration, "commit", err)) {
        result->is_deployed = !migration.is_current;
        return true;
    }
    (void)!run_text(&migration, "rollback", &ignored);
    result->n_migrations = 0;
    return false;
}
