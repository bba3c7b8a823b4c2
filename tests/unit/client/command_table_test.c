#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>
#include "client/cli/invocation.h"
#include "client/cli/nouns.h"
#include "client/render/field.h"

typedef void (*look)(const struct noun *noun, const struct command *command);

static void at_each_command(look look_at) {
    for (size_t i = 0; i < n_nouns; i++) {
        for (const struct command *command = nouns[i]->commands; command->summary != NULL;
             command++)
            look_at(nouns[i], command);
    }
}

static void look_at_words(const struct noun *noun, const struct command *command) {
    cr_assert_not_null(command->example, "shap %s %s", noun->name, command->verb);
    for (const char *line = command->example; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        cr_assert_not_null(strstr(line, noun->name), "an example of another command: %s", line);
    }
    cr_assert_neq(command->summary[strlen(command->summary) - 1], '.', "%s", command->summary);
    cr_assert(isupper((unsigned char)command->summary[0]), "%s", command->summary);
}

Test(command_table, every_command_has_a_summary_and_an_example) {
    at_each_command(look_at_words);
}

static const ProtobufCFieldDescriptor *field_in(const ProtobufCMessageDescriptor *message,
                                                const char *name) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message, name);
    cr_assert_not_null(field, "%s has no %s", message->name, name);
    return field;
}

// The field at the end of a path through messages: a value, or values.
static const ProtobufCFieldDescriptor *value_in(const ProtobufCMessageDescriptor *message,
                                                const char *path) {
    const ProtobufCFieldDescriptor *field;
    char name[64];
    for (const char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
        field = field_in(message, name);
        cr_assert_neq(field->label, PROTOBUF_C_LABEL_REPEATED, "%s", name);
        message = field->descriptor;
    }
    field = field_in(message, path);
    cr_assert(field->type != PROTOBUF_C_TYPE_MESSAGE || field_is_timestamp(field), "%s", path);
    return field;
}

static void look_at_table(const struct paper_table *table,
                          const ProtobufCMessageDescriptor *report) {
    const ProtobufCFieldDescriptor *field = field_in(report, table->field);
    cr_assert_eq(field->label, PROTOBUF_C_LABEL_REPEATED);
    for (size_t i = 0; i < table->n_columns; i++) {
        value_in(field->descriptor, table->cells[i].field);
        cr_assert_eq(table->cells[i].under == NULL, table->cells[i].under_label == NULL);
        if (table->cells[i].under != NULL)
            value_in(field->descriptor, table->cells[i].under);
    }
    if (table->split != NULL)
        value_in(field->descriptor, table->split);
    if (table->total != NULL)
        cr_assert_eq(field_in(report, table->total)->descriptor, field->descriptor);
}

// A report's message has what its paper shows, and one kind of row for CSV.
static void look_at_paper(const struct paper *paper, const ProtobufCMessageDescriptor *report) {
    const void *row = NULL;
    const ProtobufCMessageDescriptor *head = field_in(report, "head")->descriptor;
    cr_assert_str_eq(head->name, "shap.v1.ReportHead");
    for (const struct paper_fact *fact = paper->facts; fact != NULL && fact->label != NULL; fact++)
        value_in(report, fact->field);
    for (const struct paper_notice *notice = paper->notices;
         notice != NULL && notice->field != NULL; notice++)
        cr_assert_eq(field_in(report, notice->field)->type, PROTOBUF_C_TYPE_BOOL);
    for (const struct paper_table *table = paper->tables; table->caption != NULL; table++) {
        const ProtobufCFieldDescriptor *field = field_in(report, table->field);
        look_at_table(table, report);
        cr_assert(!table->is_row || row == NULL || row == field->descriptor, "%s", table->field);
        row = table->is_row ? field->descriptor : row;
    }
    cr_assert_not_null(row, "%s has no rows for CSV", report->name);
}

