#include "client/render/paper.h"

#include <assert.h>
#include <string.h>
#include "client/render/csv.h"
#include "client/render/field.h"
#include "client/render/report_head.h"

enum { MOST_COLUMNS = 16 };

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessage *message, const char *name) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    assert(field != NULL);
    return field;
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

// A field as people read it; NULL when it is absent or there is no memory (words remembers).
static const char *text_in(struct words *words, const ProtobufCMessage *message, const char *path) {
    words_clear(words);
    if (!field_text(&words->text, message, path, FIELD_FRIENDLY))
        words->has_failed = true;
    return buf_len(&words->text) == 0 ? NULL : words_text(words);
}

static void put_facts(struct document *document, const struct paper *paper,
                      const ProtobufCMessage *report) {
    struct words words = {.has_failed = false};
    for (const struct paper_fact *fact = paper->facts; fact != NULL && fact->label != NULL;
         fact++) {
        const char *text = text_in(&words, report, fact->field);
        if (text != NULL)
            document_add(document, BLOCK_FACT, fact->label, "%s", text);
    }
    document->has_failed |= words.has_failed;
    words_finish(&words);
}

static void put_row(struct document *document, const struct paper_table *table,
                    const ProtobufCMessage *row) {
    struct words words[MOST_COLUMNS] = {{.has_failed = false}}, under = {.has_failed = false};
    const char *texts[MOST_COLUMNS];
    for (size_t i = 0; i < table->n_columns; i++)
        texts[i] = text_in(&words[i], row, table->cells[i].field);
    struct document_row *added = document_add_row(document, texts, true);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct paper_cell *cell = &table->cells[i];
        const char *text = cell->under == NULL ? NULL : text_in(&under, row, cell->under);
        if (text != NULL)
            document_put_under(document, added, i, cell->under_label, text);
        document->has_failed |= words[i].has_failed;
        words_finish(&words[i]);
    }
    document->has_failed |= under.has_failed;
    words_finish(&under);
}

static void put_table(struct document *document, const struct paper_table *table,
                      const ProtobufCMessage *report) {
    const ProtobufCFieldDescriptor *field = field_of(report, table->field);
    size_t n = field_count(report, field);
    assert(table->n_columns <= MOST_COLUMNS);
    if (n == 0 && table->none == NULL)
        return;
    document_add(document, BLOCK_HEADING, NULL, "%s", table->caption);
    if (n == 0)
        document_add(document, BLOCK_PARAGRAPH, NULL, "%s", table->none);
    else
        document_begin_table(document, table->columns, table->n_columns, table->caption);
    for (size_t i = 0; i < n; i++)
        put_row(document, table, message_at(report, field, i));
}

void paper_compose(const struct paper *paper, const ProtobufCMessage *report,
                   struct document *document) {
    const Shap__V1__ReportHead *head = head_of(report);
    report_put_title(document, head, paper->kind);
    report_put_head(document, head);
    put_facts(document, paper, report);
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
