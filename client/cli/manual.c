#include "client/cli/manual.h"

#include <string.h>
#include "client/cli/help.h"
#include "client/cli/nouns.h"
#include "client/cli/usage.h"

// Text that roff takes for nothing else: no control lines, no escapes, hyphens that can be copied.
static bool add_text(struct buf *out, const char *text) {
    bool is_line_start = true;
    for (; *text != '\0'; text++) {
        if (is_line_start && (*text == '.' || *text == '\'') && !buf_append_text(out, "\\&"))
            return false;
        bool is_added = *text == '\\'  ? buf_append_text(out, "\\e")
                        : *text == '-' ? buf_append_text(out, "\\-")
                                       : buf_append(out, text, 1);
        if (!is_added)
            return false;
        is_line_start = *text == '\n';
    }
    return true;
}

static bool add_around(struct buf *out, const char *before, const char *text, const char *after) {
    return buf_append_text(out, before) && add_text(out, text) && buf_append_text(out, after);
}

// Paragraphs with an empty line between them.
static bool add_paragraphs(struct buf *out, const char *text) {
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        size_t len = end == NULL ? strlen(text) : (size_t)(end - text);
        char paragraph[2048];
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)len, text);
        if (!add_around(out, ".PP\n", paragraph, "\n"))
            return false;
        text += end == NULL ? len : len + 2;
    }
    return true;
}

// Lines kept as they are.
static bool add_lines(struct buf *out, const char *text) {
    return add_around(out, ".PP\n.RS 2\n.nf\n", text, "\n.fi\n.RE\n");
}

static bool add_described(struct buf *out, const char *words, const char *help,
                          const ProtobufCEnumDescriptor *choices, bool is_required) {
    struct buf meaning = {0};
    bool is_added = usage_add_meaning(&meaning, help, choices, is_required) &&
                    buf_append(&meaning, "", 1) && add_around(out, ".TP\n.B ", words, "\n") &&
                    add_around(out, "", (const char *)buf_bytes(&meaning), "\n");
    buf_finish(&meaning);
    return is_added;
}

static bool add_options(struct buf *out, const struct option *options) {
    char words[USAGE_WORDS_SIZE];
    for (; options != NULL && options->name != NULL; options++) {
        if (!add_described(out, usage_option_words(options, words), options->help, options->choices,
                           options->is_required))
            return false;
    }
    return true;
}

static bool add_operands(struct buf *out, const struct operand *operands) {
    for (; operands != NULL && operands->name != NULL; operands++) {
        if (!add_described(out, operands->name, operands->help, operands->choices, false))
            return false;
    }
    return true;
}

static bool add_synopsis(struct buf *out, const struct noun *noun, const struct command *command) {
    struct buf words = {0};
    bool is_added = usage_add_synopsis(&words, noun, command) && buf_append(&words, "", 1) &&
                    add_around(out, ".SS ", (const char *)buf_bytes(&words), "\n");
    buf_finish(&words);
    return is_added;
}

static bool add_command(struct buf *out, const struct noun *noun, const struct command *command) {
    return add_synopsis(out, noun, command) && add_text(out, command->summary) &&
           buf_append_text(out, ".\n") &&
           (command->details == NULL || add_paragraphs(out, command->details)) &&
           add_operands(out, command->operands) && add_options(out, command->options) &&
           (!command->has_bulk || add_options(out, bulk_options)) &&
           buf_append_text(out, ".PP\nFormats: ") && usage_add_formats(out, command) &&
           buf_append_text(out, ".\n") && add_lines(out, command->example);
}

static bool add_commands(struct buf *out) {
    for (size_t i = 0; i < n_nouns; i++) {
        for (const struct command *at = nouns[i]->commands; at->summary != NULL; at++) {
            if (!add_command(out, nouns[i], at))
                return false;
        }
    }
    return true;
}

static bool add_topic(struct buf *out, const char *heading, const char *name) {
    struct buf text = {0};
    bool is_added = help_find_topic(name)->add(&text) && buf_append(&text, "", 1) &&
                    buf_append_text(out, heading) && add_lines(out, (const char *)buf_bytes(&text));
    buf_finish(&text);
    return is_added;
}

bool manual_add(struct buf *out) {
    static const char head[] =
        ".TH SHAP 1 \"\" \"shap " SHAP_VERSION "\" \"User Commands\"\n"
        ".nh\n"
        ".SH NAME\n"
        "shap \\- shared action plans, and how they are accounted for\n"
        ".SH SYNOPSIS\n"
        ".B shap\n"
        "\\fICOMMAND\\fR [...] [\\fIOPTIONS\\fR]\n"
        ".SH DESCRIPTION\n"
        "Calls a server of shared action plans, shapd(8). Data goes to standard output, messages "
        "go to standard error. Begin with\n"
        ".BR \"shap login\" ;\n"
        "where something does not work,\n"
        ".B shap doctor\n"
        "finds out why.\n"
        ".SH COMMANDS\n";
    return buf_append_text(out, head) && add_commands(out) &&
           buf_append_text(out, ".SH GENERAL OPTIONS\n") && add_options(out, general_options) &&
           add_topic(out, ".SH SETTINGS\n", "settings") &&
           add_topic(out, ".SH FORMATS\n", "formats") &&
           add_topic(out, ".SH NAMES AND DAYS\n", "names") &&
           add_topic(out, ".SH MANY AT ONCE\n", "bulk") &&
           add_topic(out, ".SH EXIT STATUS\n", "exit-codes") &&
           buf_append_text(out, ".SH SEE ALSO\nshapd(8)\n");
}