static void look_at_call(const struct noun *noun, const struct command *command) {
    if (command->run != NULL)
        return;
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(command->service, command->method);
    cr_assert_not_null(method, "shap %s %s calls %s", noun->name, command->verb, command->method);
    if (command->paper != NULL) {
        look_at_paper(command->paper, method->output);
        return;
    }
    cr_assert_gt(command->n_columns, 0);
    for (size_t i = 0; i < command->n_columns; i++) {
        char first[64];
        size_t len = strcspn(command->columns[i].field, ".");
        snprintf(first, sizeof first, "%.*s", (int)len, command->columns[i].field);
        cr_assert_not_null(protobuf_c_message_descriptor_get_field_by_name(method->output, first),
                           "shap %s %s shows %s", noun->name, command->verb, first);
    }
}

Test(command_table, every_call_and_column_is_in_the_contract) {
    at_each_command(look_at_call);
}

static bool is_general(const char *name) {
    for (const struct option *option = general_options; option->name != NULL; option++) {
        if (strcmp(option->name, name) == 0)
            return true;
    }
    return false;
}

static void look_at_options(const struct noun *noun, const struct command *command) {
    for (const struct option *option = command->options; option != NULL && option->name != NULL;
         option++) {
        cr_assert_not(is_general(option->name), "shap %s: --%s hides a general option", noun->name,
                      option->name);
        cr_assert_not_null(option->help, "--%s", option->name);
        cr_assert_eq(option->kind == OPTION_FLAG, option->value == NULL, "--%s", option->name);
        cr_assert_eq(option->kind == OPTION_CHOICE, option->choices != NULL, "--%s", option->name);
    }
    for (const struct operand *operand = command->operands;
         operand != NULL && operand->name != NULL; operand++)
        cr_assert_not_null(operand->help, "%s", operand->name);
}

static bool is_own(const struct command *command, const char *name) {
    for (const struct option *at = command->options; at != NULL && at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0)
            return true;
    }
    return false;
}

static void look_at_bulk(const struct noun *noun, const struct command *command) {
    if (!command->has_bulk)
        return;
    cr_assert(command->service != NULL && command->n_columns > 0, "shap %s %s", noun->name,
              command->verb);
    cr_assert(!command->is_list && command->paper == NULL, "shap %s %s", noun->name, command->verb);
    cr_assert_not(is_own(command, "file"), "shap %s %s", noun->name, command->verb);
    cr_assert_not_null(command->next, "shap %s %s", noun->name, command->verb);
    cr_assert_not_null(
        protobuf_c_service_descriptor_get_method_by_name(command->service, command->method));
}

Test(command_table, what_has_bulk_is_one_call_and_says_what_is_next) {
    at_each_command(look_at_bulk);
}

// An act is one call and no list, and does not only ask; a noun without verbs only asks.
static void look_for_bulk(const struct noun *noun, const struct command *command) {
    if (command->run != NULL || command->paper != NULL || command->is_list ||
        command->verb == NULL || strncmp(command->method, "Get", 3) == 0 ||
        strncmp(command->method, "List", 4) == 0)
        return;
    cr_assert(command->has_bulk, "shap %s %s", noun->name, command->verb);
}

Test(command_table, every_act_of_one_call_can_be_made_for_each_row_of_a_file) {
    at_each_command(look_for_bulk);
}

// What changes something says what to do next; what only asks is known by its verb.
static void look_at_after(const struct noun *noun, const struct command *command) {
    static const char *const asking[] = {"list", "show", "status", "words"};
    if (command->run != NULL || command->paper != NULL || command->verb == NULL)
        return;
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++) {
        if (strcmp(command->verb, asking[i]) == 0)
            return;
    }
    cr_assert(command->after != NULL || command->is_list, "shap %s %s", noun->name, command->verb);
}

static bool is_verb(const struct command *command, const char *const *verbs) {
    for (; command->verb != NULL && *verbs != NULL; verbs++) {
        if (strcmp(command->verb, *verbs) == 0)
            return true;
    }
    return false;
}

