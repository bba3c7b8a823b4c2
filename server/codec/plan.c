#include "server/codec/plan.h"

#include "server/codec/layout.h"
#include "server/codec/matrix.h"
#include "server/codec/wire.h"

#include <string.h>

// The SQL side of one message: its fields, and how to speak of them.
struct columns {
    const struct shape_field *fields; // borrowed
    size_t n_fields;
    const char *owner; // "shap_v1.milestone"; NULL: a function's arguments
    size_t skip;
};

// What compiling a plan carries along: the messages it stands in, to find recursion.
struct compile {
    const struct compile *outer; // NULL outermost
    const ProtobufCMessageDescriptor *message;
    size_t depth;
    struct arena *arena;
    struct error *err;
};

static const struct plan *compile_message(const struct compile *outer, struct arena *arena,
                                          const ProtobufCMessageDescriptor *message,
                                          struct columns columns, struct error *err);

static bool no_memory(struct error *err) {
    return error_set(err, "out of memory");
}

// How a column is called in messages: "column shap_v1.milestone.last_day", "argument last_day".
static const char *column_name(const struct compile *compile, struct columns columns,
                               const char *name) {
    const char *text = columns.owner
                           ? arena_format(compile->arena, "column %s.%s", columns.owner, name)
                           : arena_format(compile->arena, "argument %s", name);
    return text ? text : name;
}

static bool find_column(struct columns columns, const char *name, size_t *column) {
    for (size_t i = columns.skip; i < columns.n_fields; i++)
        if (strcmp(columns.fields[i].name, name) == 0) {
            *column = i;
            return true;
        }
    return false;
}

static bool is_allowed(const struct compile *compile, const ProtobufCFieldDescriptor *field) {
    const char *message = compile->message->name;
    if (field->label == PROTOBUF_C_LABEL_REQUIRED)
        return error_set(compile->err, "proto %s.%s is required: make it optional", message,
                         field->name);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return error_set(compile->err, "proto %s.%s is in a oneof, which has no SQL form", message,
                         field->name);
    return true;
}

static bool check_match(const struct compile *compile, const ProtobufCFieldDescriptor *field,
                        struct columns columns, const struct shape *shape) {
    bool is_repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    bool is_array = shape->kind == SHAPE_ARRAY;
    enum shape_kind kind = is_array ? shape->element->kind : shape->kind;
    if (is_repeated == is_array && matrix_fits(field, kind))
        return true;
    return error_set(compile->err, "proto %s.%s (%s%s) does not fit sql %s (%s)",
                     compile->message->name, field->name, is_repeated ? "repeated " : "",
                     matrix_type_name(field), column_name(compile, columns, field->name),
                     shape->name);
}

static bool compile_type(const struct compile *compile, const ProtobufCFieldDescriptor *field,
                         struct plan_field *out) {
    if (out->kind == SHAPE_ENUM) {
        out->labels = labels_compile(compile->arena, field->descriptor, out->shape, compile->err);
        return out->labels != NULL;
    }
    if (out->kind != SHAPE_COMPOSITE)
        return true;
    struct columns columns = {
        .fields = out->shape->fields, .n_fields = out->shape->n_fields, .owner = out->shape->name};
    out->nested =
        compile_message(compile, compile->arena, field->descriptor, columns, compile->err);
    return out->nested != NULL;
}

static bool compile_field(const struct compile *compile, const ProtobufCFieldDescriptor *field,
                          struct columns columns, struct plan_field *out) {
    if (!is_allowed(compile, field))
        return false;
    size_t column;
    if (!find_column(columns, field->name, &column))
        return error_set(compile->err, "proto %s.%s (%s) has no %s%s", compile->message->name,
                         field->name, matrix_type_name(field),
                         columns.owner ? "column in " : "argument",
                         columns.owner ? columns.owner : "");
    const struct shape *shape = columns.fields[column].shape;
    if (!check_match(compile, field, columns, shape))
        return false;
    out->name = field->name;
    out->tag = field->id;
    out->is_repeated = shape->kind == SHAPE_ARRAY;
    out->shape = out->is_repeated ? shape->element : shape;
    out->kind = out->shape->kind;
    out->wire_type = matrix_wire_type(out->kind);
    out->is_packed = field->flags & PROTOBUF_C_FIELD_FLAG_PACKED;
    out->column = column;
    out->column_oid = shape->oid;
    return compile_type(compile, field, out);
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *message,
                                                  const char *name) {
    for (unsigned i = 0; i < message->n_fields; i++)
        if (strcmp(message->fields[i].name, name) == 0)
            return &message->fields[i];
    return NULL;
}

