#include "server/rpc/descriptors.h"

#include "server/codec/wire.h"
#include "server/descriptor_set.h"
#include "server/services.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 1 };
enum { SET_FILE = 1, FILE_PACKAGE = 2, FILE_IMPORT = 3, FILE_MESSAGE, FILE_ENUM, FILE_SERVICE };
enum { FILE_EXTENSION = 7 };
enum { MESSAGE_FIELD = 2, MESSAGE_MESSAGE, MESSAGE_ENUM, MESSAGE_EXTENSION = 6, MESSAGE_ONEOF = 8 };
enum { PART = 2 }; // a value of an enum, a method of a service

static struct descriptors descriptors;
static struct error err;
static struct buf set;

static void teardown(void) {
    descriptors_finish(&descriptors);
    buf_finish(&set);
}

TestSuite(descriptors, .fini = teardown);

// ---- writing descriptors

static void put(struct buf *to, uint32_t tag, const void *bytes, size_t len) {
    uint8_t head[2 * WIRE_NUMBER_MAX];
    size_t n = wire_put_number(head, tag << 3 | WIRE_BYTES);
    n += wire_put_number(head + n, len);
    cr_assert(buf_append(to, head, n) && buf_append(to, bytes, len));
}

static void put_text(struct buf *to, uint32_t tag, const char *text) {
    put(to, tag, text, strlen(text));
}

// Puts part into whole and forgets it.
static void put_part(struct buf *whole, uint32_t tag, struct buf *part) {
    put(whole, tag, buf_bytes(part), buf_len(part));
    buf_finish(part);
}

static struct buf named(const char *name) {
    struct buf part = {0};
    put_text(&part, NAME, name);
    return part;
}

static void put_named(struct buf *whole, uint32_t tag, const char *name) {
    struct buf part = named(name);
    put_part(whole, tag, &part);
}

static struct buf whole(const char *name, uint32_t tag, const char *part) {
    struct buf bytes = named(name);
    put_named(&bytes, tag, part);
    return bytes;
}

static void put_file(const char *name, const char *import) {
    struct buf file = named(name);
    if (import != NULL)
        put_text(&file, FILE_IMPORT, import);
    put_part(&set, SET_FILE, &file);
}

// package p; message M { f; message N { g } enum E { V } oneof o } enum F { W } service S { T }
static void put_example(void) {
    struct buf file = named("a.proto");
    struct buf message = named("M");
    struct buf part = whole("N", MESSAGE_FIELD, "g");
    put_named(&message, MESSAGE_FIELD, "f");
    put_part(&message, MESSAGE_MESSAGE, &part);
    part = whole("E", PART, "V");
    put_part(&message, MESSAGE_ENUM, &part);
    put_named(&message, MESSAGE_ONEOF, "o");
    put_text(&file, FILE_PACKAGE, "p");
    put_part(&file, FILE_MESSAGE, &message);
    part = whole("F", PART, "W");
    put_part(&file, FILE_ENUM, &part);
    part = whole("S", PART, "T");
    put_part(&file, FILE_SERVICE, &part);
    put_part(&set, SET_FILE, &file);
}

static bool init(void) {
    return descriptors_init(&descriptors, buf_bytes(&set), buf_len(&set), &err);
}

static void assert_refused(const char *words) {
    cr_assert_not(init());
    cr_assert_not_null(strstr(err.message, words), "%s", err.message);
}

// ---- the index

Test(descriptors, everything_with_a_name_is_found_by_it_in_full) {
    static const struct {
        const char *name;
        enum descriptor_kind kind;
    } wanted[] = {
        {"p.M", DESCRIPTOR_MESSAGE},   {"p.M.f", DESCRIPTOR_FIELD},  {"p.M.N", DESCRIPTOR_MESSAGE},
        {"p.M.N.g", DESCRIPTOR_FIELD}, {"p.M.E", DESCRIPTOR_ENUM},   {"p.M.V", DESCRIPTOR_VALUE},
        {"p.M.o", DESCRIPTOR_ONEOF},   {"p.F", DESCRIPTOR_ENUM},     {"p.W", DESCRIPTOR_VALUE},
        {"p.S", DESCRIPTOR_SERVICE},   {"p.S.T", DESCRIPTOR_METHOD},
    };
    put_file("before.proto", NULL);
    put_example();
    cr_assert(init(), "%s", err.message);
    cr_assert_eq(descriptors_n(&descriptors), sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct descriptor *found = descriptors_find(&descriptors, wanted[i].name);
        cr_assert_not_null(found, "%s", wanted[i].name);
        cr_assert_eq(found->kind, wanted[i].kind, "%s", wanted[i].name);
        cr_assert_eq(found->file, 1);
    }
}

