#include "server/rpc/registry.h"

#include "shap/v1/returns.pb-c.h"
#include "tests/unit/failing/failing.h"

#include <criterion/criterion.h>
#include <string.h>

// A catalog written by hand: what pg/catalog would read of a database that has the Returns service.
#define TEXT_FIELD(name)                                                                           \
    { name, &text }

static const struct shape text = {.kind = SHAPE_TEXT, .oid = 25, .name = "text"};
static const struct shape boolean = {.kind = SHAPE_BOOL, .oid = 16, .name = "boolean"};
static const struct shape int4 = {.kind = SHAPE_INT4, .oid = 23, .name = "integer"};
static const struct shape int8 = {.kind = SHAPE_INT8, .oid = 20, .name = "bigint"};
static const struct shape day = {.kind = SHAPE_DATE, .oid = 1082, .name = "date"};
static const struct shape moment = {
    .kind = SHAPE_TIMESTAMPTZ, .oid = 1184, .name = "timestamp with time zone"};
static const struct shape bytes = {.kind = SHAPE_BYTEA, .oid = 17, .name = "bytea"};
static const struct shape many_bytes = {
    .kind = SHAPE_ARRAY, .oid = 1001, .name = "bytea[]", .element = &bytes};
static const char *const status_labels[] = {"not_started", "in_progress", "complete",
                                            "will_not_be_delivered"};
static const struct shape status = {.kind = SHAPE_ENUM,
                                    .oid = 9001,
                                    .name = "shap_v1.return_status",
                                    .n_fields = 4,
                                    .labels = status_labels};
static const char *const verdict_labels[] = {"accepted", "sent_back"};
static const struct shape verdict = {.kind = SHAPE_ENUM,
                                     .oid = 9002,
                                     .name = "shap_v1.verdict",
                                     .n_fields = 2,
                                     .labels = verdict_labels};

static const struct shape_field call_fields[] = {
    {"ordinal", &int4},      {"token_hash", &bytes},
    TEXT_FIELD("return_id"), TEXT_FIELD("plan"),
    TEXT_FIELD("reference"), {"status", &status},
    TEXT_FIELD("note"),      {"as_of", &day},
    TEXT_FIELD("evidence"),  TEXT_FIELD("rating"),
    TEXT_FIELD("new_date"),  TEXT_FIELD("reason"),
    TEXT_FIELD("corrects"),  TEXT_FIELD("organisation"),
};
static const struct shape call = {.kind = SHAPE_COMPOSITE,
                                  .oid = 9003,
                                  .name = "shap_v1.submit_return_call",
                                  .n_fields = 14,
                                  .fields = call_fields};
static const struct shape calls = {
    .kind = SHAPE_ARRAY, .oid = 9004, .name = "shap_v1.submit_return_call[]", .element = &call};
static const struct shape_field answer_fields[] = {
    {"ordinal", &int4},   TEXT_FIELD("sqlstate"),   TEXT_FIELD("refusal"),  TEXT_FIELD("return_id"),
    {"record_id", &int8}, {"recorded_at", &moment}, {"replayed", &boolean}, TEXT_FIELD("reference"),
};
static const struct shape answer = {.kind = SHAPE_COMPOSITE,
                                    .oid = 9005,
                                    .name = "shap_v1.submit_return_answer",
                                    .n_fields = 8,
                                    .fields = answer_fields};

static const struct shape_field return_fields[] = {
    {"record_id", &int8},      TEXT_FIELD("return_id"),    TEXT_FIELD("plan"),
    TEXT_FIELD("reference"),   TEXT_FIELD("organisation"), TEXT_FIELD("by"),
    {"entered_for", &boolean}, {"status", &status},        TEXT_FIELD("note"),
    {"as_of", &day},           TEXT_FIELD("evidence"),     TEXT_FIELD("rating"),
    TEXT_FIELD("new_date"),    TEXT_FIELD("reason"),       TEXT_FIELD("corrects"),
    {"recorded_at", &moment},  {"verdict", &verdict},      TEXT_FIELD("comment"),
    {"withdrawn_on", &day},    {"new_day", &day},
};
static const struct shape a_return = {.kind = SHAPE_COMPOSITE,
                                      .oid = 9006,
                                      .name = "shap_v1.return",
                                      .n_fields = 20,
                                      .fields = return_fields};

static const struct shape_field identification_fields[] = {TEXT_FIELD("role"),
                                                           TEXT_FIELD("callers")};
static const struct shape identification = {.kind = SHAPE_COMPOSITE,
                                            .oid = 9007,
                                            .name = "shap_v1.identification",
                                            .n_fields = 2,
                                            .fields = identification_fields};

