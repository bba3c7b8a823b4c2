#include "client/render/report.h"

#include <stdio.h>
#include <string.h>
#include "client/render/report_facts.h"
#include "client/render/words.h"

// A recommendation names no more than these; Appendix A has them all.
enum { MOST_NAMED = 12 };

// What the composing functions share.
struct composer {
    const Shap__V1__ExceptionReport *report; // borrowed
    const Shap__V1__ReportHead *head;        // borrowed; never NULL
    struct document *document;               // borrowed
    struct words words;
    int paragraph; // of the section under way: the last one's number
};

static int n_exceptions(const Shap__V1__ExceptionReport *report) {
    return report->account == NULL ? 0 : report->account->exception_milestones;
}

static int n_milestones(const Shap__V1__ExceptionReport *report) {
    return report->account == NULL ? 0 : report->account->total;
}

static void add_breakdown(struct words *words, const Shap__V1__ExceptionReport *report) {
    const struct {
        report_filter is_listed;
        const char *name;
    } parts[] = {{report_is_re_dated, "re-dated"},
                 {report_is_overdue, "overdue"},
                 {report_is_undeliverable, "not to be delivered"}};
    const char *before = ": ";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int n = report_count(report, parts[i].is_listed);
        if (n == 0)
            continue;
        words_add(words, "%s%d %s", before, n, parts[i].name);
        before = ", ";
    }
}

static void put_summary(struct composer *composer) {
    const Shap__V1__ExceptionReport *report = composer->report;
    struct words *words = &composer->words;
    int n = n_exceptions(report);
    words_add(words, "Where the ");
    report_add_plan_name(words, composer->head);
    words_add(words, " departs from its timetable as at ");
    words_add_day(words, report_text_or(composer->head->as_at, "today"));
    words_add(words, ". ");
    if (n == 0) {
        words_add(words, "None of its %d milestones is an exception.", n_milestones(report));
    } else {
        words_add(words, "Of its %d milestones %d %s, under ", n_milestones(report), n,
                  n == 1 ? "is an exception" : "are exceptions");
        words_add_count(words, report->account->exception_actions, "action");
        words_add(words, " of ");
        words_add_count(words, report->account->exception_objectives, "objective");
        add_breakdown(words, report);
        words_add(words, ".");
    }
    report_put(composer->document, &composer->words, BLOCK_FACT, "Summary");
}

static void add_request(struct words *words, const Shap__V1__ExceptionReport *report,
                        report_filter is_listed, const char *one, const char *many) {
    int n = report_count(report, is_listed);
    if (n == 0)
        return;
    words_add(words, "%s", words->n_listed++ == 0 ? "Members are asked " : "; ");
    words_add(words, n == 1 ? one : many, n);
    if (is_listed != report_is_re_dated && n <= MOST_NAMED) {
        size_t n_listed = words->n_listed;
        words->n_listed = 0;
        words_add(words, " (");
        report_add_references(words, report, is_listed);
        words_add(words, ")");
        words->n_listed = n_listed;
    }
}

static void put_recommendation(struct composer *composer) {
    const Shap__V1__ExceptionReport *report = composer->report;
    struct words *words = &composer->words;
    int n_silent = report_class_count(report, SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_NO_RETURN);
    add_request(words, report, report_is_re_dated, "to note the %d milestone with a new date",
                "to note the %d milestones with new dates");
    add_request(words, report, report_is_overdue, "to consider the %d milestone that is overdue",
                "to consider the %d milestones that are overdue");
    add_request(words, report, report_is_undeliverable,
                "to consider the %d milestone that will not be delivered",
                "to consider the %d milestones that will not be delivered");
    if (n_silent > 0)
        words_add(words, "%s to seek an answer on the %d that had no return (Appendix B)",
                  words->n_listed++ == 0 ? "Members are asked" : "; and", n_silent);
    if (words->n_listed == 0)
        words_add(words, "Members are asked to note that there is no exception");
    words_add(words, ".");
    report_put(composer->document, &composer->words, BLOCK_FACT, "Recommendation");
}

// ---- Sections ----

static void begin_section(struct composer *composer, const char *heading) {
    document_add(composer->document, BLOCK_HEADING, NULL, "%s", heading);
    composer->paragraph = 0;
}

// The words made so far as the section's next paragraph: "2.3".
static void put_numbered(struct composer *composer, int section) {
    char label[24];
    snprintf(label, sizeof label, "%d.%d", section, ++composer->paragraph);
    report_put(composer->document, &composer->words, BLOCK_PARAGRAPH, label);
}

static void put_introduction(struct composer *composer) {
    struct words *words = &composer->words;
    begin_section(composer, "1.0 Introduction");
    words_add(words, "The ");
    report_add_plan_name(words, composer->head);
    words_add(words, " is reported on by its milestones, each of which has an owner, a date and a "
                     "measure of success. ");
    if (composer->head->adopted_on != NULL) {
        words_add(words, "Version %d of it, adopted on ", composer->head->version);
        words_add_day(words, composer->head->adopted_on);
        words_add(words, ", was in force on the day reported.");
    } else {
        words_add(words, "It was not yet adopted on the day reported; this is version %d, a draft.",
                  composer->head->version);
    }
    put_numbered(composer, 1);
    words_add(words,
              "A milestone is an exception when it is overdue, has been given a new date or is "
              "not to be delivered. Its original date stays as the plan has it.");
    put_numbered(composer, 1);
}

