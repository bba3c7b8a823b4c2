#include "server/rpc/descriptors.h"

#include "server/codec/wire.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_LIMIT = 16 << 20, DEPTH_MAX = 32 };

// Field numbers of descriptor.proto. The name is the first field of everything that has one.
enum { SET_FILE = 1, NAME = 1, FILE_PACKAGE = 2, FILE_DEPENDENCY = 3 };

struct part {
    enum descriptor_kind whole;
    uint32_t tag;
    enum descriptor_kind kind;
};

static const struct part parts[] = {
    {DESCRIPTOR_FILE, 4, DESCRIPTOR_MESSAGE},      {DESCRIPTOR_FILE, 5, DESCRIPTOR_ENUM},
    {DESCRIPTOR_FILE, 6, DESCRIPTOR_SERVICE},      {DESCRIPTOR_FILE, 7, DESCRIPTOR_EXTENSION},
    {DESCRIPTOR_MESSAGE, 2, DESCRIPTOR_FIELD},     {DESCRIPTOR_MESSAGE, 3, DESCRIPTOR_MESSAGE},
    {DESCRIPTOR_MESSAGE, 4, DESCRIPTOR_ENUM},      {DESCRIPTOR_MESSAGE, 8, DESCRIPTOR_ONEOF},
    {DESCRIPTOR_MESSAGE, 6, DESCRIPTOR_EXTENSION}, {DESCRIPTOR_ENUM, 2, DESCRIPTOR_VALUE},
    {DESCRIPTOR_SERVICE, 2, DESCRIPTOR_METHOD},
};

struct build {
    struct descriptors *descriptors;
    size_t file; // index of the one being read
    int depth;
    struct error *err;
};

static bool no_memory(struct build *build) {
    return error_set(build->err, "out of memory");
}

static bool broken(struct build *build, const char *problem) {
    return error_set(build->err, "file %zu of the descriptor set %s", build->file, problem);
}

static const struct part *find_part(enum descriptor_kind whole, const struct wire_field *field) {
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].whole == whole && parts[i].tag == field->tag && field->type == WIRE_BYTES)
            return &parts[i];
    return NULL;
}

// The text of the field `tag`, "" where there is none.
static bool read_text(struct build *build, struct wire wire, uint32_t tag, char **text) {
    struct wire_field field;
    struct wire_field found = {.bytes = (const uint8_t *)"", .len = 0};
    enum wire_step step;
    while ((step = wire_next(&wire, &field)) == WIRE_FIELD)
        if (field.tag == tag && field.type == WIRE_BYTES)
            found = field;
    if (step == WIRE_BROKEN)
        return broken(build, wire.problem);
    if (memchr(found.bytes, '\0', found.len) != NULL)
        return broken(build, "has a name that holds a NUL");
    *text = arena_copy(&build->descriptors->arena, (const char *)found.bytes, found.len);
    return *text != NULL || no_memory(build);
}

static bool read_parts(struct build *build, enum descriptor_kind whole, const char *scope,
                       const char *name, struct wire wire);

// scope: the full name that it stands in.
static bool read_descriptor(struct build *build, enum descriptor_kind kind, const char *scope,
                            struct wire wire) {
    struct descriptors *descriptors = build->descriptors;
    struct descriptor descriptor = {.kind = kind, .file = build->file};
    char *name;
    if (kind == DESCRIPTOR_EXTENSION)
        return broken(build, "declares an extension, which reflection knows nothing of");
    if (!read_text(build, wire, NAME, &name))
        return false;
    if (name[0] == '\0')
        return broken(build, "declares something without a name");
    descriptor.name =
        arena_format(&descriptors->arena, "%s%s%s", scope, scope[0] != '\0' ? "." : "", name);
    if (descriptor.name == NULL ||
        !buf_append(&descriptors->declared, &descriptor, sizeof descriptor))
        return no_memory(build);
    return read_parts(build, kind, scope, descriptor.name, wire);
}

// The values of an enum are declared beside it, not in it. The wire has been read to its end
// before, for the name: it is not broken.
static bool read_parts(struct build *build, enum descriptor_kind whole, const char *scope,
                       const char *name, struct wire wire) {
    struct wire_field field;
    bool is_ok = true;
    if (build->depth == DEPTH_MAX)
        return broken(build, "is nested too deep");
    build->depth++;
    while (is_ok && wire_next(&wire, &field) == WIRE_FIELD) {
        const struct part *part = find_part(whole, &field);
        if (part != NULL)
            is_ok = read_descriptor(build, part->kind, whole == DESCRIPTOR_ENUM ? scope : name,
                                    wire_of(field.bytes, field.len));
    }
    build->depth--;
    return is_ok;
}