static const struct shape many_texts = {
    .kind = SHAPE_ARRAY, .oid = 1009, .name = "text[]", .element = &text};
static const struct shape_field identify_args[] = {
    {"token_hashes", &many_bytes}, TEXT_FIELD("certificate"), {"peers", &many_texts}};
static const struct shape_field submit_args[] = {{"calls", &calls}};
static const struct shape_field list_args[] = {
    TEXT_FIELD("plan"),          TEXT_FIELD("reference"),
    TEXT_FIELD("organisation"),  {"awaiting_review", &boolean},
    {"awaiting_date", &boolean}, {"as_at", &day},
    {"known_at", &day},
};
static const struct shape_field withdraw_args[] = {
    {"record_id", &int8}, TEXT_FIELD("reason"), {"day", &day}};

static const struct shape nothing = {.kind = SHAPE_VOID, .oid = 2278, .name = "void"};
static const struct shape_field keep_tally_args[] = {TEXT_FIELD("counts"), TEXT_FIELD("now_us")};

enum { IDENTIFY, KEEP_TALLY, LIST, SCHEMA_VERSION, SUBMIT, WITHDRAW, N_FUNCTIONS };

static const struct function sound[N_FUNCTIONS] = {
    {"identify", 1, 3, identify_args, &identification, false, true, false},
    {"keep_tally", 6, 2, keep_tally_args, &nothing, false, false, false},
    {"list_returns", 2, 7, list_args, &a_return, true, true, true},
    {"schema_version", 3, 0, NULL, &int4, false, true, false},
    {"submit_return", 4, 1, submit_args, &answer, true, false, false},
    {"withdraw_return", 5, 3, withdraw_args, &a_return, false, false, true},
};

static const ProtobufCServiceDescriptor *const services[] = {&shap__v1__returns__descriptor};
static struct arena arena;
static struct buf report;
static struct function functions[N_FUNCTIONS + 1];
static size_t n_functions;

static void setup(void) {
    arena_init(&arena, 1 << 20);
    memcpy(functions, sound, sizeof sound);
    n_functions = N_FUNCTIONS;
}

static void teardown(void) {
    arena_finish(&arena);
    buf_finish(&report);
}

TestSuite(registry, .init = setup, .fini = teardown);

static const struct registry *build(void) {
    const struct catalog catalog = {.n_functions = n_functions, .functions = functions};
    return registry_build(services, 1, &catalog, "shap_v1", &arena, &report);
}

static bool is_reported(const char *words) {
    cr_assert(buf_append(&report, "", 1));
    bool is_found = strstr((const char *)buf_bytes(&report), words) != NULL;
    report.end--;
    return is_found;
}

Test(registry, the_name_of_a_function_is_the_rpcs_in_lower_case_words) {
    cr_assert_str_eq(registry_function_name(&arena, "GetPlan"), "get_plan");
    cr_assert_str_eq(registry_function_name(&arena, "WhoAmI"), "who_am_i");
    cr_assert_str_eq(registry_function_name(&arena, "Watch"), "watch");
}

Test(registry, every_method_is_derived_from_descriptor_and_catalog) {
    const struct registry *registry = build();
    cr_assert_not_null(registry, "%.*s", (int)buf_len(&report), (const char *)buf_bytes(&report));
    cr_assert_eq(registry->n_methods, 3);
    const struct method *list = registry_find(registry, "/shap.v1.Returns/ListReturns");
    cr_assert(list->is_stream);
    cr_assert_not(list->is_grouped);
    cr_assert_not(list->can_follow); // it has no cursor
    cr_assert(list->function->is_stable);
    cr_assert_str_eq(list->statement.sql,
                     "select * from \"shap_v1\".\"list_returns\"(\"plan\" => $1::text, "
                     "\"reference\" => $2::text, \"organisation\" => $3::text, "
                     "\"awaiting_review\" => $4::boolean, \"awaiting_date\" => $5::boolean, "
                     "\"as_at\" => $6::date, \"known_at\" => $7::date)");
    const struct method *withdraw = registry_find(registry, "/shap.v1.Returns/WithdrawReturn");
    cr_assert_not(withdraw->is_stream);
    cr_assert_eq(withdraw->statement.n_params, 3);
    cr_assert_eq(plan_n_values(withdraw->request), 3);
}

Test(registry, a_method_is_grouped_by_its_signature) {
    const struct registry *registry = build();
    const struct method *submit = registry_find(registry, "/shap.v1.Returns/SubmitReturn");
    cr_assert(submit->is_grouped);
    cr_assert_not(submit->is_stream);
    cr_assert_str_eq(submit->statement.sql, "select * from \"shap_v1\".\"submit_return\"(\"calls\" "
                                            "=> $1::shap_v1.submit_return_call[])");
}

