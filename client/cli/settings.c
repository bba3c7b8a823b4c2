#include "client/cli/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/profile.h"
#include "client/cli/suggest.h"
#include "server/base/buf.h"

const struct setting_info setting_table[N_SETTINGS] = {
    [SETTING_SERVER] = {"server", "SHAP_SERVER", NULL},
    [SETTING_CA] = {"ca", "SHAP_CA", NULL},
    [SETTING_CRL] = {"crl", "SHAP_CRL", NULL},
    [SETTING_CLIENT_CERT] = {"client-cert", "SHAP_CLIENT_CERT", NULL},
    [SETTING_CLIENT_KEY] = {"client-key", "SHAP_CLIENT_KEY", NULL},
    [SETTING_TOKEN_FILE] = {"token-file", "SHAP_TOKEN_FILE", NULL},
    [SETTING_PLAN] = {"plan", "SHAP_PLAN", NULL},
    [SETTING_FORMAT] = {"format", "SHAP_FORMAT", "table"},
    [SETTING_TIMEOUT] = {"timeout", "SHAP_TIMEOUT", "30"},
};

enum { LONGEST_TIMEOUT_S = 86400 };

static const char *option_names[N_SETTINGS] = {
    [SETTING_SERVER] = "--server",
    [SETTING_CA] = "--ca",
    [SETTING_CRL] = "--crl",
    [SETTING_CLIENT_CERT] = "--client-cert",
    [SETTING_CLIENT_KEY] = "--client-key",
    [SETTING_TOKEN_FILE] = "--token-file",
    [SETTING_PLAN] = "--plan",
    [SETTING_FORMAT] = "--format",
    [SETTING_TIMEOUT] = "--timeout",
};

bool settings_is_profile(const char *name) {
    size_t len = strlen(name);
    if (len == 0 || len >= PROFILE_SIZE || name[0] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)name[i]) && strchr("._-", name[i]) == NULL)
            return false;
    }
    return true;
}

static char *join(const char *directory, const char *rest, const char *name) {
    size_t size = strlen(directory) + strlen(rest) + strlen(name) + 1;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s%s", directory, rest, name);
    return path;
}

// $XDG_CONFIG_HOME/shap/... or $HOME/.config/shap/..., or those of another such variable; NULL
// without either.
static char *user_path(settings_lookup find_variable, void *ctx, const char *variable,
                       const char *below_home, const char *rest) {
    const char *home = find_variable(ctx, variable);
    if (home != NULL && home[0] == '/')
        return join(home, rest, "");
    home = find_variable(ctx, "HOME");
    if (home == NULL)
        return NULL;
    return join(home, below_home, rest);
}

static bool check_key(const struct config_entry *entry, const char *path, struct error *err) {
    const char *names[N_SETTINGS + 1];
    for (size_t i = 0; i < N_SETTINGS; i++)
        names[i] = setting_table[i].key;
    names[N_SETTINGS] = "profile";
    for (size_t i = 0; i <= N_SETTINGS; i++) {
        if (strcmp(entry->key, names[i]) == 0)
            return strcmp(entry->key, "profile") != 0 || entry->profile == NULL ||
                   error_set(err, "%s line %d: \"profile\" stands above all [profile] headings",
                             path, entry->line);
    }
    if (strcmp(entry->key, "token") == 0)
        return error_set(err,
                         "%s line %d: a token does not belong into this file: remove the line, and "
                         "sign in with `shap login`",
                         path, entry->line);
    const char *near = suggest_nearest(entry->key, names, N_SETTINGS + 1);
    return error_set(err, "%s line %d: there is no setting \"%s\"%s%s%s", path, entry->line,
                     entry->key, near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                     near == NULL ? "" : "\"?");
}

