// The types of the API schema as shapes: read from pg_type, pg_attribute and pg_enum, resolved one
// by one as functions need them. Everything lies in the arena. Used by catalog only.
#pragma once

#include "server/base/arena.h"
#include "server/base/error.h"
#include "server/codec/shape.h"
#include "server/pg/session.h"

#include <stddef.h>
#include <stdint.h>

// Rows of a query as an array in the arena. The query's first column is count(*) over ().
struct rows {
    struct arena *arena; // borrowed
    size_t item_size;
    void *items; // in the arena
    size_t n_items;
};

// The next item, cleared; total is the query's first column.
void *rows_add(struct rows *rows, const char *total, struct error *err)
    __attribute__((warn_unused_result));

uint32_t oid_of_text(const char *text);

struct types;

// NULL: err says what failed.
struct types *types_read(struct session *session, const char *schema, struct arena *arena,
                         struct error *err) __attribute__((warn_unused_result));

// The shape of a type. sql_name is what PostgreSQL calls it, where says where it is used ("argument
// day of function shap_v1.get_plan"). NULL for a type that is not in the matrix (plan.h); err names
// both.
const struct shape *types_resolve(struct types *types, uint32_t oid, const char *sql_name,
                                  const char *where, struct error *err)
    __attribute__((warn_unused_result));
