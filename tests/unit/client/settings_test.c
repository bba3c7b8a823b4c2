#include "client/cli/settings.h"

#include <stdio.h>
#include "client/cli/file.h"
#include "tests/unit/client/expect.h"
#include "tests/unit/client/place.h"

// Names and values, ended by NULL: what was typed, and the environment.
struct world {
    const char *const *options;
    const char *const *variables;
};

static const char *find_in(const char *const *pairs, const char *name) {
    for (; pairs != NULL && pairs[0] != NULL; pairs += 2) {
        if (strcmp(pairs[0], name) == 0)
            return pairs[1];
    }
    return NULL;
}

static const char *find_option(void *ctx, const char *name) {
    return find_in(((struct world *)ctx)->options, name);
}

static const char *find_variable(void *ctx, const char *name) {
    return find_in(((struct world *)ctx)->variables, name);
}

static bool makes_profile;

static bool load(struct settings *settings, const char *const *options,
                 const char *const *variables, struct error *err) {
    struct world world = {options, variables};
    memset(err, 0, sizeof *err);
    return settings_load(settings, makes_profile, find_option, find_variable, &world, err);
}

static void make(void) {
    place_make();
}

TestSuite(settings, .init = make, .fini = place_remove);

static const char *write_config(const char *text) {
    struct error err = {0};
    const char *path = place_path("config");
    cr_assert(file_write(path, 0600, text, strlen(text), &err), "%s", err.message);
    return path;
}

Test(settings, the_command_line_beats_the_environment_beats_the_profile_beats_the_rest) {
    const char *path =
        write_config("server = for-all\nplan = for-all\nformat = csv\nprofile = mine\n"
                     "[mine]\nserver = profile\nplan = profile\n[other]\nserver = other\n");
    const char *const variables[] = {"SHAP_CONFIG", path, "SHAP_SERVER", "environment", NULL};
    const char *const without[] = {"SHAP_CONFIG", path, NULL};
    const char *const typed[] = {"server", "typed", NULL};
    const char *const as_other[] = {"as", "other", NULL};
    struct settings settings;
    struct error err;
    cr_assert(load(&settings, typed, variables, &err), "%s", err.message);
    cr_assert_str_eq(settings.values[SETTING_SERVER], "typed");
    cr_assert_str_eq(settings.sources[SETTING_SERVER], "--server");
    cr_assert_str_eq(settings.profile, "mine");
    settings_finish(&settings);
    cr_assert(load(&settings, NULL, variables, &err));
    cr_assert_str_eq(settings.values[SETTING_SERVER], "environment");
    cr_assert_str_eq(settings.sources[SETTING_SERVER], "SHAP_SERVER");
    settings_finish(&settings);
    cr_assert(load(&settings, NULL, without, &err));
    cr_assert_str_eq(settings.values[SETTING_SERVER], "profile");
    cr_assert_str_eq(settings.sources[SETTING_SERVER], path);
    cr_assert_str_eq(settings.values[SETTING_FORMAT], "csv");
    settings_finish(&settings);
    cr_assert(load(&settings, as_other, without, &err));
    cr_assert_str_eq(settings.values[SETTING_SERVER], "other");
    cr_assert_str_eq(settings.values[SETTING_PLAN], "for-all");
    settings_finish(&settings);
}

Test(settings, without_anything_there_are_defaults) {
    struct settings settings;
    struct error err;
    cr_assert(load(&settings, NULL, NULL, &err));
    cr_assert_null(settings.values[SETTING_SERVER]);
    cr_assert_null(settings.token_path);
    cr_assert_null(settings.config_path);
    cr_assert_str_eq(settings.values[SETTING_FORMAT], "table");
    cr_assert_eq(settings.timeout_ms, 30000);
    cr_assert_str_eq(settings.profile, "default");
    settings_finish(&settings);
}

Test(settings, the_users_files_are_where_xdg_says) {
    const char *const home[] = {"HOME", "/nonexistent", "SHAP_PROFILE", "home-housing", NULL};
    const char *const xdg[] = {"HOME", "/nonexistent", "XDG_CONFIG_HOME", "/nonexistent/xdg", NULL};
    const char *const relative[] = {"HOME", "/nonexistent", "XDG_CONFIG_HOME", "xdg", NULL};
    struct settings settings;
    struct error err;
    cr_assert(load(&settings, NULL, home, &err));
    cr_assert_str_eq(settings.config_path, "/nonexistent/.config/shap/config");
    cr_assert_str_eq(settings.token_path, "/nonexistent/.config/shap/tokens/home-housing");
    settings_finish(&settings);
    cr_assert(load(&settings, NULL, xdg, &err));
    cr_assert_str_eq(settings.config_path, "/nonexistent/xdg/shap/config");
    cr_assert_str_eq(settings.token_path, "/nonexistent/xdg/shap/tokens/default");
    settings_finish(&settings);
    cr_assert(load(&settings, NULL, relative, &err));
    cr_assert_str_eq(settings.config_path, "/nonexistent/.config/shap/config",
                     "XDG: relative paths are ignored");
    settings_finish(&settings);
}

