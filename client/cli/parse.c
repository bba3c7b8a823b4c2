#include "client/cli/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/check.h"
#include "client/cli/nouns.h"
#include "client/cli/suggest.h"
#include "client/cli/today.h"

const struct option general_options[] = {
    {.name = "server",
     .value = "ADDRESS",
     .help = "HOST[:PORT] (TLS), unix:/path or http://127.0.0.1:PORT; several, with commas, "
             "are tried in order (SHAP_SERVER)"},
    {.name = "ca", .value = "FILE", .help = "trust only the authorities in FILE (SHAP_CA)"},
    {.name = "crl",
     .value = "FILE",
     .help = "refuse a server that is on their list of revoked ones (SHAP_CRL)"},
    {.name = "client-cert",
     .value = "FILE",
     .help = "show your organisation's certificate (SHAP_CLIENT_CERT)"},
    {.name = "client-key", .value = "FILE", .help = "and its key (SHAP_CLIENT_KEY)"},
    {.name = "as", .value = "PROFILE", .help = "which of your memberships (SHAP_PROFILE)"},
    {.name = "token-file",
     .value = "FILE",
     .help = "call with the token in FILE (SHAP_TOKEN_FILE)"},
    {.name = "format", .value = "FORMAT", .help = "how data is printed (SHAP_FORMAT)"},
    {.name = "timeout", .value = "SECONDS", .help = "wait at most, 0: for ever (SHAP_TIMEOUT)"},
    {.name = "quiet", .kind = OPTION_FLAG, .help = "say nothing but data and errors"},
    {.name = "help", .kind = OPTION_FLAG, .help = "this help"},
    {0},
};

const struct option bulk_options[] = {
    {.name = "file", .value = "FILE", .help = "for each row of a CSV file; see shap help bulk"},
    {0},
};

enum { MOST_NAMES = 128 };

// Days are kept in ISO form, however they were typed; those that depend on today later.
static bool note(struct invocation *invocation, const char *name, enum option_kind kind,
                 const char *value) {
    char *day = NULL;
    bool is_day = check_is_day(kind, value), is_of_today = is_day && day_depends_on_today(value);
    struct given *given = realloc(invocation->given, (invocation->n_given + 1) * sizeof *given);
    if (given == NULL)
        return false;
    invocation->given = given;
    if (is_day && !is_of_today && (day = today_copy_day(invocation, value)) == NULL)
        return false;
    given[invocation->n_given++] = (struct given){
        .name = name, .value = day == NULL ? value : day, .day = day, .is_of_today = is_of_today};
    return true;
}

static int out_of_memory(struct invocation *invocation) {
    return fail(invocation, EXIT_FAILED, "not enough memory");
}

static const struct option *find_in(const struct option *options, const char *name, size_t len) {
    for (; options != NULL && options->name != NULL; options++) {
        if (strlen(options->name) == len && memcmp(options->name, name, len) == 0)
            return options;
    }
    return NULL;
}

const struct option *parse_find_option(const struct command *command, const char *name,
                                       size_t len) {
    const struct option *option = command == NULL ? NULL : find_in(command->options, name, len);
    if (option == NULL && command != NULL && command->has_bulk)
        option = find_in(bulk_options, name, len);
    return option == NULL ? find_in(general_options, name, len) : option;
}

static size_t collect_options(const struct option *options, const char **names, size_t n) {
    for (; options != NULL && options->name != NULL && n < MOST_NAMES; options++)
        names[n++] = options->name;
    return n;
}

static int unknown_option(struct invocation *invocation, const char *name, size_t len) {
    const char *names[MOST_NAMES];
    const struct command *command = invocation->command;
    size_t n = command == NULL ? 0 : collect_options(command->options, names, 0);
    if (command != NULL && command->has_bulk)
        n = collect_options(bulk_options, names, n);
    char word[64];
    size_t word_len = len < sizeof word - 1 ? len : sizeof word - 1;
    memcpy(word, name, word_len);
    word[word_len] = '\0';
    const char *near = suggest_nearest(word, names, collect_options(general_options, names, n));
    if (near != NULL)
        return fail_usage(invocation, "there is no option --%s; did you mean --%s?", word, near);
    return fail_usage(invocation, "there is no option --%s here", word);
}