Test(descriptors, nothing_else_is_found) {
    static const char *const names[] = {"",     "p",    "p.",      "M",
                                        ".p.M", "p.m",  "p.M.W",   "p.M.E.V",
                                        "p.T",  "p.M.", "p.M.N.f", "before.proto"};
    put_example();
    cr_assert(init(), "%s", err.message);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_assert_null(descriptors_find(&descriptors, names[i]), "%s", names[i]);
    cr_assert_null(descriptors_find_file(&descriptors, "p.M"));
    cr_assert_null(descriptors_find_file(&descriptors, ""));
}

// Numbers where texts and parts are expected, and parts that nobody knows.
Test(descriptors, fields_of_another_type_are_passed_over) {
    static const uint8_t numbers[] = {NAME << 3,         7, FILE_PACKAGE << 3, 7,
                                      FILE_IMPORT << 3,  7, FILE_MESSAGE << 3, 7,
                                      FILE_SERVICE << 3, 7};
    struct buf file = {0};
    cr_assert(buf_append(&file, numbers, sizeof numbers));
    put_text(&file, NAME, "a.proto");
    put_named(&file, FILE_MESSAGE, "M");
    put_text(&file, 30, "unknown");
    cr_assert(buf_append(&set, "\x08\x07", 2));
    put_text(&set, 2, "unknown");
    put_part(&set, SET_FILE, &file);
    cr_assert(init(), "%s", err.message);
    cr_assert_not_null(descriptors_find_file(&descriptors, "a.proto"));
    cr_assert_eq(descriptors_n(&descriptors), 1);
    cr_assert_not_null(descriptors_find(&descriptors, "M"));
}

Test(descriptors, what_has_no_package_is_found_by_its_own_name) {
    struct buf file = whole("a.proto", FILE_MESSAGE, "M");
    put_part(&set, SET_FILE, &file);
    cr_assert(init(), "%s", err.message);
    cr_assert_not_null(descriptors_find(&descriptors, "M"));
}

Test(descriptors, a_file_needs_itself_and_all_that_it_imports_however_deep) {
    static const bool needs[4][4] = {{1, 0, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 0}, {1, 1, 0, 1}};
    put_file("a.proto", NULL);
    put_file("b.proto", "a.proto");
    put_file("c.proto", NULL);
    put_file("d.proto", "b.proto");
    cr_assert(init(), "%s", err.message);
    cr_assert_eq(descriptors.n_files, 4);
    for (size_t i = 0; i < 4; i++)
        cr_assert_arr_eq(descriptors.files[i].needs, needs[i], sizeof needs[i]);
    cr_assert_eq(descriptors_find_file(&descriptors, "c.proto"), &descriptors.files[2]);
    cr_assert_eq(descriptors.files[2].len, strlen("c.proto") + 2);
}

Test(descriptors, an_empty_set_has_nothing) {
    cr_assert(init());
    cr_assert_eq(descriptors_n(&descriptors), 0);
    cr_assert_null(descriptors_find(&descriptors, "p.M"));
}

// ---- what is refused

Test(descriptors, an_import_that_comes_later_or_never_is_refused) {
    put_file("a.proto", "b.proto");
    put_file("b.proto", NULL);
    assert_refused("file 0 of the descriptor set imports one that does not stand before it");
}

Test(descriptors, an_extension_is_refused) {
    struct buf file = whole("a.proto", FILE_EXTENSION, "x");
    put_part(&set, SET_FILE, &file);
    assert_refused("declares an extension");
}

