#include "server/pg/types.h"

#include <stdlib.h>
#include <string.h>

// The types outside the API schema that the matrix knows. Oids of built-in types never change.
struct builtin {
    uint32_t oid;
    enum shape_kind kind;
    const char *name;
};

static const struct builtin BUILTINS[] = {
    {16, SHAPE_BOOL, "boolean"}, {17, SHAPE_BYTEA, "bytea"},
    {20, SHAPE_INT8, "bigint"},  {23, SHAPE_INT4, "integer"},
    {25, SHAPE_TEXT, "text"},    {701, SHAPE_FLOAT8, "double precision"},
    {1082, SHAPE_DATE, "date"},  {1184, SHAPE_TIMESTAMPTZ, "timestamp with time zone"},
    {2278, SHAPE_VOID, "void"},  {2950, SHAPE_UUID, "uuid"},
};

enum type_state { TYPE_UNRESOLVED, TYPE_RESOLVING, TYPE_RESOLVED };

struct type {
    uint32_t oid;
    const char *name; // with its schema
    char kind;        // pg_type.typtype
    uint32_t element; // of an array; 0
    enum type_state state;
    struct shape shape;
};

struct attribute {
    uint32_t owner; // the composite's oid
    const char *name;
    uint32_t type;
    const char *type_name;
};

struct label {
    uint32_t owner; // the enum's oid
    const char *text;
};

struct types {
    struct arena *arena;    // borrowed
    struct rows types;      // struct type, by oid
    struct rows attributes; // struct attribute, by owner and order
    struct rows labels;     // struct label, by owner and order
};

void *rows_add(struct rows *rows, const char *total, struct error *err) {
    if (!rows->items)
        rows->items = arena_calloc(rows->arena, strtoul(total, NULL, 10), rows->item_size);
    if (!rows->items) {
        error_set(err, "out of memory");
        return NULL;
    }
    return (char *)rows->items + rows->item_size * rows->n_items++;
}

uint32_t oid_of_text(const char *text) {
    return (uint32_t)strtoul(text, NULL, 10);
}

static bool keep(struct arena *arena, const char *text, const char **kept, struct error *err) {
    *kept = arena_copy(arena, text, strlen(text));
    return *kept || error_set(err, "out of memory");
}

static bool on_type(void *ctx, const char *const *columns, size_t n_columns, struct error *err) {
    (void)n_columns;
    struct types *types = ctx;
    struct type *type = rows_add(&types->types, columns[0], err);
    if (!type)
        return false;
    type->oid = oid_of_text(columns[1]);
    type->kind = columns[3][0];
    type->element = oid_of_text(columns[4]);
    return keep(types->arena, columns[2], &type->name, err);
}

static bool on_attribute(void *ctx, const char *const *columns, size_t n_columns,
                         struct error *err) {
    (void)n_columns;
    struct types *types = ctx;
    struct attribute *attribute = rows_add(&types->attributes, columns[0], err);
    if (!attribute)
        return false;
    attribute->owner = oid_of_text(columns[1]);
    attribute->type = oid_of_text(columns[3]);
    return keep(types->arena, columns[2], &attribute->name, err) &&
           keep(types->arena, columns[4], &attribute->type_name, err);
}

static bool on_label(void *ctx, const char *const *columns, size_t n_columns, struct error *err) {
    (void)n_columns;
    struct types *types = ctx;
    struct label *label = rows_add(&types->labels, columns[0], err);
    if (!label)
        return false;
    label->owner = oid_of_text(columns[1]);
    return keep(types->arena, columns[2], &label->text, err);
}

// Types of the schema, what is made of them, and arrays of built-in types.
static const char TYPES_SQL[] =
    "select count(*) over (), t.oid, n.nspname || '.' || t.typname, t.typtype,"
    "       case when t.typcategory = 'A' and t.typlen = -1 then t.typelem else 0 end"
    "  from pg_catalog.pg_type t"
    "  join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
    " where n.nspname = $1"
    "    or t.oid in (1000, 1001, 1016, 1007, 1009, 1022, 1182, 1185, 2951)"
    " order by t.oid";

static const char ATTRIBUTES_SQL[] = "select count(*) over (), t.oid, a.attname, a.atttypid,"
                                     "       pg_catalog.format_type(a.atttypid, a.atttypmod)"
                                     "  from pg_catalog.pg_attribute a"
                                     "  join pg_catalog.pg_type t on t.typrelid = a.attrelid"
                                     "  join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
                                     " where n.nspname = $1 and a.attnum > 0 and not a.attisdropped"
                                     " order by t.oid, a.attnum";

static const char LABELS_SQL[] = "select count(*) over (), t.oid, e.enumlabel"
                                 "  from pg_catalog.pg_enum e"
                                 "  join pg_catalog.pg_type t on t.oid = e.enumtypid"
                                 "  join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
                                 " where n.nspname = $1"
                                 " order by t.oid, e.enumsortorder";

