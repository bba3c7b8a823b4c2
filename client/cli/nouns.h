// The nouns of `shap`, in the order in which help lists them. A new noun is one line here, one file
// that defines `const struct noun noun_NAME`, and the file's name in CMakeLists.txt.
#pragma once

#include <stddef.h>
#include "client/cli/command.h"

#define NOUNS(noun)                                                                                \
    noun(login) noun(logout) noun(whoami) noun(org) noun(person) noun(token) noun(register)        \
        noun(post) noun(plan) noun(carry) noun(objective) noun(milestone) noun(doubt)              \
            noun(outstanding) noun(answer) noun(return ) noun(outbox) noun(review) noun(grant)     \
                noun(meeting) noun(signoff) noun(cycle) noun(window) noun(digest) noun(scheme)     \
                    noun(rating) noun(report) noun(audit) noun(text) noun(watch) noun(doctor)      \
                        noun(completion) noun(version) noun(help)

// All of them.
extern const struct noun *const nouns[];
extern const size_t n_nouns;

// The noun of that name; NULL when there is none.
const struct noun *noun_find(const char *name);

// The command of a noun for a verb (NULL for the one without); NULL when there is none.
const struct command *noun_find_command(const struct noun *noun, const char *verb);
