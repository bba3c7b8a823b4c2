#include "client/cli/nouns.h"

#include <string.h>

#define DECLARE(name) extern const struct noun noun_##name;
NOUNS(DECLARE)

#define POINT(name) &noun_##name,
const struct noun *const nouns[] = {NOUNS(POINT)};
const size_t n_nouns = sizeof nouns / sizeof *nouns;

const struct noun *noun_find(const char *name) {
    for (size_t i = 0; i < n_nouns; i++) {
        if (strcmp(nouns[i]->name, name) == 0)
            return nouns[i];
    }
    return NULL;
}

const struct command *noun_find_command(const struct noun *noun, const char *verb) {
    for (const struct command *command = noun->commands; command->summary != NULL; command++) {
        if (verb == NULL ? command->verb == NULL
                         : command->verb != NULL && strcmp(command->verb, verb) == 0)
            return command;
    }
    return NULL;
}
