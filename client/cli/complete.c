#include "client/cli/complete.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "client/cli/complete_live.h"
#include "client/cli/help.h"
#include "client/cli/nouns.h"
#include "client/cli/output.h"
#include "client/cli/parse.h"
#include "client/cli/profile.h"
#include "client/render/field.h"
#include "client/render/text.h"

// Where the words before the unfinished one have led.
struct place {
    const struct noun *noun;
    const struct command *command;
    const struct option *waiting; // its value comes next
    const char *profile;          // as typed after --as
    size_t n_operands;
    const char *first_operand;
    bool is_after_dashes;
    bool is_glued; // the next word is the rest of a value that bash broke at a colon
    bool is_lost;  // no such command
};

static void enter_option(struct place *place, const char *word) {
    if (strcmp(word, "-o") == 0)
        word = "--output";
    if (strncmp(word, "--", 2) != 0 || strchr(word, '=') != NULL)
        return;
    const struct option *option = parse_find_option(place->command, word + 2, strlen(word + 2));
    place->waiting = option == NULL || option->kind == OPTION_FLAG ? NULL : option;
}

static void enter_name(struct place *place, const char *word) {
    if (place->noun == NULL) {
        place->noun = noun_find(word);
        place->is_lost = place->noun == NULL;
        place->command = place->is_lost ? NULL : noun_find_command(place->noun, NULL);
    } else if (place->command == NULL) {
        place->command = noun_find_command(place->noun, word);
        place->is_lost = place->command == NULL;
    } else {
        place->first_operand = place->n_operands++ == 0 ? word : place->first_operand;
    }
}

// bash breaks words at '=' and ':', which then are words of their own.
static void enter(struct place *place, const char *word) {
    bool was_glued = place->is_glued;
    place->is_glued = strcmp(word, ":") == 0;
    if (was_glued || place->is_glued || (place->waiting != NULL && strcmp(word, "=") == 0))
        return;
    if (place->waiting != NULL) {
        place->profile = strcmp(place->waiting->name, "as") == 0 ? word : place->profile;
        place->waiting = NULL;
    } else if (!place->is_after_dashes && strcmp(word, "--") == 0)
        place->is_after_dashes = true;
    else if (!place->is_after_dashes && word[0] == '-')
        enter_option(place, word);
    else
        enter_name(place, word);
}

// What is offered: the part of the unfinished word that stays, and the part that is completed.
struct offer {
    struct buf *out;
    struct invocation *invocation; // borrowed; who asks the server
    const char *kept;
    size_t kept_len;
    const char *begun;
};

static bool add_word(const struct offer *offer, const char *dashes, const char *word,
                     const char *about) {
    size_t n_dashes = strlen(dashes), len = strlen(offer->begun);
    size_t of_dashes = len < n_dashes ? len : n_dashes;
    if (strncmp(dashes, offer->begun, of_dashes) != 0 ||
        strncmp(word, offer->begun + of_dashes, len - of_dashes) != 0)
        return true;
    return buf_format(offer->out, "%.*s%s%s%s%s\n", (int)offer->kept_len, offer->kept, dashes, word,
                      about == NULL ? "" : "\t", about == NULL ? "" : about);
}

static bool add_choices(const struct offer *offer, const ProtobufCEnumDescriptor *choices) {
    char label[FIELD_LABEL_SIZE];
    for (unsigned i = 0; i < choices->n_values; i++) {
        field_enum_word(choices, choices->values[i].value, label);
        if (label[0] != '\0' && !add_word(offer, "", label, NULL))
            return false;
    }
    return true;
}

static bool add_formats(const struct offer *offer, const struct command *command) {
    unsigned formats = command == NULL ? FORMATS_ALL : output_formats(command);
    for (unsigned i = 0; i < N_FORMATS; i++) {
        if ((formats & 1u << i) != 0 &&
            !add_word(offer, "", output_format_name((enum format)i), NULL))
            return false;
    }
    return true;
}

static bool on_profile(void *offer, const char *name) {
    return add_word(offer, "", name, NULL);
}

// The profiles somebody has signed in to here: the names of the token files.
static bool add_profiles(const struct offer *offer, const struct settings *settings) {
    char *path = settings->token_path == NULL ? NULL : strdup(settings->token_path);
    if (path == NULL)
        return true;
    *strrchr(path, '/') = '\0';
    struct offer adding = *offer;
    bool is_added = profile_each(&(struct config){0}, path, on_profile, &adding);
    free(path);
    return is_added;
}

