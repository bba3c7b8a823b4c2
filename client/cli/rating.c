#include "client/cli/command.h"
#include "shap/v1/ratings.pb-c.h"

static const struct column columns[] = {
    {"record_id", "Record", COLUMN_RIGHT},
    {"reference", "Milestone", COLUMN_TEXT},
    {"kind", "Kind", COLUMN_TEXT},
    {"rating", "Rating", COLUMN_TEXT},
    {"actual", "Actual", COLUMN_RIGHT},
    {"target", "Target", COLUMN_RIGHT},
    {"lower_is_better", "Lower is better", COLUMN_TEXT},
    {"percent", "% of target", COLUMN_RIGHT},
    {"day", "Day", COLUMN_TEXT},
    {"holds_until", "Holds until", COLUMN_TEXT},
    {"reason", "Reason", COLUMN_WRAP},
    {"by", "By", COLUMN_TEXT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const struct operand list_operands[] = {
    {.name = "MILESTONE", .field = "reference", .is_optional = true, .help = "of that one only"},
    {0}};

static const struct option list_options[] = {
    OPTION_PLAN_ENTRY, OPTION_AS_AT_ENTRY, OPTION_KNOWN_AT_ENTRY, {0}};

static const struct operand figure_operands[] = {
    {.name = "MILESTONE", .field = "reference", .help = "SH5.1/3/2"}, {0}};

static const struct option figure_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "actual", .value = "NUMBER", .help = "what was reached", .is_required = true},
    {.name = "target", .value = "NUMBER", .help = "what is aimed at", .is_required = true},
    {.name = "lower-is-better", .kind = OPTION_FLAG, .help = "as days to re-let a home"},
    {.name = "as-of",
     .value = "DAY",
     .kind = OPTION_DAY,
     .field = "day",
     .help = "the day it speaks of (default: today)"},
    {0}};

static const struct operand override_operands[] = {
    {.name = "MILESTONE", .field = "reference", .help = "SH2.2/1/1"},
    {.name = "RATING",
     .field = "rating",
     .help = "red, amber, green (R, A, G) or another of the scheme"},
    {0}};

static const struct option override_options[] = {
    OPTION_PLAN_ENTRY, OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the number of a figure or override; see shap rating list"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static void after_figure(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__RatingRecord *figure = (const Shap__V1__RatingRecord *)(const void *)answer;
    say(invocation, "On record: %s %% of the target.",
        figure->percent == NULL ? "unknown" : figure->percent);
    say(invocation, "Next: shap report rating --scheme figures");
}

static void after_override(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__RatingRecord *override = (const Shap__V1__RatingRecord *)(const void *)answer;
    say(invocation,
        "On record; it stands beside the computed rating in reports up to %s, or until a window "
        "for a later period opens.",
        override->holds_until == NULL ? "the quarter's end" : override->holds_until);
    say(invocation, "Next: where judgement and rule differ: shap report disagreements");
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. The one before it counts again: shap rating "
                    "list");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List figures and overrides on record",
     .example = "shap rating list\nshap rating list SH5.1/3/2 --format csv",
     .operands = list_operands,
     .options = list_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "ListRatingRecords",
     .is_list = true,
     .columns = columns,
     .n_columns = N_COLUMNS,
     .next = "shap report rating",
     .empty = "Nothing is on record here. What the scheme gives: shap report rating"},
    {.verb = "figure",
     .summary = "Record the figure a milestone reached, against its target",
     .details = "Schemes with a tolerance for figures rate by it. It is so many percent of the "
                "target, less by as many percent as it is worse; with --lower-is-better a figure "
                "5 % above the target is 95 %. The latest day's counts.",
     .example = "shap rating figure SH5.1/3/2 --actual 92 --target 100 --as-of 2010-12-31\n"
                "shap rating figure SH5.1/3/2 --actual 31 --target 28 --lower-is-better",
     .operands = figure_operands,
     .options = figure_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "RecordFigure",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_figure,
     .has_bulk = true,
     .next = "shap report rating --scheme figures"},
    {.verb = "override",
     .summary = "Rate a milestone by judgement, with a reason",
     .details =
         "It is shown beside what the scheme computes, never instead of it. It lapses when a "
         "window for a later period opens, in this plan or the next year's, and at the latest at "
         "the end of the quarter after its own. While the plan has no windows it lapses with its "
         "quarter.",
     .example = "shap rating override SH2.2/1/1 amber --reason \"the consultant delivers in May\"",
     .operands = override_operands,
     .options = override_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "OverrideRating",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_override,
     .has_bulk = true,
     .next = "where judgement and rule differ: shap report disagreements"},
    {.verb = "revoke",
     .summary = "Take a figure or an override back, with a reason",
     .example = "shap rating revoke 140 --reason \"it was another milestone's\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "RevokeRating",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke,
     .has_bulk = true,
     .next = "what is on record: shap rating list"},
    {0}};

const struct noun noun_rating = {.name = "rating",
                                 .summary = "Figures against targets, and ratings by judgement",
                                 .commands = commands};
