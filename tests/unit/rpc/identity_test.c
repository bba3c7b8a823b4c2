#include "server/rpc/identity.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;

static void setup(void) {
    arena_init(&arena, 1 << 20);
}

static void teardown(void) {
    arena_finish(&arena);
}

TestSuite(identity, .init = setup, .fini = teardown);

static const struct shape text = {.kind = SHAPE_TEXT, .oid = 25, .name = "text"};
static const struct shape number = {.kind = SHAPE_INT4, .oid = 23, .name = "integer"};
static const struct shape hash = {.kind = SHAPE_BYTEA, .oid = 17, .name = "bytea"};
static const struct shape hashes = {
    .kind = SHAPE_ARRAY, .oid = 1001, .name = "bytea[]", .element = &hash};
static const struct shape texts = {
    .kind = SHAPE_ARRAY, .oid = 1009, .name = "text[]", .element = &text};
static const struct shape_field identify_args[] = {
    {"token_hashes", &hashes}, {"certificate", &text}, {"peers", &texts}};

static bool read_claim(const char *authorization, const char *organisation, const char *peer,
                       struct identity *identity, struct error *err) {
    const struct identity_claim claim = {
        .authorization = authorization, .organisation = organisation, .peer = peer};
    return identity_read(&claim, identity, err);
}

static struct identity read(const char *authorization) {
    struct identity identity;
    struct error err = {0};
    cr_assert(read_claim(authorization, NULL, "unix", &identity, &err), "%s", err.message);
    return identity;
}

Test(identity, a_request_without_authorization_comes_from_nobody_in_particular) {
    cr_assert_not(read(NULL).has_token);
}

Test(identity, a_token_is_known_by_the_digest_of_its_text_only) {
    uint8_t digest[SHA256_SIZE];
    struct identity identity = read("Bearer shap_0123");
    sha256_of("shap_0123", 9, digest);
    cr_assert(identity.has_token);
    cr_assert_eq(memcmp(identity.token_hash, digest, SHA256_SIZE), 0);
    cr_assert_eq(memcmp(read("bearer shap_0123").token_hash, digest, SHA256_SIZE), 0);
}

Test(identity, anything_but_a_bearer_token_is_refused) {
    static const char *const refused[] = {"", "Basic YTpi", "Bearer", "Bearer ", "shap_0123"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct identity identity;
        struct error err = {0};
        cr_assert_not(read_claim(refused[i], "a", "unix", &identity, &err), "%s", refused[i]);
        cr_assert_null(strstr(err.message, "YTpi"));
    }
}

static bool make_statement(const struct shape_field *fields, size_t n, struct statement *statement,
                           struct error *err) {
    const struct shape row = {.kind = SHAPE_COMPOSITE, .n_fields = n, .fields = fields};
    const struct function identify = {
        .name = "identify", .n_args = 3, .args = identify_args, .result = &row};
    return identity_statement("api", &identify, &arena, statement, err);
}

Test(identity, each_column_of_identify_becomes_a_setting) {
    static const struct shape_field fields[] = {
        {"role", &text}, {"callers", &text}, {"councils", &text}, {"sight", &text}};
    struct statement statement;
    struct error err = {0};
    cr_assert(make_statement(fields, 4, &statement, &err), "%s", err.message);
    cr_assert_not_null(strstr(statement.sql, ", i.sight), i.councils, "));
    cr_assert(make_statement(fields, 2, &statement, &err), "%s", err.message);
    cr_assert_str_eq(statement.sql, "select concat_ws(' ', set_config('role', i.role, true), "
                                    "null), null, num_nulls("
                                    "set_config('statement_timeout', $2, true), "
                                    "set_config('transaction_read_only', $3, true), "
                                    "set_config('shap.method', $6, true), "
                                    "set_config('shap.callers', i.\"callers\", true)) "
                                    "from \"api\".identify($1, $4, $5) i");
}

Test(identity, an_identify_of_another_form_is_refused) {
    static const struct shape_field no_role[] = {{"callers", &text}};
    static const struct shape_field no_text[] = {{"role", &text}, {"callers", &number}};
    struct statement statement;
    struct error err = {0};
    cr_assert_not(make_statement(no_role, 1, &statement, &err));
    cr_assert_not_null(strstr(err.message, "identify"));
    error_clear(&err);
    cr_assert_not(make_statement(no_text, 2, &statement, &err));
    cr_assert_not(make_statement(no_text, 0, &statement, &err));
}

static bool fill(const struct identity *const *callers, size_t n, int64_t timeout_ms,
                 bool is_read_only, struct value params[IDENTITY_PARAMS]) {
    const struct identity_unit unit = {.callers = callers,
                                       .n_callers = n,
                                       .method = "GetPlan",
                                       .timeout_ms = timeout_ms,
                                       .is_read_only = is_read_only};
    return identity_params(&unit, &arena, params);
}