Test(registry, a_method_with_one_answer_is_long_if_its_function_is_declared_to_cost_much) {
    const struct registry *registry = build();
    cr_assert(registry_find(registry, "/shap.v1.Returns/WithdrawReturn")->is_long);
    cr_assert_not(registry_find(registry, "/shap.v1.Returns/SubmitReturn")->is_long);
    cr_assert(registry_find(registry, "/shap.v1.Returns/ListReturns")->function->is_long);
    cr_assert_not(registry_find(registry, "/shap.v1.Returns/ListReturns")->is_long);
}

Test(registry, a_path_that_no_service_has_is_not_found) {
    const struct registry *registry = build();
    cr_assert_null(registry_find(registry, "/shap.v1.Returns/Nothing"));
    cr_assert_null(registry_find(registry, ""));
}

Test(registry, all_mismatches_are_listed_not_only_the_first) {
    functions[LIST].name = "list_everything";
    functions[WITHDRAW].n_args = 2;
    cr_assert_null(build());
    cr_assert(
        is_reported("/shap.v1.Returns/ListReturns: there is no function shap_v1.list_returns"));
    cr_assert(is_reported("function shap_v1.list_everything has no rpc"));
    cr_assert(is_reported("/shap.v1.Returns/WithdrawReturn: "));
    cr_assert(is_reported("day"));
}

Test(registry, a_column_of_another_type_is_a_mismatch_that_names_both_sides) {
    struct shape_field fields[20];
    struct shape changed = a_return;
    memcpy(fields, return_fields, sizeof fields);
    fields[8].shape = &int4;
    changed.fields = fields;
    functions[WITHDRAW].result = &changed;
    cr_assert_null(build());
    cr_assert(is_reported("note"));
    cr_assert(is_reported("integer"));
}

Test(registry, a_function_that_exists_twice_is_a_mismatch) {
    functions[N_FUNCTIONS] = functions[WITHDRAW];
    n_functions++;
    cr_assert_null(build());
    cr_assert(is_reported("withdraw_return exists more than once"));
}

Test(registry, a_database_without_identify_is_a_mismatch) {
    memmove(functions, functions + 1, (N_FUNCTIONS - 1) * sizeof *functions);
    n_functions--;
    cr_assert_null(build());
    cr_assert(is_reported("there is no function shap_v1.identify"));
}

Test(registry, a_grouped_function_must_answer_with_verdicts) {
    functions[SUBMIT].result = &a_return;
    cr_assert_null(build());
    cr_assert(is_reported("submit_return is grouped and must return setof"));
}

Test(registry, a_function_that_answers_calls_together_must_be_grouped_and_read) {
    functions[n_functions++] = (struct function){
        "withdraw_return_together", 7, 3, withdraw_args, &a_return, false, true, false};
    cr_assert_null(build());
    cr_assert(is_reported("withdraw_return_together must be grouped and stable"));
    buf_clear(&report);
    functions[n_functions - 1] = (struct function){
        "withdraw_return_together", 7, 1, submit_args, &answer, true, false, false};
    cr_assert_null(build());
    cr_assert(is_reported("withdraw_return_together must be grouped and stable"));
}

Test(registry, memory_that_runs_out_at_any_moment_gives_no_registry) {
    for (size_t n = 1;; n++) {
        struct arena small;
        const struct catalog catalog = {.n_functions = n_functions, .functions = functions};
        arena_init(&small, 1 << 20);
        small.fail_after = n;
        const struct registry *registry =
            registry_build(services, 1, &catalog, "shap_v1", &small, &report);
        bool was_used_up = small.fail_after == 0;
        arena_finish(&small);
        if (registry != NULL)
            break;
        cr_assert(was_used_up);
        cr_assert_lt(n, 10000);
    }
}

// ---- the server's own functions

static void refuses_function(size_t which, struct function wrong, const char *words) {
    functions[which] = wrong;
    cr_expect_null(build());
    cr_expect(is_reported(words), "%.*s", (int)buf_len(&report), (const char *)buf_bytes(&report));
    buf_clear(&report);
    functions[which] = sound[which];
}

