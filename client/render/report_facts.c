#include "client/render/report_facts.h"

#include <string.h>

static const char *const CLASS_NAMES[] = {
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_SIGNED_OFF] = "signed off",
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_COMPLETE] = "complete",
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_WILL_NOT_BE_DELIVERED] = "will not be delivered",
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_OVERDUE] = "overdue",
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_RE_DATED] = "re-dated",
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_ONGOING_ANSWERED] = "ongoing, answered",
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_UNDATED] = "undated",
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_NOT_YET_DUE] = "not yet due",
    [SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_NO_RETURN] = "no return",
};

const char *report_class_name(Shap__V1__MilestoneClass class) {
    size_t i = (size_t) class;
    bool is_known = i < sizeof CLASS_NAMES / sizeof *CLASS_NAMES && CLASS_NAMES[i] != NULL;
    return is_known ? CLASS_NAMES[i] : "";
}

int report_class_count(const Shap__V1__ExceptionReport *report, Shap__V1__MilestoneClass class) {
    for (size_t i = 0; report->account != NULL && i < report->account->n_classes; i++) {
        if (report->account->classes[i]->milestone_class == class)
            return report->account->classes[i]->milestones;
    }
    return 0;
}

bool report_is_overdue(const Shap__V1__ExceptionMilestone *milestone) {
    return milestone->milestone_class == SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_OVERDUE;
}

bool report_is_re_dated(const Shap__V1__ExceptionMilestone *milestone) {
    return milestone->milestone_class == SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_RE_DATED;
}

bool report_is_undeliverable(const Shap__V1__ExceptionMilestone *milestone) {
    return milestone->milestone_class ==
           SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_WILL_NOT_BE_DELIVERED;
}

bool report_is_early(const Shap__V1__ExceptionMilestone *milestone) {
    return milestone->not_yet_due != 0;
}

bool report_is_claimed(const Shap__V1__ExceptionMilestone *milestone) {
    return milestone->claimed != 0;
}

// Calls back for each listed milestone in the order of the plan.
static int visit(const Shap__V1__ExceptionReport *report, report_filter is_listed,
                 struct words *words, int n_listed) {
    int n = 0;
    for (size_t i = 0; i < report->n_objectives; i++) {
        const Shap__V1__ExceptionObjective *objective = report->objectives[i];
        for (size_t j = 0; j < objective->n_actions; j++) {
            const Shap__V1__ExceptionAction *action = objective->actions[j];
            for (size_t k = 0; k < action->n_milestones; k++) {
                const Shap__V1__ExceptionMilestone *milestone = action->milestones[k];
                if (!is_listed(milestone))
                    continue;
                n++;
                if (words != NULL)
                    words_add_item(words, report_text_or(milestone->reference, "?"), n == n_listed);
            }
        }
    }
    return n;
}

int report_count(const Shap__V1__ExceptionReport *report, report_filter is_listed) {
    return visit(report, is_listed, NULL, 0);
}

void report_add_references(struct words *words, const Shap__V1__ExceptionReport *report,
                           report_filter is_listed) {
    (void)visit(report, is_listed, words, report_count(report, is_listed));
}

static bool begins_with(const char *text, const char *part) {
    for (;;) {
        text += strspn(text, " \t\r\n");
        part += strspn(part, " \t\r\n");
        if (*part == '\0')
            return true;
        if (*text++ != *part++)
            return false;
    }
}

bool report_contains(const char *text, const char *part) {
    for (; *text != '\0'; text++) {
        if (begins_with(text, part))
            return true;
    }
    return *part == '\0';
}
