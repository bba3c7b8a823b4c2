#include "client/render/report.h"

#include <string.h>
#include "client/render/report_facts.h"
#include "client/render/words.h"

static const struct document_column CLASS_COLUMNS[] = {{"CLASS", 3, false},
                                                       {"MILESTONES", 1, true}};
static const struct document_column NAME_COLUMNS[] = {
    {"REFERENCE", 2, false}, {"MILESTONE", 5, false}, {"WHO", 2, false}, {"WHEN", 4, false}};

static const struct {
    const char *name, *heading;
} GROUPS[] = {
    {"before_plan_year", "due before the plan's year"},
    {"earlier_quarters", "due in earlier quarters"},
    {"this_quarter", "due in this quarter"},
    {"cycles", "ongoing or cyclical, and unanswered for the last cycle that ended"},
    {"empty", "no date is given"},
    {"prose", "a sentence stands in place of a date"},
    {"noted", "it will not be delivered, and the panel has noted it"},
    {"changed_since", "a later return does not say that it is complete"},
};

static const char *heading_of(const char *name) {
    for (size_t i = 0; i < sizeof GROUPS / sizeof *GROUPS; i++) {
        if (strcmp(GROUPS[i].name, name) == 0)
            return GROUPS[i].heading;
    }
    return name;
}

static void put_class(struct document *document, struct words *words, const char *name, int n) {
    words_clear(words);
    words_add(words, "%d", n);
    const char *texts[] = {name, words_text(words)};
    document_add_row(document, texts, true);
    words_clear(words);
}

static void put_classes(struct document *document, struct words *words,
                        const Shap__V1__Account *account) {
    document_begin_table(document, CLASS_COLUMNS, 2, "Milestones by class");
    for (size_t i = 0; i < account->n_classes; i++) {
        const Shap__V1__ClassCount *count = account->classes[i];
        put_class(document, words, report_class_name(count->milestone_class), count->milestones);
    }
    put_class(document, words, "total", account->total);
}

static void put_figures(struct document *document, struct words *words,
                        const Shap__V1__ExceptionReport *report) {
    const Shap__V1__Account *account = report->account;
    words_add(words, "The exceptions are ");
    words_add_count(words, account->exception_milestones, "milestone");
    words_add(words, " under ");
    words_add_count(words, account->exception_actions, "action");
    words_add(words, " of ");
    words_add_count(words, account->exception_objectives, "objective");
    words_add(words,
              ". Of the %d complete or signed off, %d %s completed after the programmed day.",
              report_class_count(report, SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_COMPLETE) +
                  report_class_count(report, SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_SIGNED_OFF),
              account->complete_late, account->complete_late == 1 ? "was" : "were");
    if (account->has_pieces_of_work && account->pieces_of_work != account->total)
        words_add(words, " The %d milestones are %d pieces of work: some are declared the same.",
                  account->total, account->pieces_of_work);
    report_put(document, words, BLOCK_PARAGRAPH, NULL);
}

static void put_names(struct document *document, const Shap__V1__NamedGroup *group,
                      const char *caption) {
    document_begin_table(document, NAME_COLUMNS, 4, caption);
    for (size_t i = 0; i < group->n_milestones; i++) {
        const Shap__V1__NamedMilestone *milestone = group->milestones[i];
        const char *texts[] = {milestone->reference, milestone->milestone, milestone->who,
                               milestone->when};
        struct document_row *row = document_add_row(document, texts, true);
        if (milestone->sent_back)
            document_put_under(document, row, 0, "Note", "return sent back");
    }
}

static void put_groups(struct document *document, struct words *words, const char *what,
                       Shap__V1__NamedGroup *const *groups, size_t n_groups) {
    for (size_t i = 0; i < n_groups; i++) {
        if (groups[i]->n_milestones == 0)
            continue;
        words_add(words, "%s: %s (%zu)", what, heading_of(report_text_or(groups[i]->name, "")),
                  groups[i]->n_milestones);
        const char *caption = words_text(words);
        if (caption != NULL) {
            document_add(document, BLOCK_SUBHEADING, NULL, "%s", caption);
            put_names(document, groups[i], caption);
        }
        words_clear(words);
    }
}

void report_compose_account(const Shap__V1__ExceptionReport *report, struct document *document) {
    const Shap__V1__Account *account = report->account;
    struct words words = {.has_failed = false};
    document_add(document, BLOCK_HEADING, NULL, "Appendix B: the account");
    if (account != NULL) {
        document_add(document, BLOCK_PARAGRAPH, NULL,
                     "Every milestone stands in exactly one class; the classes add up to %d.",
                     account->total);
        put_classes(document, &words, account);
        put_figures(document, &words, report);
        put_groups(document, &words, "No return", account->no_return, account->n_no_return);
        put_groups(document, &words, "Undated", account->undated, account->n_undated);
        put_groups(document, &words, "Settled", account->settled, account->n_settled);
    }
    report_put_origin(document, report_head(report->head));
    if (words.has_failed)
        document->has_failed = true;
    words_finish(&words);
}
