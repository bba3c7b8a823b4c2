#include "server/codec/plan.h"

#include "tests/unit/codec/shapes.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;

static void start(void) {
    arena_init(&arena, ARENA_LIMIT);
}

static void stop(void) {
    arena_finish(&arena);
}

TestSuite(plan, .init = start, .fini = stop);

static void refuses_request(const ProtobufCMessageDescriptor *message,
                            const struct shape_field *args, size_t n_args, const char *expected) {
    struct error err = {0};
    cr_expect_null(plan_compile_request(&arena, message, args, n_args, &err));
    cr_expect_str_eq(err.message, expected, "%s", err.message);
}

static void refuses_answer(const ProtobufCMessageDescriptor *message, const struct shape *shape,
                           const char *expected) {
    struct error err = {0};
    cr_expect_null(plan_compile_answer(&arena, message, shape, &err));
    cr_expect_str_eq(err.message, expected, "%s", err.message);
}

Test(plan, compiles_every_type_of_the_matrix) {
    cr_assert_eq(plan_n_values(compile_all_request(&arena)), ALL_FIELDS);
    compile_all_answer(&arena);
}

Test(plan, names_a_field_without_argument_or_column) {
    static const struct shape_field NOTE_ONLY[] = {{"note", &SHAPE_OF_TEXT}};
    static const struct shape ROW = {
        .kind = SHAPE_COMPOSITE, .name = "matrix_v1.note", .n_fields = 1, .fields = NOTE_ONLY};
    refuses_request(&matrix__v1__note__descriptor, NOTE_ONLY, 1,
                    "proto matrix.v1.Note.as_at (string) has no argument");
    refuses_answer(&matrix__v1__note__descriptor, &ROW,
                   "proto matrix.v1.Note.as_at (string) has no column in matrix_v1.note");
}

Test(plan, names_an_argument_or_column_without_field) {
    static const struct shape_field MORE[] = {
        {"note", &SHAPE_OF_TEXT}, {"as_at", &SHAPE_OF_DATE}, {"known_at", &SHAPE_OF_DATE}};
    static const struct shape ROW = {
        .kind = SHAPE_COMPOSITE, .name = "matrix_v1.note", .n_fields = 3, .fields = MORE};
    refuses_request(&matrix__v1__note__descriptor, MORE, 3,
                    "sql argument known_at (date) has no field in proto matrix.v1.Note");
    refuses_answer(
        &matrix__v1__note__descriptor, &ROW,
        "sql column matrix_v1.note.known_at (date) has no field in proto matrix.v1.Note");
}

Test(plan, names_both_types_when_they_do_not_fit) {
    static const struct shape_field NUMBER[] = {{"note", &SHAPE_OF_INT}, {"as_at", &SHAPE_OF_DATE}};
    static const struct shape_field MANY[] = {{"note", &SHAPE_OF_TEXTS}, {"as_at", &SHAPE_OF_DATE}};
    static const struct shape_field ONE[] = {{"note", &SHAPE_OF_TEXT}};
    refuses_request(&matrix__v1__note__descriptor, NUMBER, 2,
                    "proto matrix.v1.Note.note (string) does not fit sql argument note (integer)");
    refuses_request(&matrix__v1__note__descriptor, MANY, 2,
                    "proto matrix.v1.Note.note (string) does not fit sql argument note (text[])");
    refuses_request(&matrix__v1__unsigned__descriptor, ONE, 1,
                    "proto matrix.v1.Unsigned.note (uint32) does not fit sql argument note (text)");
}

Test(plan, a_timestamp_is_not_a_composite_nor_the_reverse) {
    static const struct shape MOMENT = {
        .kind = SHAPE_TIMESTAMPTZ, .oid = 1184, .name = "timestamptz"};
    struct shape_field fields[ALL_FIELDS];
    memcpy(fields, ALL, sizeof fields);
    fields[9].shape = &SHAPE_OF_INNER;
    refuses_request(
        &matrix__v1__all__descriptor, fields, ALL_FIELDS,
        "proto matrix.v1.All.moment (message) does not fit sql argument moment (matrix_v1.inner)");
    memcpy(fields, ALL, sizeof fields);
    fields[10].shape = &MOMENT;
    refuses_request(
        &matrix__v1__all__descriptor, fields, ALL_FIELDS,
        "proto matrix.v1.All.inner (message) does not fit sql argument inner (timestamptz)");
}

Test(plan, names_the_nested_type_that_does_not_match) {
    static const struct shape_field SHORT[] = {{"count", &SHAPE_OF_INT}};
    static const struct shape INNER = {
        .kind = SHAPE_COMPOSITE, .name = "matrix_v1.inner", .n_fields = 1, .fields = SHORT};
    struct shape_field fields[ALL_FIELDS];
    memcpy(fields, ALL, sizeof fields);
    fields[10].shape = &INNER;
    refuses_request(&matrix__v1__all__descriptor, fields, ALL_FIELDS,
                    "proto matrix.v1.Inner.name (string) has no column in matrix_v1.inner");
}