static int take_option(struct invocation *invocation, const struct option *option,
                       const char *value) {
    if (!option->is_repeated && invocation_find(invocation, option->name) != NULL)
        return fail_usage(invocation, "--%s is given twice", option->name);
    if (strcmp(option->name, "help") == 0)
        invocation->wants_help = true;
    if (strcmp(option->name, "quiet") == 0)
        invocation->is_quiet = true;
    int code = check_value(invocation, option->name, true, option->kind, option->choices, value);
    if (code != EXIT_OK)
        return code;
    return note(invocation, option->name, option->kind, value) ? EXIT_OK
                                                               : out_of_memory(invocation);
}

// Where no verb was typed, an option of the implied one's means that one.
static void imply_verb(struct invocation *invocation, const char *name, size_t len) {
    const struct noun *noun = invocation->noun;
    if (invocation->command != NULL || noun == NULL || noun->implied == NULL)
        return;
    const struct command *implied = noun_find_command(noun, noun->implied);
    if (find_in(general_options, name, len) == NULL &&
        parse_find_option(implied, name, len) != NULL)
        invocation->command = implied;
}

// An option at words[0]; *n_used is how many words it took.
static int parse_option(struct invocation *invocation, char *const *words, int n_words,
                        int *n_used) {
    const char *name = words[0] + 2, *sign = strchr(name, '=');
    size_t len = sign == NULL ? strlen(name) : (size_t)(sign - name);
    imply_verb(invocation, name, len);
    const struct option *option = parse_find_option(invocation->command, name, len);
    *n_used = 1;
    if (option == NULL)
        return unknown_option(invocation, name, len);
    if (option->kind == OPTION_FLAG && sign != NULL)
        return fail_usage(invocation, "--%s takes no value", option->name);
    if (option->kind == OPTION_FLAG || sign != NULL)
        return take_option(invocation, option, sign == NULL ? "" : sign + 1);
    if (n_words < 2)
        return fail_usage(invocation, "--%s needs a value: --%s %s", option->name, option->name,
                          option->value);
    *n_used = 2;
    return take_option(invocation, option, words[1]);
}

const struct operand *parse_find_operand(const struct command *command, size_t i) {
    const struct operand *operand = command->operands;
    if (operand == NULL || operand->name == NULL)
        return NULL;
    for (; i > 0 && operand->name != NULL; i--) {
        if (!operand->is_repeated)
            operand++;
    }
    return operand->name == NULL ? NULL : operand;
}

static int take_operand(struct invocation *invocation, const char *word) {
    const struct operand *operand = parse_find_operand(invocation->command, invocation->n_operands);
    if (operand == NULL)
        return fail_usage(invocation,
                          "\"%s\" is one word too many; text with spaces goes into "
                          "quotes",
                          word);
    int code = check_value(invocation, operand->name, false, operand->kind, operand->choices, word);
    if (code != EXIT_OK)
        return code;
    invocation->n_operands++;
    return note(invocation, operand->name, operand->kind, word) ? EXIT_OK
                                                                : out_of_memory(invocation);
}

static int find_noun(struct invocation *invocation, const char *word) {
    const char *names[MOST_NAMES];
    invocation->noun = noun_find(word);
    if (invocation->noun != NULL) {
        invocation->command = noun_find_command(invocation->noun, NULL);
        return EXIT_OK;
    }
    for (size_t i = 0; i < n_nouns; i++)
        names[i] = nouns[i]->name;
    const char *near = suggest_nearest(word, names, n_nouns);
    if (near != NULL)
        return fail_usage(invocation, "there is no command \"%s\"; did you mean \"shap %s\"?", word,
                          near);
    return fail_usage(invocation, "there is no command \"%s\"", word);
}

