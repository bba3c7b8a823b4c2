#include "sample_report.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define CLASS(name) SHAP__V1__MILESTONE_CLASS__MILESTONE_CLASS_##name
#define STATUS(name) SHAP__V1__RETURN_STATUS__RETURN_STATUS_##name

static Shap__V1__ExceptionMilestone milestones[] = {
    {.reference = "SH1.2/4/1",
     .milestone = "Test internally & with <partners>",
     .who = "Web Manager/ HSM",
     .when = "Sept 2010",
     .new_when = "To be launched by March 2011",
     .last_day = "2010-09-30",
     .new_day = "2011-03-31",
     .measure = "- Finalised online form\n- Articles published",
     .milestone_class = CLASS(RE_DATED),
     .status = STATUS(IN_PROGRESS),
     .extensions = 1,
     .slip_months = 6},
    {.reference = "SH1.2/4/2",
     .milestone = "Publicise new forms | website",
     .who = "HSM/HPO",
     .when = "Nov 2010",
     .new_when = "To be launched by March 2011",
     .last_day = "2010-11-30",
     .new_day = "2011-03-31",
     .measure = "",
     .milestone_class = CLASS(RE_DATED),
     .status = STATUS(IN_PROGRESS),
     .extensions = 1,
     .slip_months = 4},
    {.reference = "SH2.2/1/1",
     .milestone = "Complete strategic housing market and needs assessment (SHMNA)",
     .who = "LP/KS",
     .when = "October 2010",
     .last_day = "2010-10-31",
     .measure = "Final report, \"accepted\" by officers \x1b[31m",
     .milestone_class = CLASS(OVERDUE),
     .status = STATUS(IN_PROGRESS),
     .claimed = 1},
    {.reference = "SH2.7/8/1",
     .milestone = "SHP recommend strategy is approved by Executive",
     .who = "SHP",
     .when = "March 2011",
     .new_when = "Revised March 2011 - within 2011/12 service plan",
     .last_day = "2011-03-31",
     .new_day = "2012-03-31",
     .measure = "Strategy actions developed and implemented",
     .milestone_class = CLASS(RE_DATED),
     .status = STATUS(IN_PROGRESS),
     .not_yet_due = 1,
     .extensions = 1,
     .slip_months = 12},
    {.reference = "SH5.2/6/1",
     .milestone = "Contract awarded",
     .who = "Supporting People Team",
     .when = "September 2010",
     .last_day = "2010-09-30",
     .measure = "Robust assessment of tenders",
     .milestone_class = CLASS(WILL_NOT_BE_DELIVERED),
     .status = STATUS(WILL_NOT_BE_DELIVERED)},
};

static Shap__V1__ExceptionMilestone *first_two[] = {&milestones[0], &milestones[1]};
static Shap__V1__ExceptionMilestone *third[] = {&milestones[2]};
static Shap__V1__ExceptionMilestone *fourth[] = {&milestones[3]};
static Shap__V1__ExceptionMilestone *fifth[] = {&milestones[4]};

static Shap__V1__ExceptionAction actions[] = {
    {.reference = "SH1.2/4",
     .action = "Implement necessary online forms",
     .milestones = first_two,
     .n_milestones = 2},
    {.reference = "SH2.2/1",
     .action = "Determine evidence base",
     .milestones = third,
     .n_milestones = 1},
    {.reference = "SH2.7/8",
     .action = "Take final draft to the Strategic Housing Panel",
     .milestones = fourth,
     .n_milestones = 1},
    {.reference = "SH5.2/6",
     .action = "Expressions of interest received and contract awarded",
     .milestones = fifth,
     .n_milestones = 1},
};
static Shap__V1__ExceptionAction *action_of[][1] = {
    {&actions[0]}, {&actions[1]}, {&actions[2]}, {&actions[3]}};

static Shap__V1__ExceptionObjective objectives[] = {
    {.code = "SH1.2",
     .heading = "SH Action 1.2 Maintain a customer focused website",
     .title = "Maintain a customer focused website",
     .actions = action_of[0],
     .n_actions = 1},
    {.code = "SH2.2",
     .heading = "SH2.2 Adopt & implement an overarching housing strategy",
     .title = "Adopt & implement an overarching housing strategy",
     .actions = action_of[1],
     .n_actions = 1},
    {.code = "SH2.7",
     .heading = "SH 2.7",
     .title = "Produce an Empty Homes Strategy.",
     .actions = action_of[2],
     .n_actions = 1},
    {.code = "SH5.2",
     .title = "Review the Home Improvement Agency",
     .actions = action_of[3],
     .n_actions = 1},
};
static Shap__V1__ExceptionObjective *all_objectives[] = {&objectives[0], &objectives[1],
                                                         &objectives[2], &objectives[3]};

static Shap__V1__ClassCount counts[] = {
    {.milestone_class = CLASS(SIGNED_OFF), .milestones = 0},
    {.milestone_class = CLASS(COMPLETE), .milestones = 2},
    {.milestone_class = CLASS(WILL_NOT_BE_DELIVERED), .milestones = 1},
    {.milestone_class = CLASS(OVERDUE), .milestones = 1},
    {.milestone_class = CLASS(RE_DATED), .milestones = 3},
    {.milestone_class = CLASS(ONGOING_ANSWERED), .milestones = 0},
    {.milestone_class = CLASS(UNDATED), .milestones = 1},
    {.milestone_class = CLASS(NOT_YET_DUE), .milestones = 3},
    {.milestone_class = CLASS(NO_RETURN), .milestones = 2},
};
static Shap__V1__ClassCount *all_counts[] = {&counts[0], &counts[1], &counts[2],
                                             &counts[3], &counts[4], &counts[5],
                                             &counts[6], &counts[7], &counts[8]};

