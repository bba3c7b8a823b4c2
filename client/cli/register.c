#include <stdlib.h>
#include <string.h>
#include "client/cli/invocation.h"
#include "client/cli/output.h"
#include "client/import/csv_reader.h"
#include "client/render/field.h"
#include "server/base/arena.h"
#include "shap/v1/register.pb-c.h"

static const struct column columns[] = {
    {"code", "Code", COLUMN_TEXT},
    {"name", "Name", COLUMN_WRAP},
    {"kind", "Kind", COLUMN_TEXT},
    {"organisation", "Organisation", COLUMN_TEXT},
    {"aliases", "Also written", COLUMN_WRAP},
    {"record_id", "Record", COLUMN_RIGHT},
};

enum { N_COLUMNS = sizeof columns / sizeof *columns };

// The columns of a register's CSV file, in the order of the cells of a row.
enum { CELL_CODE, CELL_NAME, CELL_KIND, CELL_ORGANISATION, CELL_ALIASES, N_CELLS };
static const struct csv_column csv_columns[N_CELLS] = {
    [CELL_CODE] = {"code", true},        [CELL_NAME] = {"name", true},
    [CELL_KIND] = {"kind", true},        [CELL_ORGANISATION] = {"organisation", false},
    [CELL_ALIASES] = {"aliases", false},
};

enum { IMPORT_LIMIT = 64 * 1024 * 1024 };

// An entry of the file, its texts in the import's arena.
struct entry {
    int line;
    Shap__V1__AddRegisterEntryRequest request;
};

struct import {
    struct invocation *invocation; // borrowed
    const char *path;              // borrowed
    struct arena arena;
    struct entry *entries; // owned
    size_t n_entries;
};

static char *copy_cell(struct import *import, const char *cell) {
    return cell == NULL || *cell == '\0' ? NULL : arena_copy(&import->arena, cell, strlen(cell));
}

// "HoS; Head of Service" as two texts in place; false without memory.
static bool split_aliases(struct import *import, char *text,
                          Shap__V1__AddRegisterEntryRequest *request) {
    size_t most = 1;
    if (text == NULL)
        return true;
    for (const char *at = text; *at != '\0'; at++)
        most += *at == ';';
    request->aliases = arena_calloc(&import->arena, most, sizeof *request->aliases);
    if (request->aliases == NULL)
        return false;
    char *rest = NULL;
    for (char *word = strtok_r(text, ";", &rest); word != NULL; word = strtok_r(NULL, ";", &rest)) {
        word += strspn(word, " ");
        size_t len = strlen(word);
        while (len > 0 && word[len - 1] == ' ')
            word[--len] = '\0';
        if (len > 0)
            request->aliases[request->n_aliases++] = word;
    }
    return true;
}

static bool on_row(void *ctx, const struct csv_row *row, struct error *err) {
    struct import *import = ctx;
    struct entry entry = {.line = row->line, .request = SHAP__V1__ADD_REGISTER_ENTRY_REQUEST__INIT};
    int kind;
    if (!field_enum_parse(&shap__v1__register_kind__descriptor, row->cells[CELL_KIND], &kind))
        return error_set(err,
                         "%s, line %d, column kind: \"%.40s\" is none of post, body, organisation",
                         import->path, row->line, row->cells[CELL_KIND]);
    entry.request.has_kind = 1;
    entry.request.kind = (Shap__V1__RegisterKind)kind;
    entry.request.code = copy_cell(import, row->cells[CELL_CODE]);
    entry.request.name = copy_cell(import, row->cells[CELL_NAME]);
    entry.request.organisation = copy_cell(import, row->cells[CELL_ORGANISATION]);
    if (!split_aliases(import, copy_cell(import, row->cells[CELL_ALIASES]), &entry.request))
        return error_set(err, "not enough memory for %s", import->path);
    struct entry *entries = realloc(import->entries, (import->n_entries + 1) * sizeof *entries);
    if (entries == NULL)
        return error_set(err, "not enough memory for %s", import->path);
    import->entries = entries;
    entries[import->n_entries++] = entry;
    return true;
}

static void on_warning(void *ctx, const char *text) {
    struct import *import = ctx;
    say_warning(import->invocation, "%s", text);
}

// Whether a refusal is about the row: the rows after it may fare better.
static bool is_about_row(const struct shap_outcome *outcome) {
    return outcome->from_server && outcome->status != GRPC_UNAUTHENTICATED &&
           outcome->status != GRPC_PERMISSION_DENIED && outcome->status != GRPC_UNAVAILABLE;
}

static int send_entries(struct import *import, struct shap_client *client,
                        struct listing *listing) {
    size_t n_refused = 0;
    for (size_t i = 0; i < import->n_entries; i++) {
        struct shap_outcome outcome;
        const struct shap_call call = {.service = &shap__v1__register__descriptor,
                                       .method = "AddRegisterEntry",
                                       .request = &import->entries[i].request.base,
                                       .on_message = output_add,
                                       .ctx = listing};
        if (shap_invoke(client, &call, &outcome))
            continue;
        if (!is_about_row(&outcome)) {
            say(import->invocation,
                "%zu of %zu rows are on record; import the file again to go on.", i - n_refused,
                import->n_entries);
            return fail_outcome(import->invocation, &outcome);
        }
        n_refused++;
        fail(import->invocation, EXIT_PARTLY, "%s, line %d: %s", import->path,
             import->entries[i].line, outcome.message);
    }
    say(import->invocation, "%zu of %zu rows are on record.", import->n_entries - n_refused,
        import->n_entries);
    if (n_refused == 0)
        return EXIT_OK;
    return n_refused < import->n_entries ? EXIT_PARTLY : EXIT_FAILED;
}

