#include "client/cli/report.h"

#include "client/cli/identity.h"
#include "client/cli/report_check.h"
#include "client/cli/report_compare.h"
#include "client/cli/report_print.h"
#include "client/cli/report_publish.h"
#include "client/render/papers.h"
#include "shap/v1/order.pb-c.h"
#include "shap/v1/ratings.pb-c.h"
#include "shap/v1/reports.pb-c.h"
#include "shap/v1/signoffs.pb-c.h"
#include "shap/v1/windows.pb-c.h"

// One block a report: its options where it has any of its own, then its entry in the table.

static const struct option report_options[] = {OPTIONS_REPORT_ENTRIES, {0}};

static const struct option exceptions_options[] = {
    OPTIONS_REPORT_ENTRIES,
    {.name = "claim",
     .value = "SENTENCE",
     .help = "put it to the test, also several times: \"all have a new date\"",
     .is_repeated = true},
    {0}};

static const struct option forward_options[] = {
    OPTIONS_REPORT_ENTRIES,
    {.name = "months", .value = "N", .kind = OPTION_NUMBER, .help = "how many months (default: 3)"},
    {0}};

static const struct option completed_options[] = {
    OPTIONS_REPORT_ENTRIES,
    {.name = "since", .value = "DAY", .kind = OPTION_DAY, .help = "after that day (default: ever)"},
    {0}};

static const struct option account_options[] = {
    OPTIONS_REPORT_ENTRIES,
    {.name = "by",
     .value = "WHAT",
     .kind = OPTION_CHOICE,
     .choices = &shap__v1__account_by__descriptor,
     .help = "a row for each of these (default: objective)"},
    {0}};

static const struct operand history_operand[] = {
    {.name = "MILESTONE", .field = "reference", .help = "SH4.3/2/1, or sh4.3.2.1"}, {0}};
static const struct option history_options[] = {
    OPTION_PLAN_ENTRY, OPTION_AS_AT_ENTRY, OPTION_KNOWN_AT_ENTRY, OPTION_OUTPUT_ENTRY, {0}};

static const struct option rating_options[] = {
    OPTIONS_REPORT_ENTRIES,
    {.name = "scheme",
     .value = "CODE",
     .help = "by that rating scheme (default: the council's choice; see shap scheme list)"},
    {0}};

static void after_knock_ons(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__KnockOnReport *report = (const Shap__V1__KnockOnReport *)(const void *)answer;
    say(invocation,
        "%zu milestone%s moved; %d may be pushed, %d of them for certain. No date moves by itself.",
        report->n_steps, report->n_steps == 1 ? "" : "s", report->candidates, report->certain);
    if (report->n_knock_ons > 0)
        say(invocation,
            "Next, for each: shap milestone after MILESTONE STEP, or shap milestone independent "
            "MILESTONE STEP --reason TEXT");
    else
        say(invocation, "What was said of the order: shap milestone order");
}

static void after_sign_off(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__SignOffReport *report = (const Shap__V1__SignOffReport *)(const void *)answer;
    say(invocation,
        "%zu to be signed off, %zu to be noted, %zu changed since. Next, at a meeting: shap "
        "signoff "
        "--meeting DAY MILESTONE...",
        report->n_complete, report->n_undeliverable, report->n_changed);
}

static void after_outstanding(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__OutstandingReport *report =
        (const Shap__V1__OutstandingReport *)(const void *)answer;
    const char *next = "Those of one body: shap report outstanding --organisation CODE";
    Shap__V1__Role role = identity_role(invocation);
    if (role == SHAP__V1__ROLE__ROLE_COORDINATOR)
        next = "To write to them: shap digest";
    else if (role == SHAP__V1__ROLE__ROLE_CONTRIBUTOR)
        next = "To answer what is yours: shap answer";
    say(invocation, "Returns owed: %d, by %zu bod%s. %s", report->owed, report->n_bodies,
        report->n_bodies == 1 ? "y" : "ies", next);
}

