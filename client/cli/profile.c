#include "client/cli/profile.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include "client/cli/token_file.h"

bool profile_each(const struct config *config, const char *token_directory,
                  profile_on_name on_profile, void *ctx) {
    bool goes_on = true;
    for (size_t i = 0; i < config->n_entries && goes_on; i++) {
        if (config->entries[i].profile != NULL)
            goes_on = on_profile(ctx, config->entries[i].profile);
    }
    DIR *directory = token_directory == NULL ? NULL : opendir(token_directory);
    if (directory == NULL)
        return goes_on;
    for (const struct dirent *entry; goes_on && (entry = readdir(directory)) != NULL;) {
        if (settings_is_profile(entry->d_name) && !token_file_is_beside(entry->d_name))
            goes_on = on_profile(ctx, entry->d_name);
    }
    closedir(directory);
    return goes_on;
}

// What begins with the name that was given.
struct found {
    const char *given;
    bool is_whole; // it is a profile's name as it stands
    char only[PROFILE_SIZE];
    char other[PROFILE_SIZE]; // one more; empty: none
};

static bool on_profile(void *ctx, const char *name) {
    struct found *found = ctx;
    if (strncmp(name, found->given, strlen(found->given)) != 0)
        return true;
    found->is_whole = strcmp(name, found->given) == 0;
    if (found->only[0] == '\0')
        snprintf(found->only, sizeof found->only, "%s", name);
    else if (strcmp(found->only, name) != 0)
        snprintf(found->other, sizeof found->other, "%s", name);
    return !found->is_whole;
}

bool profile_complete(struct settings *settings, struct error *err) {
    struct found found = {.given = settings->profile};
    (void)profile_each(&settings->config, settings->token_path, on_profile, &found);
    if (found.is_whole || found.only[0] == '\0')
        return true;
    if (found.other[0] != '\0')
        return error_set(err,
                         "--as: \"%s\" is not one profile but several: %s, %s. Write more of it.",
                         settings->profile, found.only, found.other);
    memcpy(settings->profile, found.only, sizeof settings->profile);
    return true;
}