// What the server knows is offered in any case of letters, as it is typed.
static bool on_live_word(void *ctx, const char *word, const char *about) {
    const struct offer *offer = ctx;
    if (strncasecmp(word, offer->begun, strlen(offer->begun)) != 0)
        return true;
    return buf_format(offer->out, "%.*s", (int)offer->kept_len, offer->kept) &&
           text_append_safe(offer->out, word, strlen(word), false) &&
           (about[0] == '\0' || buf_append_text(offer->out, "\t")) &&
           text_append_safe(offer->out, about, strlen(about), false) &&
           buf_append_text(offer->out, "\n");
}

static bool add_live(const struct offer *offer, const struct place *place, const char *field,
                     const char *name) {
    enum complete_live_kind kind = complete_live_kind(field, name);
    struct offer adding = *offer;
    if (kind != COMPLETE_LIVE_NONE)
        complete_live(offer->invocation, place->profile, kind, on_live_word, &adding);
    return true;
}

static bool add_values(const struct offer *offer, const struct place *place,
                       const struct option *option, const struct settings *settings) {
    if (option->choices != NULL)
        return add_choices(offer, option->choices);
    if (strcmp(option->name, "format") == 0)
        return add_formats(offer, place->command);
    if (strcmp(option->name, "as") == 0)
        return add_profiles(offer, settings);
    return add_live(offer, place, option->field, option->name);
}

static bool add_option_list(const struct offer *offer, const struct option *options) {
    for (; options != NULL && options->name != NULL; options++) {
        if (!add_word(offer, "--", options->name, options->help))
            return false;
    }
    return true;
}

// "--format=c": the value is completed, what stands before it stays.
static bool add_joined(struct offer *offer, const struct place *place, const char *sign,
                       const struct settings *settings) {
    size_t len = (size_t)(sign - offer->begun);
    const struct option *option = parse_find_option(place->command, offer->begun + 2, len - 2);
    offer->kept = offer->begun;
    offer->kept_len = len + 1;
    offer->begun = sign + 1;
    return option == NULL || add_values(offer, place, option, settings);
}

static bool add_options(struct offer *offer, const struct place *place,
                        const struct settings *settings) {
    const char *sign = strchr(offer->begun, '=');
    if (sign != NULL && strncmp(offer->begun, "--", 2) == 0)
        return add_joined(offer, place, sign, settings);
    const struct command *command = place->command;
    return (command == NULL || (add_option_list(offer, command->options) &&
                                (!command->has_bulk || add_option_list(offer, bulk_options)))) &&
           add_option_list(offer, general_options);
}

static bool add_nouns(const struct offer *offer) {
    for (size_t i = 0; i < n_nouns; i++) {
        if (!add_word(offer, "", nouns[i]->name, nouns[i]->summary))
            return false;
    }
    return true;
}

static bool add_verbs(const struct offer *offer, const struct noun *noun) {
    for (const struct command *at = noun->commands; at->summary != NULL; at++) {
        if (at->verb != NULL && !add_word(offer, "", at->verb, at->summary))
            return false;
    }
    return true;
}

// What `shap help` takes: a topic, or the words of a command.
static bool add_help_words(const struct offer *offer, const struct place *place) {
    const struct noun *noun = place->n_operands == 0 ? NULL : noun_find(place->first_operand);
    if (place->n_operands > 0)
        return noun == NULL || place->n_operands > 1 || add_verbs(offer, noun);
    for (size_t i = 0; i < n_help_topics; i++) {
        if (!add_word(offer, "", help_topics[i].name, NULL))
            return false;
    }
    return add_nouns(offer);
}

// The word that no option stands before.
static bool add_operand(const struct offer *offer, const struct place *place) {
    const struct operand *operand = parse_find_operand(place->command, place->n_operands);
    if (operand == NULL)
        return true;
    if (operand->choices != NULL)
        return add_choices(offer, operand->choices);
    return add_live(offer, place, operand->field, operand->name);
}

bool complete_add(struct buf *out, struct invocation *invocation, const char *const *words,
                  size_t n_words) {
    struct place place = {.noun = NULL};
    struct offer offer = {.out = out, .invocation = invocation, .kept = "", .begun = ""};
    for (size_t i = 0; i + 1 < n_words; i++)
        enter(&place, words[i]);
    if (n_words > 0)
        offer.begun = words[n_words - 1];
    if (place.waiting != NULL && strcmp(offer.begun, "=") == 0)
        offer.begun = "";
    if (place.is_lost || place.is_glued)
        return true;
    if (place.waiting != NULL)
        return add_values(&offer, &place, place.waiting, &invocation->settings);
    if (offer.begun[0] == '-' && !place.is_after_dashes)
        return add_options(&offer, &place, &invocation->settings);
    if (place.noun == NULL)
        return add_nouns(&offer);
    if (place.command == NULL)
        return add_verbs(&offer, place.noun);
    if (strcmp(place.noun->name, "help") == 0)
        return add_help_words(&offer, &place);
    return add_operand(&offer, &place);
}