static Shap__V1__NamedMilestone silent[] = {
    {.reference = "SH1.1/1/1",
     .milestone = "Check the position through team meetings.",
     .who = "HRM",
     .when = "July 2010",
     .sent_back = 1},
    {.reference = "SH1.1/4/1",
     .milestone = "Annual service plan sets out customer feedback.",
     .who = "HSM / HRM",
     .when = "Cyclical September Ongoing"},
    {.reference = "SH2.3/1/1",
     .milestone = "Meet developers",
     .who = "",
     .when = "The first of these was held in May and others will follow as sites come forward"},
};
static Shap__V1__NamedMilestone *one_silent[][1] = {{&silent[0]}, {&silent[1]}, {&silent[2]}};
static Shap__V1__NamedGroup groups[] = {
    {.name = "before_plan_year"},
    {.name = "earlier_quarters", .milestones = one_silent[0], .n_milestones = 1},
    {.name = "cycles", .milestones = one_silent[1], .n_milestones = 1},
    {.name = "prose", .milestones = one_silent[2], .n_milestones = 1},
};
static Shap__V1__NamedGroup *no_return[] = {&groups[0], &groups[1], &groups[2]};
static Shap__V1__NamedGroup *undated[] = {&groups[3]};

static char *not_in_year[] = {"SH2.2/1/1", "SH2.7/8/1", "SH5.2/6/1"};
static char *without_date[] = {"SH2.2/1/1", "SH5.2/6/1"};
static Shap__V1__Claim claims[] = {
    {.name = "deliver_within_year",
     .satisfied = 2,
     .of = 5,
     .exceptions = not_in_year,
     .n_exceptions = 3},
    {.name = "have_new_date",
     .satisfied = 3,
     .of = 5,
     .exceptions = without_date,
     .n_exceptions = 2},
    {.name = "failed_timetable", .holds = 1, .satisfied = 5, .of = 5},
};
static Shap__V1__Claim *all_claims[] = {&claims[0], &claims[1], &claims[2]};

static Shap__V1__Account account = {
    .total = 13,
    .classes = all_counts,
    .n_classes = LEN(all_counts),
    .exception_milestones = 5,
    .exception_actions = 4,
    .exception_objectives = 4,
    .complete_late = 1,
    .no_return = no_return,
    .n_no_return = LEN(no_return),
    .undated = undated,
    .n_undated = LEN(undated),
    .claims = all_claims,
    .n_claims = LEN(all_claims),
    .pieces_of_work = 12,
};

static Shap__V1__ReportHead head = {
    .plan = "copeland/2010-11",
    .council_name = "Copeland Borough Council",
    .year = "2010/11",
    .title = "Strategic Housing Action Plan",
    .lead_officer = "A. Officer, Director",
    .as_at = "2010-12-31",
    .known_at = "2011-01-07",
    .known_link = 42,
    .version = 1,
    .adopted_on = "2010-07-01",
    .rule = "1",
    .covered = 13,
    .total = 13,
    .quarter = 3,
};

static Shap__V1__ExceptionReport report = {
    .head = &head,
    .objectives = all_objectives,
    .n_objectives = LEN(all_objectives),
    .account = &account,
};

static Shap__V1__ClassCount *one_count[] = {&counts[7]};
static Shap__V1__Account empty_account = {
    .total = 3, .classes = one_count, .n_classes = 1, .pieces_of_work = 3};
static Shap__V1__ReportHead empty_head = {.plan = "copeland/2010-11",
                                          .year = "2010/11",
                                          .as_at = "2010-04-15",
                                          .version = 2,
                                          .covered = 3,
                                          .total = 171};
static Shap__V1__ExceptionReport empty_report = {.head = &empty_head, .account = &empty_account};

// Sets the descriptor of each message, and marks what is not a pointer as present.
static void mark(ProtobufCMessage *message, const ProtobufCMessageDescriptor *type) {
    message->descriptor = type;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        char *base = (char *)message;
        if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_STRING &&
            field->type != PROTOBUF_C_TYPE_MESSAGE)
            *(protobuf_c_boolean *)(void *)(base + field->quantifier_offset) = 1;
        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        size_t n = field->label == PROTOBUF_C_LABEL_REPEATED
                       ? *(size_t *)(void *)(base + field->quantifier_offset)
                       : 1;
        ProtobufCMessage **at = field->label == PROTOBUF_C_LABEL_REPEATED
                                    ? *(ProtobufCMessage ***)(void *)(base + field->offset)
                                    : (ProtobufCMessage **)(void *)(base + field->offset);
        for (size_t j = 0; j < n; j++) {
            if (at[j] != NULL)
                mark(at[j], field->descriptor);
        }
    }
}

const Shap__V1__ExceptionReport *sample_report(void) {
    mark(&report.base, &shap__v1__exception_report__descriptor);
    return &report;
}

const Shap__V1__ExceptionReport *sample_empty_report(void) {
    mark(&empty_report.base, &shap__v1__exception_report__descriptor);
    empty_head.has_quarter = 0;
    empty_head.has_known_link = 0;
    return &empty_report;
}
