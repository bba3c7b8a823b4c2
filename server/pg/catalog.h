// The catalog: reads the functions and types of the API schema once, at start, before the loop runs
// (blocking), and again after a reconnection. Everything read lies in one arena that the caller
// gives and keeps.
//
// catalog_read has no state outside its parameters and touches no loop: after a reconnection it
// runs in a worker (uv_queue_work) with an arena of its own, and the loop compares fingerprints
// when it is done. Functions that are not methods (identify, schema_version) are read like all
// others.
#pragma once

#include "server/base/arena.h"
#include "server/base/error.h"
#include "server/codec/shape.h"

// A function whose declared cost (pg_proc.procost) is this or more takes long.
enum { CATALOG_LONG_COST = 10000 };

struct catalog {
    size_t n_functions;
    const struct function *functions; // of the schema, by name
    int schema_version;   // the last migration applied: schema_version() of the schema; 0 without
    uint64_t fingerprint; // over everything above: equal means nothing changed
};

// Only functions that the role we connect as, or one it may become, may execute: the schema's API,
// without its helpers. Connects with conninfo, waiting at most timeout_ms and trying again every
// second meanwhile (on_wait, may be NULL, is told each time), and reads `schema`. A function with a
// type that is not in the matrix (codec/plan.h) is refused by name. False: err says what failed and
// what to do.
bool catalog_read(const char *conninfo, const char *schema, int timeout_ms,
                  void (*on_wait)(const char *reason), struct arena *arena, struct catalog *catalog,
                  struct error *err) __attribute__((warn_unused_result));

// A function by its name; NULL when there is none.
const struct function *catalog_find(const struct catalog *catalog, const char *name);
