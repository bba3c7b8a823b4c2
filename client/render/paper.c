#include "client/render/paper.h"

#include <assert.h>
#include <string.h>
#include "client/render/csv.h"
#include "client/render/field.h"
#include "client/render/report_facts.h"
#include "client/render/report_head.h"

enum { MOST_COLUMNS = 16, MOST_NAME = 64 };

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessage *message, const char *name) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    assert(field != NULL);
    return field;
}

// The same for the first len characters of a path.
static const ProtobufCFieldDescriptor *field_named(const ProtobufCMessage *message,
                                                   const char *path, size_t len) {
    char name[MOST_NAME];
    assert(len < sizeof name);
    memcpy(name, path, len);
    name[len] = '\0';
    return field_of(message, name);
}

static const ProtobufCMessage *message_at(const ProtobufCMessage *message,
                                          const ProtobufCFieldDescriptor *field, size_t i) {
    return *(const ProtobufCMessage *const *)field_value(message, field, i);
}

static const Shap__V1__ReportHead *head_of(const ProtobufCMessage *report) {
    const ProtobufCFieldDescriptor *field = field_of(report, "head");
    assert(field->descriptor == &shap__v1__report_head__descriptor);
    return report_head(
        field_is_present(report, field)
            ? (const Shap__V1__ReportHead *)(const void *)message_at(report, field, 0)
            : NULL);
}

// ---- A paper for people ----

static bool ends_with(const char *name, const char *end) {
    size_t len = strlen(name), n = strlen(end);
    return len >= n && strcmp(name + len - n, end) == 0;
}

// A text may look like a day and still be what somebody wrote: days are known by their names.
static bool is_day(const ProtobufCFieldDescriptor *field) {
    static const char *const NAMES[] = {"day",   "as_at", "known_at",  "as_of",
                                        "since", "until", "known_from"};
    if (field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED)
        return false;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(field->name, NAMES[i]) == 0)
            return true;
    }
    return ends_with(field->name, "_day") || ends_with(field->name, "_on");
}

// Where a reader is: in a table, where room is short, or in a line of their own.
enum place { IN_FACT, IN_CELL };

static void add_value(struct words *words, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, enum place place) {
    const void *value = field_value(message, field, 0);
    if (is_day(field)) {
        const char *day = *(const char *const *)value;
        (place == IN_FACT ? words_add_day : words_add_short_day)(words, day);
    } else if (field->descriptor == &shap__v1__milestone_class__descriptor) {
        words_add(words, "%s", report_class_name(*(const Shap__V1__MilestoneClass *)value));
    } else if (field->type == PROTOBUF_C_TYPE_BOOL && place == IN_CELL) {
        bool is_said = *(const protobuf_c_boolean *)value != 0;
        for (const char *at = field->name; is_said && *at != '\0'; at++)
            words_add(words, "%c", *at == '_' ? ' ' : *at);
    } else if (!field_text(&words->text, message, field->name, FIELD_FRIENDLY)) {
        words->has_failed = true;
    }
}

// A field as people read it; NULL when it is absent, empty or there is no memory (words remembers).
static const char *text_in(struct words *words, const ProtobufCMessage *message, const char *path,
                           enum place place) {
    const ProtobufCFieldDescriptor *field;
    words_clear(words);
    for (const char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        field = field_named(message, path, (size_t)(dot - path));
        if (!field_is_present(message, field))
            return NULL;
        message = message_at(message, field, 0);
    }
    field = field_of(message, path);
    if (!field_is_present(message, field))
        return NULL;
    add_value(words, message, field, place);
    return buf_len(&words->text) == 0 ? NULL : words_text(words);
}

static void put_facts(struct document *document, const struct paper *paper,
                      const ProtobufCMessage *report) {
    struct words words = {.has_failed = false};
    for (const struct paper_fact *fact = paper->facts; fact != NULL && fact->label != NULL;
         fact++) {
        const char *text = text_in(&words, report, fact->field, IN_FACT);
        if (text != NULL)
            document_add(document, BLOCK_FACT, fact->label, "%s", text);
    }
    document->has_failed |= words.has_failed;
    words_finish(&words);
}

static void put_notices(struct document *document, const struct paper *paper,
                        const ProtobufCMessage *report) {
    for (const struct paper_notice *notice = paper->notices;
         notice != NULL && notice->field != NULL; notice++) {
        const ProtobufCFieldDescriptor *field = field_of(report, notice->field);
        assert(field->type == PROTOBUF_C_TYPE_BOOL);
        if (field_is_present(report, field) &&
            *(const protobuf_c_boolean *)field_value(report, field, 0) != 0)
            document_add(document, BLOCK_NOTICE, NULL, "%s", notice->text);
    }
}

// ---- Tables ----

// A table under way.
struct composition {
    struct document *document;
    const struct paper_table *table;
    const ProtobufCFieldDescriptor *field; // that holds the rows
    const ProtobufCMessage *report;
};

