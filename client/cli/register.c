#include "client/cli/bulk.h"
#include "client/cli/command.h"
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

static void after_add(struct invocation *invocation, const ProtobufCMessage *answer) {
    if (((const Shap__V1__RegisterEntry *)(const void *)answer)->unchanged) {
        say(invocation, "Nothing changed: it stood just so already. All of it: shap register list");
        return;
    }
    say(invocation,
        "On record; WHO is read with it from now on. What is in doubt now: shap plan doubts");
}

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
     .n_columns = N_COLUMNS,
     .next = "what WHO names that is not here: shap plan doubts",
     .empty =
         "No code is in force. A coordinator fills the register with: shap register import FILE"},
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
     .n_columns = N_COLUMNS,
     .after = after_add,
     .has_bulk = true,
     .next = "what is in doubt: shap plan doubts"},
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
     .after = after_revoke,
     .has_bulk = true,
     .next = "what is in doubt now: shap plan doubts"},
    {.verb = "import",
     .summary = "Add entries from a CSV file",
     .details =
         "Columns: code, name, kind (post, body or organisation), and if wanted organisation and "
         "aliases (separated by semicolons). Each row is answered on its own; rows that are "
         "refused "
         "are named with their line (exit code 3), the others stand. A row that says just what "
         "stands records nothing: the file can be imported again and again.",
     .example = "shap register import register.csv",
     .operands = bulk_import_operands,
     .run = bulk_import_run},
    {0}};

const struct noun noun_register = {.name = "register",
                                   .summary = "The register: what the codes in WHO stand for",
                                   .commands = commands};