Test(plan, refuses_messages_that_contain_themselves) {
    static struct shape_field fields[] = {{"name", &SHAPE_OF_TEXT}, {"loops", NULL}};
    static const struct shape LOOP = {
        .kind = SHAPE_COMPOSITE, .name = "matrix_v1.loop", .n_fields = 2, .fields = fields};
    static const struct shape LOOPS = {
        .kind = SHAPE_ARRAY, .name = "matrix_v1.loop[]", .element = &LOOP};
    fields[1].shape = &LOOPS;
    refuses_answer(&matrix__v1__loop__descriptor, &LOOP,
                   "proto matrix.v1.Loop contains itself, which has no SQL form");
}

Test(plan, refuses_required_fields_and_oneofs) {
    static const struct shape_field ONE[] = {{"note", &SHAPE_OF_TEXT}};
    refuses_request(&matrix__v1__strict__descriptor, ONE, 1,
                    "proto matrix.v1.Strict.note is required: make it optional");
    refuses_answer(&matrix__v1__choice__descriptor, &SHAPE_OF_NOTE,
                   "proto matrix.v1.Choice.note is in a oneof, which has no SQL form");
}

static void refuses_size(const ProtobufCMessageDescriptor *message, const char *const *labels,
                         size_t n_labels, const char *expected) {
    const struct shape size = {
        .kind = SHAPE_ENUM, .name = "matrix_v1.size", .n_fields = n_labels, .labels = labels};
    const struct shape_field field = {"size", &size};
    refuses_request(message, &field, 1, expected);
}

Test(plan, matches_enums_label_for_label_both_ways) {
    static const char *const FEW[] = {"small"};
    static const char *const MANY[] = {"small", "extra_large", "medium"};
    static const char *const RIGHT[] = {"extra_large", "small"};
    refuses_size(&matrix__v1__sized__descriptor, FEW, 1,
                 "proto matrix.v1.Size.SIZE_EXTRA_LARGE has no label in sql enum matrix_v1.size");
    refuses_size(&matrix__v1__sized__descriptor, MANY, 3,
                 "sql label 'medium' of matrix_v1.size has no value in proto enum matrix.v1.Size");
    refuses_size(&matrix__v1__unprefixed__descriptor, FEW, 1,
                 "proto matrix.v1.Nameless.NOTHING = 0 must be NAMELESS_UNSPECIFIED");
    refuses_size(&matrix__v1__half_prefixed__descriptor, FEW, 1,
                 "proto matrix.v1.HalfNamed.SMALL_HALF does not begin with HALF_NAMED_");
    refuses_size(&matrix__v1__sized__descriptor, (const char *const[]){"smaller", "extra_large"}, 2,
                 "proto matrix.v1.Size.SIZE_SMALL has no label in sql enum matrix_v1.size");
    const struct shape size = {
        .kind = SHAPE_ENUM, .name = "matrix_v1.size", .n_fields = 2, .labels = RIGHT};
    const struct shape_field field = {"size", &size};
    struct error err = {0};
    cr_expect_not_null(
        plan_compile_request(&arena, &matrix__v1__sized__descriptor, &field, 1, &err));
}

Test(plan, an_empty_message_goes_with_void_and_no_arguments) {
    struct error err = {0};
    const struct plan *answer =
        plan_compile_answer(&arena, &matrix__v1__empty__descriptor, &SHAPE_OF_NOTHING, &err);
    cr_assert_not_null(answer);
    struct buf out = {0};
    struct value nothing = {.bytes = (const uint8_t *)"", .len = 0};
    cr_assert(plan_decode(answer, &nothing, 1, &out, &err));
    cr_assert_eq(buf_len(&out), 0);
    buf_finish(&out);
    const struct plan *request =
        plan_compile_request(&arena, &matrix__v1__empty__descriptor, NULL, 0, &err);
    cr_assert_not_null(request);
    cr_assert(plan_encode(request, NULL, 0, &arena, NULL, &err));
    refuses_answer(&matrix__v1__note__descriptor, &SHAPE_OF_NOTHING,
                   "proto matrix.v1.Note cannot be made from sql void: return a composite type");
    refuses_answer(&matrix__v1__empty__descriptor, &SHAPE_OF_TEXT,
                   "proto matrix.v1.Empty cannot be made from sql text: return void");
}

Test(plan, passes_over_leading_columns) {
    static const struct shape_field FIELDS[] = {{"ordinal", &SHAPE_OF_INT},
                                                {"note", &SHAPE_OF_INT},
                                                {"as_at", &SHAPE_OF_DATE},
                                                {"note", &SHAPE_OF_TEXT}};
    static const struct shape ROW = {
        .kind = SHAPE_COMPOSITE, .name = "matrix_v1.answer", .n_fields = 4, .fields = FIELDS};
    struct error err = {0};
    const struct plan *plan =
        plan_compile_answer_after(&arena, &matrix__v1__note__descriptor, &ROW, 2, &err);
    cr_assert_not_null(plan, "%s", err.message);
    const struct value row[] = {{.len = -1},
                                {.len = -1},
                                {.bytes = (const uint8_t *)"\0\0\0\0", .len = 4},
                                {.bytes = (const uint8_t *)"n", .len = 1}};
    struct buf out = {0};
    cr_assert(plan_decode(plan, row, 4, &out, &err), "%s", err.message);
    cr_assert_eq(buf_len(&out), 15);
    cr_assert_eq(memcmp(buf_bytes(&out),
                        "\x0a\x01n\x12\x0a"
                        "2000-01-01",
                        15),
                 0);
    cr_assert_not(plan_decode(plan, row, 3, &out, &err));
    buf_finish(&out);
}

