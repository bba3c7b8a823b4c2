#include "client/cli/bulk.h"
#include "client/cli/command.h"
#include "shap/v1/directory.pb-c.h"

static const struct column columns[] = {{"code", "Code", COLUMN_TEXT},
                                        {"name", "Name", COLUMN_WRAP}};

static const struct operand add_operands[] = {
    {.name = "CODE", .field = "code", .help = "short, lower case: home-housing"},
    {.name = "NAME", .field = "name", .help = "in full: \"Home Housing\""},
    {0}};

static void after_add(struct invocation *invocation, const ProtobufCMessage *answer) {
    const Shap__V1__Organisation *organisation =
        (const Shap__V1__Organisation *)(const void *)answer;
    say(invocation,
        "Next: its people: shap person add \"NAME\" --organisation %s --role contributor",
        organisation->code == NULL ? "CODE" : organisation->code);
}

static const struct command commands[] = {
    {.verb = "list",
     .summary = "List the organisations",
     .example = "shap org list\nshap org list --format csv",
     .service = &shap__v1__directory__descriptor,
     .method = "ListOrganisations",
     .is_list = true,
     .columns = columns,
     .n_columns = 2,
     .next = "the people of one: shap person list; one more: shap org add CODE NAME",
     .empty = "No organisation is here. An administrator adds one with: shap org add CODE NAME"},
    {.verb = "add",
     .summary = "Add an organisation",
     .details = "Adding one that is there with the same name changes nothing.",
     .example = "shap org add home-housing \"Home Housing\"",
     .operands = add_operands,
     .service = &shap__v1__directory__descriptor,
     .method = "AddOrganisation",
     .columns = columns,
     .n_columns = 2,
     .after = after_add,
     .has_bulk = true,
     .next = "their people: shap person import FILE"},
    {.verb = "import",
     .summary = "Add the organisations of a CSV file",
     .details = "Columns: code and name. One that is there with the same name changes nothing.",
     .example = "shap org import organisations.csv",
     .operands = bulk_import_operands,
     .run = bulk_import_run},
    {0}};

const struct noun noun_org = {
    .name = "org", .summary = "Organisations that take part", .commands = commands};