static const struct command commands[] = {
    {.verb = "exceptions",
     .summary = "The exception report, closing with the account of every milestone",
     .details = "In the committee's layout: summary, recommendation, the exceptions by objective "
                "with their original and "
                "new dates, and how many milestones are in which class, those without a return by "
                "name. The same day, "
                "known at the same day, gives the same report for ever.\n\n"
                "--claim puts a sentence to the test: that all deliver within the operating year, "
                "have a new date, had failed "
                "their timetable (of the exceptions), or are on target (complete by the programmed "
                "last day, of all that "
                "was due). It may be of a number: \"20 of 23 have a new date\", \"87 % on "
                "target\"; \"how many are on "
                "target?\" asks. A false one is printed as false with the milestones that make it "
                "so, and the exit code is "
                "10. A sentence that is not known is refused, naming those that are.\n\n"
                "CSV has a row for each exception under the columns plan, as_at, known_at, "
                "objective_code, "
                "objective_heading, objective_title, action_reference, action, reference, "
                "milestone, who, when, new_when, "
                "measure, last_day, new_day, class, status, claimed, not_yet_due, extensions, "
                "slip_months. JSON is the "
                "whole report. HTML is one page that prints well.",
     .example = "shap report exceptions --plan copeland/2010-11 --as-at 2010-12-31\n"
                "shap report exceptions --as-at 2010-12-31 --known-at 2010-12-31 --format html -o "
                "q3.html\n"
                "shap report exceptions --organisation home-housing --owner HSM\n"
                "shap report exceptions --as-at 2010-12-31 --claim \"all deliver within the year\" "
                "--claim \"21 of 23 have a new date\"",
     .options = exceptions_options,
     .formats = FORMATS_ALL,
     .run = report_run_exceptions},

    {.verb = "extensions",
     .summary = "Every new date that was granted, and how far milestones slipped",
     .details =
         "CSV has a row for each grant that stands. Slip is counted in whole months from the "
         "plan's own date. A grant that was revoked is in the milestone's history: shap report "
         "history.",
     .example = "shap report extensions --as-at 2010-12-31\n"
                "shap report extensions --organisation home-housing --format csv",
     .options = report_options,
     .service = &shap__v1__reports__descriptor,
     .method = "GetExtensionReport",
     .paper = &paper_extensions,
     .after = report_after_extensions},

    {.verb = "forward",
     .summary = "What is due in the next months",
     .details = "By the plan's own date or, where one was granted, by the new one; what comes "
                "round at the end of each "
                "cycle. Left out is what is complete, signed off or given up. CSV has a row for "
                "each day that something "
                "is due on.",
     .example = "shap report forward --as-at 2010-12-31\n"
                "shap report forward --months 6 --owner HSM",
     .options = forward_options,
     .service = &shap__v1__reports__descriptor,
     .method = "GetForwardReport",
     .paper = &paper_forward,
     .after = report_after_forward},

    {.verb = "completed",
     .summary = "What was completed or signed off since a day, and whether it was late",
     .details =
         "CSV has a row for each milestone. The day is the one the accepted return speaks of, or "
         "the month the "
         "plan's own text names; what was recorded later than it happened is found by --known-at.",
     .example = "shap report completed --since 2010-09-30 --as-at 2010-12-31",
     .options = completed_options,
     .service = &shap__v1__reports__descriptor,
     .method = "GetCompletedReport",
     .paper = &paper_completed,
     .after = report_after_completed},

    {.verb = "account",
     .summary = "The classes that add up: a row for each objective, organisation or owner",
     .details = "In each row the classes add up to its total. Milestones are shared, so rows by "
                "organisation or owner "
                "overlap: the report says so, and the whole plan, its last row, counts each "
                "milestone once. CSV has the "
                "rows only; JSON has the whole, too.",
     .example = "shap report account --as-at 2010-12-31\n"
                "shap report account --by organisation --format csv\n"
                "shap report account --by owner --objective SH4.3",
     .options = account_options,
     .service = &shap__v1__reports__descriptor,
     .method = "GetAccountReport",
     .paper = &paper_account,
     .after = report_after_account},

    {.verb = "no-return",
     .summary = "What is due and nobody has said anything on, by name",
     .details = "Grouped as the account of the exception report groups them: due before the plan's "
                "year, in earlier "
                "quarters, in this one, and cycles that ended without an answer.",
     .example = "shap report no-return --as-at 2010-12-31\n"
                "shap report no-return --organisation home-housing",
     .options = report_options,
     .service = &shap__v1__reports__descriptor,
     .method = "GetNoReturnReport",
     .paper = &paper_no_return,
     .after = report_after_no_return},

    {.verb = "doubts",
     .summary = "Open doubts about the plan, and how the others were settled",
     .details = "CSV has a row for each doubt; its column list says open or settled.",
     .example = "shap report doubts --as-at 2010-12-31\nshap report doubts --objective SH4.3 "
                "--format markdown",
     .options = report_options,
     .service = &shap__v1__reports__descriptor,
     .method = "GetDoubtReport",
     .paper = &paper_doubts,
     .after = report_after_doubts},

    {.verb = "history",
     .summary = "The history of one milestone, as a paper",
     .details = "CSV has a row for each record. The same records on the terminal, in short: shap "
                "milestone show.",
     .example = "shap report history SH4.3/2/1\n"
                "shap report history sh4.3.2.1 --known-at 2010-12-31 --format html -o history.html",
     .operands = history_operand,
     .options = history_options,
     .service = &shap__v1__reports__descriptor,
     .method = "GetHistoryReport",
     .paper = &paper_history,
     .after = report_after_history},

    {.verb = "rating",
     .summary = "Every milestone rated: red, amber, green and their like",
     .details =
         "By a rating scheme, whose rule is printed in full. Beside the scheme's rating stand what "
         "is computed without asking the officer, the officer's own rating (from the return that "
         "counts) and an override. CSV has a row for each milestone.",
     .example = "shap report rating --as-at 2010-12-31\n"
                "shap report rating --scheme date-and-judgement --format html -o rating.html",
     .options = rating_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "GetRatingReport",
     .paper = &paper_rating,
     .after = report_after_rating},

    {.verb = "disagreements",
     .summary = "Where an officer's rating or an override differs from the computed one",
     .details = "With both ratings, who judged so, when and why. CSV has a row for each judgement.",
     .example = "shap report disagreements --as-at 2010-12-31",
     .options = rating_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "GetDisagreementReport",
     .paper = &paper_disagreements,
     .after = report_after_disagreements},

    {.verb = "knock-ons",
     .summary = "What the steps that moved may push",
     .details =
         "For every milestone that was re-dated to a later day, is overdue or will not be "
         "delivered: the milestones of later actions of its objective that are not done and begin "
         "before it is done now, and those declared to follow it (shap milestone after). What was "
         "declared independent is listed apart, with the reason. The filters are for what is "
         "pushed, whatever pushes it. No date moves by itself.\n\n"
         "CSV has a row for each step and what it pushes; the column list tells knock_ons from "
         "independent.",
     .example = "shap report knock-ons --as-at 2010-12-31\n"
                "shap report knock-ons --owner HRM --format csv -o knock-ons.csv",
     .options = report_options,
     .service = &shap__v1__order__descriptor,
     .method = "GetKnockOnReport",
     .paper = &paper_knock_ons,
     .after = after_knock_ons},

    {.verb = "movement",
     .summary = "What moved between two days, with totals that add up",
     .details = "Newly due, completed, signed off, re-dated, overdue, answered, added, removed and "
                "the like, by name; every class before and after; and how many milestones went "
                "from which class to which. A day "
                "that a closed window ends on is as known when that was closed, unless "
                "--known-from or --known-at names another "
                "moment.\n\n"
                "CSV has a row for each milestone in each list; the column list says which.",
     .example = "shap report movement --from 2010-09-30 --as-at 2010-12-31\n"
                "shap report movement --from 2010-09-30 --known-from 2010-10-08 --format csv",
     .options = report_movement_options,
     .service = &shap__v1__comparisons__descriptor,
     .method = "GetMovementReport",
     .paper = &paper_movement,
     .after = report_movement_after},
    {.verb = "councils",
     .summary = "Several councils side by side, with a total that is the sum of its parts",
     .details = "A regional reader sees the councils of the region, everybody else their own. Each "
                "council's closed "
                "period is as known when its window was closed, so that a late return changes "
                "nothing; --known-at names another "
                "moment. A council without a plan for the year is named.",
     .example =
         "shap report councils --year 2010/11 --as-at 2010-12-31\n"
         "shap report councils --year 2010/11 --council copeland --council barrow --format csv",
     .options = report_councils_options,
     .service = &shap__v1__comparisons__descriptor,
     .method = "GetCouncilsReport",
     .paper = &paper_councils,
     .next = "one of them: shap report exceptions --plan COUNCIL/YEAR"},

    {.verb = "check",
     .summary = "Compare a report that was written with the plan it quotes",
     .details =
         "FILE is CSV with the columns objective_code, action, when and, as far as the report has "
         "them, objective_title, milestones (or milestone), who, new_when, measure, in any order; "
         "shap's own CSV of exceptions will do. A row is an action, found by its objective and its "
         "wording; a cell holds an entry a line, one for each milestone printed or one for "
         "all.\n\n"
         "WHEN is compared by what it means, the new date with the grant in force, WHO by whom it "
         "names, the rest by its words.\n\n"
         "Exit code: 0 when every row was compared and none misquotes (other words alone are no "
         "misquote), 3 when something is misquoted or a row could not be compared, 1 when the file "
         "could not be checked at all.",
     .example = "shap report check q3.csv --as-at 2010-12-31\n"
                "shap report check q3.csv --as-at 2010-12-31 --format html -o q3-check.html",
     .operands = report_check_operands,
     .options = report_check_options,
     .paper = &paper_check,
     .run = report_check_run},

    {.verb = "publish",
     .summary = "Freeze a report, with what it was made of",
     .details = "Every byte of it is kept with its SHA-256, its day, the last entry of the ledger "
                "it knew and its "
                "rules, in an entry that is chained to the one before. Without --known-at it knows "
                "everything recorded until "
                "now. Coordinators only.",
     .example = "shap report publish exceptions --as-at 2010-12-31 --note \"Audit Committee, 20 "
                "January 2011\"",
     .operands = report_publish_operands,
     .options = report_publish_options,
     .service = &shap__v1__publications__descriptor,
     .method = "PublishReport",
     .has_bulk = true,
     .next = "what stands is listed by: shap report publications",
     .columns = report_publication_columns,
     .n_columns = REPORT_PUBLICATION_N_COLUMNS,
     .after = report_publish_after},
    {.verb = "publications",
     .summary = "List what was published, also what was withdrawn",
     .example =
         "shap report publications\nshap report publications --report exceptions --format csv",
     .options = report_publications_options,
     .is_list = true,
     .run = report_publications_run,
     .next = "one of them as it was: shap report published RECORD",
     .empty = "Nothing was published. A coordinator does: shap report publish REPORT"},
    {.verb = "published",
     .summary = "Print a published report as it was",
     .details = "In any format: each is a rendering of the message that was kept. With --canonical "
                "the very bytes that "
                "were hashed.",
     .example = "shap report published 812 --format html -o q3.html\nshap report published 812 "
                "--canonical | sha256sum",
     .operands = report_publication_operands,
     .options = report_published_options,
     .formats = FORMATS_ALL,
     .run = report_published_run},
    {.verb = "reproduce",
     .summary = "Make a published report again from the records, and compare",
     .details = "By the request that was kept, as at its day, as known at its entry of the ledger. "
                "Exits with 0 when it "
                "is the same byte for byte, else with 1.",
     .example = "shap report reproduce 812",
     .operands = report_publication_operands,
     .run = report_reproduce_run},
    {.verb = "since",
     .summary = "List what arrived after a published report and speaks of its day or one before",
     .example = "shap report since 812\nshap report since 812 --format csv",
     .operands = report_publication_operands,
     .is_list = true,
     .run = report_since_run,
     .next = "as it was: shap report published PUBLICATION",
     .empty = "Nothing arrived since. What else was published: shap report publications"},
    {.verb = "verify",
     .summary = "Recompute the chain of what was published",
     .details = "Exits with 1 when a publication is not as it was, and names the first one. The "
                "hash of the last entry, "
                "kept elsewhere, proves that none was dropped at the end.",
     .example = "shap report verify",
     .run = report_verify_run},
    {.verb = "withdraw",
     .summary = "Withdraw a published report, with a reason; it stays readable",
     .example = "shap report withdraw 812 --reason \"the wrong quarter\"",
     .operands = report_publication_operands,
     .options = report_withdraw_options,
     .service = &shap__v1__publications__descriptor,
     .method = "WithdrawPublication",
     .has_bulk = true,
     .next = "what stands is listed by: shap report publications",
     .columns = report_publication_columns,
     .n_columns = REPORT_PUBLICATION_N_COLUMNS,
     .after = report_withdraw_after},
    {.verb = "sign-off",
     .summary = "What waits for the panel: to be signed off, to be noted, changed since",
     .details = "CSV has a row for each milestone; the column list says which of the three it "
                "waits in. With the rows that are decided, and a column without_evidence where "
                "there is none, it goes back with: shap signoff add --file.",
     .example = "shap report sign-off --as-at 2010-09-15\n"
                "shap report sign-off --as-at 2010-12-31 --format html -o panel.html",
     .options = report_options,
     .service = &shap__v1__sign_offs__descriptor,
     .method = "GetSignOffReport",
     .paper = &paper_sign_off,
     .after = after_sign_off},
    {.verb = "outstanding",
     .summary = "What is owed, body by body, and what waits for coordinator and panel",
     .details = "What open windows ask and is not answered; without one, what is due and "
                "unanswered. CSV has a row for each, under the list it stands in: returns, "
                "coordinator, panel.",
     .example = "shap report outstanding\n"
                "shap report outstanding --as-at 2011-01-14 --organisation home-housing",
     .options = report_options,
     .service = &shap__v1__windows__descriptor,
     .method = "GetOutstandingReport",
     .paper = &paper_outstanding,
     .after = after_outstanding},
    {0}};

const struct noun noun_report = {
    .name = "report", .summary = "Reports to members", .commands = commands};
