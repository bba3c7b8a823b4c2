#include "tests/unit/codec/shapes.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

static const char *const COLOURS[] = {"red", "dark_blue", "green"};

#define SCALAR(symbol, shape_kind, shape_oid, shape_name)                                          \
    const struct shape symbol = {.kind = shape_kind, .oid = shape_oid, .name = shape_name};        \
    static const struct shape symbol##_ARRAY = {.kind = SHAPE_ARRAY,                               \
                                                .oid = shape_oid + 10000,                          \
                                                .name = shape_name "[]",                           \
                                                .element = &symbol}

SCALAR(SHAPE_OF_TEXT, SHAPE_TEXT, 25, "text");
SCALAR(SHAPE_OF_DATE, SHAPE_DATE, 1082, "date");
SCALAR(SHAPE_OF_INT, SHAPE_INT4, 23, "integer");
SCALAR(SHAPE_OF_BOOL, SHAPE_BOOL, 16, "boolean");
SCALAR(SHAPE_OF_BIGINT, SHAPE_INT8, 20, "bigint");
SCALAR(SHAPE_OF_REAL, SHAPE_FLOAT8, 701, "double precision");
SCALAR(SHAPE_OF_UUID, SHAPE_UUID, 2950, "uuid");
SCALAR(SHAPE_OF_BYTEA, SHAPE_BYTEA, 17, "bytea");
SCALAR(SHAPE_OF_MOMENT, SHAPE_TIMESTAMPTZ, 1184, "timestamp with time zone");

const struct shape SHAPE_OF_TEXTS = {
    .kind = SHAPE_ARRAY, .oid = 1009, .name = "text[]", .element = &SHAPE_OF_TEXT};
const struct shape SHAPE_OF_NOTHING = {.kind = SHAPE_VOID, .oid = 2278, .name = "void"};
const struct shape SHAPE_OF_COLOUR = {
    .kind = SHAPE_ENUM, .oid = 20001, .name = "matrix_v1.colour", .n_fields = 3, .labels = COLOURS};
static const struct shape COLOUR_ARRAY = {
    .kind = SHAPE_ARRAY, .oid = 30001, .name = "matrix_v1.colour[]", .element = &SHAPE_OF_COLOUR};

// Not in the order of the proto: fields match by name.
static const struct shape_field INNER[] = {
    {"count", &SHAPE_OF_INT}, {"name", &SHAPE_OF_TEXT},     {"tags", &SHAPE_OF_TEXTS},
    {"at", &SHAPE_OF_MOMENT}, {"colour", &SHAPE_OF_COLOUR},
};
const struct shape SHAPE_OF_INNER = {.kind = SHAPE_COMPOSITE,
                                     .oid = 20002,
                                     .name = "matrix_v1.inner",
                                     .n_fields = 5,
                                     .fields = INNER};
static const struct shape INNER_ARRAY = {
    .kind = SHAPE_ARRAY, .oid = 30002, .name = "matrix_v1.inner[]", .element = &SHAPE_OF_INNER};

static const struct shape_field OUTER[] = {
    {"title", &SHAPE_OF_TEXT}, {"inners", &INNER_ARRAY}, {"first", &SHAPE_OF_INNER}};
const struct shape SHAPE_OF_OUTER = {.kind = SHAPE_COMPOSITE,
                                     .oid = 20003,
                                     .name = "matrix_v1.outer",
                                     .n_fields = 3,
                                     .fields = OUTER};
static const struct shape OUTER_ARRAY = {
    .kind = SHAPE_ARRAY, .oid = 30003, .name = "matrix_v1.outer[]", .element = &SHAPE_OF_OUTER};

