#include "server/config.h"

#include "server/config_options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Where a value comes from: a list given in a later place replaces the earlier one's.
struct source {
    const char *name; // for messages: "argument", "SHAPD_LISTEN", "shapd.conf:3"
    bool is_listed[CONFIG_OPTIONS_MAX];
};

static const struct option *find_option(const char *name, size_t len) {
    for (size_t i = 0; i < config_n_options; i++)
        if (strlen(config_options[i].name) == len &&
            strncmp(config_options[i].name, name, len) == 0)
            return &config_options[i];
    return NULL;
}

static bool set_number(const struct option *option, const char *value, const char *where,
                       long *number, struct error *err) {
    char *end = NULL;
    errno = 0;
    long n = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || n < option->least || n > option->most)
        return error_set(err, "%s: --%s takes a number from %ld to %ld, not \"%s\"", where,
                         option->name, option->least, option->most, value);
    *number = n;
    return true;
}

static bool add_items(struct config *config, struct config_list *list, const char *value,
                      const struct option *option, const char *where, struct error *err) {
    while (*value != '\0') {
        size_t len = strcspn(value, ",");
        if (list->n == CONFIG_LIST_MAX)
            return error_set(err, "%s: --%s is given more than %d times", where, option->name,
                             CONFIG_LIST_MAX);
        char *item = arena_copy(&config->arena, value, len);
        if (item == NULL)
            return error_set(err, "out of memory");
        if (len > 0)
            list->items[list->n++] = item;
        value += len + (value[len] == ',');
    }
    return true;
}

static bool set_option(struct config *config, const struct option *option, const char *value,
                       struct source *source, struct error *err) {
    void *member = (char *)config + option->offset;
    size_t index = (size_t)(option - config_options);
    if (option->argument == NULL) {
        *(bool *)member = true;
        return true;
    }
    if (value[0] == '\0')
        return error_set(err, "%s: --%s needs a value", source->name, option->name);
    if (option->kind == KIND_NUMBER)
        return set_number(option, value, source->name, member, err);
    if (option->kind == KIND_LIST) {
        struct config_list *list = member;
        if (!source->is_listed[index])
            list->n = 0;
        source->is_listed[index] = true;
        return add_items(config, list, value, option, source->name, err);
    }
    *(const char **)member = value;
    return true;
}

// ---- the three places

static bool read_defaults(struct config *config, struct error *err) {
    struct source source = {.name = "default"};
    for (size_t i = 0; i < config_n_options; i++)
        if (config_options[i].start != NULL &&
            !set_option(config, &config_options[i], config_options[i].start, &source, err))
            return false;
    return true;
}

static void environment_name(const struct option *option, char name[64]) {
    snprintf(name, 64, "SHAPD_%s", option->name);
    for (char *at = name; *at != '\0'; at++)
        *at = *at == '-' ? '_' : *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
}

static bool read_environment(struct config *config, struct error *err) {
    for (size_t i = 0; i < config_n_options; i++) {
        char name[64];
        environment_name(&config_options[i], name);
        const char *value = config_options[i].kind != KIND_COMMAND ? getenv(name) : NULL;
        struct source source = {.name = name};
        if (value != NULL && !set_option(config, &config_options[i], value, &source, err))
            return false;
    }
    return true;
}

// Walks the arguments; only_config: looks for --config and passes over the rest.
static bool read_arguments(struct config *config, int n, char *const *arguments, bool only_config,
                           struct error *err) {
    struct source source = {.name = "argument"};
    for (int i = 1; i < n; i++) {
        const char *name = arguments[i];
        if (strcmp(name, "-h") == 0)
            name = "--help";
        if (strncmp(name, "--", 2) != 0)
            return error_set(err, "\"%s\" is not an option; see shapd --help", name);
        size_t len = strcspn(name + 2, "=");
        const struct option *option = find_option(name + 2, len);
        bool has_value = name[2 + len] == '=';
        if (option == NULL)
            return error_set(err, "there is no option --%.*s; see shapd --help", (int)len,
                             name + 2);
        if (option->argument == NULL && has_value)
            return error_set(err, "--%s takes no value", option->name);
        if (option->argument != NULL && !has_value && i + 1 == n)
            return error_set(err, "--%s needs a value: %s", option->name, option->argument);
        const char *value = name + 2 + len + has_value;
        if (option->argument != NULL && !has_value)
            value = arguments[++i];
        if (only_config != (option->offset == offsetof(struct config, config_file)))
            continue;
        if (!set_option(config, option, value, &source, err))
            return false;
    }
    return true;
}