Test(plan, every_failed_allocation_is_an_error) {
    struct error err = {0};
    size_t n = 1;
    for (;; n++) {
        arena.fail_after = n;
        error_clear(&err);
        if (plan_compile_request(&arena, &matrix__v1__all__descriptor, ALL, ALL_FIELDS, &err))
            break;
        cr_assert_str_eq(err.message, "out of memory");
    }
    cr_assert_gt(n, 10);
}

Test(plan, an_argument_that_cannot_be_named_for_want_of_memory_is_called_by_its_name_alone) {
    static const struct shape_field NUMBER[] = {{"note", &SHAPE_OF_INT}, {"as_at", &SHAPE_OF_DATE}};
    arena.fail_after = 4;
    refuses_request(&matrix__v1__note__descriptor, NUMBER, 2,
                    "proto matrix.v1.Note.note (string) does not fit sql note (integer)");
}

Test(plan, a_list_goes_with_an_array_only) {
    static const struct shape_field ONE[] = {{"name", &SHAPE_OF_TEXT}, {"loops", &SHAPE_OF_TEXT}};
    refuses_request(&matrix__v1__loop__descriptor, ONE, 2,
                    "proto matrix.v1.Loop.loops (repeated message) does not fit sql argument loops "
                    "(text)");
}

// Messages of which each holds the next.
enum { CHAIN = PLAN_DEPTH_MAX + 1 };

Test(plan, messages_within_messages_have_an_end) {
    static ProtobufCMessageDescriptor messages[CHAIN];
    static ProtobufCFieldDescriptor fields[CHAIN];
    static struct shape shapes[CHAIN];
    static struct shape_field columns[CHAIN];
    for (size_t i = 0; i < CHAIN; i++) {
        bool is_last = i + 1 == CHAIN;
        messages[i] = (ProtobufCMessageDescriptor){
            .name = "Chain", .fields = &fields[i], .n_fields = is_last ? 0 : 1};
        fields[i] = (ProtobufCFieldDescriptor){.name = "next",
                                               .id = 1,
                                               .label = PROTOBUF_C_LABEL_OPTIONAL,
                                               .type = PROTOBUF_C_TYPE_MESSAGE,
                                               .descriptor = is_last ? NULL : &messages[i + 1]};
        columns[i] = (struct shape_field){"next", is_last ? NULL : &shapes[i + 1]};
        shapes[i] = (struct shape){.kind = SHAPE_COMPOSITE,
                                   .name = "chain",
                                   .n_fields = is_last ? 0 : 1,
                                   .fields = &columns[i]};
    }
    struct error err = {0};
    cr_expect_not_null(plan_compile_answer(&arena, &messages[1], &shapes[1], &err), "%s",
                       err.message);
    refuses_answer(&messages[0], &shapes[0], "proto Chain is nested more than 16 deep");
}

Test(plan, messages_and_rows_have_at_most_so_many_fields) {
    static struct shape_field columns[PLAN_FIELDS_MAX + 1];
    for (size_t i = 0; i < PLAN_FIELDS_MAX + 1; i++)
        columns[i] = (struct shape_field){"note", &SHAPE_OF_TEXT};
    refuses_request(&matrix__v1__note__descriptor, columns, PLAN_FIELDS_MAX + 1,
                    "proto matrix.v1.Note has more than 128 fields or columns");
    ProtobufCMessageDescriptor large = matrix__v1__note__descriptor;
    large.n_fields = PLAN_FIELDS_MAX + 1;
    refuses_request(&large, columns, 1, "proto matrix.v1.Note has more than 128 fields or columns");
}

Test(plan, a_row_has_what_stands_in_front_of_the_message) {
    struct error err = {0};
    cr_expect_null(
        plan_compile_answer_after(&arena, &matrix__v1__note__descriptor, &SHAPE_OF_NOTE, 3, &err));
    cr_expect_str_eq(err.message, "proto matrix.v1.Note cannot be made from sql matrix_v1.note: "
                                  "return a composite type");
}

Test(plan, an_enum_whose_name_has_no_end_is_refused) {
    static const char *const labels[] = {"extra_large", "small"};
    char name[200];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ProtobufCEnumDescriptor size = matrix__v1__size__descriptor;
    ProtobufCFieldDescriptor field = matrix__v1__sized__descriptor.fields[0];
    ProtobufCMessageDescriptor sized = matrix__v1__sized__descriptor;
    size.short_name = name;
    field.descriptor = &size;
    sized.fields = &field;
    refuses_size(&sized, labels, 2, "the name of proto enum matrix.v1.Size is too long");
}
