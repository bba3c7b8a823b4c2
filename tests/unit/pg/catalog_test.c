#include "server/pg/catalog.h"

#include "server/pg/session.h"

#include <criterion/criterion.h>
#include <string.h>
#include <uv.h>

static struct arena arena;
static struct catalog catalog;
static struct error err;

static void start(void) {
    arena_init(&arena, 16 << 20);
}

static void stop(void) {
    arena_finish(&arena);
}

TestSuite(catalog, .init = start, .fini = stop, .timeout = 60);

static bool read_schema(const char *schema) {
    error_clear(&err);
    return catalog_read("", schema, 0, NULL, &arena, &catalog, &err);
}

static const struct function *find(const char *name) {
    const struct function *function = catalog_find(&catalog, name);
    cr_assert_not_null(function, "%s", name);
    return function;
}

static void is_field(const struct shape_field *field, const char *name, enum shape_kind kind,
                     const char *type) {
    cr_expect_str_eq(field->name, name);
    cr_expect_eq(field->shape->kind, kind);
    cr_expect_str_eq(field->shape->name, type);
}

Test(catalog, reads_functions_by_name_with_their_arguments) {
    cr_assert(read_schema("good_v1"), "%s", err.message);
    cr_assert_eq(catalog.n_functions, 5);
    cr_expect_str_eq(catalog.functions[0].name, "forget");
    cr_expect_str_eq(catalog.functions[4].name, "schema_version");
    const struct function *get = find("get_thing");
    cr_assert_eq(get->n_args, 3);
    is_field(&get->args[0], "id", SHAPE_UUID, "uuid");
    is_field(&get->args[1], "day", SHAPE_DATE, "date");
    is_field(&get->args[2], "when", SHAPE_TEXT, "text");
    cr_expect(get->is_stable && !get->returns_set);
    const struct function *list = find("list_things");
    is_field(&list->args[0], "colours", SHAPE_ARRAY, "good_v1.colour[]");
    is_field(&list->args[1], "parts", SHAPE_ARRAY, "good_v1.part[]");
    cr_expect(list->is_stable && list->returns_set);
    const struct function *forget = find("forget");
    cr_expect(!forget->is_stable && !forget->returns_set);
    cr_expect(forget->is_long && !get->is_long);
    cr_expect_eq(forget->result->kind, SHAPE_VOID);
    cr_expect_null(catalog_find(&catalog, "get"));
    cr_expect_null(catalog_find(&catalog, "zzz"));
}

Test(catalog, resolves_composites_arrays_and_enums) {
    cr_assert(read_schema("good_v1"), "%s", err.message);
    const struct shape *thing = find("get_thing")->result;
    cr_assert_eq(thing->kind, SHAPE_COMPOSITE);
    cr_assert_eq(thing->n_fields, 5);
    is_field(&thing->fields[0], "id", SHAPE_UUID, "uuid");
    is_field(&thing->fields[1], "parts", SHAPE_ARRAY, "good_v1.part[]");
    is_field(&thing->fields[2], "main", SHAPE_COMPOSITE, "good_v1.part");
    is_field(&thing->fields[3], "seen_at", SHAPE_TIMESTAMPTZ, "timestamp with time zone");
    is_field(&thing->fields[4], "raw", SHAPE_BYTEA, "bytea");
    const struct shape *part = thing->fields[1].shape->element;
    cr_assert_eq(part, thing->fields[2].shape);
    cr_assert_eq(part->n_fields, 3);
    is_field(&part->fields[0], "name", SHAPE_TEXT, "text");
    is_field(&part->fields[1], "colour", SHAPE_ENUM, "good_v1.colour");
    is_field(&part->fields[2], "sizes", SHAPE_ARRAY, "bigint[]");
    const struct shape *colour = part->fields[1].shape;
    cr_assert_eq(colour->n_fields, 3);
    cr_expect_str_eq(colour->labels[0], "green");
    cr_expect_str_eq(colour->labels[1], "blue");
    cr_expect_str_eq(colour->labels[2], "red");
}

Test(catalog, reads_the_columns_of_a_table_a_function_returns) {
    cr_assert(read_schema("good_v1"), "%s", err.message);
    const struct function *identify = find("identify");
    cr_assert_eq(identify->n_args, 1);
    is_field(&identify->args[0], "token_hashes", SHAPE_ARRAY, "bytea[]");
    cr_assert_eq(identify->result->kind, SHAPE_COMPOSITE);
    cr_assert_eq(identify->result->n_fields, 2);
    is_field(&identify->result->fields[1], "callers", SHAPE_TEXT, "text");
}

Test(catalog, asks_for_the_schema_version_where_there_is_one) {
    cr_assert(read_schema("good_v1"), "%s", err.message);
    cr_expect_eq(catalog.schema_version, 42);
    cr_assert(read_schema("plain_v1"), "%s", err.message);
    cr_expect_eq(catalog.schema_version, 0);
}

