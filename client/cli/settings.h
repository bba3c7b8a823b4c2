// The settings of one run, each from the first place that has it: command line, environment, the
// profile's section of the configuration file, the lines above all sections, the default.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "client/cli/config.h"
#include "server/base/error.h"

enum setting {
    SETTING_SERVER,
    SETTING_CA,
    SETTING_CRL,
    SETTING_CLIENT_CERT,
    SETTING_CLIENT_KEY,
    SETTING_TOKEN_FILE,
    SETTING_PLAN,
    SETTING_FORMAT,
    SETTING_TIMEOUT,
    N_SETTINGS,
};

// One row of the table of settings: help and errors are made from it.
struct setting_info {
    const char *key;         // in the file, and the option's name
    const char *environment; // variable
    const char *fallback;    // NULL: none
};
extern const struct setting_info setting_table[N_SETTINGS];

enum { PROFILE_SIZE = 65 };

struct settings {
    char profile[PROFILE_SIZE];
    char *config_path;    // owned; NULL without a home directory
    char *token_path;     // owned: where the profile's token is kept; NULL likewise
    char *answers_path;   // owned: where the profile's unsent answers are kept, to be followed by
                          // whose they are; NULL likewise
    char *outbox_path;    // owned: the directory of all profiles' outbox; NULL likewise
    struct config config; // owned
    const char *values[N_SETTINGS]; // borrowed from the command line, the environment or config
    const char
        *sources[N_SETTINGS]; // where each is from: "--server", "SHAP_SERVER", "the default" ...
    int timeout_ms;           // 0: no deadline
};

// Looks a name up: an option of the command line, or a variable of the environment. NULL: not
// there, or empty.
typedef const char *(*settings_lookup)(void *ctx, const char *name);

// False with err set when the configuration or a setting makes no sense. settings is to be finished
// either way. makes_profile: the profile's name is taken as it is; else it may be the beginning
// that only one of the profiles here has.
bool settings_load(struct settings *settings, bool makes_profile, settings_lookup find_option,
                   settings_lookup find_variable, void *ctx, struct error *err)
    __attribute__((warn_unused_result));

void settings_finish(struct settings *settings);

// Whether a name can be a profile's: letters, digits, '.', '_' and '-', not beginning with '.'.
bool settings_is_profile(const char *name);