static void add_claim_name(struct words *words, const Shap__V1__ReportHead *head,
                           const char *name) {
    if (strcmp(name, "deliver_within_year") == 0)
        words_add(words, "All exceptions will be delivered within the operating year %s",
                  report_text_or(head->year, ""));
    else if (strcmp(name, "have_new_date") == 0)
        words_add(words, "All exceptions have a new date");
    else if (strcmp(name, "failed_timetable") == 0)
        words_add(words, "All exceptions had failed the plan's own timetable");
    else
        words_add(words, "%s", name);
}

static void put_claim(struct composer *composer, const Shap__V1__Claim *claim) {
    struct words *words = &composer->words;
    words_add(words, "\"");
    add_claim_name(words, composer->head, report_text_or(claim->name, ""));
    if (claim->holds) {
        words_add(words, "\": true of all %d.", claim->of);
    } else {
        words_add(words, "\": FALSE. It is true of %d of %d, and not of ", claim->satisfied,
                  claim->of);
        for (size_t i = 0; i < claim->n_exceptions; i++)
            words_add_item(words, claim->exceptions[i], i + 1 == claim->n_exceptions);
        words_add(words, ".");
    }
    report_put_item(composer->document, words);
}

// A sentence that was put to the test: it may be of a number, or ask for one.
static void put_asked_claim(struct composer *composer, const Shap__V1__Claim *claim) {
    struct words *words = &composer->words;
    bool is_target = strcmp(report_text_or(claim->name, ""), "on_target") == 0;
    words_add(words, "\"%s\"%s %d of %d%s", report_text_or(claim->sentence, ""),
              !claim->has_holds ? ":"
              : claim->holds    ? ": true. It is so of"
                                : ": FALSE. It is so of",
              claim->satisfied, claim->of,
              is_target ? " that were due, which were complete by the day programmed" : "");
    if (claim->has_percent)
        words_add(words, " (%d%%)", claim->percent);
    words_add(words, claim->n_exceptions > 0 ? ", and not of " : ".");
    for (size_t i = 0; i < claim->n_exceptions; i++)
        words_add_item(words, claim->exceptions[i], i + 1 == claim->n_exceptions);
    words_add(words, claim->n_exceptions > 0 ? "." : "");
    report_put_item(composer->document, words);
}

static void put_asked_claims(struct composer *composer) {
    if (composer->report->n_claims == 0)
        return;
    words_add(&composer->words, "These claims were put to the test:");
    put_numbered(composer, 2);
    for (size_t i = 0; i < composer->report->n_claims; i++)
        put_asked_claim(composer, composer->report->claims[i]);
}

static void put_listed(struct composer *composer, report_filter is_listed, const char *one,
                       const char *many) {
    struct words *words = &composer->words;
    int n = report_count(composer->report, is_listed);
    if (n == 0)
        return;
    words_add(words, "%d of them %s ", n, n == 1 ? one : many);
    report_add_references(words, composer->report, is_listed);
    words_add(words, ".");
    put_numbered(composer, 2);
}

static void put_exceptions(struct composer *composer) {
    const Shap__V1__ExceptionReport *report = composer->report;
    begin_section(composer, "2.0 Exceptions");
    if (n_exceptions(report) == 0) {
        words_add(&composer->words, "There are none.");
        put_numbered(composer, 2);
        return;
    }
    words_add(&composer->words,
              "Appendix A lists them by objective, each with its original date and, "
              "under it, the new date as it was granted.");
    put_numbered(composer, 2);
    put_listed(
        composer, report_is_early,
        "was not yet due by the plan's own date, and is listed because it was re-dated:",
        "were not yet due by the plan's own dates, and are listed because they were re-dated:");
    put_listed(composer, report_is_claimed,
               "is said to be complete or not to be delivered, which has not been accepted:",
               "are said to be complete or not to be delivered, which has not been accepted:");
    if (report->account->n_claims == 0)
        return;
    words_add(&composer->words,
              "What may be said of all exceptions was tested against the records:");
    put_numbered(composer, 2);
    for (size_t i = 0; i < report->account->n_claims; i++)
        put_claim(composer, report->account->claims[i]);
}

static void put_conclusion(struct composer *composer) {
    const Shap__V1__ExceptionReport *report = composer->report;
    struct words *words = &composer->words;
    int n_done = report_class_count(report, SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_COMPLETE) +
                 report_class_count(report, SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_SIGNED_OFF);
    int n_silent = report_class_count(report, SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_NO_RETURN);
    begin_section(composer, "3.0 Conclusion");
    words_add(words, "Of %d milestones %d %s complete or signed off and %d %s. ",
              n_milestones(report), n_done, n_done == 1 ? "is" : "are", n_exceptions(report),
              n_exceptions(report) == 1 ? "is an exception" : "are exceptions");
    if (n_silent > 0)
        words_add(words,
                  "On %d no return stands for what was due: whether %s on time is not known. ",
                  n_silent, n_silent == 1 ? "it is" : "they are");
    else
        words_add(words, "Nothing that is due is without a return. ");
    words_add(words, "Appendix B accounts for every milestone.");
    put_numbered(composer, 3);
}

// ---- The whole ----

void report_compose_sections(const Shap__V1__ExceptionReport *report, struct document *document) {
    struct composer composer = {
        .report = report, .head = report_head(report->head), .document = document};
    report_put_title(document, composer.head, "exception report");
    report_put_head(document, composer.head);
    put_summary(&composer);
    put_recommendation(&composer);
    put_introduction(&composer);
    put_exceptions(&composer);
    put_asked_claims(&composer);
    put_conclusion(&composer);
    words_finish(&composer.words);
}
