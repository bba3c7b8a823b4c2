#include "client/cli/plan.h"

#include "client/cli/listing.h"
#include "client/cli/request.h"
#include "shap/v1/plans.pb-c.h"

const struct column plan_version_columns[PLAN_VERSION_N_COLUMNS] = {
    {"plan", "Plan", COLUMN_TEXT},
    {"version", "Version", COLUMN_RIGHT},
    {"recorded_at", "Recorded", COLUMN_TEXT},
    {"recorded_by", "By", COLUMN_TEXT},
    {"file_name", "File", COLUMN_TEXT},
    {"objectives", "Objectives", COLUMN_RIGHT},
    {"actions", "Actions", COLUMN_RIGHT},
    {"milestones", "Milestones", COLUMN_RIGHT},
    {"doubts", "New doubts", COLUMN_RIGHT},
    {"adopted_on", "Adopted", COLUMN_TEXT},
    {"adoption_record_id", "Adoption", COLUMN_RIGHT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};

// One doubt may be about seventy milestones: people see the first of them.
static const struct column short_doubt_columns[] = {
    {"doubt_id", "Doubt", COLUMN_RIGHT},           {"kind", "Kind", COLUMN_TEXT},
    {"reference", "First milestone", COLUMN_TEXT}, {"subject", "Written", COLUMN_WRAP},
    {"detail", "What is strange", COLUMN_WRAP},    {"settlement", "Settled", COLUMN_WRAP},
};
enum { N_SHORT_DOUBT_COLUMNS = sizeof short_doubt_columns / sizeof *short_doubt_columns };

static const struct column list_columns[] = {
    {"plan", "Plan", COLUMN_TEXT},
    {"title", "Title", COLUMN_WRAP},
    {"version", "Version", COLUMN_RIGHT},
    {"adopted_on", "Adopted", COLUMN_TEXT},
    {"objectives", "Objectives", COLUMN_RIGHT},
    {"actions", "Actions", COLUMN_RIGHT},
    {"milestones", "Milestones", COLUMN_RIGHT},
    {"doubts_open", "Open doubts", COLUMN_RIGHT},
};
enum { N_LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

static const struct column plan_columns[] = {
    {"plan", "Plan", COLUMN_TEXT},
    {"title", "Title", COLUMN_WRAP},
    {"council_name", "Council", COLUMN_TEXT},
    {"year", "Year", COLUMN_TEXT},
    {"first_day", "From", COLUMN_TEXT},
    {"last_day", "To", COLUMN_TEXT},
    {"lead_officer", "Lead officer", COLUMN_TEXT},
    {"author", "Report author", COLUMN_TEXT},
    {"version", "Version", COLUMN_RIGHT},
    {"adopted_on", "Adopted", COLUMN_TEXT},
    {"objectives", "Objectives", COLUMN_RIGHT},
    {"actions", "Actions", COLUMN_RIGHT},
    {"milestones", "Milestones", COLUMN_RIGHT},
    {"doubts_open", "Open doubts", COLUMN_RIGHT},
};
enum { N_PLAN_COLUMNS = sizeof plan_columns / sizeof *plan_columns };

const struct column plan_doubt_columns[PLAN_DOUBT_N_COLUMNS] = {
    {"doubt_id", "Doubt", COLUMN_RIGHT},        {"kind", "Kind", COLUMN_TEXT},
    {"references", "Milestones", COLUMN_WRAP},  {"subject", "Written", COLUMN_WRAP},
    {"detail", "What is strange", COLUMN_WRAP}, {"settled_on", "Settled", COLUMN_TEXT},
    {"settlement", "How", COLUMN_WRAP},         {"reopened_on", "Reopened", COLUMN_TEXT},
};

// ---- What was typed ----

#define OPERAND_PLAN_ENTRY                                                                         \
    {                                                                                              \
        .name = "PLAN", .field = "plan", .is_optional = true,                                      \
        .help = "copeland/2010-11, or 2010-11 for your own council's"                              \
    }

static const struct operand plan_operand[] = {OPERAND_PLAN_ENTRY, {0}};

static const struct option show_options[] = {
    OPTION_PLAN_ENTRY, OPTION_AS_AT_ENTRY, OPTION_KNOWN_AT_ENTRY, {0}};

static const struct option versions_options[] = {OPTION_PLAN_ENTRY, OPTION_KNOWN_AT_ENTRY, {0}};

static const struct operand import_operands[] = {{.name = "FILE", .help = "the plan as a CSV file"},
                                                 {0}};

static const struct option import_options[] = {
    {.name = "council", .value = "CODE", .help = "whose plan it is (default: yours)"},
    {.name = "year", .value = "YEAR", .help = "the plan's year: 2010/11", .is_required = true},
    {.name = "title", .value = "TEXT", .help = "what the plan is called"},
    {.name = "dry-run", .kind = OPTION_FLAG, .help = "only show what the import would change"},
    {0}};

static const struct option adopt_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "version",
     .value = "N",
     .kind = OPTION_NUMBER,
     .help = "which version (default: the latest)"},
    OPTION_DECIDED_ENTRY,
    {.name = "note", .value = "TEXT", .help = "who decided, at which meeting"},
    {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the adoption's number; see shap plan versions"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static const struct option describe_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "title", .value = "TEXT", .help = "what the plan is called"},
    {.name = "lead-officer", .value = "TEXT", .help = "who leads, as the papers name them"},
    {.name = "author", .value = "TEXT", .help = "who writes the papers"},
    {0}};

static const struct option export_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "version",
     .value = "N",
     .kind = OPTION_NUMBER,
     .help = "which version (default: the one in force, else the latest)"},
    {.name = "output", .value = "FILE", .help = "write to FILE, in one step (also -o FILE)"},
    {.name = "original", .kind = OPTION_FLAG, .help = "the bytes of the file that was imported"},
    {0}};

