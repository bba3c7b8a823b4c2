// Who calls: the token of a request, the statement that turns token hashes into role and settings,
// and a memory of which token had which role last.
//
// The token itself is hashed at once and never kept. PostgreSQL verifies the hash in the first
// statement of every unit; what is remembered here only decides which calls may share a group, and
// a wrong memory costs a retry, never a right.
#pragma once

#include "server/base/arena.h"
#include "server/base/sha256.h"
#include "server/pg/pool.h"

enum { IDENTITY_ORGANISATION_SIZE = 64, IDENTITY_PEER_SIZE = 48 };

struct identity {
    bool has_token;
    uint8_t token_hash[SHA256_SIZE];
    char organisation[IDENTITY_ORGANISATION_SIZE]; // that the connection is bound to; empty: none
    char peer[IDENTITY_PEER_SIZE]; // where the call comes from: an address, without its port
};

// What a call brings.
struct identity_claim {
    const char *authorization;   // the header; NULL: nobody in particular
    const char *organisation;    // of the connection's certificate; NULL or empty: none
    const char *peer;            // "127.0.0.1:50123", "unix:1000"
    struct token_memory *tokens; // borrowed; may be NULL
};

// False when there is a header that is not "Bearer TOKEN"; err is for the client, and what else was
// noted holds.
bool identity_read(const struct identity_claim *claim, struct identity *identity, struct error *err)
    __attribute__((warn_unused_result));

// Whether the calls of both may be identified together, as far as their connections go.
bool identity_is_alike(const struct identity *a, const struct identity *b);

// Of the identity statement's row. The role is followed by the sight that identify answers, if it
// does: callers who differ in either are not identified together. The councils, whose commits
// concern the caller, are those that identify answers; NULL: it does not.
enum { IDENTITY_ROLE_COLUMN = 0, IDENTITY_COUNCILS_COLUMN = 1 };

// The statement that begins every unit: calls `identify` (of schema) with the tokens' hashes, the
// organisation their connections are bound to and where they come from, takes the role it answers,
// makes each of its other columns c the setting shap.c, and sets the limits of the unit and
// shap.method, the method's name. Its row is no longer than what is read of it. Text lies in arena.
// False: identify's argument or result is not what it must be (err), or memory is out.
bool identity_statement(const char *schema, const struct function *identify, struct arena *arena,
                        struct statement *statement, struct error *err)
    __attribute__((warn_unused_result));

enum { IDENTITY_PARAMS = 6 };

// What one unit does, for whom.
struct identity_unit {
    const struct identity *const *callers; // borrowed; they are all alike
    size_t n_callers;
    const char *method; // its name; borrowed until the unit is over
    int64_t timeout_ms; // becomes statement_timeout, at least 1
    bool is_read_only;
};

// Fills the statement's params for a unit; bytes lie in arena. False without memory.
bool identity_params(const struct identity_unit *unit, struct arena *arena,
                     struct value params[IDENTITY_PARAMS]) __attribute__((warn_unused_result));

// The memory of roles: a fixed number of places, of which four are for the same tokens, those that
// were seen there last.
struct role_memory;

struct role_memory *role_memory_create(void) __attribute__((warn_unused_result));
void role_memory_destroy(struct role_memory *memory);

// The role the caller had when last seen; 0 when it is not remembered. Equal numbers, equal roles.
unsigned role_memory_find(struct role_memory *memory, const struct identity *identity);

// The caller's token does not hold any more.
void role_memory_forget(struct role_memory *memory, const struct identity *identity);

void role_memory_learn(struct role_memory *memory, const struct identity *identity,
                       const struct value *role);