static bool is_complete(const struct compile *compile, struct columns columns) {
    for (size_t i = columns.skip; i < columns.n_fields; i++) {
        const struct shape_field *field = &columns.fields[i];
        if (!find_field(compile->message, field->name))
            return error_set(compile->err, "sql %s (%s) has no field in proto %s",
                             column_name(compile, columns, field->name), field->shape->name,
                             compile->message->name);
    }
    return true;
}

static bool is_bounded(const struct compile *compile, struct columns columns) {
    const char *name = compile->message->name;
    for (const struct compile *outer = compile->outer; outer; outer = outer->outer)
        if (outer->message == compile->message)
            return error_set(compile->err, "proto %s contains itself, which has no SQL form", name);
    if (compile->depth > PLAN_DEPTH_MAX)
        return error_set(compile->err, "proto %s is nested more than %d deep", name,
                         PLAN_DEPTH_MAX);
    if (compile->message->n_fields > PLAN_FIELDS_MAX || columns.n_fields > PLAN_FIELDS_MAX)
        return error_set(compile->err, "proto %s has more than %d fields or columns", name,
                         PLAN_FIELDS_MAX);
    return true;
}

// A composite is a count and for each attribute type and length; an empty array has a head.
static size_t empty_size(const struct plan *plan) {
    size_t size = 4;
    for (size_t i = 0; i < plan->n_fields; i++)
        size += plan->fields[i].is_repeated ? 8 + 20 : 8;
    return size;
}

static bool fill(const struct compile *compile, struct columns columns, struct plan *plan,
                 struct plan_field *fields) {
    for (size_t i = 0; i < plan->n_fields; i++) {
        if (!compile_field(compile, &compile->message->fields[i], columns, &fields[i]))
            return false;
        plan->columns[fields[i].column - columns.skip] = &fields[i];
    }
    plan->fields = fields;
    plan->empty_size = empty_size(plan);
    return is_complete(compile, columns);
}

static const struct plan *compile_message(const struct compile *outer, struct arena *arena,
                                          const ProtobufCMessageDescriptor *message,
                                          struct columns columns, struct error *err) {
    struct compile compile = {.outer = outer,
                              .message = message,
                              .depth = outer ? outer->depth + 1 : 1,
                              .arena = arena,
                              .err = err};
    if (!is_bounded(&compile, columns))
        return NULL;
    struct plan *plan = arena_calloc(arena, 1, sizeof *plan);
    struct plan_field *fields = arena_calloc(arena, message->n_fields, sizeof *fields);
    const struct plan_field **by_column =
        arena_calloc(arena, columns.n_fields, sizeof(const struct plan_field *));
    if (!plan || !fields || !by_column) {
        no_memory(err);
        return NULL;
    }
    *plan = (struct plan){.name = message->name,
                          .n_fields = message->n_fields,
                          .columns = by_column,
                          .skip = columns.skip};
    return fill(&compile, columns, plan, fields) ? plan : NULL;
}

const struct plan *plan_compile_request(struct arena *arena,
                                        const ProtobufCMessageDescriptor *message,
                                        const struct shape_field *args, size_t n_args,
                                        struct error *err) {
    return compile_message(NULL, arena, message,
                           (struct columns){.fields = args, .n_fields = n_args}, err);
}

const struct plan *plan_compile_answer(struct arena *arena,
                                       const ProtobufCMessageDescriptor *message,
                                       const struct shape *result, struct error *err) {
    return plan_compile_answer_after(arena, message, result, 0, err);
}

const struct plan *plan_compile_answer_after(struct arena *arena,
                                             const ProtobufCMessageDescriptor *message,
                                             const struct shape *result, size_t skip,
                                             struct error *err) {
    if (result->kind == SHAPE_VOID && message->n_fields == 0)
        return compile_message(NULL, arena, message, (struct columns){.owner = result->name}, err);
    if (result->kind != SHAPE_COMPOSITE || result->n_fields < skip) {
        error_set(err, "proto %s cannot be made from sql %s: %s", message->name, result->name,
                  message->n_fields == 0 ? "return void" : "return a composite type");
        return NULL;
    }
    struct columns columns = {.fields = result->fields,
                              .n_fields = result->n_fields,
                              .owner = result->name,
                              .skip = skip};
    return compile_message(NULL, arena, message, columns, err);
}

size_t plan_n_values(const struct plan *plan) {
    return plan->n_fields;
}
