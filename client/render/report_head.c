#include "client/render/report_head.h"

#include <string.h>

static const Shap__V1__ReportHead EMPTY = SHAP__V1__REPORT_HEAD__INIT;

const Shap__V1__ReportHead *report_head(const Shap__V1__ReportHead *head) {
    return head == NULL ? &EMPTY : head;
}

void report_add_plan_name(struct words *words, const Shap__V1__ReportHead *head) {
    const char *title = report_text_or(head->title, NULL);
    const char *year = report_text_or(head->year, "");
    if (title != NULL)
        words_add(words, "%s", title);
    else if (head->council_name != NULL)
        words_add(words, "%s action plan", head->council_name);
    else
        words_add(words, "action plan");
    if (year[0] != '\0' && (title == NULL || strstr(title, year) == NULL))
        words_add(words, " %s", year);
}

void report_put_title(struct document *document, const Shap__V1__ReportHead *head,
                      const char *kind) {
    struct words words = {.has_failed = false};
    report_add_plan_name(&words, head);
    words_add(&words, " %s", kind);
    uint8_t *text = words.text.data + words.text.start;
    for (size_t i = 0; !words.has_failed && i < buf_len(&words.text); i++)
        text[i] = text[i] >= 'a' && text[i] <= 'z' ? (uint8_t)(text[i] - 'a' + 'A') : text[i];
    report_put(document, &words, BLOCK_TITLE, NULL);
    words_finish(&words);
}

// Which milestones the filters leave: ", of objective SH4.3, shared with home-housing".
static void add_filters(struct words *words, const Shap__V1__ReportHead *head) {
    if (head->objective != NULL)
        words_add(words, ", of objective %s", head->objective);
    if (head->organisation != NULL)
        words_add(words, ", shared with %s", head->organisation);
    if (head->owner != NULL)
        words_add(words, ", owned by %s", head->owner);
}

static void put_withdrawal(struct document *document, struct words *words,
                           const Shap__V1__ReportHead *head) {
    if (head->withdrawn_on == NULL)
        return;
    words_add(words, "WITHDRAWN on ");
    words_add_day(words, head->withdrawn_on);
    words_add(words, ": %s", report_text_or(head->withdrawn_because, "no reason is on record"));
    report_put(document, words, BLOCK_NOTICE, NULL);
}

static void put_coverage(struct document *document, struct words *words,
                         const Shap__V1__ReportHead *head) {
    if (!head->has_covered || !head->has_total || head->covered >= head->total)
        return;
    words_add(words, "This copy covers %d of the plan's %d milestones: those its reader may see",
              head->covered, head->total);
    add_filters(words, head);
    words_add(words, ". Every figure in it counts these only.");
    report_put(document, words, BLOCK_NOTICE, NULL);
}

void report_put_head(struct document *document, const Shap__V1__ReportHead *head) {
    struct words words = {.has_failed = false};
    const struct {
        const char *label, *text;
    } people[] = {{"Council", head->council_name},
                  {"Lead officer", head->lead_officer},
                  {"Report author", head->author}};
    for (size_t i = 0; head->plan != NULL && i < sizeof people / sizeof *people; i++)
        document_add(document, BLOCK_FACT, people[i].label, "%s",
                     report_text_or(people[i].text, "not recorded"));
    words_add_day(&words, report_text_or(head->as_at, "today"));
    if (head->quarter != 0)
        words_add(&words, ", the end of quarter %d", head->quarter);
    report_put(document, &words, BLOCK_FACT, "As at");
    if (head->known_at != NULL) {
        words_add(&words, "what was on record by the end of ");
        words_add_day(&words, head->known_at);
        report_put(document, &words, BLOCK_FACT, "As known at");
    }
    put_withdrawal(document, &words, head);
    put_coverage(document, &words, head);
    words_finish(&words);
}

void report_put_origin(struct document *document, const Shap__V1__ReportHead *head) {
    struct words words = {.has_failed = false};
    if (head->plan != NULL)
        words_add(&words, "Made of %s, version %d", head->plan, head->version);
    else
        words_add(&words, "Made of several plans");
    if (head->has_known_link)
        words_add(&words, ", and the ledger to its entry %lld", (long long)head->known_link);
    if (head->rule != NULL)
        words_add(&words, ", by rule set %s", head->rule);
    words_add(&words, ".");
    report_put(document, &words, BLOCK_PARAGRAPH, NULL);
    words_finish(&words);
}

void report_put(struct document *document, struct words *words, enum block_kind kind,
                const char *label) {
    const char *text = words_text(words);
    if (text == NULL)
        document->has_failed = true;
    else
        document_add(document, kind, label, "%s", text);
    words_clear(words);
}

void report_put_item(struct document *document, struct words *words) {
    const char *text = words_text(words);
    if (text == NULL)
        document->has_failed = true;
    else
        document_add_item(document, "%s", text);
    words_clear(words);
}
