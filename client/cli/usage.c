#include "client/cli/usage.h"

#include <stdio.h>
#include <string.h>
#include "client/cli/nouns.h"
#include "client/cli/output.h"
#include "client/render/field.h"
#include "client/render/table.h"

enum { WIDTH = 80, LEFT = 2, HELP_AT = 26 };

// A line of a list: "  left      right", the right side wrapped under itself.
static bool add_item(struct buf *out, const char *left, const char *right) {
    size_t len = strlen(left) + LEFT;
    if (!buf_format(out, "%*s%s", LEFT, "", left))
        return false;
    if (len + 2 > HELP_AT && !buf_format(out, "\n%*s", HELP_AT, ""))
        return false;
    if (len + 2 <= HELP_AT && !buf_format(out, "%*s", (int)(HELP_AT - len), ""))
        return false;
    return table_wrap(out, right, WIDTH - HELP_AT, HELP_AT) && buf_append_text(out, "\n");
}

static bool add_choices(struct buf *out, const ProtobufCEnumDescriptor *choices) {
    char label[FIELD_LABEL_SIZE];
    const char *between = ": ";
    for (unsigned i = 0; i < choices->n_values; i++) {
        field_enum_word(choices, choices->values[i].value, label);
        if (label[0] == '\0')
            continue;
        if (!buf_format(out, "%s%s", between, label))
            return false;
        between = ", ";
    }
    return true;
}

bool usage_add_meaning(struct buf *out, const char *help, const ProtobufCEnumDescriptor *choices,
                       bool is_required) {
    return buf_append_text(out, help) && (!is_required || buf_append_text(out, " (required)")) &&
           (choices == NULL || add_choices(out, choices));
}

const char *usage_option_words(const struct option *option, char words[USAGE_WORDS_SIZE]) {
    snprintf(words, USAGE_WORDS_SIZE, "--%s%s%s%s", option->name, option->value == NULL ? "" : " ",
             option->value == NULL ? "" : option->value, option->is_repeated ? " ..." : "");
    return words;
}

static bool add_described(struct buf *out, const char *left, const char *help,
                          const ProtobufCEnumDescriptor *choices, bool is_required) {
    struct buf right = {0};
    bool is_added = usage_add_meaning(&right, help, choices, is_required) &&
                    buf_append(&right, "", 1) &&
                    add_item(out, left, (const char *)buf_bytes(&right));
    buf_finish(&right);
    return is_added;
}

static bool add_option(struct buf *out, const struct option *option) {
    char words[USAGE_WORDS_SIZE];
    return add_described(out, usage_option_words(option, words), option->help, option->choices,
                         option->is_required);
}

static bool add_options(struct buf *out, const char *heading, const struct option *options) {
    if (options == NULL || options->name == NULL)
        return true;
    if (!buf_format(out, "\n%s\n", heading))
        return false;
    for (; options->name != NULL; options++) {
        if (!add_option(out, options))
            return false;
    }
    return true;
}

static bool add_operands(struct buf *out, const struct operand *operands) {
    if (operands == NULL || operands->name == NULL)
        return true;
    if (!buf_append_text(out, "\n"))
        return false;
    for (; operands->name != NULL; operands++) {
        if (!add_described(out, operands->name, operands->help, operands->choices, false))
            return false;
    }
    return true;
}

static bool add_operand_words(struct buf *out, const struct operand *operands) {
    for (; operands != NULL && operands->name != NULL; operands++) {
        const char *more = operands->is_repeated ? "..." : "";
        if (!buf_format(out, operands->is_optional ? " [%s%s]" : " %s%s", operands->name, more))
            return false;
    }
    return true;
}

static bool add_required_words(struct buf *out, const struct option *options) {
    bool has_more = false;
    for (; options != NULL && options->name != NULL; options++) {
        has_more = has_more || !options->is_required;
        if (options->is_required && !buf_format(out, " --%s %s", options->name, options->value))
            return false;
    }
    return !has_more || buf_append_text(out, " [OPTIONS]");
}

bool usage_add_synopsis(struct buf *out, const struct noun *noun, const struct command *command) {
    return buf_format(out, "shap %s%s%s", noun->name, command->verb == NULL ? "" : " ",
                      command->verb == NULL ? "" : command->verb) &&
           add_operand_words(out, command->operands) && add_required_words(out, command->options);
}

static bool add_lines(struct buf *out, const char *text) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        if (!buf_format(out, "%*s%.*s\n", LEFT, "", (int)len, text))
            return false;
        text += len + (text[len] == '\n');
    }
    return true;
}

bool usage_add_formats(struct buf *out, const struct command *command) {
    const char *between = "";
    for (unsigned i = 0; i < N_FORMATS; i++) {
        if ((output_formats(command) & 1u << i) == 0)
            continue;
        if (!buf_format(out, "%s%s", between, output_format_name((enum format)i)))
            return false;
        between = ", ";
    }
    return true;
}

static bool add_examples(struct buf *out, const struct command *command) {
    bool is_one = strchr(command->example, '\n') == NULL;
    return buf_append_text(out, is_one ? "\nExample:\n" : "\nExamples:\n") &&
           add_lines(out, command->example);
}

bool usage_add_command(struct buf *out, const struct noun *noun, const struct command *command) {
    return buf_format(out, "%s\n\nUsage: ", command->summary) &&
           usage_add_synopsis(out, noun, command) && buf_append_text(out, "\n") &&
           add_operands(out, command->operands) &&
           (command->details == NULL ||
            (buf_append_text(out, "\n") && table_wrap(out, command->details, WIDTH, 0) &&
             buf_append_text(out, "\n"))) &&
           add_options(out, "Options:", command->options) &&
           (!command->has_bulk || add_options(out, "Many at once:", bulk_options)) &&
           add_options(out, "General options:", general_options) &&
           buf_append_text(out, "\nFormats: ") && usage_add_formats(out, command) &&
           buf_append_text(out, "\n") && add_examples(out, command);
}

bool usage_add_noun(struct buf *out, const struct noun *noun) {
    if (!buf_format(out, "%s\n\n", noun->summary))
        return false;
    for (const struct command *command = noun->commands; command->summary != NULL; command++) {
        struct buf left = {0};
        bool is_added = usage_add_synopsis(&left, noun, command) && buf_append(&left, "", 1) &&
                        add_item(out, (const char *)buf_bytes(&left), command->summary);
        buf_finish(&left);
        if (!is_added)
            return false;
    }
    return buf_format(out, "\nType `shap %s COMMAND --help` for one of them.\n", noun->name);
}

bool usage_add_overview(struct buf *out) {
    static const char head[] = "shap: shared action plans, and how they are accounted for\n"
                               "\n"
                               "Usage: shap COMMAND [...]\n"
                               "\n";
    static const char tail[] =
        "\n"
        "First:    shap login --server shap.example.gov.uk   (asks for your invitation)\n"
        "Trouble:  shap doctor\n"
        "Help:     shap help COMMAND; shap help settings, formats, names, bulk or exit-codes\n";
    if (!buf_append_text(out, head))
        return false;
    for (size_t i = 0; i < n_nouns; i++) {
        if (!add_item(out, nouns[i]->name, nouns[i]->summary))
            return false;
    }
    return buf_append_text(out, tail);
}