// Lists are what the rpc streams, what is called one, and `milestone same` without milestones.
static void look_at_list(const struct noun *noun, const struct command *command) {
    static const char *const listing[] = {"list",         "versions", "holders", "order", "doubts",
                                          "publications", "since",    "same",    NULL};
    if (!command->is_list && (command->paper != NULL || !is_verb(command, listing)))
        return;
    cr_assert(command->next != NULL && command->empty != NULL, "shap %s %s", noun->name,
              command->verb);
    cr_assert_not_null(strstr(command->next, "shap"), "%s", command->next);
    cr_assert_not_null(strstr(command->empty, "shap "), "%s", command->empty);
    cr_assert_null(command->after, "shap %s %s", noun->name, command->verb);
}

Test(command_table, every_list_says_what_to_do_next_also_where_it_is_empty) {
    at_each_command(look_at_list);
}

// What a command says after an answer in which nothing is set.
static const char *said_after(const struct command *command, char *text, size_t size) {
    struct invocation invocation;
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(command->service, command->method);
    ProtobufCMessage *answer = calloc(1, method->output->sizeof_message);
    cr_assert_not_null(answer);
    method->output->message_init(answer);
    memset(text, 0, size);
    FILE *err = fmemopen(text, size - 1, "w");
    cr_assert_not_null(err);
    invocation_init(&invocation, err, err, NULL);
    invocation.command = command;
    command->after(&invocation, answer);
    invocation_finish(&invocation);
    fclose(err);
    free(answer);
    return text;
}

static void look_at_said(const struct noun *noun, const struct command *command) {
    char text[2048];
    if (command->after == NULL)
        return;
    cr_assert_not_null(strstr(said_after(command, text, sizeof text), "shap "),
                       "shap %s %s ends with no command to type next: %s", noun->name,
                       command->verb, text);
}

Test(command_table, what_is_said_after_an_answer_has_a_command_to_type_next) {
    at_each_command(look_at_said);
}

// What runs on its own says so there, as its end-to-end tests see.
static void look_at_run(const struct noun *noun, const struct command *command) {
    static const char *const tell_it_themselves[] = {
        "import", "roll", "submit", "add", "check", "exceptions", "reproduce", "verify", NULL};
    static const char *const show_only[] = {"show", "export", "bash",      "zsh",
                                            "fish", "words",  "published", NULL};
    if (command->run != NULL && command->verb != NULL && !is_verb(command, tell_it_themselves) &&
        !is_verb(command, show_only))
        cr_assert_not_null(command->next, "shap %s %s", noun->name, command->verb);
}

Test(command_table, what_runs_on_its_own_says_what_is_next_too) {
    at_each_command(look_at_run);
}

Test(command_table, what_changes_something_says_what_to_do_next) {
    at_each_command(look_at_after);
}

Test(command_table, options_are_whole_and_hide_none_of_the_general_ones) {
    at_each_command(look_at_options);
}

// What is typed is seen by everybody on the machine and kept by the shell.
static void look_for_secrets(const struct option *option) {
    static const char *const secrets[] = {"token", "invitation", "secret", "password", "key", NULL};
    for (size_t i = 0; secrets[i] != NULL; i++) {
        if (strstr(option->name, secrets[i]) != NULL)
            cr_assert_str_eq(option->value, "FILE", "--%s", option->name);
    }
}

static void look_for_secrets_of(const struct noun *noun, const struct command *command) {
    for (const struct option *at = command->options; at != NULL && at->name != NULL; at++)
        look_for_secrets(at);
    if (strcmp(noun->name, "login") == 0)
        cr_assert_null(command->operands);
}

Test(command_table, no_token_invitation_or_key_is_ever_typed_but_its_file) {
    for (const struct option *at = general_options; at->name != NULL; at++)
        look_for_secrets(at);
    at_each_command(look_for_secrets_of);
}

Test(command_table, names_are_unique) {
    for (size_t i = 0; i < n_nouns; i++) {
        cr_assert_eq(noun_find(nouns[i]->name), nouns[i]);
        for (const struct command *command = nouns[i]->commands; command->summary != NULL;
             command++)
            cr_assert_eq(noun_find_command(nouns[i], command->verb), command);
    }
}