static const struct operand roll_operands[] = {
    {.name = "YEAR", .field = "plan", .help = "the year the new plan is for: 2011/12"}, {0}};

static const struct option roll_options[] = {
    {.name = "from",
     .value = "PLAN",
     .help = "the plan it goes on from (default: the year before's)"},
    OPTION_AS_AT_ENTRY,
    {.name = "title", .value = "TEXT", .help = "what it is called (default: as the old one)"},
    {.name = "dry-run", .kind = OPTION_FLAG, .help = "only show what would come of it"},
    {0}};

static const struct option doubts_options[] = {
    OPTION_PLAN_ENTRY,
    {.name = "all", .kind = OPTION_FLAG, .help = "settled ones too"},
    OPTION_KNOWN_AT_ENTRY,
    {0}};

// ---- What to do next ----

static void after_show(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Plan *plan = (const Shap__V1__Plan *)(const void *)answer;
    if (plan->doubts_open > 0)
        say(invocation, "%d %s open: shap plan doubts", plan->doubts_open,
            plan->doubts_open == 1 ? "doubt is" : "doubts are");
    if (plan->adopted_on == NULL)
        say(invocation, "It is a draft. When it is decided: shap plan adopt --day DAY");
}

static void after_adopt(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__PlanVersion *version = (const Shap__V1__PlanVersion *)(const void *)answer;
    say(invocation, "Version %d of %s is in force from %s%s.", version->version,
        version->plan == NULL ? "the plan" : version->plan,
        version->adopted_on == NULL ? "today" : version->adopted_on,
        version->baseline ? "; it is the baseline, and its dates stay as they are" : "");
    plan_say_left_behind(invocation, version);
    say(invocation, "Next: returns on its milestones: shap return submit --help");
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. What is in force now: shap plan show");
}

static void after_describe(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Recorded. The reports' heading will say so from now on: shap plan "
                    "show");
}

static int run_doubts(struct invocation *invocation) {
    Shap__V1__ListDoubtsRequest request = SHAP__V1__LIST_DOUBTS_REQUEST__INIT;
    const struct listing_call call = {.service = &shap__v1__plans__descriptor,
                                      .method = "ListDoubts",
                                      .request = &request.base,
                                      .columns = short_doubt_columns,
                                      .n_columns = N_SHORT_DOUBT_COLUMNS,
                                      .full_columns = plan_doubt_columns,
                                      .n_full_columns = PLAN_DOUBT_N_COLUMNS};
    return listing_run(invocation, &call, NULL);
}

