#include "server/base/utf8.h"
#include "server/codec/layout.h"
#include "server/codec/path.h"
#include "server/codec/wire.h"

#include <inttypes.h>
#include <string.h>

struct check {
    struct wire_measure *measure; // borrowed
    struct error *err;            // borrowed
};

// What a value takes around its own bytes: type and length in a composite.
enum { AROUND_SIZE = 8, NUMBER_SIZE = 8 };

static bool check_message(const struct check *check, const struct plan *plan,
                          const struct path *path, const uint8_t *bytes, size_t len);

// Whether eight bytes are ASCII without NUL.
static inline bool is_ascii(const uint8_t *text) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, text, 8);
    return ((word | (word - ones)) & tops) == 0;
}

// The length of the run of ASCII without NUL at the front, in steps of eight bytes; for the last
// step some bytes are looked at again.
static size_t skip_ascii(const uint8_t *text, size_t len) {
    size_t at = 0;
    if (len < 8)
        return 0;
    for (; at + 8 <= len; at += 8)
        if (!is_ascii(text + at))
            return at;
    return is_ascii(text + len - 8) ? len : at;
}

static bool check_text(const struct check *check, const struct path *path, const uint8_t *text,
                       size_t len) {
    size_t at = 0;
    while (at < len) {
        at += skip_ascii(text + at, len - at);
        for (size_t i = 0; i < 8 && at < len; i++) {
            size_t char_len = utf8_char_len((const char *)text + at, len - at);
            if (char_len == 0)
                return path_fail(path, check->err, " is not valid UTF-8");
            if (text[at] == '\0')
                return path_fail(path, check->err, " holds a NUL character");
            at += char_len;
        }
    }
    return true;
}

static bool check_int4(const struct check *check, const struct path *path, uint64_t number) {
    int64_t value = (int64_t)number;
    if (value >= INT32_MIN && value <= INT32_MAX)
        return true;
    return path_fail(path, check->err, ": %" PRId64 " is too large for a 32-bit number", value);
}

// A repeated field cannot hold "not said".
static bool check_enum(const struct check *check, const struct plan_field *field,
                       const struct path *path, uint64_t number) {
    int64_t value = (int64_t)number;
    if (labels_find_number(field->labels, value))
        return true;
    if (value == 0 && !field->is_repeated)
        return true;
    return path_fail(path, check->err, ": %" PRId64 " is not a value it can have", value);
}

static bool wrong_type(const struct check *check, const struct path *path) {
    return path_fail(path, check->err, " was sent as another type than the contract's");
}

// google.protobuf.Timestamp: seconds = 1, nanos = 2.
static bool check_timestamp(const struct check *check, const struct path *path,
                            const uint8_t *bytes, size_t len) {
    struct wire wire = wire_of(bytes, len);
    struct wire_field field;
    enum wire_step step;
    while ((step = wire_next(&wire, &field)) == WIRE_FIELD)
        if ((field.tag == 1 || field.tag == 2) && field.type != WIRE_NUMBER)
            return wrong_type(check, path);
    return step == WIRE_END || path_fail(path, check->err, " %s", wire.problem);
}

static bool count_element(const struct check *check, const struct path *path) {
    if (++check->measure->n_elements <= PLAN_ELEMENTS_MAX)
        return true;
    return path_fail(path, check->err, " is one too many: a request holds at most %d elements",
                     PLAN_ELEMENTS_MAX);
}

static bool check_nested(const struct check *check, const struct plan_field *field,
                         const struct path *path, const struct wire_field *value) {
    if (!field->is_repeated && !count_element(check, path))
        return false;
    return check_message(check, field->nested, path, value->bytes, value->len);
}

static bool check_value(const struct check *check, const struct plan_field *field,
                        const struct path *path, const struct wire_field *value) {
    check->measure->size += AROUND_SIZE + NUMBER_SIZE;
    switch (field->kind) {
    case SHAPE_INT4:
        return check_int4(check, path, value->number);
    case SHAPE_ENUM:
        check->measure->size += field->labels->text_max;
        return check_enum(check, field, path, value->number);
    case SHAPE_TEXT:
    case SHAPE_UUID:
    case SHAPE_DATE:
        check->measure->size += value->len;
        return check_text(check, path, value->bytes, value->len);
    case SHAPE_BYTEA:
        check->measure->size += value->len;
        return true;
    case SHAPE_TIMESTAMPTZ:
        return check_timestamp(check, path, value->bytes, value->len);
    case SHAPE_COMPOSITE:
        return check_nested(check, field, path, value);
    case SHAPE_VOID:
    case SHAPE_BOOL:
    case SHAPE_INT8:
    case SHAPE_FLOAT8:
    case SHAPE_ARRAY:
        return true;
    }
    return true;
}

// An element; path has its index.
static bool check_element(const struct check *check, const struct plan_field *field,
                          const struct path *path, const struct wire_field *value) {
    return count_element(check, path) && check_value(check, field, path, value);
}

static bool check_packed(const struct check *check, const struct plan_field *field,
                         struct path *path, const struct wire_field *packed) {
    struct wire wire = wire_of(packed->bytes, packed->len);
    struct wire_field value = {0};
    enum wire_step step;
    while ((step = wire_next_packed(&wire, field->wire_type, &value)) == WIRE_FIELD) {
        if (!check_element(check, field, path, &value))
            return false;
        path->index++;
    }
    return step == WIRE_END || path_fail(path, check->err, " %s", wire.problem);
}

// The elements of a repeated field come one by one or packed, or both; path->index is the next.
static bool check_repeated(const struct check *check, const struct plan_field *field,
                           struct path *path, const struct wire_field *value) {
    if (wire_is_packed(value, field->wire_type))
        return check_packed(check, field, path, value);
    if (value->type != field->wire_type)
        return wrong_type(check, path);
    bool is_good = check_element(check, field, path, value);
    path->index++;
    return is_good;
}

static bool check_singular(const struct check *check, const struct plan_field *field,
                           const struct path *path, const struct wire_field *value) {
    if (value->type != field->wire_type)
        return wrong_type(check, path);
    return check_value(check, field, path, value);
}

static bool check_field(const struct check *check, const struct plan_field *field,
                        const struct path *parent, const struct wire_field *value,
                        uint16_t *n_seen) {
    struct path path = {.parent = parent, .name = field->name, .index = -1};
    if (!field->is_repeated)
        return check_singular(check, field, &path, value);
    path.index = *n_seen;
    if (!check_repeated(check, field, &path, value))
        return false;
    *n_seen = (uint16_t)path.index;
    return true;
}

static bool check_message(const struct check *check, const struct plan *plan,
                          const struct path *path, const uint8_t *bytes, size_t len) {
    check->measure->size += plan->empty_size;
    uint16_t n_seen[PLAN_FIELDS_MAX];
    memset(n_seen, 0, plan->n_fields * sizeof *n_seen);
    struct wire wire = wire_of(bytes, len);
    struct wire_field value;
    enum wire_step step;
    while ((step = wire_next(&wire, &value)) == WIRE_FIELD) {
        const struct plan_field *field = plan_find_tag(plan, value.tag);
        if (!field)
            continue;
        if (!check_field(check, field, path, &value, &n_seen[field - plan->fields]))
            return false;
    }
    return step == WIRE_END || path_fail(path, check->err, " %s", wire.problem);
}

bool plan_measure_wire(const struct plan *plan, const uint8_t *bytes, size_t len,
                       struct wire_measure *measure, struct error *err) {
    *measure = (struct wire_measure){0};
    struct check check = {.measure = measure, .err = err};
    return check_message(&check, plan, NULL, bytes, len);
}