Test(registry, an_identify_that_takes_or_answers_anything_else_is_a_mismatch) {
    static const char words[] = "identify must take a bytea[], a text and a text[]";
    static const struct shape_field args[3][3] = {
        {{"token_hashes", &bytes}, TEXT_FIELD("certificate"), {"peers", &many_texts}},
        {{"token_hashes", &many_bytes}, {"certificate", &int4}, {"peers", &many_texts}},
        {{"token_hashes", &many_bytes}, TEXT_FIELD("certificate"), TEXT_FIELD("peers")}};
    struct function wrong = sound[IDENTIFY];
    for (size_t i = 0; i < 3; i++) {
        wrong.args = args[i];
        refuses_function(IDENTIFY, wrong, words);
    }
    wrong = sound[IDENTIFY];
    wrong.n_args = 2;
    refuses_function(IDENTIFY, wrong, words);
    wrong = sound[IDENTIFY];
    wrong.returns_set = true;
    refuses_function(IDENTIFY, wrong, words);
    wrong = sound[IDENTIFY];
    wrong.result = &text;
    refuses_function(IDENTIFY, wrong, words);
}

Test(registry, a_keep_tally_that_takes_or_answers_anything_else_is_a_mismatch) {
    static const char words[] = "keep_tally must take two texts and return nothing";
    static const struct shape_field args[2][2] = {{{"counts", &int4}, TEXT_FIELD("now_us")},
                                                  {TEXT_FIELD("counts"), {"now_us", &int8}}};
    struct function wrong = sound[KEEP_TALLY];
    for (size_t i = 0; i < 2; i++) {
        wrong.args = args[i];
        refuses_function(KEEP_TALLY, wrong, words);
    }
    wrong = sound[KEEP_TALLY];
    wrong.n_args = 1;
    refuses_function(KEEP_TALLY, wrong, words);
    wrong = sound[KEEP_TALLY];
    wrong.result = &text;
    refuses_function(KEEP_TALLY, wrong, words);
    wrong = sound[KEEP_TALLY];
    wrong.name = "keep_nothing";
    refuses_function(KEEP_TALLY, wrong, words);
}

// A first column of the answer, or of each call, that is another one.
static void refuses_grouped(const struct shape_field *fields, size_t n) {
    struct shape changed = answer;
    struct function wrong = sound[SUBMIT];
    changed.fields = fields;
    changed.n_fields = n;
    wrong.result = &changed;
    refuses_function(SUBMIT, wrong, "submit_return is grouped and must return setof");
}

Test(registry, the_answers_of_a_grouped_function_begin_with_ordinal_sqlstate_and_refusal) {
    struct shape_field fields[8];
    struct function wrong = sound[SUBMIT];
    for (size_t i = 0; i < 3; i++) {
        memcpy(fields, answer_fields, sizeof fields);
        fields[i].name = "other";
        refuses_grouped(fields, 8);
        memcpy(fields, answer_fields, sizeof fields);
        fields[i].shape = &bytes;
        refuses_grouped(fields, 8);
        refuses_grouped(answer_fields, i);
    }
    wrong.returns_set = false;
    refuses_function(SUBMIT, wrong, "submit_return is grouped and must return setof");
    wrong = sound[SUBMIT];
    wrong.result = &text;
    refuses_function(SUBMIT, wrong, "submit_return is grouped and must return setof");
}

// Without them it is a plain function, whose argument has no field.
Test(registry, the_calls_of_a_grouped_function_begin_with_ordinal_and_token_hash) {
    struct shape_field fields[14];
    struct shape changed = call, array = calls;
    struct shape_field args[] = {{"calls", &array}};
    struct function wrong = sound[SUBMIT];
    array.element = &changed;
    wrong.args = args;
    changed.fields = fields;
    for (size_t i = 0; i < 2; i++) {
        memcpy(fields, call_fields, sizeof fields);
        fields[i].shape = &text;
        refuses_function(SUBMIT, wrong, "/shap.v1.Returns/SubmitReturn: ");
    }
    array = calls;
    array.element = &text;
    refuses_function(SUBMIT, wrong, "/shap.v1.Returns/SubmitReturn: ");
    args[0].shape = &call;
    refuses_function(SUBMIT, wrong, "/shap.v1.Returns/SubmitReturn: ");
}

static void build_or_not(void *ctx) {
    const struct catalog catalog = {.n_functions = n_functions, .functions = functions};
    struct arena small;
    (void)ctx;
    arena_init(&small, 1 << 20);
    failing_go_on();
    const struct registry *registry =
        registry_build(services, 1, &catalog, "shap_v1", &small, &report);
    failing_pause();
    cr_assert_eq(registry != NULL, !failing_has_failed(), "%s", failing_name());
    arena_finish(&small);
}

Test(registry, whatever_needs_memory_and_fails_gives_no_registry) {
    failing_pause();
    cr_assert_gt(failing_each(build_or_not, NULL), 30);
}