static bool load_config(struct settings *settings, settings_lookup find_variable, void *ctx,
                        struct error *err) {
    const char *path = find_variable(ctx, "SHAP_CONFIG");
    settings->config_path =
        path != NULL ? strdup(path)
                     : user_path(find_variable, ctx, "XDG_CONFIG_HOME", "/.config", "/shap/config");
    if (settings->config_path == NULL)
        return true;
    if (!config_read(&settings->config, settings->config_path, err))
        return false;
    for (size_t i = 0; i < settings->config.n_entries; i++) {
        if (!check_key(&settings->config.entries[i], settings->config_path, err))
            return false;
    }
    return true;
}

// The profile's file in a directory.
static bool name_file(char **path, const struct settings *settings, struct error *err) {
    char *directory = *path;
    if (directory == NULL)
        return true;
    *path = join(directory, settings->profile, "");
    free(directory);
    return *path != NULL || error_set(err, "not enough memory");
}

static bool choose_profile(struct settings *settings, bool makes_profile,
                           settings_lookup find_option, settings_lookup find_variable, void *ctx,
                           struct error *err) {
    const char *profile = find_option(ctx, "as");
    if (profile == NULL)
        profile = find_variable(ctx, "SHAP_PROFILE");
    if (profile == NULL)
        profile = config_find(&settings->config, NULL, "profile");
    bool is_named = profile != NULL;
    if (profile == NULL)
        profile = "default";
    if (!settings_is_profile(profile))
        return error_set(err,
                         "\"%.80s\" cannot be a profile's name: use letters, digits, '.', '_' and "
                         "'-', at most %d",
                         profile, PROFILE_SIZE - 1);
    snprintf(settings->profile, sizeof settings->profile, "%s", profile);
    settings->token_path =
        user_path(find_variable, ctx, "XDG_CONFIG_HOME", "/.config", "/shap/tokens/");
    settings->answers_path =
        user_path(find_variable, ctx, "XDG_STATE_HOME", "/.local/state", "/shap/answers/");
    settings->outbox_path =
        user_path(find_variable, ctx, "XDG_STATE_HOME", "/.local/state", "/shap/outbox");
    return (makes_profile || !is_named || profile_complete(settings, err)) &&
           name_file(&settings->token_path, settings, err) &&
           name_file(&settings->answers_path, settings, err);
}

static void choose_value(struct settings *settings, enum setting setting,
                         settings_lookup find_option, settings_lookup find_variable, void *ctx) {
    const struct setting_info *info = &setting_table[setting];
    const struct {
        const char *value;
        const char *source;
    } places[] = {
        {find_option(ctx, info->key), option_names[setting]},
        {find_variable(ctx, info->environment), info->environment},
        {config_find(&settings->config, settings->profile, info->key), settings->config_path},
        {info->fallback, "the default"},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i].value != NULL) {
            settings->values[setting] = places[i].value;
            settings->sources[setting] = places[i].source;
            return;
        }
    }
}

static bool read_timeout(struct settings *settings, struct error *err) {
    const char *text = settings->values[SETTING_TIMEOUT];
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0) || seconds > LONGEST_TIMEOUT_S)
        return error_set(err, "%s: \"%.40s\" is not a number of seconds from 0 (no deadline) to %d",
                         settings->sources[SETTING_TIMEOUT], text, LONGEST_TIMEOUT_S);
    settings->timeout_ms = (int)(seconds * 1000 + 0.5);
    if (seconds > 0 && settings->timeout_ms == 0)
        settings->timeout_ms = 1;
    return true;
}

bool settings_load(struct settings *settings, bool makes_profile, settings_lookup find_option,
                   settings_lookup find_variable, void *ctx, struct error *err) {
    memset(settings, 0, sizeof *settings);
    if (!load_config(settings, find_variable, ctx, err) ||
        !choose_profile(settings, makes_profile, find_option, find_variable, ctx, err))
        return false;
    for (size_t i = 0; i < N_SETTINGS; i++)
        choose_value(settings, (enum setting)i, find_option, find_variable, ctx);
    return read_timeout(settings, err);
}

void settings_finish(struct settings *settings) {
    config_finish(&settings->config);
    free(settings->config_path);
    free(settings->token_path);
    free(settings->answers_path);
    free(settings->outbox_path);
    memset(settings, 0, sizeof *settings);
}
