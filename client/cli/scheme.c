#include <stdlib.h>
#include <string.h>
#include "client/cli/invocation.h"
#include "client/cli/output.h"
#include "client/import/csv_reader.h"
#include "server/base/arena.h"
#include "shap/v1/ratings.pb-c.h"

static const struct column columns[] = {
    {"code", "Code", COLUMN_TEXT},          {"name", "Name", COLUMN_WRAP},
    {"chosen", "Chosen", COLUMN_TEXT},      {"built_in", "Built in", COLUMN_TEXT},
    {"rules", "Rows", COLUMN_RIGHT},        {"ratings", "Ratings", COLUMN_WRAP},
    {"day", "Decided", COLUMN_TEXT},        {"by", "By", COLUMN_TEXT},
    {"record_id", "Record", COLUMN_RIGHT},  {"choice_record_id", "Record of choice", COLUMN_RIGHT},
    {"revoked_on", "Revoked", COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

// The columns of a file, which is also what `show` prints, in the order of a row's cells.
static const struct column rule_columns[] = {
    {"class", "Class", COLUMN_WRAP},       {"status", "Status", COLUMN_WRAP},
    {"re_dated", "Re-dated", COLUMN_TEXT}, {"months", "Months", COLUMN_TEXT},
    {"days", "Days", COLUMN_TEXT},         {"officer", "Officer", COLUMN_WRAP},
    {"percent", "Percent", COLUMN_TEXT},   {"rating", "Rating", COLUMN_TEXT},
    {"mark", "Mark", COLUMN_TEXT},         {"rule", "Rule", COLUMN_WRAP},
};
enum { N_CELLS = sizeof rule_columns / sizeof *rule_columns };
static const struct csv_column csv_columns[N_CELLS] = {
    {"class", false},   {"status", false},  {"re_dated", false}, {"months", false}, {"days", false},
    {"officer", false}, {"percent", false}, {"rating", true},    {"mark", true},    {"rule", true},
};

enum { FILE_LIMIT = 1024 * 1024 };

// A file on its way; its rows and their texts are in the arena.
struct file {
    struct invocation *invocation; // borrowed
    const char *path;              // borrowed
    struct arena arena;
    Shap__V1__RatingRule **rules; // owned; the rules are the arena's
    size_t n_rules;
};

static bool no_memory(const struct file *file, struct error *err) {
    return error_set(err, "%s is too large for a scheme", file->path);
}

static bool on_row(void *ctx, const struct csv_row *row, struct error *err) {
    struct file *file = ctx;
    Shap__V1__RatingRule *rule = arena_calloc(&file->arena, 1, sizeof *rule);
    Shap__V1__RatingRule **rules = realloc(file->rules, (file->n_rules + 1) * sizeof *rules);
    if (rules != NULL)
        file->rules = rules;
    if (rule == NULL || rules == NULL)
        return no_memory(file, err);
    shap__v1__rating_rule__init(rule);
    rule->has_line = 1;
    rule->line = row->line;
    char **const cells[N_CELLS] = {&rule->class_, &rule->status,  &rule->re_dated, &rule->months,
                                   &rule->days,   &rule->officer, &rule->percent,  &rule->rating,
                                   &rule->mark,   &rule->rule};
    for (size_t i = 0; i < N_CELLS; i++) {
        const char *cell = row->cells[i];
        if (cell == NULL || *cell == '\0')
            continue;
        *cells[i] = arena_copy(&file->arena, cell, strlen(cell));
        if (*cells[i] == NULL)
            return no_memory(file, err);
    }
    rules[file->n_rules++] = rule;
    return true;
}

static void on_warning(void *ctx, const char *text) {
    struct file *file = ctx;
    say_warning(file->invocation, "%s", text);
}

static bool keep_answer(void *ctx, const ProtobufCMessage *message) {
    struct invocation *invocation = ctx;
    return output_message(invocation, message, columns, N_COLUMNS) == EXIT_OK;
}

// A refusal that names a line is about the file.
static int send(struct file *file) {
    struct invocation *invocation = file->invocation;
    Shap__V1__AddRatingSchemeRequest request = SHAP__V1__ADD_RATING_SCHEME_REQUEST__INIT;
    request.code = (char *)argument_text(invocation, "code");
    request.name = (char *)argument_text(invocation, "name");
    request.day = (char *)argument_text(invocation, "day");
    request.rules = file->rules;
    request.n_rules = file->n_rules;
    struct shap_outcome outcome;
    int code;
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    const struct shap_call call = {.service = &shap__v1__ratings__descriptor,
                                   .method = "AddRatingScheme",
                                   .request = &request.base,
                                   .on_message = keep_answer,
                                   .ctx = invocation};
    if (!shap_invoke(client, &call, &outcome)) {
        if (strncmp(outcome.message, "line ", 5) == 0)
            return fail(invocation, outcome_exit_code(&outcome), "%s, %s", file->path,
                        outcome.message);
        return fail_outcome(invocation, &outcome);
    }
    say(invocation, "The scheme is on record with %zu rows; reports that name it go by it.",
        file->n_rules);
    say(invocation, "Next: for all reports: shap scheme choose %s", request.code);
    return EXIT_OK;
}

static int run_add(struct invocation *invocation) {
    struct error err = {0};
    struct file file = {.invocation = invocation, .path = argument_text(invocation, "FILE")};
    const struct csv_options options = {.name = file.path,
                                        .columns = csv_columns,
                                        .n_columns = N_CELLS,
                                        .on_row = on_row,
                                        .on_warning = on_warning,
                                        .ctx = &file};
    int code;
    arena_init(&file.arena, FILE_LIMIT);
    if (!csv_read_file(file.path, &options, NULL, NULL, &err))
        code = fail(invocation, EXIT_FAILED, "%s", err.message);
    else
        code = send(&file);
    free(file.rules);
    arena_finish(&file.arena);
    return code;
}

static const struct operand add_operands[] = {
    {.name = "FILE",
     .help = "CSV with the columns class, status, re_dated, months, days, officer, "
             "percent, rating, mark, rule"},
    {0}};

static const struct option add_options[] = {
    {.name = "code", .value = "CODE", .help = "what it is called: our-rag", .is_required = true},
    {.name = "name", .value = "TEXT", .help = "its name, as reports print it", .is_required = true},
    OPTION_DECIDED_ENTRY,
    {0}};

static const struct operand show_operands[] = {
    {.name = "CODE", .field = "code", .is_optional = true, .help = "default: the council's choice"},
    {0}};

static const struct operand choose_operands[] = {
    {.name = "CODE", .field = "code", .help = "a scheme's; see shap scheme list"}, {0}};

static const struct option choose_options[] = {OPTION_DECIDED_ENTRY, {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the number of a scheme or of a choice; see shap scheme list"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};
static const struct option list_options[] = {
    OPTION_AS_AT_ENTRY,
    OPTION_KNOWN_AT_ENTRY,
    {.name = "council", .value = "CODE", .help = "of which council (default: your own)"},
    {0}};

static void after_choose(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__RatingScheme *scheme = (const Shap__V1__RatingScheme *)(const void *)answer;
    say(invocation, "Reports go by %s from that day on. Its rows: shap scheme show %s",
        scheme->code == NULL ? "it" : scheme->code, scheme->code == NULL ? "" : scheme->code);
    say(invocation, "Next: shap report rating");
}

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. What counts now: shap scheme list");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List the rating schemes, built in and the council's own",
     .example = "shap scheme list",
     .options = list_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "ListRatingSchemes",
     .is_list = true,
     .columns = columns,
     .n_columns = N_COLUMNS,
     .next = "the rows of one: shap scheme show SCHEME; the ratings by it: shap report rating "
             "--scheme SCHEME",
     .empty =
         "There is no scheme. One is added with: shap scheme add FILE --code CODE --name NAME"},
    {.verb = "show",
     .summary = "Show the rows of a rating scheme",
     .details = "The first row that fits a milestone gives its rating. As CSV they are a file that "
                "shap scheme add takes.",
     .example = "shap scheme show\nshap scheme show months-behind --format csv > our-rag.csv",
     .operands = show_operands,
     .options = list_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "ListRatingRules",
     .is_list = true,
     .columns = rule_columns,
     .n_columns = N_CELLS,
     .next = "one of your own: shap scheme add FILE --code CODE --name NAME",
     .empty = "It has no row. The schemes: shap scheme list"},
    {.verb = "add",
     .summary = "Add a rating scheme from a CSV file",
     .details =
         "A row is a condition and the rating it gives; the first that fits counts, an empty cell "
         "asks nothing. class: overdue, no_return, re_dated and the other classes; status: of the "
         "return that counts, or none; re_dated: yes or no; months and days: behind the plan's own "
         "date, a month begun as one, 1 or 0-1 or 2+; officer: the officer's own rating, other "
         "(not understood) or none; percent: of the target. Several words in a cell are separated "
         "by semicolons. rating: a word; mark: what tells it without colour; rule: the sentence "
         "that reports print.\n\n"
         "Begin with a scheme there is: shap scheme show. A scheme of the same code takes the "
         "earlier one's place; that stays on record.",
     .example = "shap scheme add our-rag.csv --code our-rag --name \"Our red, amber and green\"",
     .operands = add_operands,
     .options = add_options,
     .run = run_add},
    {.verb = "choose",
     .summary = "Say which rating scheme the council's reports go by",
     .example = "shap scheme choose date-and-judgement --day 2010-12-20",
     .operands = choose_operands,
     .options = choose_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "ChooseRatingScheme",
     .has_bulk = true,
     .next = "what stands is listed by: shap scheme list",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_choose},
    {.verb = "revoke",
     .summary = "Take a rating scheme or a choice back, with a reason",
     .example = "shap scheme revoke 140 --reason \"the panel wants the old rule\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__ratings__descriptor,
     .method = "RevokeRatingScheme",
     .has_bulk = true,
     .next = "what stands is listed by: shap scheme list",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke},
    {0}};

const struct noun noun_scheme = {.name = "scheme",
                                 .summary = "Rating schemes: what is red, amber and green",
                                 .commands = commands};