Test(identity, where_a_call_comes_from_is_an_address_without_its_port) {
    static const char *const peers[][2] = {{"203.0.113.7:50123", "203.0.113.7"},
                                           {"[2001:db8::7]:50123", "2001:db8::7"},
                                           {"unix:1000", "unix:1000"},
                                           {"unix", "unix"},
                                           {"", ""}};
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        struct identity identity;
        struct error err = {0};
        cr_assert(read_claim(NULL, NULL, peers[i][0], &identity, &err));
        cr_assert_str_eq(identity.peer, peers[i][1]);
    }
}

Test(identity, peers_stand_in_the_order_of_the_hashes) {
    static const uint8_t two[] = {0,   0,   0,   1,   0, 0, 0, 0, 0,   0,   0,   25,  0,   0,
                                  0,   2,   0,   0,   0, 1, 0, 0, 0,   8,   '1', '0', '.', '0',
                                  '.', '0', '.', '9', 0, 0, 0, 4, 'u', 'n', 'i', 'x'};
    struct identity one;
    struct identity nobody;
    struct identity other = read("Bearer other");
    struct error err = {0};
    cr_assert(read_claim("Bearer one", NULL, "10.0.0.9:1", &one, &err));
    cr_assert(read_claim(NULL, NULL, "10.0.0.7:1", &nobody, &err));
    const struct identity *callers[] = {&one, &nobody, &other};
    struct value params[IDENTITY_PARAMS];
    cr_assert(fill(callers, 3, 1500, true, params));
    cr_assert_eq(params[4].len, sizeof two);
    cr_assert_eq(memcmp(params[4].bytes, two, sizeof two), 0);
    cr_assert_eq(params[5].len, 7);
    cr_assert_eq(memcmp(params[5].bytes, "GetPlan", 7), 0);
}

Test(identity, also_nobody_calls_from_somewhere) {
    struct identity nobody = read(NULL);
    const struct identity *callers[] = {&nobody};
    struct value params[IDENTITY_PARAMS];
    cr_assert(fill(callers, 1, 1500, true, params));
    cr_assert_eq(params[0].len, 12);
    cr_assert_eq(params[4].len, 20 + 4 + 4);
}

Test(identity, the_hashes_of_all_callers_are_one_array) {
    static const uint8_t head[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 17,
                                   0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 32};
    struct identity one = read("Bearer one");
    struct identity nobody = read(NULL);
    struct identity two = read("Bearer two");
    const struct identity *callers[] = {&one, &nobody, &two};
    struct value params[IDENTITY_PARAMS];
    cr_assert(fill(callers, 3, 1500, true, params));
    cr_assert_eq(params[0].len, 20 + 2 * 36);
    cr_assert_eq(memcmp(params[0].bytes, head, sizeof head), 0);
    cr_assert_eq(memcmp(params[0].bytes + 24, one.token_hash, 32), 0);
    cr_assert_eq(memcmp(params[0].bytes + 60, two.token_hash, 32), 0);
    cr_assert_eq(params[1].len, 4);
    cr_assert_eq(memcmp(params[1].bytes, "1500", 4), 0);
    cr_assert_eq(memcmp(params[2].bytes, "on", 2), 0);
    cr_assert_lt(params[3].len, 0);
}

Test(identity, a_connection_may_be_of_an_organisation) {
    struct identity bound;
    struct identity other;
    struct error err = {0};
    cr_assert(read_claim("Bearer one", "home-housing", "unix", &bound, &err));
    cr_assert(read_claim("Bearer one", "impact-housing", "unix", &other, &err));
    const struct identity *callers[] = {&bound};
    struct value params[IDENTITY_PARAMS];
    cr_assert(fill(callers, 1, 1500, true, params));
    cr_assert_eq(params[3].len, 12);
    cr_assert_eq(memcmp(params[3].bytes, "home-housing", 12), 0);
    cr_assert(identity_is_alike(&bound, &bound));
    cr_assert_not(identity_is_alike(&bound, &other));
    struct identity free_one = read("Bearer one");
    cr_assert_not(identity_is_alike(&bound, &free_one));
}

Test(identity, without_a_token_the_array_is_empty_and_a_timeout_is_never_none) {
    static const uint8_t empty[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 17};
    struct identity nobody = read(NULL);
    const struct identity *callers[] = {&nobody};
    struct value params[IDENTITY_PARAMS];
    cr_assert(fill(callers, 1, 0, false, params));
    cr_assert_eq(params[0].len, sizeof empty);
    cr_assert_eq(memcmp(params[0].bytes, empty, sizeof empty), 0);
    cr_assert_eq(params[1].len, 1);
    cr_assert_eq(params[1].bytes[0], '1');
    cr_assert_eq(memcmp(params[2].bytes, "off", 3), 0);
}

