#include "server/pg/catalog.h"

#include "server/pg/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RETRY_MS = 1000,
    ANSWER_MS = 15000, // for one query, of a database that may have gone without a word
    RECORD_OID = 2249,
};

// A function as pg_proc has it, and its arguments as they stand there.
struct routine {
    uint32_t oid;
    const char *name;
    char kind;       // pg_proc.prokind
    char volatility; // pg_proc.provolatile
    bool returns_set;
    bool is_long;
    uint32_t result;
    const char *result_name;
};

struct argument {
    uint32_t owner; // the function's oid
    char mode;      // pg_proc.proargmodes: i, o, b, v, t
    const char *name;
    uint32_t type;
    const char *type_name;
};

struct reading {
    struct session *session; // owned
    const char *schema;      // borrowed
    struct arena *arena;     // borrowed
    struct types *types;     // in the arena
    struct rows routines;    // struct routine, by name
    struct rows arguments;   // struct argument, by owner and order
    struct error *err;       // borrowed
};

// Functions that nobody may execute whom we can become are helpers of the schema, not its API.
static const char ROUTINES_SQL[] =
    "select count(*) over (), p.oid, p.proname, p.prokind, p.provolatile, p.proretset,"
    "       p.prorettype, pg_catalog.format_type(p.prorettype, null), p.procost::int8"
    "  from pg_catalog.pg_proc p"
    "  join pg_catalog.pg_namespace n on n.oid = p.pronamespace"
    " where n.nspname = $1 and exists ("
    "       select from pg_catalog.pg_roles r"
    "        where pg_catalog.pg_has_role(current_user, r.oid, 'member')"
    "          and pg_catalog.has_function_privilege(r.oid, p.oid, 'execute'))"
    " order by p.proname collate \"C\"";

static const char ARGUMENTS_SQL[] =
    "select count(*) over (), p.oid, coalesce(a.mode, 'i'), coalesce(a.name, ''), a.type,"
    "       pg_catalog.format_type(a.type, null)"
    "  from pg_catalog.pg_proc p"
    "  join pg_catalog.pg_namespace n on n.oid = p.pronamespace"
    " cross join lateral rows from ("
    "         unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])),"
    "         unnest(p.proargmodes), unnest(p.proargnames))"
    "       with ordinality as a(type, mode, name, place)"
    " where n.nspname = $1 and a.type is not null"
    " order by p.oid, a.place";

static bool keep(struct arena *arena, const char *text, const char **kept, struct error *err) {
    *kept = arena_copy(arena, text, strlen(text));
    return *kept || error_set(err, "out of memory");
}

static bool on_routine(void *ctx, const char *const *columns, size_t n_columns, struct error *err) {
    (void)n_columns;
    struct reading *reading = ctx;
    struct routine *routine = rows_add(&reading->routines, columns[0], err);
    if (!routine)
        return false;
    routine->oid = oid_of_text(columns[1]);
    routine->kind = columns[3][0];
    routine->volatility = columns[4][0];
    routine->returns_set = columns[5][0] == 't';
    routine->result = oid_of_text(columns[6]);
    routine->is_long = strtoll(columns[8], NULL, 10) >= CATALOG_LONG_COST;
    return keep(reading->arena, columns[2], &routine->name, err) &&
           keep(reading->arena, columns[7], &routine->result_name, err);
}

static bool on_argument(void *ctx, const char *const *columns, size_t n_columns,
                        struct error *err) {
    (void)n_columns;
    struct reading *reading = ctx;
    struct argument *argument = rows_add(&reading->arguments, columns[0], err);
    if (!argument)
        return false;
    argument->owner = oid_of_text(columns[1]);
    argument->mode = columns[2][0];
    argument->type = oid_of_text(columns[4]);
    return keep(reading->arena, columns[3], &argument->name, err) &&
           keep(reading->arena, columns[5], &argument->type_name, err);
}

static bool is_column(const struct argument *argument) {
    return argument->mode == 'o' || argument->mode == 't';
}

static bool is_of(const struct argument *argument, const struct routine *routine,
                  bool wants_columns) {
    return argument->owner == routine->oid && is_column(argument) == wants_columns;
}

static const char *place_of(struct reading *reading, const struct routine *routine,
                            const struct argument *argument) {
    return arena_format(reading->arena, "argument %s of function %s.%s", argument->name,
                        reading->schema, routine->name);
}