Test(descriptors, an_extension_in_a_message_is_refused) {
    struct buf message = whole("M", MESSAGE_EXTENSION, "x");
    struct buf file = named("a.proto");
    put_part(&file, FILE_MESSAGE, &message);
    put_part(&set, SET_FILE, &file);
    assert_refused("declares an extension");
}

Test(descriptors, what_has_no_name_is_refused) {
    struct buf file = whole("a.proto", FILE_MESSAGE, "");
    put_part(&set, SET_FILE, &file);
    assert_refused("declares something without a name");
}

Test(descriptors, a_name_with_a_nul_is_refused) {
    struct buf file = {0};
    put(&file, NAME, "a\0b", 3);
    put_part(&set, SET_FILE, &file);
    assert_refused("has a name that holds a NUL");
}

Test(descriptors, messages_in_messages_beyond_reason_are_refused) {
    struct buf message = named("M");
    for (int i = 0; i < 10000; i++) {
        struct buf outer = named("M");
        put_part(&outer, MESSAGE_MESSAGE, &message);
        message = outer;
    }
    struct buf file = named("a.proto");
    put_part(&file, FILE_MESSAGE, &message);
    put_part(&set, SET_FILE, &file);
    assert_refused("is nested too deep");
}

Test(descriptors, a_set_that_is_cut_anywhere_is_refused) {
    put_example();
    size_t len = buf_len(&set);
    for (size_t cut = 1; cut < len; cut++) {
        uint8_t *bytes = malloc(cut);
        memcpy(bytes, buf_bytes(&set), cut);
        error_clear(&err);
        cr_assert_not(descriptors_init(&descriptors, bytes, cut, &err), "%zu", cut);
        descriptors_finish(&descriptors);
        free(bytes);
    }
    cr_assert(init());
}

// Each byte of the set in turn takes four other values: it is refused, or read within its bounds.
Test(descriptors, a_set_with_any_byte_changed_is_read_within_its_bounds) {
    static const uint8_t values[] = {0x00, 0x7f, 0x80, 0xff};
    put_example();
    size_t len = buf_len(&set);
    size_t n_refused = 0;
    uint8_t *bytes = malloc(len);
    for (size_t i = 0; i < 4 * len; i++) {
        memcpy(bytes, buf_bytes(&set), len);
        bytes[i / 4] = values[i % 4];
        error_clear(&err);
        n_refused += !descriptors_init(&descriptors, bytes, len, &err);
        cr_assert(!err.is_set || err.message[0] != '\0');
        descriptors_finish(&descriptors);
    }
    free(bytes);
    cr_assert_gt(n_refused, len);
}

// ---- the set that is built in

static void assert_declared(const char *name, enum descriptor_kind kind) {
    const struct descriptor *found = descriptors_find(&descriptors, name);
    cr_assert_not_null(found, "%s", name);
    cr_assert_eq(found->kind, kind, "%s", name);
}

Test(descriptors, the_contract_that_is_built_in_has_every_service_and_method) {
    cr_assert(descriptors_init(&descriptors, descriptor_set, descriptor_set_len, &err), "%s",
              err.message);
    for (size_t i = 0; i < n_services; i++) {
        assert_declared(services[i]->name, DESCRIPTOR_SERVICE);
        for (unsigned j = 0; j < services[i]->n_methods; j++) {
            char name[200];
            snprintf(name, sizeof name, "%s.%s", services[i]->name, services[i]->methods[j].name);
            assert_declared(name, DESCRIPTOR_METHOD);
        }
    }
    assert_declared("grpc.health.v1.Health", DESCRIPTOR_SERVICE);
    assert_declared("google.protobuf.Timestamp", DESCRIPTOR_MESSAGE);
}

Test(descriptors, the_contract_that_is_built_in_has_no_service_that_is_not_served) {
    static const size_t n_natives = 3; // health, and reflection under two names
    size_t n = 0;
    cr_assert(descriptors_init(&descriptors, descriptor_set, descriptor_set_len, &err), "%s",
              err.message);
    for (size_t i = 0; i < descriptors_n(&descriptors); i++)
        n += descriptors_all(&descriptors)[i].kind == DESCRIPTOR_SERVICE;
    cr_assert_eq(n, n_services + n_natives);
}
