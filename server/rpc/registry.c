#include "server/rpc/registry.h"

#include "server/rpc/identity.h"
#include "server/rpc/tally.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct build {
    const struct catalog *catalog;
    const char *schema;
    struct arena *arena;
    struct buf *report;
    bool *is_used; // by function of the catalog
    bool is_broken;
};

static bool no_memory(struct build *build) {
    build->is_broken = true;
    return false;
}

#define MISMATCH(build, ...)                                                                       \
    ((build)->is_broken = true, (void)!buf_format((build)->report, __VA_ARGS__), false)

char *registry_function_name(struct arena *arena, const char *rpc_name) {
    char *name = arena_alloc(arena, 2 * strlen(rpc_name) + 1);
    if (name == NULL)
        return NULL;
    char *at = name;
    for (const char *from = rpc_name; *from != '\0'; from++) {
        if (isupper((unsigned char)*from) && from != rpc_name)
            *at++ = '_';
        *at++ = (char)tolower((unsigned char)*from);
    }
    *at = '\0';
    return name;
}

static bool is_field(const struct shape *composite, size_t i, const char *name,
                     enum shape_kind kind) {
    return i < composite->n_fields && strcmp(composite->fields[i].name, name) == 0 &&
           composite->fields[i].shape->kind == kind;
}

// A function is grouped by its signature: one argument, an array of calls that carry their caller.
static bool is_grouped(const struct function *function) {
    if (function->n_args != 1 || strcmp(function->args[0].name, "calls") != 0 ||
        function->args[0].shape->kind != SHAPE_ARRAY)
        return false;
    const struct shape *call = function->args[0].shape->element;
    return call->kind == SHAPE_COMPOSITE && is_field(call, 0, "ordinal", SHAPE_INT4) &&
           is_field(call, 1, "token_hash", SHAPE_BYTEA);
}

static bool has_verdict(const struct function *function) {
    const struct shape *row = function->result;
    return function->returns_set && row->kind == SHAPE_COMPOSITE &&
           is_field(row, 0, "ordinal", SHAPE_INT4) && is_field(row, 1, "sqlstate", SHAPE_TEXT) &&
           is_field(row, 2, "refusal", SHAPE_TEXT);
}

static bool find_field(const struct shape_field *fields, size_t n, const char *name,
                       enum shape_kind kind, size_t *index) {
    for (*index = 0; *index < n; ++*index)
        if (strcmp(fields[*index].name, name) == 0)
            return fields[*index].shape->kind == kind;
    return false;
}

static bool can_follow(struct method *method) {
    const struct function *function = method->function;
    const struct shape *row = function->result;
    return method->is_stream && function->is_stable && row->kind == SHAPE_COMPOSITE &&
           find_field(function->args, function->n_args, "cursor", SHAPE_TEXT,
                      &method->cursor_arg) &&
           find_field(function->args, function->n_args, "follow", SHAPE_BOOL,
                      &method->follow_arg) &&
           find_field(row->fields, row->n_fields, "cursor", SHAPE_TEXT, &method->cursor_column);
}

// `select * from "shap_v1"."get_plan"("plan" => $1::text, ...)`
static bool write_statement(struct build *build, struct method *method) {
    const struct function *function = method->function;
    struct buf sql = {0};
    bool is_whole = buf_format(&sql, "select * from \"%s\".\"%s\"(", build->schema, function->name);
    for (size_t i = 0; i < function->n_args; i++)
        is_whole =
            is_whole && buf_format(&sql, "%s\"%s\" => $%zu::%s", i > 0 ? ", " : "",
                                   function->args[i].name, i + 1, function->args[i].shape->name);
    is_whole = is_whole && buf_append_text(&sql, ")");
    char *text = NULL;
    if (is_whole)
        text = arena_copy(build->arena, (const char *)buf_bytes(&sql), buf_len(&sql));
    buf_finish(&sql);
    if (text == NULL)
        return no_memory(build);
    method->statement = (struct statement){
        .name = function->name,
        .sql = text,
        .n_params = function->n_args,
        .result = method->has_result ? function->result : NULL,
    };
    return true;
}

static void compile_plans(struct build *build, struct method *method,
                          const ProtobufCMethodDescriptor *rpc) {
    const struct function *function = method->function;
    const struct shape_field *args = function->args;
    size_t n_args = function->n_args;
    size_t skip = 0;
    if (method->is_grouped) {
        const struct shape *call = args[0].shape->element;
        args = call->fields + GROUP_LEADING_ARGS;
        n_args = call->n_fields - GROUP_LEADING_ARGS;
        skip = GROUP_LEADING_COLUMNS;
    }
    struct error err = {0};
    method->request = plan_compile_request(build->arena, rpc->input, args, n_args, &err);
    if (method->request == NULL)
        (void)MISMATCH(build, "%s: %s\n", method->path, err.message);
    error_clear(&err);
    if (skip > 0)
        method->answer =
            plan_compile_answer_after(build->arena, rpc->output, function->result, skip, &err);
    else
        method->answer = plan_compile_answer(build->arena, rpc->output, function->result, &err);
    if (method->answer == NULL)
        (void)MISMATCH(build, "%s: %s\n", method->path, err.message);
}

static const struct function *use_function(struct build *build, const char *name) {
    for (size_t i = 0; i < build->catalog->n_functions; i++) {
        if (strcmp(build->catalog->functions[i].name, name) != 0)
            continue;
        build->is_used[i] = true;
        return &build->catalog->functions[i];
    }
    return NULL;
}