static int import_rows(struct import *import) {
    int code;
    struct shap_client *client = invocation_client(import->invocation, &code);
    if (client == NULL)
        return code;
    struct listing *listing = output_begin(import->invocation, columns, N_COLUMNS);
    code = send_entries(import, client, listing);
    int written = output_end(import->invocation, listing);
    return code != EXIT_OK ? code : written;
}

static int run_import(struct invocation *invocation) {
    struct error err = {0};
    struct import import = {.invocation = invocation, .path = argument_text(invocation, "FILE")};
    const struct csv_options options = {.name = import.path,
                                        .columns = csv_columns,
                                        .n_columns = N_CELLS,
                                        .on_row = on_row,
                                        .on_warning = on_warning,
                                        .ctx = &import};
    int code;
    arena_init(&import.arena, IMPORT_LIMIT);
    if (!csv_read_file(import.path, &options, NULL, NULL, &err))
        code = fail(invocation, EXIT_FAILED, "%s", err.message);
    else
        code = import_rows(&import);
    free(import.entries);
    arena_finish(&import.arena);
    return code;
}

static const struct operand add_operands[] = {
    {.name = "CODE", .field = "code", .help = "as it stands in WHO: HSM"},
    {.name = "NAME", .field = "name", .help = "in full: \"Housing Services Manager\""},
    {0}};

static const struct option add_options[] = {
    {.name = "kind",
     .value = "KIND",
     .kind = OPTION_CHOICE,
     .choices = &shap__v1__register_kind__descriptor,
     .help = "what the code stands for",
     .is_required = true},
    {.name = "organisation", .value = "CODE", .help = "the organisation it belongs to or is"},
    {.name = "alias",
     .value = "TEXT",
     .field = "aliases",
     .is_repeated = true,
     .help = "another spelling of the code"},
    {0}};

static const struct operand revoke_operands[] = {
    {.name = "RECORD",
     .field = "record_id",
     .kind = OPTION_NUMBER,
     .help = "the entry's number; see shap register list"},
    {0}};

static const struct option revoke_options[] = {OPTION_WHY_ENTRY, OPTION_DECIDED_ENTRY, {0}};

static const struct option list_options[] = {OPTION_KNOWN_AT_ENTRY, {0}};

static const struct operand import_operands[] = {
    {.name = "FILE", .help = "CSV with the columns code, name, kind, organisation, aliases"}, {0}};

static void after_revoke(struct invocation *invocation, const ProtobufCMessage *answer) {
    (void)answer;
    say(invocation, "Revoked; both records stay. What is in doubt now: shap plan doubts");
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List the codes in force",
     .example = "shap register list",
     .options = list_options,
     .service = &shap__v1__register__descriptor,
     .method = "ListRegister",
     .is_list = true,
     .columns = columns,
     .n_columns = N_COLUMNS},
    {.verb = "add",
     .summary = "Say what a code in WHO stands for",
     .details =
         "An entry for a code that is there takes its place; the earlier one stays on record. What "
         "WHO could not be resolved before is read again with it.",
     .example =
         "shap register add HSM \"Housing Services Manager\" --kind post --organisation copeland\n"
         "shap register add SHP \"Strategic Housing Panel\" --kind body --alias \"Housing Panel\"",
     .operands = add_operands,
     .options = add_options,
     .service = &shap__v1__register__descriptor,
     .method = "AddRegisterEntry",
     .columns = columns,
     .n_columns = N_COLUMNS},
    {.verb = "revoke",
     .summary = "Take an entry back, with a reason",
     .details =
         "The earlier entry of the code counts again; without one the register does not hold "
         "the code. What the entry resolved in WHO is read again. A doubt that was settled "
         "with it is reopened first: shap doubt reopen.",
     .example = "shap register list\nshap register revoke 12 --reason \"another post's code\"",
     .operands = revoke_operands,
     .options = revoke_options,
     .service = &shap__v1__register__descriptor,
     .method = "RevokeRegisterEntry",
     .columns = columns,
     .n_columns = N_COLUMNS,
     .after = after_revoke},
    {.verb = "import",
     .summary = "Add entries from a CSV file",
     .details =
         "Columns: code, name, kind (post, body or organisation), and if wanted organisation and "
         "aliases (separated by semicolons). Each row is answered on its own; rows that are "
         "refused "
         "are named with their line (exit code 3), the others stand.",
     .example = "shap register import register.csv",
     .operands = import_operands,
     .run = run_import},
    {0}};

const struct noun noun_register = {.name = "register",
                                   .summary = "The register: what the codes in WHO stand for",
                                   .commands = commands};
