#include "server/check.h"

#include "server/api.h"
#include "server/pg/session.h"
#include "server/services.h"
#include "server/sql_files.h"

#include <string.h>

enum { TIMEOUT_MS = 5000 };

struct promise {
    const char *name;
    const char *sql; // one row per violation; NULL: sql/check.sql
};

enum { PROMISE_NO_SUPERUSER }; // its place in the list

// What must hold for the very role the server connects as, whatever it is called.
static const struct promise promises[] = {
    {"the server's role is no superuser",
     "select rolname from pg_catalog.pg_roles where rolname = current_user and rolsuper"},
    {"the server's role does not bypass row level security",
     "select rolname from pg_catalog.pg_roles where rolname = current_user and rolbypassrls"},
    {"the server's role is not a member of an owner",
     "select rolname from pg_catalog.pg_roles where rolname in ('shap_owner', 'shap_api')"
     " and pg_catalog.pg_has_role(current_user, oid, 'member')"},
    {"the server's role owns nothing",
     "select c.oid::pg_catalog.regclass::text from pg_catalog.pg_class c"
     " join pg_catalog.pg_roles r on r.oid = c.relowner where r.rolname = current_user"
     " union all select p.oid::pg_catalog.regprocedure::text from pg_catalog.pg_proc p"
     " join pg_catalog.pg_roles r on r.oid = p.proowner where r.rolname = current_user"
     " union all select n.nspname from pg_catalog.pg_namespace n"
     " join pg_catalog.pg_roles r on r.oid = n.nspowner where r.rolname = current_user"},
    {"the database keeps the promises of sql/check.sql", NULL},
};

struct violations {
    FILE *out;        // borrowed
    const char *name; // of the promise
    size_t n;
};

static void print_check(FILE *out, bool is_ok, const char *name) {
    fprintf(out, "%-6s  %s\n", is_ok ? "ok" : "FAILED", name);
}

static bool on_violation(void *ctx, const char *const *columns, size_t n_columns,
                         struct error *err) {
    struct violations *violations = ctx;
    (void)err;
    if (violations->n++ == 0)
        print_check(violations->out, false, violations->name);
    fputs("        ", violations->out);
    for (size_t i = 0; i < n_columns; i++)
        fprintf(violations->out, "%s%s", i > 0 ? ": " : "", columns[i] != NULL ? columns[i] : "");
    fputc('\n', violations->out);
    return true;
}

static bool check_promise(struct session *session, const struct promise *promise, FILE *out,
                          bool *is_kept, struct error *err) {
    struct violations violations = {.out = out, .name = promise->name};
    struct error cause = {0};
    const char *sql = promise->sql != NULL ? promise->sql : (const char *)sql_check.bytes;
    if (!session_query(session, sql, NULL, 0, on_violation, &violations, &cause))
        return error_set(err, "cannot check whether %s: %s", promise->name, cause.message);
    if (violations.n == 0)
        print_check(out, true, promise->name);
    *is_kept = *is_kept && violations.n == 0;
    return true;
}

// Of a superuser nothing else can be said: every right is his, and so is much of the database.
static bool check_promises(struct session *session, FILE *out, bool *is_kept, struct error *err) {
    for (size_t i = 0; i < sizeof promises / sizeof *promises; i++) {
        if (!check_promise(session, &promises[i], out, is_kept, err))
            return false;
        if (i == PROMISE_NO_SUPERUSER && !*is_kept)
            return error_set(err, "this connection is a superuser's: check with the one shapd "
                                  "serves with, whose user is shap_server");
    }
    return true;
}

static void print_report(FILE *out, const struct buf *report) {
    const char *at = (const char *)buf_bytes(report);
    size_t left = buf_len(report);
    while (left > 0) {
        const char *end = memchr(at, '\n', left);
        size_t len = end != NULL ? (size_t)(end - at) : left;
        fprintf(out, "        %.*s\n", (int)len, at);
        len += end != NULL;
        at += len;
        left -= len;
    }
}

static bool check_methods(const char *conninfo, FILE *out) {
    struct api api;
    struct buf report = {0};
    struct error cause = {0};
    enum api_result result = api_read(&api, conninfo, TIMEOUT_MS, NULL, &report, &cause);
    print_check(out, result == API_OK, "methods and database agree");
    if (cause.is_set)
        fprintf(out, "        %s\n", cause.message);
    print_report(out, &report);
    buf_finish(&report);
    api_finish(&api);
    return result == API_OK;
}

bool check_run(const char *conninfo, FILE *out, struct error *err) {
    bool is_kept = true;
    struct session *session = session_create(conninfo, err);
    bool is_checked = session != NULL && check_promises(session, out, &is_kept, err);
    session_destroy(session);
    return is_checked && check_methods(conninfo, out) && is_kept;
}

// ---- the table of methods

static const char may_execute[] =
    "select coalesce(pg_catalog.string_agg(r.rolname, ' ' order by r.rolname), 'nobody')"
    "  from pg_catalog.pg_proc p"
    "  join pg_catalog.pg_roles r on pg_catalog.pg_has_role(current_user, r.oid, 'member')"
    "   and r.rolname <> current_user"
    "   and pg_catalog.has_function_privilege(r.oid, p.oid, 'execute')"
    " where p.oid = $1::pg_catalog.oid";

static bool print_method(struct session *session, const struct method *method, FILE *out,
                         struct error *err) {
    char oid[16];
    char roles[512];
    snprintf(oid, sizeof oid, "%u", method->function->oid);
    const char *params[] = {oid};
    if (!session_query_text(session, may_execute, params, 1, roles, sizeof roles, err))
        return false;
    const char *kind = method->is_grouped ? "grouped" : method->is_stream ? "stream" : "unary";
    fprintf(out, "%-38s %-22s %-8s %-10s %s\n", method->path, method->function->name, kind,
            method->function->is_stable ? "reads" : "writes", roles);
    return true;
}

static bool print_methods(const struct registry *registry, const char *conninfo, FILE *out,
                          struct error *err) {
    struct session *session = session_create(conninfo, err);
    bool is_ok = session != NULL;
    fprintf(out, "%-38s %-22s %-8s %-10s %s\n", "METHOD", "FUNCTION", "ANSWER", "ACCESS",
            "WHO MAY CALL");
    for (size_t i = 0; is_ok && i < registry->n_methods; i++)
        is_ok = print_method(session, &registry->methods[i], out, err);
    session_destroy(session);
    return is_ok;
}

bool check_print_methods(const char *conninfo, FILE *out, struct error *err) {
    struct api api;
    struct buf report = {0};
    enum api_result result = api_read(&api, conninfo, TIMEOUT_MS, NULL, &report, err);
    bool is_ok = result == API_OK && print_methods(api.registry, conninfo, out, err);
    if (result == API_MISMATCH) {
        print_report(stderr, &report);
        error_set(err, "methods and database do not agree, see above");
    }
    buf_finish(&report);
    api_finish(&api);
    return is_ok;
}