static bool read_field(struct reading *reading, const struct routine *routine,
                       const struct argument *argument, struct shape_field *field) {
    if (argument->mode == 'v' || argument->mode == 'b')
        return error_set(reading->err, "function %s.%s: arguments are IN, OUT or TABLE only",
                         reading->schema, routine->name);
    if (argument->name[0] == '\0')
        return error_set(reading->err, "function %s.%s: an argument has no name", reading->schema,
                         routine->name);
    const char *where = place_of(reading, routine, argument);
    if (!where)
        return error_set(reading->err, "out of memory");
    field->name = argument->name;
    field->shape =
        types_resolve(reading->types, argument->type, argument->type_name, where, reading->err);
    return field->shape != NULL;
}

// The arguments (or, of a function that returns a table, the columns) in their order.
static bool read_fields(struct reading *reading, const struct routine *routine, bool wants_columns,
                        const struct shape_field **out, size_t *n_out) {
    const struct argument *arguments = reading->arguments.items;
    size_t n = 0;
    for (size_t i = 0; i < reading->arguments.n_items; i++)
        n += is_of(&arguments[i], routine, wants_columns);
    struct shape_field *fields = arena_calloc(reading->arena, n, sizeof *fields);
    if (!fields)
        return error_set(reading->err, "out of memory");
    size_t at = 0;
    for (size_t i = 0; i < reading->arguments.n_items; i++)
        if (is_of(&arguments[i], routine, wants_columns))
            if (!read_field(reading, routine, &arguments[i], &fields[at++]))
                return false;
    *out = fields;
    *n_out = n;
    return true;
}

// A table's columns make a composite that has no name and no type of its own.
static const struct shape *read_table(struct reading *reading, const struct routine *routine) {
    struct shape *shape = arena_calloc(reading->arena, 1, sizeof *shape);
    const char *name = arena_format(reading->arena, "%s.%s()", reading->schema, routine->name);
    if (!shape || !name) {
        error_set(reading->err, "out of memory");
        return NULL;
    }
    shape->kind = SHAPE_COMPOSITE;
    shape->oid = RECORD_OID;
    shape->name = name;
    if (!read_fields(reading, routine, true, &shape->fields, &shape->n_fields))
        return NULL;
    if (shape->n_fields == 0) {
        error_set(reading->err, "function %s.%s returns a record; declare a composite type",
                  reading->schema, routine->name);
        return NULL;
    }
    return shape;
}

static const struct shape *read_result(struct reading *reading, const struct routine *routine) {
    if (routine->result == RECORD_OID)
        return read_table(reading, routine);
    const char *where = arena_format(reading->arena, "the result of function %s.%s",
                                     reading->schema, routine->name);
    if (!where) {
        error_set(reading->err, "out of memory");
        return NULL;
    }
    return types_resolve(reading->types, routine->result, routine->result_name, where,
                         reading->err);
}

static bool read_function(struct reading *reading, const struct routine *routine,
                          struct function *function) {
    if (routine->kind != 'f')
        return error_set(reading->err, "%s.%s is not a plain function", reading->schema,
                         routine->name);
    function->name = routine->name;
    function->oid = routine->oid;
    function->returns_set = routine->returns_set;
    function->is_stable = routine->volatility != 'v';
    function->is_long = routine->is_long;
    if (!read_fields(reading, routine, false, &function->args, &function->n_args))
        return false;
    function->result = read_result(reading, routine);
    return function->result != NULL;
}

static bool read_functions(struct reading *reading, struct catalog *catalog) {
    const struct routine *routines = reading->routines.items;
    size_t n = reading->routines.n_items;
    if (n == 0)
        return error_set(reading->err,
                         "the database holds no functions in schema %s that this user may call: "
                         "run shapd --migrate as an administrator, and connect as shap_server",
                         reading->schema);
    struct function *functions = arena_calloc(reading->arena, n, sizeof *functions);
    if (!functions)
        return error_set(reading->err, "out of memory");
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(routines[i].name, routines[i - 1].name) == 0)
            return error_set(reading->err, "function %s.%s exists several times", reading->schema,
                             routines[i].name);
        if (!read_function(reading, &routines[i], &functions[i]))
            return false;
    }
    catalog->functions = functions;
    catalog->n_functions = n;
    return true;
}

static bool read_schema_version(struct reading *reading, struct catalog *catalog) {
    const struct function *function = catalog_find(catalog, "schema_version");
    if (!function || function->n_args > 0 || function->result->kind != SHAPE_INT4)
        return true;
    const char *sql =
        arena_format(reading->arena, "select \"%s\".schema_version()", reading->schema);
    char text[16];
    if (!sql)
        return error_set(reading->err, "out of memory");
    if (!session_query_text(reading->session, sql, NULL, 0, text, sizeof text, reading->err))
        return false;
    catalog->schema_version = (int)strtol(text, NULL, 10);
    return true;
}