static bool has_name(const struct descriptor_file *file, const struct wire_field *name) {
    return strlen(file->name) == name->len && memcmp(file->name, name->bytes, name->len) == 0;
}

static bool add_import(struct build *build, const struct wire_field *name) {
    struct descriptor_file *files = build->descriptors->files;
    struct descriptor_file *file = &files[build->file];
    for (size_t i = 0; i < build->file; i++) {
        if (!has_name(&files[i], name))
            continue;
        for (size_t j = 0; j <= i; j++)
            file->needs[j] = file->needs[j] || files[i].needs[j];
        return true;
    }
    return broken(build, "imports one that does not stand before it");
}

// The same.
static bool read_imports(struct build *build, struct wire wire) {
    struct wire_field field;
    bool is_ok = true;
    while (is_ok && wire_next(&wire, &field) == WIRE_FIELD)
        if (field.tag == FILE_DEPENDENCY && field.type == WIRE_BYTES)
            is_ok = add_import(build, &field);
    return is_ok;
}

static bool read_file(struct build *build, const struct wire_field *field) {
    struct descriptors *descriptors = build->descriptors;
    struct wire wire = wire_of(field->bytes, field->len);
    char *name;
    char *package;
    if (!read_text(build, wire, NAME, &name) || !read_text(build, wire, FILE_PACKAGE, &package))
        return false;
    bool *needs = arena_calloc(&descriptors->arena, descriptors->n_files, sizeof *needs);
    if (needs == NULL)
        return no_memory(build);
    needs[build->file] = true;
    descriptors->files[build->file] = (struct descriptor_file){
        .name = name, .bytes = field->bytes, .len = field->len, .needs = needs};
    return read_imports(build, wire) && read_parts(build, DESCRIPTOR_FILE, "", package, wire);
}

static bool count_files(struct build *build, struct wire wire) {
    struct wire_field field;
    enum wire_step step;
    while ((step = wire_next(&wire, &field)) == WIRE_FIELD)
        build->descriptors->n_files += field.tag == SET_FILE && field.type == WIRE_BYTES;
    return step == WIRE_END || error_set(build->err, "the descriptor set %s", wire.problem);
}

static int compare(const void *left, const void *right) {
    const struct descriptor *a = left;
    const struct descriptor *b = right;
    return strcmp(a->name, b->name);
}

static void sort(struct descriptors *descriptors) {
    size_t n = descriptors_n(descriptors);
    if (n > 0)
        qsort(descriptors->declared.data + descriptors->declared.start, n,
              sizeof(struct descriptor), compare);
}

bool descriptors_init(struct descriptors *descriptors, const uint8_t *bytes, size_t len,
                      struct error *err) {
    struct build build = {.descriptors = descriptors, .err = err};
    struct wire wire = wire_of(bytes, len);
    struct wire_field field;
    *descriptors = (struct descriptors){.n_files = 0};
    arena_init(&descriptors->arena, ARENA_LIMIT);
    if (!count_files(&build, wire))
        return false;
    descriptors->files =
        arena_calloc(&descriptors->arena, descriptors->n_files, sizeof *descriptors->files);
    if (descriptors->files == NULL)
        return no_memory(&build);
    while (wire_next(&wire, &field) == WIRE_FIELD) {
        if (field.tag != SET_FILE || field.type != WIRE_BYTES)
            continue;
        if (!read_file(&build, &field))
            return false;
        build.file++;
    }
    sort(descriptors);
    return true;
}

void descriptors_finish(struct descriptors *descriptors) {
    arena_finish(&descriptors->arena);
    buf_finish(&descriptors->declared);
}

const struct descriptor_file *descriptors_find_file(const struct descriptors *descriptors,
                                                    const char *name) {
    for (size_t i = 0; i < descriptors->n_files; i++)
        if (strcmp(descriptors->files[i].name, name) == 0)
            return &descriptors->files[i];
    return NULL;
}

const struct descriptor *descriptors_find(const struct descriptors *descriptors, const char *name) {
    struct descriptor wanted = {.name = name};
    size_t n = descriptors_n(descriptors);
    return n > 0 ? bsearch(&wanted, descriptors_all(descriptors), n, sizeof wanted, compare) : NULL;
}