static struct value role_value(const char *name) {
    return (struct value){(const uint8_t *)name, (int32_t)strlen(name)};
}

Test(identity, a_role_is_remembered_by_token_and_numbered_by_name) {
    struct role_memory *memory = role_memory_create();
    struct identity one = read("Bearer one");
    struct identity two = read("Bearer two");
    struct identity nobody = read(NULL);
    struct value contributor = role_value("shap_contributor");
    struct value anonymous = role_value("shap_anonymous");
    cr_assert_eq(role_memory_find(memory, &one), 0);
    cr_assert_eq(role_memory_find(memory, &nobody), 0);
    role_memory_learn(memory, &one, &contributor);
    role_memory_learn(memory, &two, &contributor);
    role_memory_learn(memory, &nobody, &anonymous);
    cr_assert_neq(role_memory_find(memory, &one), 0);
    cr_assert_eq(role_memory_find(memory, &one), role_memory_find(memory, &two));
    cr_assert_neq(role_memory_find(memory, &one), role_memory_find(memory, &nobody));
    role_memory_learn(memory, &two, &anonymous);
    cr_assert_eq(role_memory_find(memory, &two), role_memory_find(memory, &nobody));
    role_memory_forget(memory, &two);
    cr_assert_eq(role_memory_find(memory, &two), 0);
    cr_assert_neq(role_memory_find(memory, &one), 0);
    role_memory_destroy(memory);
}

Test(identity, the_roles_of_all_councils_partners_are_remembered_together) {
    enum { COUNCILS = 330 };
    struct role_memory *memory = role_memory_create();
    struct value contributor = role_value("shap_contributor");
    struct identity partners[COUNCILS];
    for (int i = 0; i < COUNCILS; i++) {
        char authorization[32];
        snprintf(authorization, sizeof authorization, "Bearer partner-%d", i);
        partners[i] = read(authorization);
        role_memory_learn(memory, &partners[i], &contributor);
    }
    for (int i = 0; i < COUNCILS; i++)
        cr_assert_neq(role_memory_find(memory, &partners[i]), 0, "%d", i);
    role_memory_destroy(memory);
}

Test(identity, the_memory_of_roles_stays_as_large_as_it_is) {
    struct role_memory *memory = role_memory_create();
    struct value null = {NULL, -1};
    for (int i = 0; i < 100000; i++) {
        char authorization[32];
        char role[32];
        snprintf(authorization, sizeof authorization, "Bearer %d", i);
        snprintf(role, sizeof role, "role_%d", i % 100);
        struct identity identity = read(authorization);
        struct value value = role_value(role);
        role_memory_learn(memory, &identity, i % 7 == 0 ? &null : &value);
        cr_assert_leq(role_memory_find(memory, &identity), 32);
    }
    role_memory_destroy(memory);
}

static struct identity read_peer(const char *organisation, const char *peer) {
    struct identity identity;
    struct error err = {0};
    cr_assert(read_claim(NULL, organisation, peer, &identity, &err));
    return identity;
}

Test(identity, a_peer_is_its_address_without_port_and_brackets) {
    static const char *const peers[][2] = {
        {"192.0.2.7:80", "192.0.2.7"},        {"[2001:db8::1]:443", "2001:db8::1"},
        {"unix:1000", "unix:1000"},           {"unix", "unix"},
        {"somewhere", "somewhere"},           {"[", "["},
        {"[2001:db8::1:443", "[2001:db8::1"},
    };
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
        cr_assert_str_eq(read_peer(NULL, peers[i][0]).peer, peers[i][1]);
}

Test(identity, what_is_longer_than_any_peer_or_organisation_is_none) {
    char long_text[200] = {0};
    memset(long_text, 'x', sizeof long_text - 1);
    cr_assert_str_eq(read_peer(long_text, long_text).peer, "");
    cr_assert_str_eq(read_peer(long_text, long_text).organisation, "");
}

Test(identity, a_role_with_a_name_longer_than_any_is_not_remembered) {
    char name[100] = {0};
    memset(name, 'r', 64);
    struct role_memory *memory = role_memory_create();
    struct identity one = read("Bearer one");
    struct value role = role_value(name);
    role_memory_learn(memory, &one, &role);
    cr_assert_eq(role_memory_find(memory, &one), 0);
    role.len = 63;
    role_memory_learn(memory, &one, &role);
    cr_assert_neq(role_memory_find(memory, &one), 0);
    role_memory_destroy(memory);
}
