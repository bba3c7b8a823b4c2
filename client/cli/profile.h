// The profiles of this machine: those of the configuration file, and those somebody has signed in
// to. Used by settings and complete.
#pragma once

#include <stdbool.h>
#include "client/cli/settings.h"

// Calls on_profile with the name of each, some perhaps twice, until it returns false. Returns
// whether it never did.
typedef bool (*profile_on_name)(void *ctx, const char *name);
bool profile_each(const struct config *config, const char *token_directory,
                  profile_on_name on_profile, void *ctx);

// Makes settings->profile whole where it is the beginning that only one profile has. settings->
// token_path is still the directory of the tokens. False with err set: several begin so.
bool profile_complete(struct settings *settings, struct error *err)
    __attribute__((warn_unused_result));
