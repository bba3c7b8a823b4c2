#include "client/cli/bulk_row.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "client/cli/check.h"
#include "client/cli/parse.h"
#include "client/cli/request.h"
#include "client/cli/today.h"
#include "client/import/csv_reader.h"

enum { MOST_ARGUMENTS = 48, NAME_SIZE = 64, FILE_LIMIT = 64 * 1024 * 1024 };

// An option or operand that a column can say.
struct argument {
    const char *name; // as in the command's table
    const char *field;
    const char *help;
    enum option_kind kind;
    const ProtobufCEnumDescriptor *choices;
    bool is_required;
    bool is_list;   // several values, separated by semicolons
    int columns[2]; // the wanted columns that say it, the field's before its own; -1: none
};

// A file being read.
struct reading {
    struct bulk_rows *rows;
    struct invocation *invocation; // borrowed
    const struct command *command;
    const char *path;
    struct argument arguments[MOST_ARGUMENTS];
    size_t n_arguments;
    struct csv_column columns[2 * MOST_ARGUMENTS];
    char names[2 * MOST_ARGUMENTS][NAME_SIZE];
    size_t n_columns;
};

// ---- Columns ----

static int find_column(const struct reading *reading, const char *name) {
    for (size_t i = 0; i < reading->n_columns; i++) {
        if (strcmp(reading->names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

// "new-date" and "MILESTONE" as a heading has them: "new_date", "milestone".
static void column_name(const char *name, char plain[NAME_SIZE]) {
    size_t i = 0;
    for (; i < NAME_SIZE - 1 && name[i] != '\0'; i++) {
        bool is_upper = name[i] >= 'A' && name[i] <= 'Z';
        plain[i] = name[i] == '-' ? '_' : is_upper ? (char)(name[i] - 'A' + 'a') : name[i];
    }
    plain[i] = '\0';
}

// The column of that name; -1 where another argument has it.
static int add_column(struct reading *reading, const char *name) {
    char plain[NAME_SIZE];
    column_name(name, plain);
    if (find_column(reading, plain) >= 0)
        return -1;
    size_t at = reading->n_columns++;
    memcpy(reading->names[at], plain, NAME_SIZE);
    reading->columns[at] = (struct csv_column){reading->names[at], false};
    return (int)at;
}

static void add_argument(struct reading *reading, const struct argument *argument) {
    if (reading->n_arguments < MOST_ARGUMENTS)
        reading->arguments[reading->n_arguments++] = *argument;
}

static void collect(struct reading *reading, const ProtobufCMessageDescriptor *request) {
    const struct command *command = reading->command;
    for (const struct operand *at = command->operands; at != NULL && at->name != NULL; at++) {
        const ProtobufCFieldDescriptor *field = request_find_field(request, at->field, at->name);
        add_argument(reading,
                     &(struct argument){.name = at->name,
                                        .field = at->field,
                                        .help = at->help,
                                        .kind = at->kind,
                                        .choices = at->choices,
                                        .is_required = !at->is_optional,
                                        .is_list = field != NULL &&
                                                   field->label == PROTOBUF_C_LABEL_REPEATED});
    }
    for (const struct option *at = command->options; at != NULL && at->name != NULL; at++)
        add_argument(reading, &(struct argument){.name = at->name,
                                                 .field = at->field,
                                                 .help = at->help,
                                                 .kind = at->kind,
                                                 .choices = at->choices,
                                                 .is_required = at->is_required,
                                                 .is_list = at->is_repeated});
    for (size_t i = 0; i < reading->n_arguments; i++)
        reading->arguments[i].columns[1] = add_column(reading, reading->arguments[i].name);
    for (size_t i = 0; i < reading->n_arguments; i++) {
        const char *field = reading->arguments[i].field;
        reading->arguments[i].columns[0] = field == NULL ? -1 : add_column(reading, field);
    }
}

// What is needed, was not typed, and can be said by one column only.
static void require_columns(struct reading *reading) {
    for (size_t i = 0; i < reading->n_arguments; i++) {
        const struct argument *argument = &reading->arguments[i];
        if (argument->is_required && argument->columns[0] < 0 && argument->columns[1] >= 0 &&
            invocation_find(reading->invocation, argument->name) == NULL)
            reading->columns[argument->columns[1]].is_required = true;
    }
}

// The cell that says an argument; NULL: the file has no such column.
static const char *cell_of(const struct argument *argument, const struct csv_row *row) {
    for (size_t i = 0; i < 2; i++) {
        if (argument->columns[i] >= 0 && row->cells[argument->columns[i]] != NULL)
            return row->cells[argument->columns[i]];
    }
    return NULL;
}

static bool check_heading(const struct reading *reading, const struct csv_row *row,
                          struct error *err) {
    for (size_t i = 0; i < reading->n_arguments; i++) {
        const struct argument *argument = &reading->arguments[i];
        if (!argument->is_required || cell_of(argument, row) != NULL ||
            invocation_find(reading->invocation, argument->name) != NULL)
            continue;
        int column = argument->columns[0] >= 0 ? argument->columns[0] : argument->columns[1];
        return error_set(err, "%s, line 1: missing from the heading: %s (%s)", reading->path,
                         column < 0 ? argument->name : reading->names[column], argument->help);
    }
    return true;
}

// ---- Cells ----

static bool is_no(const char *text) {
    return strcasecmp(text, "no") == 0 || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool is_yes(const char *text) {
    return strcasecmp(text, "yes") == 0 || strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
}

static char *trim(char *text) {
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        text[--len] = '\0';
    return text;
}

static bool no_memory(const struct reading *reading, struct error *err) {
    return error_set(err, "%s is too large: at most %d bytes are read", reading->path, FILE_LIMIT);
}

// Whether a cell makes sense; else problem says why not.
static bool is_understood(const struct argument *argument, const char *value,
                          struct error *problem) {
    char shown[NAME_SIZE + 8], plain[NAME_SIZE];
    column_name(argument->name, plain);
    snprintf(shown, sizeof shown, "column %s", plain);
    if (argument->kind == OPTION_FLAG && !is_yes(value))
        return is_no(value) ||
               error_set(problem, "%s: \"%.60s\" is neither yes nor no", shown, value);
    return check_text(shown, argument->kind, argument->choices, value, problem);
}

// Notes a value in its kept form; one that makes no sense is the row's problem.
static bool give(struct reading *reading, struct bulk_row *row, const struct argument *argument,
                 char *value, struct error *err) {
    if (!is_understood(argument, value, &row->problem) ||
        (argument->kind == OPTION_FLAG && is_no(value)))
        return true;
    if (check_is_day(argument->kind, value)) {
        char *day = today_copy_day(reading->invocation, value);
        value = day == NULL ? NULL : arena_copy(&reading->rows->arena, day, strlen(day));
        free(day);
    }
    if (value == NULL)
        return no_memory(reading, err);
    row->given[row->n_given++] = (struct given){.name = argument->name, .value = value};
    return true;
}

static bool give_list(struct reading *reading, struct bulk_row *row,
                      const struct argument *argument, char *text, struct error *err) {
    char *rest = NULL;
    for (char *word = strtok_r(text, ";", &rest); word != NULL; word = strtok_r(NULL, ";", &rest)) {
        word = trim(word);
        if (*word != '\0' && !give(reading, row, argument, word, err))
            return false;
    }
    return true;
}

static size_t count_values(const struct reading *reading, const struct csv_row *row) {
    size_t n = reading->invocation->n_given + reading->n_arguments;
    for (size_t i = 0; i < reading->n_arguments; i++) {
        const char *cell = cell_of(&reading->arguments[i], row);
        for (; cell != NULL && *cell != '\0'; cell++)
            n += *cell == ';';
    }
    return n;
}

// What was typed for an argument that the row does not say.
static void give_typed(struct reading *reading, struct bulk_row *row,
                       const struct argument *argument) {
    const struct invocation *typed = reading->invocation;
    for (size_t i = 0; i < typed->n_given; i++) {
        if (strcmp(typed->given[i].name, argument->name) == 0)
            row->given[row->n_given++] = typed->given[i];
    }
}

static bool give_cell(struct reading *reading, struct bulk_row *row,
                      const struct argument *argument, const char *cell, struct error *err) {
    char *text = cell == NULL ? NULL : arena_copy(&reading->rows->arena, cell, strlen(cell));
    if (cell != NULL && text == NULL)
        return no_memory(reading, err);
    if (text != NULL && argument->kind != OPTION_TEXT)
        text = trim(text);
    if (text == NULL || *text == '\0') {
        give_typed(reading, row, argument);
        return true;
    }
    return argument->is_list ? give_list(reading, row, argument, text, err)
                             : give(reading, row, argument, text, err);
}

// ---- Rows ----

struct invocation bulk_row_typed(const struct bulk_row *row, const struct invocation *invocation,
                                 const struct command *command) {
    struct invocation typed = *invocation;
    typed.command = command;
    typed.given = row->given;
    typed.n_given = row->n_given;
    return typed;
}

static struct bulk_row *add_row(struct bulk_rows *rows, int line, size_t n_values) {
    struct bulk_row *more = realloc(rows->rows, (rows->n + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    rows->rows = more;
    struct bulk_row *row = &more[rows->n];
    *row = (struct bulk_row){.line = line};
    row->given = arena_calloc(&rows->arena, n_values + 1, sizeof *row->given);
    rows->n += row->given != NULL;
    return row->given == NULL ? NULL : row;
}

static bool on_row(void *ctx, const struct csv_row *csv, struct error *err) {
    struct reading *reading = ctx;
    if (reading->rows->n == 0 && !check_heading(reading, csv, err))
        return false;
    struct bulk_row *row = add_row(reading->rows, csv->line, count_values(reading, csv));
    if (row == NULL)
        return no_memory(reading, err);
    for (size_t i = 0; i < reading->n_arguments; i++) {
        const struct argument *argument = &reading->arguments[i];
        if (!give_cell(reading, row, argument, cell_of(argument, csv), err))
            return false;
    }
    struct invocation typed = bulk_row_typed(row, reading->invocation, reading->command);
    row->problem.is_set =
        row->problem.is_set || !parse_is_complete(&typed, reading->command, &row->problem);
    return true;
}

static void on_warning(void *ctx, const char *text) {
    const struct reading *reading = ctx;
    say_warning(reading->invocation, "%s", text);
}

bool bulk_rows_read(struct bulk_rows *rows, struct invocation *invocation,
                    const struct command *command, const ProtobufCMessageDescriptor *request,
                    const char *path, struct error *err) {
    *rows = (struct bulk_rows){.n = 0};
    arena_init(&rows->arena, FILE_LIMIT);
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL)
        return error_set(err, "not enough memory");
    reading->rows = rows;
    reading->invocation = invocation;
    reading->command = command;
    reading->path = path;
    collect(reading, request);
    require_columns(reading);
    const struct csv_options options = {.name = path,
                                        .columns = reading->columns,
                                        .n_columns = reading->n_columns,
                                        .on_row = on_row,
                                        .on_warning = on_warning,
                                        .ctx = reading};
    bool is_read = csv_read_file(path, &options, NULL, NULL, err);
    if (is_read && rows->n == 0)
        is_read = error_set(err, "%s has a heading, but no rows under it", path);
    free(reading);
    return is_read;
}

void bulk_rows_finish(struct bulk_rows *rows) {
    free(rows->rows);
    arena_finish(&rows->arena);
    *rows = (struct bulk_rows){.n = 0};
}