// Whether two rows have the same text in a field.
static bool is_same(struct document *document, const ProtobufCMessage *row,
                    const ProtobufCMessage *other, const char *path) {
    struct words first = {.has_failed = false}, second = {.has_failed = false};
    const char *text = text_in(&first, row, path, IN_CELL);
    const char *next = text_in(&second, other, path, IN_CELL);
    bool is_same = strcmp(report_text_or(text, ""), report_text_or(next, "")) == 0;
    document->has_failed |= first.has_failed || second.has_failed;
    words_finish(&first);
    words_finish(&second);
    return is_same;
}

static void put_row(struct document *document, const struct paper_table *table,
                    const ProtobufCMessage *row, bool begins_group) {
    struct words words[MOST_COLUMNS] = {{.has_failed = false}}, under = {.has_failed = false};
    const char *texts[MOST_COLUMNS];
    for (size_t i = 0; i < table->n_columns; i++) {
        const char *text = text_in(&words[i], row, table->cells[i].field, IN_CELL);
        texts[i] = text == NULL ? table->cells[i].absent : text;
    }
    struct document_row *added = document_add_row(document, texts, begins_group);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct paper_cell *cell = &table->cells[i];
        bool is_used = cell->under != NULL && (begins_group || i > 0);
        const char *text = is_used ? text_in(&under, row, cell->under, IN_CELL) : NULL;
        if (text != NULL)
            document_put_under(document, added, i, cell->under_label, text);
        document->has_failed |= words[i].has_failed;
        words_finish(&words[i]);
    }
    document->has_failed |= under.has_failed;
    words_finish(&under);
}

static void put_rows(const struct composition *at, size_t first, size_t end) {
    const struct paper_table *table = at->table;
    for (size_t i = first; i < end; i++) {
        const ProtobufCMessage *row = message_at(at->report, at->field, i);
        bool begins_group = i == first || !table->is_grouped ||
                            !is_same(at->document, message_at(at->report, at->field, i - 1), row,
                                     table->cells[0].field);
        put_row(at->document, table, row, begins_group);
    }
}

// The rows from first on that have the same text in the field the table is split by.
static size_t end_of_part(const struct composition *at, size_t first, size_t n) {
    size_t end = first + 1;
    const ProtobufCMessage *row = message_at(at->report, at->field, first);
    while (end < n &&
           is_same(at->document, row, message_at(at->report, at->field, end), at->table->split))
        end++;
    return end;
}

static void put_parts(const struct composition *at, size_t n) {
    struct words words = {.has_failed = false}, caption = {.has_failed = false};
    for (size_t first = 0, end; first < n; first = end) {
        end = end_of_part(at, first, n);
        const char *text =
            text_in(&words, message_at(at->report, at->field, first), at->table->split, IN_FACT);
        document_add(at->document, BLOCK_SUBHEADING, NULL, "%s (%zu)",
                     report_text_or(text, "Others"), end - first);
        words_clear(&caption);
        words_add(&caption, "%s: %s", at->table->caption, report_text_or(text, "Others"));
        document_begin_table(at->document, at->table->columns, at->table->n_columns,
                             report_text_or(words_text(&caption), ""));
        put_rows(at, first, end);
    }
    at->document->has_failed |= words.has_failed || caption.has_failed;
    words_finish(&words);
    words_finish(&caption);
}

static void put_whole(const struct composition *at, size_t n) {
    const struct paper_table *table = at->table;
    document_begin_table(at->document, table->columns, table->n_columns, table->caption);
    put_rows(at, 0, n);
    const ProtobufCFieldDescriptor *total =
        table->total == NULL ? NULL : field_of(at->report, table->total);
    if (n > 1 && total != NULL && field_is_present(at->report, total))
        put_row(at->document, table, message_at(at->report, total, 0), true);
}

// Whether the filter is set that a table is for.
static bool is_wanted(const struct paper_table *table, const ProtobufCMessage *report) {
    if (table->filter == NULL)
        return true;
    const ProtobufCMessage *head = &head_of(report)->base;
    return field_is_present(head, field_of(head, table->filter));
}

static void put_table(struct document *document, const struct paper_table *table,
                      const ProtobufCMessage *report) {
    const struct composition at = {document, table, field_of(report, table->field), report};
    size_t n = field_count(report, at.field);
    assert(table->n_columns <= MOST_COLUMNS);
    if ((n == 0 && table->none == NULL) || !is_wanted(table, report))
        return;
    document_add(document, BLOCK_HEADING, NULL, "%s", table->caption);
    if (n == 0)
        document_add(document, BLOCK_PARAGRAPH, NULL, "%s", table->none);
    else if (table->split != NULL)
        put_parts(&at, n);
    else
        put_whole(&at, n);
}