Test(catalog, the_fingerprint_tells_catalogs_apart) {
    cr_assert(read_schema("good_v1"));
    uint64_t good = catalog.fingerprint;
    cr_assert(read_schema("good_v1"));
    cr_expect_eq(catalog.fingerprint, good);
    cr_assert(read_schema("plain_v1"));
    cr_expect_neq(catalog.fingerprint, good);
}

Test(catalog, names_the_function_and_the_argument_it_refuses) {
    static const struct {
        const char *schema, *message;
    } CASES[] = {
        {"argument_v1", "argument amount of function argument_v1.pay has type numeric, which has "
                        "no protobuf form"},
        {"domain_v1", "argument code of function domain_v1.name_it has type domain_v1.code, which "
                      "has no protobuf form"},
        {"attribute_v1", "attribute amount of type attribute_v1.bill in attribute bills of type "
                         "attribute_v1.bills in the result of function attribute_v1.get_bills has "
                         "type numeric(10,2), which has no protobuf form"},
        {"foreign_v1", "argument part of function foreign_v1.borrow has type good_v1.part, which "
                       "has no protobuf form"},
        {"overload_v1", "function overload_v1.add exists several times"},
        {"nameless_v1", "function nameless_v1.f: an argument has no name"},
        {"variadic_v1", "function variadic_v1.f: arguments are IN, OUT or TABLE only"},
        {"record_v1", "function record_v1.f returns a record; declare a composite type"},
        {"procedure_v1", "procedure_v1.p is not a plain function"},
        {"empty_v1",
         "the database holds no functions in schema empty_v1 that this user may call: run "
         "shapd --migrate as an administrator, and connect as shap_server"},
        {"no_such_v1",
         "the database holds no functions in schema no_such_v1 that this user may call: run "
         "shapd --migrate as an administrator, and connect as shap_server"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        cr_expect_not(read_schema(CASES[i].schema));
        cr_expect_str_eq(err.message, CASES[i].message, "%s", err.message);
    }
}

Test(catalog, a_role_that_owns_nothing_can_read_it) {
    cr_assert(catalog_read("user=catalog_reader", "plain_v1", 0, NULL, &arena, &catalog, &err),
              "%s", err.message);
    cr_assert_not(catalog_read("user=catalog_reader", "good_v1", 0, NULL, &arena, &catalog, &err));
    cr_assert_not_null(strstr(err.message, "permission denied for schema good_v1"), "%s",
                       err.message);
}

static size_t n_waits;

static void on_wait(const char *reason) {
    n_waits += strstr(reason, "/nonexistent") != NULL;
}

Test(catalog, tries_again_until_its_time_is_up) {
    cr_assert_not(
        catalog_read("host=/nonexistent", "good_v1", 1500, on_wait, &arena, &catalog, &err));
    cr_assert_eq(n_waits, 1);
    cr_assert_not_null(strstr(err.message, "Is PostgreSQL running"), "%s", err.message);
}

struct reader {
    uv_thread_t thread;
    struct arena arena;
    struct catalog catalog;
    bool is_read;
};

static void read_in_thread(void *ctx) {
    struct reader *reader = ctx;
    struct error own = {0};
    reader->is_read = catalog_read("", "good_v1", 0, NULL, &reader->arena, &reader->catalog, &own);
}

Test(catalog, can_be_read_in_several_threads_at_once) {
    enum { N = 4 };
    struct reader readers[N];
    for (size_t i = 0; i < N; i++) {
        arena_init(&readers[i].arena, 1 << 20);
        cr_assert_eq(uv_thread_create(&readers[i].thread, read_in_thread, &readers[i]), 0);
    }
    for (size_t i = 0; i < N; i++) {
        uv_thread_join(&readers[i].thread);
        cr_expect(readers[i].is_read);
        cr_expect_eq(readers[i].catalog.fingerprint, readers[0].catalog.fingerprint);
        arena_finish(&readers[i].arena);
    }
}

Test(catalog, every_failed_allocation_is_an_error) {
    size_t n = 1;
    for (;; n++) {
        arena_reset(&arena);
        arena.fail_after = n;
        if (read_schema("good_v1"))
            break;
        cr_assert_str_eq(err.message, "out of memory");
    }
    cr_assert_gt(n, 20);
}

Test(catalog, a_session_with_a_limit_does_not_wait_for_ever) {
    static const char SLEEP[] = "select pg_sleep(60)";
    struct session *session = session_create("", &err);
    cr_assert_not_null(session, "%s", err.message);
    session_limit(session, 100);
    cr_assert(session_run(session, "select 1", 8, &err), "%s", err.message);
    cr_assert_not(session_run(session, SLEEP, sizeof SLEEP - 1, &err));
    cr_assert_str_eq(err.message, "the database does not answer");
    session_destroy(session);
}