Test(settings, a_profile_cannot_lead_out_of_its_directory) {
    static const char *const names[] = {"../x", "a/b", ".", "..", ".hidden", "", "a b", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *const options[] = {"as", names[i], NULL};
        struct settings settings;
        struct error err;
        cr_assert_not(load(&settings, options, NULL, &err), "%s", names[i]);
        cr_assert_not(settings_is_profile(names[i]));
        settings_finish(&settings);
    }
    cr_assert(settings_is_profile("home-housing_2.b"));
}

Test(settings, a_timeout_is_a_number_of_seconds) {
    static const struct {
        const char *text;
        int ms; // -1: refused
    } rows[] = {{"1", 1000},         {"0.25", 250}, {"0", 0},    {"0.0001", 1},
                {"86400", 86400000}, {"-1", -1},    {"", -1},    {"x", -1},
                {"1s", -1},          {"86401", -1}, {"nan", -1}, {"inf", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const options[] = {"timeout", rows[i].text, NULL};
        struct settings settings;
        struct error err;
        bool is_loaded = load(&settings, options, NULL, &err);
        cr_assert_eq(is_loaded, rows[i].ms >= 0, "%s", rows[i].text);
        if (is_loaded)
            cr_assert_eq(settings.timeout_ms, rows[i].ms);
        settings_finish(&settings);
    }
}

static void expect_refusal(const char *text, const char *words) {
    const char *path = write_config(text);
    const char *const variables[] = {"SHAP_CONFIG", path, NULL};
    struct settings settings;
    struct error err;
    cr_assert_not(load(&settings, NULL, variables, &err));
    cr_assert_not_null(strstr(err.message, words), "%s", err.message);
    settings_finish(&settings);
}

Test(settings, a_setting_that_does_not_exist_is_refused_with_the_likely_one) {
    expect_refusal("[a]\nsevrer = x\n",
                   "line 2: there is no setting \"sevrer\"; did you mean \"server\"?");
    expect_refusal("[a]\nprofile = b\n", "above all");
}

Test(settings, a_token_in_the_file_is_refused) {
    expect_refusal("token = shap_1\n", "does not belong");
}

static void make_token(const char *name) {
    char path[1024];
    struct error err = {0};
    snprintf(path, sizeof path, "%s/shap/tokens/%s", place_path("."), name);
    cr_assert(file_make_parents(path, &err) && file_write(path, 0600, "t\n", 2, &err), "%s",
              err.message);
}

Test(settings, a_profile_is_named_by_the_beginning_that_only_one_has) {
    struct settings settings;
    struct error err;
    char config[1024], home[1024];
    snprintf(config, sizeof config, "%s", write_config("[barrow]\nserver = b\nplan = p\n"));
    snprintf(home, sizeof home, "%s", place_path("."));
    const char *const variables[] = {"SHAP_CONFIG", config, "XDG_CONFIG_HOME", home, NULL};
    make_token("copeland");
    make_token("copeland-panel");
    make_token("home");
    static const struct {
        const char *typed, *profile;
    } cases[] = {{"copeland", "copeland"},
                 {"copeland-", "copeland-panel"},
                 {"ho", "home"},
                 {"bar", "barrow"},
                 {"elsewhere", "elsewhere"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const typed[] = {"as", cases[i].typed, NULL};
        char end[100];
        cr_assert(load(&settings, typed, variables, &err), "%s", err.message);
        cr_assert_str_eq(settings.profile, cases[i].profile);
        snprintf(end, sizeof end, "/shap/tokens/%s", cases[i].profile);
        cr_assert_str_eq(settings.token_path + strlen(settings.token_path) - strlen(end), end);
        settings_finish(&settings);
    }
    const char *const several[] = {"as", "cop", NULL};
    cr_assert_not(load(&settings, several, variables, &err));
    cr_assert_not_null(strstr(err.message, "\"cop\" is not one profile but several: copeland"),
                       "%s", err.message);
    settings_finish(&settings);
    makes_profile = true;
    cr_assert(load(&settings, several, variables, &err), "%s", err.message);
    cr_assert_str_eq(settings.profile, "cop", "where a profile is made its name is taken as it is");
    settings_finish(&settings);
}