void paper_compose(const struct paper *paper, const ProtobufCMessage *report,
                   struct document *document) {
    const Shap__V1__ReportHead *head = head_of(report);
    report_put_title(document, head, paper->kind);
    report_put_head(document, head);
    put_facts(document, paper, report);
    put_notices(document, paper, report);
    document_add(document, BLOCK_PARAGRAPH, NULL, "%s", paper->about);
    for (const struct paper_table *table = paper->tables; table->caption != NULL; table++)
        put_table(document, table, report);
    report_put_origin(document, head);
}

static bool render(const struct paper *paper, const ProtobufCMessage *report, size_t width,
                   struct buf *out,
                   bool (*to_format)(const struct document *, size_t, struct buf *)) {
    struct document document;
    document_init(&document);
    paper_compose(paper, report, &document);
    bool is_rendered = document_is_whole(&document) && to_format(&document, width, out);
    document_finish(&document);
    return is_rendered;
}

static bool to_markdown(const struct document *document, size_t width, struct buf *out) {
    (void)width;
    return document_render_markdown(document, out);
}

static bool to_html(const struct document *document, size_t width, struct buf *out) {
    (void)width;
    return document_render_html(document, out);
}

bool paper_text(const struct paper *paper, const ProtobufCMessage *report, size_t width,
                struct buf *out) {
    return render(paper, report, width, out, document_render_text);
}

bool paper_markdown(const struct paper *paper, const ProtobufCMessage *report, struct buf *out) {
    return render(paper, report, 0, out, to_markdown);
}

bool paper_html(const struct paper *paper, const ProtobufCMessage *report, struct buf *out) {
    return render(paper, report, 0, out, to_html);
}

// ---- CSV ----

static bool is_plain(const ProtobufCFieldDescriptor *field) {
    return field->type != PROTOBUF_C_TYPE_MESSAGE || field_is_timestamp(field);
}

// The type of the rows, and how many tables have them.
static const ProtobufCMessageDescriptor *row_type(const struct paper *paper,
                                                  const ProtobufCMessage *report, size_t *n) {
    const ProtobufCMessageDescriptor *type = NULL;
    *n = 0;
    for (const struct paper_table *table = paper->tables; table->caption != NULL; table++) {
        if (!table->is_row)
            continue;
        const ProtobufCMessageDescriptor *of_table = field_of(report, table->field)->descriptor;
        assert(type == NULL || type == of_table);
        type = of_table;
        ++*n;
    }
    assert(type != NULL);
    return type;
}

static bool add_text(struct buf *out, const char *text, bool is_first) {
    return csv_add_cell(out, text == NULL ? "" : text, text == NULL ? 0 : strlen(text), is_first);
}

static bool add_heading(struct buf *out, const ProtobufCMessageDescriptor *type, bool has_list) {
    bool is_added = add_text(out, "plan", true) && add_text(out, "as_at", false) &&
                    add_text(out, "known_at", false) && (!has_list || add_text(out, "list", false));
    for (unsigned i = 0; is_added && i < type->n_fields; i++)
        is_added = !is_plain(&type->fields[i]) || add_text(out, type->fields[i].name, false);
    return is_added && csv_end_row(out, CSV_LF);
}

static bool add_row(struct buf *out, const Shap__V1__ReportHead *head, const char *list,
                    const ProtobufCMessage *row) {
    struct buf cell = {0};
    bool is_added = add_text(out, head->plan, true) && add_text(out, head->as_at, false) &&
                    add_text(out, head->known_at, false) &&
                    (list == NULL || add_text(out, list, false));
    for (unsigned i = 0; is_added && i < row->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &row->descriptor->fields[i];
        buf_clear(&cell);
        is_added = !is_plain(field) ||
                   (field_text(&cell, row, field->name, FIELD_EXACT) &&
                    csv_add_cell(out, buf_len(&cell) == 0 ? "" : (const char *)buf_bytes(&cell),
                                 buf_len(&cell), false));
    }
    buf_finish(&cell);
    return is_added && csv_end_row(out, CSV_LF);
}

static bool add_table(struct buf *out, const struct paper_table *table,
                      const ProtobufCMessage *report, bool has_list) {
    const ProtobufCFieldDescriptor *field = field_of(report, table->field);
    size_t n = field_count(report, field);
    for (size_t i = 0; i < n; i++) {
        if (!add_row(out, head_of(report), has_list ? table->field : NULL,
                     message_at(report, field, i)))
            return false;
    }
    return true;
}

bool paper_csv(const struct paper *paper, const ProtobufCMessage *report, struct buf *out) {
    size_t n_tables;
    const ProtobufCMessageDescriptor *type = row_type(paper, report, &n_tables);
    if (!add_heading(out, type, n_tables > 1))
        return false;
    for (const struct paper_table *table = paper->tables; table->caption != NULL; table++) {
        if (table->is_row && !add_table(out, table, report, n_tables > 1))
            return false;
    }
    return true;
}

size_t paper_n_rows(const struct paper *paper, const ProtobufCMessage *report) {
    size_t n = 0;
    for (const struct paper_table *table = paper->tables; table->caption != NULL; table++)
        n += table->is_row ? field_count(report, field_of(report, table->field)) : 0;
    return n;
}