const struct shape_field ALL[ALL_FIELDS] = {
    {"flag", &SHAPE_OF_BOOL},
    {"small", &SHAPE_OF_INT},
    {"large", &SHAPE_OF_BIGINT},
    {"real", &SHAPE_OF_REAL},
    {"words", &SHAPE_OF_TEXT},
    {"id", &SHAPE_OF_UUID},
    {"day", &SHAPE_OF_DATE},
    {"raw", &SHAPE_OF_BYTEA},
    {"colour", &SHAPE_OF_COLOUR},
    {"moment", &SHAPE_OF_MOMENT},
    {"inner", &SHAPE_OF_INNER},
    {"outer", &SHAPE_OF_OUTER},
    {"flags", &SHAPE_OF_BOOL_ARRAY},
    {"smalls", &SHAPE_OF_INT_ARRAY},
    {"larges", &SHAPE_OF_BIGINT_ARRAY},
    {"reals", &SHAPE_OF_REAL_ARRAY},
    {"texts", &SHAPE_OF_TEXT_ARRAY},
    {"ids", &SHAPE_OF_UUID_ARRAY},
    {"days", &SHAPE_OF_DATE_ARRAY},
    {"raws", &SHAPE_OF_BYTEA_ARRAY},
    {"colours", &COLOUR_ARRAY},
    {"moments", &SHAPE_OF_MOMENT_ARRAY},
    {"inners", &INNER_ARRAY},
    {"outers", &OUTER_ARRAY},
    {"packed_smalls", &SHAPE_OF_INT_ARRAY},
    {"packed_reals", &SHAPE_OF_REAL_ARRAY},
};
const struct shape SHAPE_OF_ALL = {.kind = SHAPE_COMPOSITE,
                                   .oid = 20004,
                                   .name = "matrix_v1.all",
                                   .n_fields = ALL_FIELDS,
                                   .fields = ALL};

static const struct shape_field NOTE[] = {{"note", &SHAPE_OF_TEXT}, {"as_at", &SHAPE_OF_DATE}};
const struct shape SHAPE_OF_NOTE = {
    .kind = SHAPE_COMPOSITE, .oid = 20005, .name = "matrix_v1.note", .n_fields = 2, .fields = NOTE};

const struct plan *compile_all_request(struct arena *arena) {
    struct error err = {0};
    const struct plan *plan =
        plan_compile_request(arena, &matrix__v1__all__descriptor, ALL, ALL_FIELDS, &err);
    cr_assert_not_null(plan, "%s", err.message);
    return plan;
}

const struct plan *compile_all_answer(struct arena *arena) {
    struct error err = {0};
    const struct plan *plan =
        plan_compile_answer(arena, &matrix__v1__all__descriptor, &SHAPE_OF_ALL, &err);
    cr_assert_not_null(plan, "%s", err.message);
    return plan;
}

struct bytes pack(struct arena *arena, const ProtobufCMessage *message) {
    struct bytes bytes = {.len = protobuf_c_message_get_packed_size(message)};
    bytes.data = arena_alloc(arena, bytes.len);
    cr_assert_not_null(bytes.data);
    cr_assert_eq(protobuf_c_message_pack(message, bytes.data), bytes.len);
    return bytes;
}