// Of a method that many callers read at once there is a function that takes all of their calls.
static const struct function *choose_function(struct build *build, const char *name) {
    const struct function *function = use_function(build, name);
    char *together = arena_format(build->arena, "%s_together", name);
    if (together == NULL)
        (void)no_memory(build);
    const struct function *grouped = together != NULL ? use_function(build, together) : NULL;
    return function != NULL && grouped != NULL ? grouped : function;
}

static bool build_method(struct build *build, const ProtobufCServiceDescriptor *service,
                         const ProtobufCMethodDescriptor *rpc, struct method *method) {
    char *path = arena_format(build->arena, "/%s/%s", service->name, rpc->name);
    char *name = registry_function_name(build->arena, rpc->name);
    if (path == NULL || name == NULL)
        return no_memory(build);
    method->path = path;
    method->service_name = service->name;
    method->name = rpc->name;
    method->function = choose_function(build, name);
    if (method->function == NULL)
        return MISMATCH(build, "%s: there is no function %s.%s that a caller may execute\n", path,
                        build->schema, name);
    method->is_grouped = is_grouped(method->function);
    if (method->is_grouped && !has_verdict(method->function))
        return MISMATCH(build,
                        "%s: function %s.%s is grouped and must return setof a composite that "
                        "begins with ordinal int4, sqlstate text, refusal text\n",
                        path, build->schema, name);
    if (strcmp(method->function->name, name) != 0 &&
        !(method->is_grouped && method->function->is_stable))
        return MISMATCH(build, "%s: function %s.%s must be grouped and stable\n", path,
                        build->schema, method->function->name);
    method->is_stream = method->function->returns_set && !method->is_grouped;
    method->is_long = method->function->is_long && !method->function->returns_set;
    method->has_result = method->function->result->kind != SHAPE_VOID;
    method->can_follow = can_follow(method);
    compile_plans(build, method, rpc);
    return write_statement(build, method);
}

static bool is_internal(const char *name) {
    return strcmp(name, "identify") == 0 || strcmp(name, "schema_version") == 0 ||
           strcmp(name, "keep_tally") == 0;
}

static void check_functions(struct build *build) {
    const struct catalog *catalog = build->catalog;
    for (size_t i = 0; i < catalog->n_functions; i++) {
        const char *name = catalog->functions[i].name;
        if (i > 0 && strcmp(catalog->functions[i - 1].name, name) == 0)
            (void)MISMATCH(build, "function %s.%s exists more than once\n", build->schema, name);
        else if (!build->is_used[i] && !is_internal(name))
            (void)MISMATCH(build, "function %s.%s has no rpc\n", build->schema, name);
    }
}

static void build_identity(struct build *build, struct registry *registry) {
    struct error err = {0};
    const struct function *identify = catalog_find(build->catalog, "identify");
    if (identify == NULL)
        (void)MISMATCH(build, "there is no function %s.identify\n", build->schema);
    else if (!identity_statement(build->schema, identify, build->arena, &registry->identity, &err))
        (void)MISMATCH(build, "%s\n", err.message);
}

static void build_tally(struct build *build, struct registry *registry) {
    struct error err = {0};
    if (!tally_statement(build->schema, catalog_find(build->catalog, "keep_tally"), build->arena,
                         &registry->tally, &err))
        (void)MISMATCH(build, "%s\n", err.message);
}

static int compare_methods(const void *a, const void *b) {
    return strcmp(((const struct method *)a)->path, ((const struct method *)b)->path);
}

static size_t count_methods(const ProtobufCServiceDescriptor *const *services, size_t n_services) {
    size_t n = 0;
    for (size_t i = 0; i < n_services; i++)
        n += services[i]->n_methods;
    return n;
}

static void build_methods(struct build *build, const ProtobufCServiceDescriptor *const *services,
                          size_t n_services, struct method *methods) {
    size_t n = 0;
    for (size_t i = 0; i < n_services; i++)
        for (unsigned m = 0; m < services[i]->n_methods; m++)
            (void)build_method(build, services[i], &services[i]->methods[m], &methods[n++]);
}

const struct registry *registry_build(const ProtobufCServiceDescriptor *const *services,
                                      size_t n_services, const struct catalog *catalog,
                                      const char *schema, struct arena *arena, struct buf *report) {
    struct build build = {
        .catalog = catalog, .schema = schema, .arena = arena, .report = report, .is_used = NULL};
    size_t n = count_methods(services, n_services);
    struct registry *registry = arena_calloc(arena, 1, sizeof *registry);
    struct method *methods = arena_calloc(arena, n, sizeof *methods);
    build.is_used = arena_calloc(arena, catalog->n_functions, sizeof(bool));
    if (registry == NULL || methods == NULL || build.is_used == NULL)
        return NULL;
    build_identity(&build, registry);
    build_tally(&build, registry);
    build_methods(&build, services, n_services, methods);
    check_functions(&build);
    if (build.is_broken)
        return NULL;
    qsort(methods, n, sizeof *methods, compare_methods);
    for (size_t i = 0; i < n; i++)
        methods[i].index = i;
    registry->n_methods = n;
    registry->methods = methods;
    return registry;
}

static int compare_path(const void *path, const void *method) {
    return strcmp(path, ((const struct method *)method)->path);
}

const struct method *registry_find(const struct registry *registry, const char *path) {
    return bsearch(path, registry->methods, registry->n_methods, sizeof *registry->methods,
                   compare_path);
}
