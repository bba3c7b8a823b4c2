// The registry: every method the server has, derived from two descriptions that must agree, the
// services of the contract (proto/) and the functions of the API schema (pg/catalog). Built once
// at start, again when the catalog changed; nobody writes methods by hand.
//
// A registry and all it holds lies in the arena it was built in; statements and plans in it are
// borrowed by every unit that runs, so the arena outlives the pool.
#pragma once

#include "server/base/arena.h"
#include "server/base/buf.h"
#include "server/codec/plan.h"
#include "server/pg/catalog.h"
#include "server/pg/pool.h"

#include <protobuf-c/protobuf-c.h>

struct method {
    const char *path;         // "/shap.v1.Plans/GetPlan"
    const char *service_name; // "shap.v1.Plans"
    const char *name;         // "GetPlan"
    const struct function *function;
    const struct plan *request;
    const struct plan *answer;
    bool is_stream; // answers any number of messages
    // Takes many calls at once: so does the function of that name or, of a method that only reads,
    // one called NAME_together beside it, which is called instead.
    bool is_grouped;
    bool is_long;    // one answer, for which the function is declared to cost much
    bool has_result; // false: the answer is an empty message
    // Goes on when the caller says so (see rpc/follow.h): by its signature, a stable stream with
    // the arguments `cursor` and `follow` and the column `cursor`.
    bool can_follow;
    size_t cursor_arg; // of can_follow: among the arguments
    size_t follow_arg;
    size_t cursor_column; // among the columns
    struct statement statement;
    size_t index; // among the registry's methods
};

struct registry {
    size_t n_methods;
    const struct method *methods; // by path
    struct statement identity;
    struct statement tally;
};

enum { GROUP_LEADING_ARGS = 2, GROUP_LEADING_COLUMNS = 3 };

// Builds the registry. Every rpc must have its function, every function (but identify,
// keep_tally and schema_version) its rpc, every field its argument or column. NULL: all mismatches
// stand in `report`, one line each; or memory is out, then report may be empty.
const struct registry *registry_build(const ProtobufCServiceDescriptor *const *services,
                                      size_t n_services, const struct catalog *catalog,
                                      const char *schema, struct arena *arena, struct buf *report)
    __attribute__((warn_unused_result));

// The method at a path; NULL when there is none.
const struct method *registry_find(const struct registry *registry, const char *path);

// "GetPlan" to "get_plan", in the arena; NULL without memory.
char *registry_function_name(struct arena *arena, const char *rpc_name)
    __attribute__((warn_unused_result));