#define FILL(message, member, values)                                                              \
    ((message).n_##member = sizeof(values) / sizeof *(values), (message).member = (values))

// The parts that a full message is made of, several times over.
static Google__Protobuf__Timestamp moment, early;
static Google__Protobuf__Timestamp *moments[] = {&moment, &early};
static char *texts[] = {"", "März", "\xf0\x9f\x8f\xa0", "plain"};
static Matrix__V1__Inner inner, empty;
static Matrix__V1__Inner *inners[] = {&inner, &empty, &inner};
static Matrix__V1__Outer outer, blank;
static Matrix__V1__Outer *outers[] = {&blank, &outer, &outer};
static uint8_t raw[] = {0, 1, 2, 255};

static void make_parts(void) {
    google__protobuf__timestamp__init(&moment);
    moment.seconds = 1293796800;
    moment.nanos = 123456000;
    google__protobuf__timestamp__init(&early);
    early.seconds = -62135596800;
    matrix__v1__inner__init(&empty);
    matrix__v1__inner__init(&inner);
    inner.name = "a name";
    inner.has_count = 1;
    inner.count = -7;
    FILL(inner, tags, texts);
    inner.has_colour = 1;
    inner.colour = MATRIX__V1__COLOUR__COLOUR_DARK_BLUE;
    inner.at = &moment;
    matrix__v1__outer__init(&blank);
    matrix__v1__outer__init(&outer);
    outer.title = "Strategic Housing";
    FILL(outer, inners, inners);
    outer.first = &inner;
}

static void fill_singular(Matrix__V1__All *all) {
    all->has_flag = all->flag = 1;
    all->has_small = 1;
    all->small = -122;
    all->has_large = 1;
    all->large = INT64_C(8589934592171);
    all->has_real = 1;
    all->real = 0.1;
    all->words = "Ongoing";
    all->id = "123e4567-e89b-12d3-a456-426614174000";
    all->day = "2010-12-31";
    all->has_raw = 1;
    all->raw = (ProtobufCBinaryData){.len = sizeof raw, .data = raw};
    all->has_colour = 1;
    all->colour = MATRIX__V1__COLOUR__COLOUR_GREEN;
    all->moment = &moment;
    all->inner = &inner;
    all->outer = &outer;
}

static void fill_repeated(Matrix__V1__All *all) {
    static protobuf_c_boolean flags[] = {1, 0, 1};
    static int32_t smalls[] = {0, -1, INT32_MAX, INT32_MIN};
    static int64_t larges[] = {INT64_MIN, INT64_MAX, 0};
    static double reals[] = {0.0, -1.5, HUGE_VAL, 1e-300};
    static char *ids[] = {"00000000-0000-0000-0000-000000000000",
                          "ffffffff-ffff-ffff-ffff-ffffffffffff"};
    static char *days[] = {"0001-01-01", "9999-12-31", "2000-02-29"};
    static ProtobufCBinaryData raws[] = {{.len = 0, .data = raw}, {.len = 2, .data = raw}};
    static Matrix__V1__Colour colours[] = {MATRIX__V1__COLOUR__COLOUR_RED,
                                           MATRIX__V1__COLOUR__COLOUR_GREEN};
    FILL(*all, flags, flags);
    FILL(*all, smalls, smalls);
    FILL(*all, larges, larges);
    FILL(*all, reals, reals);
    FILL(*all, texts, texts);
    FILL(*all, ids, ids);
    FILL(*all, days, days);
    FILL(*all, raws, raws);
    FILL(*all, colours, colours);
    FILL(*all, moments, moments);
    FILL(*all, inners, inners);
    FILL(*all, outers, outers);
    FILL(*all, packed_smalls, smalls);
    FILL(*all, packed_reals, reals);
}

struct bytes pack_full(struct arena *arena) {
    make_parts();
    Matrix__V1__All all = MATRIX__V1__ALL__INIT;
    fill_singular(&all);
    fill_repeated(&all);
    return pack(arena, &all.base);
}

static struct bytes pack_small(struct arena *arena, int32_t small, char *words, char *day) {
    Matrix__V1__All all = MATRIX__V1__ALL__INIT;
    all.has_small = 1;
    all.small = small;
    all.words = words;
    all.day = day;
    return pack(arena, &all.base);
}

// A nested message and a packed field whose lengths need two and three bytes.
static struct bytes pack_long(struct arena *arena) {
    char *text = arena_alloc(arena, 40000);
    cr_assert_not_null(text);
    memset(text, 'x', 39999);
    text[39999] = '\0';
    int32_t smalls[1000];
    for (int32_t i = 0; i < 1000; i++)
        smalls[i] = i;
    Matrix__V1__Inner part = MATRIX__V1__INNER__INIT;
    part.name = text + 39850;
    Matrix__V1__Inner *parts[] = {&part};
    Matrix__V1__Outer whole = MATRIX__V1__OUTER__INIT;
    whole.title = text;
    FILL(whole, inners, parts);
    Matrix__V1__All all = MATRIX__V1__ALL__INIT;
    all.outer = &whole;
    FILL(all, packed_smalls, smalls);
    return pack(arena, &all.base);
}

// The moment 1970-01-01 00:00 is a Timestamp without bytes.
static struct bytes pack_epoch(struct arena *arena) {
    Google__Protobuf__Timestamp epoch = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Matrix__V1__Inner part = MATRIX__V1__INNER__INIT;
    part.at = &epoch;
    Matrix__V1__All all = MATRIX__V1__ALL__INIT;
    all.moment = &epoch;
    all.inner = &part;
    return pack(arena, &all.base);
}

struct bytes pack_sample(struct arena *arena, size_t index) {
    switch (index) {
    case 0:
        return pack_full(arena);
    case 1:
        return (struct bytes){.data = arena_alloc(arena, 1), .len = 0};
    case 2:
        return pack_small(arena, 0, "", "2010-04-01");
    case 3:
        return pack_small(arena, INT32_MIN, "two\nlines", "1999-12-31");
    case 4:
        return pack_long(arena);
    default:
        return pack_epoch(arena);
    }
}