static int find_verb(struct invocation *invocation, const char *word) {
    const char *names[MOST_NAMES];
    size_t n = 0;
    const struct noun *noun = invocation->noun;
    invocation->command = noun_find_command(noun, word);
    if (invocation->command != NULL)
        return EXIT_OK;
    if (noun->implied != NULL && strpbrk(word, "0123456789") != NULL) { // no verb has a digit
        invocation->command = noun_find_command(noun, noun->implied);
        return take_operand(invocation, word);
    }
    for (const struct command *command = noun->commands; command->summary != NULL; command++)
        names[n++] = command->verb;
    const char *near = suggest_nearest(word, names, n);
    if (near != NULL)
        return fail_usage(invocation,
                          "there is no command \"shap %s %s\"; did you mean \"shap %s "
                          "%s\"?",
                          noun->name, word, noun->name, near);
    return fail_usage(invocation, "there is no command \"shap %s %s\"", noun->name, word);
}

static int parse_word(struct invocation *invocation, const char *word) {
    if (invocation->noun == NULL)
        return find_noun(invocation, word);
    if (invocation->command == NULL)
        return find_verb(invocation, word);
    return take_operand(invocation, word);
}

// Two options for one field of the request are two ways to say one thing.
static bool is_said_once(const struct invocation *invocation, const struct option *option,
                         struct error *err) {
    if (option->field == NULL || invocation_find(invocation, option->name) == NULL)
        return true;
    for (const struct option *next = option + 1; next->name != NULL; next++) {
        if (next->field != NULL && strcmp(next->field, option->field) == 0 &&
            invocation_find(invocation, next->name) != NULL)
            return error_set(err, "--%s and --%s do not go together: give one of them",
                             option->name, next->name);
    }
    return true;
}

bool parse_is_complete(const struct invocation *invocation, const struct command *command,
                       struct error *err) {
    for (const struct operand *at = command->operands; at != NULL && at->name != NULL; at++) {
        if (!at->is_optional && invocation_find(invocation, at->name) == NULL)
            return error_set(err, "%s is missing: %s", at->name, at->help);
    }
    for (const struct option *at = command->options; at != NULL && at->name != NULL; at++) {
        if (at->is_required && invocation_find(invocation, at->name) == NULL)
            return error_set(err, "--%s %s is missing: %s", at->name, at->value, at->help);
        if (!is_said_once(invocation, at, err))
            return false;
    }
    return true;
}

// The rows of a file are looked at one by one.
static int check_complete(struct invocation *invocation) {
    const struct command *command = invocation->command;
    struct error err = {0};
    if (command == NULL || invocation->wants_help ||
        (command->has_bulk && invocation_find(invocation, "file") != NULL) ||
        parse_is_complete(invocation, command, &err))
        return EXIT_OK;
    return fail_usage(invocation, "%s", err.message);
}

static int parse_any(struct invocation *invocation, char *const *words, int n_words,
                     bool is_after_dashes, int *n_used) {
    const char *word = words[0];
    *n_used = 1;
    if (is_after_dashes || word[0] != '-' || word[1] == '\0')
        return parse_word(invocation, word);
    if (strcmp(word, "-h") == 0) {
        invocation->wants_help = true;
        return EXIT_OK;
    }
    if (strcmp(word, "-o") == 0 && n_words > 1) {
        char *const output[] = {"--output", words[1]};
        return parse_option(invocation, output, 2, n_used);
    }
    if (word[1] != '-')
        return fail_usage(invocation, "there is no option %s; options have two dashes", word);
    return parse_option(invocation, words, n_words, n_used);
}

int parse_arguments(struct invocation *invocation, int argc, char *const *argv) {
    bool is_after_dashes = false;
    for (int i = 1; i < argc;) {
        int n_used = 1, code = EXIT_OK;
        if (!is_after_dashes && strcmp(argv[i], "--") == 0)
            is_after_dashes = true;
        else if (strcmp(argv[i], "--version") == 0 && invocation->noun == NULL)
            code = find_noun(invocation, "version");
        else
            code = parse_any(invocation, argv + i, argc - i, is_after_dashes, &n_used);
        if (code != EXIT_OK)
            return code;
        i += n_used;
    }
    return check_complete(invocation);
}