static const struct command commands[] = {
    {.verb = "import",
     .summary = "Read a plan from a CSV file as a new version",
     .details =
         "The first line names the columns, in any order: objective_code, action_no, action, "
         "milestone_no, milestone, who and when are needed; objective_heading, objective_title, "
         "purpose and measure may be there; others are named and left out. UTF-8, with CRLF or "
         "LF.\n\n"
         "Every import of a file that changes something is a new version, and changes nothing "
         "before it is adopted; one that says what the latest version says records nothing. "
         "Everything is kept as it is written, the file's bytes too. If the line breaks in "
         "between, nothing has "
         "changed: run it again.\n\n"
         "A milestone is known by its reference. Where it is numbered anew, what was declared of "
         "it (its order, the same work, a body that was added, where it was carried from) does "
         "not follow; it is named, by --dry-run, too.",
     .example = "shap plan import plan.csv --year 2010/11 --dry-run\n"
                "shap plan import plan.csv --council copeland --year 2010/11 "
                "--title \"Strategic Housing Action Plan\"",
     .operands = import_operands,
     .options = import_options,
     .run = plan_import_run},
    {.verb = "show",
     .summary = "Show a plan's particulars",
     .example = "shap plan show 2010-11",
     .operands = plan_operand,
     .options = show_options,
     .service = &shap__v1__plans__descriptor,
     .method = "GetPlan",
     .columns = plan_columns,
     .n_columns = N_PLAN_COLUMNS,
     .after = after_show},
    {.verb = "list",
     .summary = "List the plans you can see",
     .example = "shap plan list",
     .service = &shap__v1__plans__descriptor,
     .method = "ListPlans",
     .is_list = true,
     .columns = list_columns,
     .n_columns = N_LIST_COLUMNS,
     .next = "one of them: shap plan show PLAN; how it stands: shap report exceptions",
     .empty = "No plan is here yet. A coordinator imports one with: shap plan import FILE"},
    {.verb = "versions",
     .summary = "List the versions of a plan",
     .example = "shap plan versions copeland/2010-11",
     .operands = plan_operand,
     .options = versions_options,
     .service = &shap__v1__plans__descriptor,
     .method = "ListVersions",
     .is_list = true,
     .columns = plan_version_columns,
     .n_columns = PLAN_VERSION_N_COLUMNS,
     .next = "what changes with an import: shap plan import FILE --dry-run",
     .empty = "It has no version yet. A coordinator imports one with: shap plan import FILE"},
    {.verb = "adopt",
     .summary = "Make a version the plan in force",
     .details =
         "The first version adopted is the baseline: its dates are never overwritten. What a "
         "later one words differently is listed; another date in it takes effect by a grant.",
     .example = "shap plan adopt 2010-11 --day 2010-07-01 --note \"Panel, July meeting\"",
     .operands = plan_operand,
     .options = adopt_options,
     .service = &shap__v1__plans__descriptor,
     .method = "AdoptPlan",
     .has_bulk = true,
     .next = "what stands is listed by: shap plan show",
     .columns = plan_version_columns,
     .n_columns = PLAN_VERSION_N_COLUMNS,
     .after = after_adopt},
    {.verb = "revoke-adoption",
     .summary = "Take an adoption back, with a reason",
     .details = "The version adopted before it is in force again; without one the plan is a draft "
                "again. Adoptions are revoked from the last. Returns stay on record.",
     .example = "shap plan versions 2010-11\n"
                "shap plan revoke-adoption 131 --reason \"the Panel decided on version 1\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__plans__descriptor,
     .method = "RevokeAdoption",
     .has_bulk = true,
     .next = "what stands is listed by: shap plan versions",
     .columns = plan_version_columns,
     .n_columns = PLAN_VERSION_N_COLUMNS,
     .after = after_revoke},
    {.verb = "describe",
     .summary = "Say what a plan is called, who leads it and who writes its papers",
     .example = "shap plan describe 2010-11 --lead-officer \"A. Officer, Corporate Director\" "
                "--author \"B. Writer\"",
     .operands = plan_operand,
     .options = describe_options,
     .service = &shap__v1__plans__descriptor,
     .method = "DescribePlan",
     .has_bulk = true,
     .next = "what stands is listed by: shap plan show",
     .columns = plan_columns,
     .n_columns = N_PLAN_COLUMNS,
     .after = after_describe},
    {.verb = "export",
     .summary = "Write a plan as CSV, cell for cell as it was imported",
     .details = "Columns objective_code, objective_heading, objective_title, purpose, action_no, "
                "action, milestone_no, milestone, who, when, measure; lines end in CRLF; a cell is "
                "quoted only where it must be. With --original, the imported file's own bytes.",
     .example =
         "shap plan export 2010-11 -o plan.csv\nshap plan export --original --version 1 > plan.csv",
     .operands = plan_operand,
     .options = export_options,
     .formats = 1 << FORMAT_CSV,
     .run = plan_export_run},
    {.verb = "roll",
     .summary = "Start the next year's draft with everything open or ongoing",
     .details =
         "What is complete, signed off or will not be delivered stays behind; what is ongoing goes "
         "on until it is signed off or the plan's text says that it is complete. A milestone keeps "
         "its reference and wording; where it was granted a new date, that phrase is its WHEN. "
         "Each is linked to the one it comes from. What was declared of milestones that all go on "
         "(after, independent, same) goes on with them; bodies that were added by hand get them "
         "again when the draft is adopted.\n\n"
         "The draft can be exported, edited and imported again like any other; the links hold "
         "where the reference stays (else: shap carry add). Rolled again, a draft becomes another "
         "version, and what differs is listed; every version stays on record.",
     .example = "shap plan roll 2011/12 --as-at 2011-03-31 --dry-run\nshap plan roll 2011/12",
     .operands = roll_operands,
     .options = roll_options,
     .run = plan_roll_run},
    {.verb = "doubts",
     .summary = "List what an import could not understand or found strange",
     .details = "CSV and JSON name every milestone a doubt is about, the table the first.",
     .example = "shap plan doubts\nshap plan doubts --all --format csv",
     .operands = plan_operand,
     .options = doubts_options,
     .is_list = true,
     .run = run_doubts,
     .next = "settle one with: shap doubt settle DOUBT --help",
     .empty = "No doubt is open. Settled ones too: shap plan doubts --all"},
    {0}};

const struct noun noun_plan = {
    .name = "plan", .summary = "Plans: import, versions, adoption, export", .commands = commands};