static char *trim(char *text) {
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
        len--;
    text[len] = '\0';
    return text;
}

static bool read_line(struct config *config, char *line, struct source *source, struct error *err) {
    char *text = trim(line);
    char *equals = strchr(text, '=');
    if (text[0] == '\0' || text[0] == '#')
        return true;
    if (equals == NULL)
        return error_set(err, "%s: expected `name = value`, not \"%s\"", source->name, text);
    *equals = '\0';
    char *name = trim(text);
    const struct option *option = find_option(name, strlen(name));
    if (option == NULL || option->kind == KIND_COMMAND)
        return error_set(err, "%s: there is no option \"%s\" for a file; see shapd --help",
                         source->name, name);
    char *value = trim(equals + 1);
    value = arena_copy(&config->arena, value, strlen(value));
    if (value == NULL)
        return error_set(err, "out of memory");
    return set_option(config, option, value, source, err);
}

static bool read_file(struct config *config, struct error *err) {
    const char *path = config->config_file;
    char where[256];
    char *line = NULL;
    size_t size = 0;
    int number = 0;
    bool is_ok = true;
    struct source source = {.name = where};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_set_errno(err, errno, "cannot read the configuration file %s", path);
    while (is_ok && getline(&line, &size, file) >= 0) {
        snprintf(where, sizeof where, "%s:%d", path, ++number);
        is_ok = read_line(config, line, &source, err);
    }
    if (is_ok && ferror(file))
        is_ok = error_set_errno(err, errno, "cannot read the configuration file %s", path);
    free(line);
    fclose(file);
    return is_ok;
}

// ---- what the machine decides

// One processor is left for what is short.
static void read_machine(struct config *config) {
    long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (config->report_links == 0)
        config->report_links = n_processors < 3 ? 1 : n_processors > 8 ? 8 : n_processors - 1;
}

// ---- what goes together

static bool check_source(const struct config *config, struct error *err) {
    if (config->database != NULL && config->embedded != NULL)
        return error_set(err, "--database and --embedded exclude each other");
    if (config->database == NULL && config->embedded == NULL)
        return error_set(err,
                         "say where the plans are: --embedded DIR for a private PostgreSQL, or "
                         "--database CONNECTION for one you run; see shapd --help");
    if (config->clock != NULL && config->embedded == NULL)
        return error_set(err, "--clock is for rehearsals with --embedded; a database that others "
                              "use has the real clock");
    return true;
}

static bool check_commands(const struct config *config, struct error *err) {
    int n = config->migrate + config->init + config->check + config->methods +
            (config->succeed != NULL) + (config->revoke_succession != NULL) +
            (config->backup != NULL) + (config->restore != NULL);
    if (n > 1)
        return error_set(err, "--migrate, --init, --succeed, --revoke-succession, --backup, "
                              "--restore, --check and --methods exclude each other");
    if ((config->backup != NULL || config->restore != NULL) && config->embedded == NULL)
        return error_set(err, "--backup and --restore are for --embedded; with a PostgreSQL that "
                              "you run, use its own pg_dump and pg_restore");
    if (config->succeed != NULL && (config->by == NULL || config->day == NULL))
        return error_set(err, "--succeed needs --by CODE and --day DAY");
    if (config->revoke_succession != NULL && config->reason == NULL)
        return error_set(err, "--revoke-succession needs --reason TEXT");
    bool is_council =
        config->council != NULL || config->administrator != NULL || config->council_code != NULL;
    bool is_region = config->region != NULL || config->councils != NULL || config->reader != NULL;
    if (config->init && is_region && is_council)
        return error_set(err, "--init makes a council or a region, not both at once");
    if (config->init && is_region &&
        (config->region == NULL || config->councils == NULL || config->reader == NULL ||
         config->token_file == NULL))
        return error_set(err, "--init of a region needs --region NAME, --councils CODE,CODE, "
                              "--reader NAME and --token-file FILE");
    if (config->init && !is_region &&
        (config->council == NULL || config->administrator == NULL || config->token_file == NULL))
        return error_set(err, "--init needs --council NAME, --administrator NAME and "
                              "--token-file FILE");
    if (!config->init && (is_council || is_region || config->token_file != NULL))
        return error_set(err, "--council, --council-code, --administrator, --region, --councils, "
                              "--reader and --token-file belong to --init");
    return true;
}

static bool check_loops(const struct config *config, struct error *err) {
    if (config->loops <= config->links && config->loops <= config->stream_links)
        return true;
    return error_set(err,
                     "--loops %ld needs as many --links and --stream-links, or more: each loop has "
                     "connections of its own",
                     config->loops);
}

