#include "server/rpc/identity.h"

#include "server/base/buf.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/rpc/token_memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    OID_BYTEA = 17,
    OID_TEXT = 25,
    OID_BYTEA_ARRAY = 1001,
    OID_TEXT_ARRAY = 1009,
    N_SETS = 1024, // a power of two
    N_WAYS = 4,    // so that tokens that meet do not drive each other out
    N_ROLES = 32,
    ROLE_SIZE = 64, // PostgreSQL's NAMEDATALEN
    NUMBER_SIZE = 24,
};

// An address without its port and brackets: a partner's connections are many, his address is one.
static void note_peer(struct identity *identity, const char *peer) {
    const char *end = strrchr(peer, ':');
    bool has_port = end != NULL && strncmp(peer, "unix", 4) != 0;
    size_t len = has_port ? (size_t)(end - peer) : strlen(peer);
    if (len > 1 && peer[0] == '[' && peer[len - 1] == ']') {
        peer++;
        len -= 2;
    }
    if (len < IDENTITY_PEER_SIZE)
        memcpy(identity->peer, peer, len);
}

bool identity_read(const struct identity_claim *claim, struct identity *identity,
                   struct error *err) {
    static const char scheme[] = "Bearer ";
    const size_t scheme_len = sizeof scheme - 1;
    const char *organisation = claim->organisation;
    memset(identity, 0, sizeof *identity);
    if (organisation != NULL && strlen(organisation) < IDENTITY_ORGANISATION_SIZE)
        memcpy(identity->organisation, organisation, strlen(organisation));
    note_peer(identity, claim->peer);
    if (claim->authorization == NULL)
        return true;
    if (strncasecmp(claim->authorization, scheme, scheme_len) != 0)
        return error_set(err, "authorization must be \"Bearer TOKEN\"");
    const char *token = claim->authorization + scheme_len;
    if (*token == '\0')
        return error_set(err, "authorization has no token after \"Bearer\"");
    identity->has_token = true;
    token_memory_digest(claim->tokens, token, strlen(token), identity->token_hash);
    return true;
}

bool identity_is_alike(const struct identity *a, const struct identity *b) {
    return strcmp(a->organisation, b->organisation) == 0;
}

static bool is_identify(const struct function *identify) {
    const struct shape *result = identify->result;
    if (identify->n_args != 3 || identify->args[0].shape->oid != OID_BYTEA_ARRAY ||
        identify->args[1].shape->kind != SHAPE_TEXT ||
        identify->args[2].shape->oid != OID_TEXT_ARRAY || identify->returns_set ||
        result->kind != SHAPE_COMPOSITE || result->n_fields == 0)
        return false;
    for (size_t i = 0; i < result->n_fields; i++)
        if (result->fields[i].shape->kind != SHAPE_TEXT)
            return false;
    return strcmp(result->fields[0].name, "role") == 0;
}

static bool has_column(const struct function *identify, const char *name) {
    for (size_t i = 1; i < identify->result->n_fields; i++)
        if (strcmp(identify->result->fields[i].name, name) == 0)
            return true;
    return false;
}

bool identity_statement(const char *schema, const struct function *identify, struct arena *arena,
                        struct statement *statement, struct error *err) {
    static const uint32_t oids[IDENTITY_PARAMS] = {OID_BYTEA_ARRAY, OID_TEXT,       OID_TEXT,
                                                   OID_TEXT,        OID_TEXT_ARRAY, OID_TEXT};
    struct buf sql = {0};
    if (!is_identify(identify))
        return error_set(
            err,
            "function %s.identify must take a bytea[], a text and a text[], and return a "
            "composite of text columns, the first of them role",
            schema);
    bool is_whole = buf_format(&sql,
                               "select concat_ws(' ', set_config('role', i.role, true), %s), %s, "
                               "num_nulls("
                               "set_config('statement_timeout', $2, true), "
                               "set_config('transaction_read_only', $3, true), "
                               "set_config('shap.method', $6, true)",
                               has_column(identify, "sight") ? "i.sight" : "null",
                               has_column(identify, "councils") ? "i.councils" : "null");
    for (size_t i = 1; i < identify->result->n_fields; i++) {
        const char *name = identify->result->fields[i].name;
        is_whole =
            is_whole && buf_format(&sql, ", set_config('shap.%s', i.\"%s\", true)", name, name);
    }
    is_whole = is_whole && buf_format(&sql, ") from \"%s\".identify($1, $4, $5) i", schema);
    char *text = is_whole ? arena_copy(arena, (const char *)buf_bytes(&sql), buf_len(&sql)) : NULL;
    buf_finish(&sql);
    if (text == NULL)
        return error_set(err, "out of memory");
    *statement = (struct statement){
        .name = "identify", .sql = text, .n_params = IDENTITY_PARAMS, .param_oids = oids};
    return true;
}

static uint8_t *put_int32(uint8_t *at, uint32_t n) {
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(n >> shift);
    return at;
}

enum { ARRAY_HEAD = 20, EMPTY_ARRAY = 12 };

// The head of an array of n elements in PostgreSQL's binary form: dimensions, has-null flag,
// element type; for the one dimension its length and lower bound. Then each element's length and
// bytes follow, up to `end`. An empty array has no dimension.
static struct value finish_array(uint8_t *bytes, uint32_t oid, size_t n, const uint8_t *end) {
    uint8_t *head = put_int32(bytes, n > 0 ? 1 : 0);
    head = put_int32(put_int32(head, 0), oid);
    put_int32(put_int32(head, (uint32_t)n), 1);
    return (struct value){bytes, n > 0 ? (int32_t)(end - bytes) : EMPTY_ARRAY};
}

