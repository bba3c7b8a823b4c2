// The one table of options: name, default, range, example, and why. Private to config*.c; `shapd
// --help` and the manual page are printed from it.
#pragma once

#include "server/config.h"

enum option_kind { KIND_TEXT, KIND_LIST, KIND_NUMBER, KIND_COMMAND };

struct option {
    const char *name;
    enum option_kind kind;
    size_t offset; // in struct config
    const char *argument;
    const char *start; // the default, as it would be written; NULL: none
    long least;        // KIND_NUMBER
    long most;
    const char *example;
    const char *help;
};

enum { CONFIG_OPTIONS_MAX = 100 };

extern const struct option config_options[];
extern const size_t config_n_options;

// What the help prints above it and those that follow; NULL: nothing.
const char *config_heading(const struct option *option);