static bool check_tls(const struct config *config, struct error *err) {
    bool is_required = strcmp(config->client_cert, "required") == 0;
    if ((config->tls_cert == NULL) != (config->tls_key == NULL))
        return error_set(err, "--tls-cert and --tls-key go together");
    if (strcmp(config->tls_min, "1.3") != 0 && strcmp(config->tls_min, "1.2") != 0)
        return error_set(err, "--tls-min takes 1.3 or 1.2, not \"%s\"", config->tls_min);
    if (!is_required && strcmp(config->client_cert, "optional") != 0)
        return error_set(err, "--client-cert takes optional or required, not \"%s\"",
                         config->client_cert);
    if (is_required && config->client_ca == NULL)
        return error_set(err, "--client-cert required needs --client-ca FILE");
    if (config->client_crl != NULL && config->client_ca == NULL)
        return error_set(err, "--client-crl needs --client-ca FILE: whose list it is");
    if (config->client_ca != NULL && config->tls_cert == NULL)
        return error_set(err, "--client-ca needs --tls-cert and --tls-key");
    return true;
}

static bool check_together(const struct config *config, struct error *err) {
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    bool is_level = false;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        is_level = is_level || strcmp(config->log_level, levels[i]) == 0;
    if (!is_level)
        return error_set(err, "--log-level takes error, warning, info or debug, not \"%s\"",
                         config->log_level);
    if (config->reflection != NULL && strcmp(config->reflection, "on") != 0 &&
        strcmp(config->reflection, "off") != 0)
        return error_set(err, "--reflection takes on or off, not \"%s\"", config->reflection);
    if (!check_loops(config, err) || !check_tls(config, err))
        return false;
    return check_source(config, err) && check_commands(config, err);
}

bool config_read(struct config *config, int n_arguments, char *const *arguments,
                 struct error *err) {
    memset(config, 0, sizeof *config);
    arena_init(&config->arena, 1 << 20);
    config->config_file = getenv("SHAPD_CONFIG");
    if (!read_defaults(config, err) || !read_arguments(config, n_arguments, arguments, true, err))
        return false;
    if (config->config_file != NULL && !read_file(config, err))
        return false;
    if (!read_environment(config, err) ||
        !read_arguments(config, n_arguments, arguments, false, err))
        return false;
    read_machine(config);
    return config->help || config->version || check_together(config, err);
}

void config_finish(struct config *config) {
    arena_finish(&config->arena);
}

// ---- help

static void print_text(FILE *out, const char *text) {
    fputs("        ", out);
    for (; *text != '\0'; text++) {
        fputc(*text, out);
        if (*text == '\n')
            fputs("        ", out);
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const struct option *option) {
    char name[64];
    environment_name(option, name);
    if (config_heading(option) != NULL)
        fprintf(out, "\n%s:\n", config_heading(option));
    fprintf(out, "  --%s%s%s", option->name, option->argument != NULL ? " " : "",
            option->argument != NULL ? option->argument : "");
    if (option->start != NULL)
        fprintf(out, "  (default %s)", option->start);
    if (option->kind != KIND_COMMAND || option->offset == offsetof(struct config, config_file))
        fprintf(out, "  [%s]", name);
    fputc('\n', out);
    print_text(out, option->help);
    if (option->example != NULL)
        fprintf(out, "        example: --%s '%s'\n", option->name, option->example);
}

void config_help(FILE *out) {
    fputs("shapd: the server of shared action plans, over gRPC\n\n"
          "Usage:\n"
          "  shapd --embedded DIR [options]            serve from a private PostgreSQL in DIR\n"
          "  shapd --database CONNECTION [options]     serve from a PostgreSQL you run\n"
          "  shapd (--embedded ... | --database ...) --migrate | --init ... | --check | --methods\n"
          "  shapd (--embedded ... | --database ...) --succeed ... | --revoke-succession ...\n"
          "  shapd --embedded DIR --backup FILE | --restore FILE\n"
          "  shapd cert COMMAND ...                    make and revoke certificates; see shapd "
          "cert --help\n",
          out);
    for (size_t i = 0; i < config_n_options; i++)
        print_option(out, &config_options[i]);
    fputs("\nSignals: TERM or INT once: finish what is in flight, then stop; twice: at once.\n"
          "HUP: read the files of certificates again; connections stay, but those of clients that\n"
          "are trusted no more.\n"
          "\nExit codes:\n"
          "  0  stopped as asked, or done\n"
          "  1  failed, or --check found something\n"
          "  2  the options are wrong\n"
          "  8  the database could not be reached or started\n",
          out);
}