static uint8_t *put_element(uint8_t *at, const void *bytes, size_t len) {
    at = put_int32(at, (uint32_t)len);
    memcpy(at, bytes, len);
    return at + len;
}

static bool put_hashes(const struct identity_unit *unit, struct arena *arena, struct value *value) {
    size_t n_tokens = 0;
    uint8_t *bytes = arena_alloc(arena, ARRAY_HEAD + unit->n_callers * (4 + SHA256_SIZE));
    if (bytes == NULL)
        return false;
    uint8_t *at = bytes + ARRAY_HEAD;
    for (size_t i = 0; i < unit->n_callers; i++) {
        if (!unit->callers[i]->has_token)
            continue;
        at = put_element(at, unit->callers[i]->token_hash, SHA256_SIZE);
        n_tokens++;
    }
    *value = finish_array(bytes, OID_BYTEA, n_tokens, at);
    return true;
}

// In the order of the hashes; of a call without a token all the same.
static bool put_peers(const struct identity_unit *unit, struct arena *arena, struct value *value) {
    size_t n_peers = 0;
    uint8_t *bytes = arena_alloc(arena, ARRAY_HEAD + unit->n_callers * (4 + IDENTITY_PEER_SIZE));
    if (bytes == NULL)
        return false;
    uint8_t *at = bytes + ARRAY_HEAD;
    for (size_t i = 0; i < unit->n_callers; i++) {
        if (!unit->callers[i]->has_token && unit->n_callers > 1)
            continue;
        at = put_element(at, unit->callers[i]->peer, strlen(unit->callers[i]->peer));
        n_peers++;
    }
    *value = finish_array(bytes, OID_TEXT, n_peers, at);
    return true;
}

static struct value text_value(const char *text) {
    return (struct value){(const uint8_t *)text, (int32_t)strlen(text)};
}

bool identity_params(const struct identity_unit *unit, struct arena *arena,
                     struct value params[IDENTITY_PARAMS]) {
    const char *organisation = unit->callers[0]->organisation;
    char *timeout = arena_alloc(arena, NUMBER_SIZE);
    if (timeout == NULL || !put_hashes(unit, arena, &params[0]) ||
        !put_peers(unit, arena, &params[4]))
        return false;
    params[1] = text_value(log_number(unit->timeout_ms > 0 ? unit->timeout_ms : 1, timeout));
    params[2] = text_value(unit->is_read_only ? "on" : "off");
    params[3] = organisation[0] != '\0' ? text_value(organisation) : (struct value){.len = -1};
    params[5] = text_value(unit->method);
    return true;
}

struct place {
    uint8_t token_hash[SHA256_SIZE];
    uint8_t role; // 0: nobody here
};

struct role_memory {
    struct place sets[N_SETS][N_WAYS]; // the latest of each first
    unsigned anonymous;                // the role of calls without a token
    unsigned n_roles;
    char roles[N_ROLES][ROLE_SIZE]; // role r is roles[r - 1]
};

struct role_memory *role_memory_create(void) {
    return calloc(1, sizeof(struct role_memory));
}

void role_memory_destroy(struct role_memory *memory) {
    free(memory);
}

static struct place *set_of(struct role_memory *memory, const struct identity *identity) {
    size_t hash = (size_t)identity->token_hash[0] << 8 | identity->token_hash[1];
    return memory->sets[hash % N_SETS];
}

static struct place *find_place(struct role_memory *memory, const struct identity *identity) {
    struct place *set = set_of(memory, identity);
    for (size_t i = 0; i < N_WAYS; i++)
        if (set[i].role != 0 &&
            secret_is_equal(set[i].token_hash, identity->token_hash, SHA256_SIZE))
            return &set[i];
    return NULL;
}

unsigned role_memory_find(struct role_memory *memory, const struct identity *identity) {
    if (!identity->has_token)
        return memory->anonymous;
    const struct place *place = find_place(memory, identity);
    return place != NULL ? place->role : 0;
}

// The number of a role by its name; a new one when there is room, else 0: never shared.
static unsigned number_role(struct role_memory *memory, const struct value *role) {
    size_t len = role->len > 0 ? (size_t)role->len : 0;
    if (len == 0 || len >= ROLE_SIZE)
        return 0;
    for (unsigned i = 0; i < memory->n_roles; i++)
        if (strlen(memory->roles[i]) == len && memcmp(memory->roles[i], role->bytes, len) == 0)
            return i + 1;
    if (memory->n_roles == N_ROLES)
        return 0;
    memcpy(memory->roles[memory->n_roles], role->bytes, len);
    return ++memory->n_roles;
}

void role_memory_forget(struct role_memory *memory, const struct identity *identity) {
    struct place *place = identity->has_token ? find_place(memory, identity) : NULL;
    if (place != NULL)
        place->role = 0;
}

// The oldest of the set is forgotten for it.
static struct place *add_place(struct role_memory *memory, const struct identity *identity) {
    struct place *set = set_of(memory, identity);
    memmove(set + 1, set, (N_WAYS - 1) * sizeof *set);
    memcpy(set->token_hash, identity->token_hash, SHA256_SIZE);
    return set;
}

void role_memory_learn(struct role_memory *memory, const struct identity *identity,
                       const struct value *role) {
    unsigned number = number_role(memory, role);
    if (!identity->has_token) {
        memory->anonymous = number;
        return;
    }
    struct place *place = find_place(memory, identity);
    if (place == NULL && number == 0)
        return;
    if (place == NULL)
        place = add_place(memory, identity);
    place->role = (uint8_t)number;
}