struct types *types_read(struct session *session, const char *schema, struct arena *arena,
                         struct error *err) {
    struct types *types = arena_calloc(arena, 1, sizeof *types);
    if (!types) {
        error_set(err, "out of memory");
        return NULL;
    }
    types->arena = arena;
    types->types = (struct rows){.arena = arena, .item_size = sizeof(struct type)};
    types->attributes = (struct rows){.arena = arena, .item_size = sizeof(struct attribute)};
    types->labels = (struct rows){.arena = arena, .item_size = sizeof(struct label)};
    bool is_read = session_query(session, TYPES_SQL, &schema, 1, on_type, types, err) &&
                   session_query(session, ATTRIBUTES_SQL, &schema, 1, on_attribute, types, err) &&
                   session_query(session, LABELS_SQL, &schema, 1, on_label, types, err);
    return is_read ? types : NULL;
}

static bool fill_builtin(struct shape *shape, uint32_t oid) {
    for (size_t i = 0; i < sizeof BUILTINS / sizeof *BUILTINS; i++) {
        if (BUILTINS[i].oid != oid)
            continue;
        *shape = (struct shape){.kind = BUILTINS[i].kind, .oid = oid, .name = BUILTINS[i].name};
        return true;
    }
    return false;
}

static int compare_oid(const void *key, const void *item) {
    uint32_t a = *(const uint32_t *)key, b = ((const struct type *)item)->oid;
    return a < b ? -1 : a > b;
}

static struct type *find_type(const struct types *types, uint32_t oid) {
    if (types->types.n_items == 0)
        return NULL;
    return bsearch(&oid, types->types.items, types->types.n_items, sizeof(struct type),
                   compare_oid);
}

static bool resolve_array(struct types *types, struct type *type, const char *where,
                          struct error *err) {
    const struct shape *element = types_resolve(types, type->element, type->name, where, err);
    if (!element)
        return false;
    const char *name = arena_format(types->arena, "%s[]", element->name);
    if (!name)
        return error_set(err, "out of memory");
    type->shape =
        (struct shape){.kind = SHAPE_ARRAY, .oid = type->oid, .name = name, .element = element};
    return true;
}

static bool resolve_attribute(struct types *types, const struct type *type,
                              const struct attribute *attribute, const char *where,
                              struct shape_field *field, struct error *err) {
    const char *place = arena_format(types->arena, "attribute %s of type %s in %s", attribute->name,
                                     type->name, where);
    if (!place)
        return error_set(err, "out of memory");
    field->name = attribute->name;
    field->shape = types_resolve(types, attribute->type, attribute->type_name, place, err);
    return field->shape != NULL;
}

static bool resolve_composite(struct types *types, struct type *type, const char *where,
                              struct error *err) {
    const struct attribute *attributes = types->attributes.items;
    size_t first = 0, n = 0;
    while (first < types->attributes.n_items && attributes[first].owner != type->oid)
        first++;
    while (first + n < types->attributes.n_items && attributes[first + n].owner == type->oid)
        n++;
    struct shape_field *fields = arena_calloc(types->arena, n, sizeof *fields);
    if (!fields)
        return error_set(err, "out of memory");
    for (size_t i = 0; i < n; i++)
        if (!resolve_attribute(types, type, &attributes[first + i], where, &fields[i], err))
            return false;
    type->shape = (struct shape){.kind = SHAPE_COMPOSITE,
                                 .oid = type->oid,
                                 .name = type->name,
                                 .n_fields = n,
                                 .fields = fields};
    return true;
}

static bool resolve_enum(struct types *types, struct type *type, struct error *err) {
    const struct label *labels = types->labels.items;
    const char **texts = arena_calloc(types->arena, types->labels.n_items, sizeof(char *));
    if (!texts)
        return error_set(err, "out of memory");
    size_t n = 0;
    for (size_t i = 0; i < types->labels.n_items; i++)
        if (labels[i].owner == type->oid)
            texts[n++] = labels[i].text;
    type->shape = (struct shape){
        .kind = SHAPE_ENUM, .oid = type->oid, .name = type->name, .n_fields = n, .labels = texts};
    return true;
}

static bool refuse(const char *sql_name, const char *where, struct error *err) {
    return error_set(err, "%s has type %s, which has no protobuf form", where, sql_name);
}

static bool resolve(struct types *types, struct type *type, const char *sql_name, const char *where,
                    struct error *err) {
    if (type->element != 0)
        return resolve_array(types, type, where, err);
    if (type->kind == 'c')
        return resolve_composite(types, type, where, err);
    if (type->kind == 'e')
        return resolve_enum(types, type, err);
    return refuse(sql_name, where, err);
}

static const struct shape *resolve_builtin(struct types *types, uint32_t oid, const char *sql_name,
                                           const char *where, struct error *err) {
    struct shape *shape = arena_alloc(types->arena, sizeof *shape);
    if (!shape) {
        error_set(err, "out of memory");
        return NULL;
    }
    return fill_builtin(shape, oid) || refuse(sql_name, where, err) ? shape : NULL;
}

const struct shape *types_resolve(struct types *types, uint32_t oid, const char *sql_name,
                                  const char *where, struct error *err) {
    struct type *type = find_type(types, oid);
    if (!type)
        return resolve_builtin(types, oid, sql_name, where, err);
    if (type->state == TYPE_RESOLVED)
        return &type->shape;
    if (type->state == TYPE_RESOLVING) {
        error_set(err, "%s: type %s contains itself", where, type->name);
        return NULL;
    }
    type->state = TYPE_RESOLVING;
    if (!resolve(types, type, sql_name, where, err))
        return NULL;
    type->state = TYPE_RESOLVED;
    return &type->shape;
}
