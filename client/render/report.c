#include "client/render/report.h"

#include <string.h>
#include "client/render/json.h"
#include "client/render/report_facts.h"
#include "client/render/words.h"

static const struct document_column EXCEPTION_COLUMNS[] = {
    {"ACTIONS", 4, false}, {"MILESTONES", 4, false},         {"WHO", 3, false},
    {"WHEN", 3, false},    {"MEASURE OF SUCCESS", 4, false},
};
enum { ACTIONS, MILESTONES, WHO, WHEN, MEASURE, N_EXCEPTION_COLUMNS };

// ---- Appendix A ----

static const char *number_of(const char *reference) {
    const char *slash = reference == NULL ? NULL : strrchr(reference, '/');
    return slash == NULL ? "" : slash + 1;
}

static void put_milestone(struct document *document, const Shap__V1__ExceptionAction *action,
                          const Shap__V1__ExceptionMilestone *milestone, bool begins_group) {
    struct words what = {.has_failed = false}, name = {.has_failed = false};
    words_add(&what, "%s %s", report_text_or(action->reference, ""),
              report_text_or(action->action, ""));
    words_add(&name, "%s. %s", number_of(milestone->reference),
              report_text_or(milestone->milestone, ""));
    const char *texts[N_EXCEPTION_COLUMNS] = {[ACTIONS] = words_text(&what),
                                              [MILESTONES] = words_text(&name),
                                              [WHO] = milestone->who,
                                              [WHEN] = milestone->when,
                                              [MEASURE] = milestone->measure};
    struct document_row *row = document_add_row(document, texts, begins_group);
    if (milestone->new_when != NULL)
        document_put_under(document, row, WHEN, "New date", milestone->new_when);
    document->has_failed |= what.has_failed || name.has_failed;
    words_finish(&what);
    words_finish(&name);
}

static void put_objective(struct document *document,
                          const Shap__V1__ExceptionObjective *objective) {
    struct words words = {.has_failed = false};
    const char *code = report_text_or(objective->code, "");
    const char *heading = report_text_or(objective->heading, code);
    const char *title = report_text_or(objective->title, "");
    words_add(&words, "%s", heading);
    if (!report_contains(heading, title))
        words_add(&words, " %s", title);
    report_put(document, &words, BLOCK_SUBHEADING, NULL);
    words_add(&words, "Exceptions under %s", code);
    const char *caption = words_text(&words);
    document_begin_table(document, EXCEPTION_COLUMNS, N_EXCEPTION_COLUMNS,
                         caption == NULL ? "" : caption);
    for (size_t i = 0; i < objective->n_actions; i++) {
        const Shap__V1__ExceptionAction *action = objective->actions[i];
        for (size_t j = 0; j < action->n_milestones; j++)
            put_milestone(document, action, action->milestones[j], j == 0);
    }
    document->has_failed |= words.has_failed;
    words_finish(&words);
}

static void put_appendix_a(const Shap__V1__ExceptionReport *report, struct document *document) {
    document_add(document, BLOCK_HEADING, NULL, "Appendix A: exceptions by objective");
    if (report->n_objectives == 0)
        document_add(document, BLOCK_PARAGRAPH, NULL, "There are none.");
    for (size_t i = 0; i < report->n_objectives; i++)
        put_objective(document, report->objectives[i]);
}

// ---- The whole ----

void report_compose(const Shap__V1__ExceptionReport *report, struct document *document) {
    report_compose_sections(report, document);
    put_appendix_a(report, document);
    report_compose_account(report, document);
}

static bool render(const Shap__V1__ExceptionReport *report, size_t width, struct buf *out,
                   bool (*to_format)(const struct document *, size_t, struct buf *)) {
    struct document document;
    document_init(&document);
    report_compose(report, &document);
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

bool report_text(const Shap__V1__ExceptionReport *report, size_t width, struct buf *out) {
    return render(report, width, out, document_render_text);
}

bool report_markdown(const Shap__V1__ExceptionReport *report, struct buf *out) {
    return render(report, 0, out, to_markdown);
}

bool report_html(const Shap__V1__ExceptionReport *report, struct buf *out) {
    return render(report, 0, out, to_html);
}

bool report_json(const Shap__V1__ExceptionReport *report, struct buf *out) {
    return json_add_message(out, &report->base, 0) && buf_append(out, "\n", 1);
}
