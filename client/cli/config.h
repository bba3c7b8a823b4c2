// The configuration file: `key = value` lines, for all profiles before the first `[profile]`
// heading, for one profile under its own. Comments begin with # or ; on a line of their own.
//
// Read whole by settings; written by `shap login` only, which changes one key and keeps every other
// line as it is.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "server/base/error.h"

struct config_entry {
    char *profile; // owned; NULL: for all
    char *key;     // owned
    char *value;   // owned
    int line;
};

struct config {
    struct config_entry *entries; // owned
    size_t n_entries;
};

// Reads a file; one that does not exist is an empty configuration. False with err set (file, line,
// what is wrong) when it cannot be read or understood.
bool config_read(struct config *config, const char *path, struct error *err)
    __attribute__((warn_unused_result));

// The same of a text that is there already; name is for messages.
bool config_parse(struct config *config, const char *text, const char *name, struct error *err)
    __attribute__((warn_unused_result));

void config_finish(struct config *config);

// The value of key for a profile: its own, else the one for all (profile NULL: that only); NULL
// when there is none.
const char *config_find(const struct config *config, const char *profile, const char *key);

// Sets key in the profile's section of the file, which is made if need be (directories 0700). The
// file is replaced in one step.
bool config_set(const char *path, const char *profile, const char *key, const char *value,
                struct error *err) __attribute__((warn_unused_result));