// FNV-1a, 64 bits.
static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t add_text(uint64_t hash, const char *text) {
    return add_bytes(hash, text, strlen(text) + 1);
}

static uint64_t add_number(uint64_t hash, uint64_t number) {
    return add_bytes(hash, &number, sizeof number);
}

static uint64_t add_shape(uint64_t hash, const struct shape *shape);

static uint64_t add_fields(uint64_t hash, const struct shape_field *fields, size_t n) {
    hash = add_number(hash, n);
    for (size_t i = 0; i < n; i++)
        hash = add_shape(add_text(hash, fields[i].name), fields[i].shape);
    return hash;
}

static uint64_t add_shape(uint64_t hash, const struct shape *shape) {
    hash = add_text(add_number(hash, shape->oid), shape->name);
    if (shape->kind == SHAPE_ARRAY)
        return add_shape(hash, shape->element);
    if (shape->kind == SHAPE_COMPOSITE)
        return add_fields(hash, shape->fields, shape->n_fields);
    for (size_t i = 0; i < shape->n_fields; i++)
        hash = add_text(hash, shape->labels[i]);
    return hash;
}

static uint64_t fingerprint(const struct catalog *catalog) {
    uint64_t hash = add_number(UINT64_C(0xcbf29ce484222325), (uint64_t)catalog->schema_version);
    for (size_t i = 0; i < catalog->n_functions; i++) {
        const struct function *function = &catalog->functions[i];
        hash = add_number(add_text(hash, function->name), function->oid);
        hash = add_number(hash, function->is_long * 4U + function->returns_set * 2U +
                                    function->is_stable);
        hash = add_fields(hash, function->args, function->n_args);
        hash = add_shape(hash, function->result);
    }
    return hash;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct session *connect_within(const char *conninfo, int timeout_ms,
                                      void (*on_wait)(const char *reason), struct error *err) {
    int64_t deadline = now_ms() + timeout_ms;
    for (;;) {
        struct error attempt = {0};
        struct session *session = session_create(conninfo, &attempt);
        if (session)
            return session;
        if (now_ms() + RETRY_MS > deadline) {
            error_set(err,
                      "%s; tried for %d s. Is PostgreSQL running, and is the connection "
                      "string right?",
                      attempt.message, timeout_ms / 1000);
            return NULL;
        }
        if (on_wait)
            on_wait(attempt.message);
        nanosleep(&(struct timespec){.tv_sec = RETRY_MS / 1000}, NULL);
    }
}

// All queries see one moment of the database.
static bool read_all(struct reading *reading, struct catalog *catalog) {
    static const char BEGIN[] = "begin transaction isolation level repeatable read read only";
    struct error *err = reading->err;
    const char *schema = reading->schema;
    if (!session_run(reading->session, BEGIN, sizeof BEGIN - 1, err))
        return false;
    reading->types = types_read(reading->session, schema, reading->arena, err);
    if (!reading->types ||
        !session_query(reading->session, ROUTINES_SQL, &schema, 1, on_routine, reading, err) ||
        !session_query(reading->session, ARGUMENTS_SQL, &schema, 1, on_argument, reading, err))
        return false;
    if (!read_functions(reading, catalog) || !read_schema_version(reading, catalog))
        return false;
    catalog->fingerprint = fingerprint(catalog);
    return true;
}

bool catalog_read(const char *conninfo, const char *schema, int timeout_ms,
                  void (*on_wait)(const char *reason), struct arena *arena, struct catalog *catalog,
                  struct error *err) {
    struct reading reading = {
        .schema = schema,
        .arena = arena,
        .routines = {.arena = arena, .item_size = sizeof(struct routine)},
        .arguments = {.arena = arena, .item_size = sizeof(struct argument)},
        .err = err,
    };
    reading.session = connect_within(conninfo, timeout_ms, on_wait, err);
    if (!reading.session)
        return false;
    session_limit(reading.session, ANSWER_MS);
    struct catalog read = {0};
    bool is_read = read_all(&reading, &read);
    session_destroy(reading.session);
    if (is_read)
        *catalog = read;
    return is_read;
}

static int compare_name(const void *name, const void *item) {
    return strcmp(name, ((const struct function *)item)->name);
}

const struct function *catalog_find(const struct catalog *catalog, const char *name) {
    if (catalog->n_functions == 0)
        return NULL;
    return bsearch(name, catalog->functions, catalog->n_functions, sizeof(struct function),
                   compare_name);
}
