#include "server/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_TEXT, KIND_LIST, KIND_NUMBER, KIND_COMMAND };

struct option {
    const char *name;
    enum kind kind;
    size_t offset; // in struct config
    const char *argument;
    const char *start; // the default, as it would be written; NULL: none
    long least;        // KIND_NUMBER
    long most;
    const char *example;
    const char *help;
};

#define MEMBER(member) offsetof(struct config, member)

// KIND_COMMAND and what belongs to --init come from the arguments only.
static const struct option options[] = {
    {"database", KIND_TEXT, MEMBER(database), "CONNECTION", NULL, 0, 0,
     "host=db.example.org dbname=shap user=shap_server",
     "a PostgreSQL (15 or later) you run, as a libpq connection string; keep a password out of it\n"
     "(~/.pgpass, or SHAPD_DATABASE)"},
    {"embedded", KIND_TEXT, MEMBER(embedded), "DIR", NULL, 0, 0, "/var/lib/shap",
     "run a private PostgreSQL cluster in DIR, reachable through a socket in it only; made when\n"
     "DIR is new, brought up to date at each start, stopped at exit"},
    {"user", KIND_TEXT, MEMBER(user), "NAME", NULL, 0, 0, "shap",
     "started by root: the user to become (default with --embedded: postgres, else nobody)"},
    {"listen", KIND_LIST, MEMBER(listen), "ADDRESS", NULL, 0, 0, "unix:/run/shap/shapd.sock",
     "where to accept calls: unix:PATH, HOST:PORT, [IPV6]:PORT; may be given more than once.\n"
     "Default: unix:DIR/shapd.sock with --embedded, else 127.0.0.1:7433. Anything but a Unix\n"
     "socket or loopback needs --tls-cert and --tls-key"},
    {"tls-cert", KIND_TEXT, MEMBER(tls_cert), "FILE", NULL, 0, 0, "/etc/shap/server.crt",
     "the server's certificate and the chain above it, PEM; used on every HOST:PORT"},
    {"tls-key", KIND_TEXT, MEMBER(tls_key), "FILE", NULL, 0, 0, "/etc/shap/server.key",
     "its private key, PEM; without passphrase. HUP reads both again"},
    {"tls-min", KIND_TEXT, MEMBER(tls_min), "1.3|1.2", "1.3", 0, 0, "1.2",
     "the least version of TLS. 1.2 is for old clients and proxies, with the modern suites only"},
    {"client-ca", KIND_TEXT, MEMBER(client_ca), "FILE", NULL, 0, 0, "/etc/shap/ca.crt",
     "ask clients for certificates of the authorities in FILE, PEM. One that names an "
     "organisation\n"
     "binds its connection: tokens of others are refused on it. See shapd cert client"},
    {"client-cert", KIND_TEXT, MEMBER(client_cert), "optional|required", "optional", 0, 0,
     "required", "whether a client without such a certificate is refused. Needs --client-ca"},
    {"reflection", KIND_TEXT, MEMBER(reflection), "on|off", NULL, 0, 0, "off",
     "let any gRPC tool ask what methods and messages there are (grpc.reflection). Default: on "
     "when\n"
     "all addresses are Unix sockets and loopback, else off. No token is asked for: behind a "
     "proxy\n"
     "that strangers reach, say off"},
    {"links", KIND_NUMBER, MEMBER(links), "N", "8", 1, 1000, "16",
     "connections to PostgreSQL for calls with one answer"},
    {"stream-links", KIND_NUMBER, MEMBER(stream_links), "N", "4", 1, 1000, "8",
     "connections for calls that stream their answer"},
    {"queue", KIND_NUMBER, MEMBER(queue), "N", "4096", 1, 1000000, "1000",
     "calls that may wait for a connection; one more is refused (UNAVAILABLE)"},
    {"max-message", KIND_NUMBER, MEMBER(max_message), "BYTES", "1048576", 1024, 64L << 20, "262144",
     "the largest request message"},
    {"call-seconds", KIND_NUMBER, MEMBER(call_seconds), "N", "30", 1, 86400, "10",
     "the longest a call with one answer may take, whatever its client allows"},
    {"stream-seconds", KIND_NUMBER, MEMBER(stream_seconds), "N", "600", 1, 86400, "3600",
     "the same for a call that streams its answer"},
    {"watches", KIND_NUMBER, MEMBER(watches), "N", "1000", 1, 1000000, "200",
     "watching calls (shap watch) at a time: each holds a stream, but no connection to PostgreSQL"},
    {"watches-each", KIND_NUMBER, MEMBER(watches_each), "N", "16", 1, 1000000, "4",
     "the same of one token, so that nobody takes all of them"},
    {"watch-seconds", KIND_NUMBER, MEMBER(watch_seconds), "N", "30", 1, 3600, "10",
     "how often a watching call looks for what is new, and whether its token still holds, when\n"
     "PostgreSQL says nothing; its client hears from it as often"},
    {"log-level", KIND_TEXT, MEMBER(log_level), "LEVEL", "info", 0, 0, "debug",
     "error, warning, info or debug; log lines go to stderr"},
    {"clock", KIND_TEXT, MEMBER(clock), "MOMENT", NULL, 0, 0, "2010-12-31T09:00:00Z",
     "rehearsal with --embedded only: begin with the clock at MOMENT; never on real data"},
    {"config", KIND_COMMAND, MEMBER(config_file), "FILE", NULL, 0, 0, "/etc/shap/shapd.conf",
     "a file of lines `name = value` with the options above; # begins a comment"},
    {"migrate", KIND_COMMAND, MEMBER(migrate), NULL, NULL, 0, 0, NULL,
     "bring the database up to this version and exit; with --database as an administrator\n"
     "(--embedded does so by itself at each start)"},
    {"init", KIND_COMMAND, MEMBER(init), NULL, NULL, 0, 0, NULL,
     "make a council and its first administrator's token, and exit; with --database as an\n"
     "administrator. Needs the next three"},
    {"council", KIND_COMMAND, MEMBER(council), "NAME", NULL, 0, 0, "Copeland Borough Council",
     "the council's name"},
    {"administrator", KIND_COMMAND, MEMBER(administrator), "NAME", NULL, 0, 0, "Ann Example",
     "the administrator's name"},
    {"token-file", KIND_COMMAND, MEMBER(token_file), "FILE", NULL, 0, 0, "administrator.token",
     "a new file for the token, which only its owner can read (0600)"},
    {"council-code", KIND_COMMAND, MEMBER(council_code), "CODE", NULL, 0, 0, "copeland",
     "the council's code; default: its name in lower case, without Borough, Council and the like"},
    {"region", KIND_COMMAND, MEMBER(region), "NAME", NULL, 0, 0, "Cumbria",
     "with --init instead of --council and --administrator: a region, or one more reader of it "
     "and\n"
     "more councils in it. Needs the next two and --token-file"},
    {"councils", KIND_COMMAND, MEMBER(councils), "CODE,CODE", NULL, 0, 0, "copeland,barrow",
     "the councils of the region, by their codes"},
    {"reader", KIND_COMMAND, MEMBER(reader), "NAME", NULL, 0, 0, "Rita Example",
     "who reads the councils of the region side by side; the token is theirs"},
    {"succeed", KIND_COMMAND, MEMBER(succeed), "CODE", NULL, 0, 0, "copeland",
     "record that the council of that code is succeeded by another, and exit; with --database as\n"
     "an administrator. Needs the next two. From that day on the other's people act on its plans"},
    {"by", KIND_COMMAND, MEMBER(by), "CODE", NULL, 0, 0, "cumberland", "the successor's code"},
    {"day", KIND_COMMAND, MEMBER(day), "DAY", NULL, 0, 0, "2023-04-01", "from which day on"},
    {"revoke-succession", KIND_COMMAND, MEMBER(revoke_succession), "CODE", NULL, 0, 0, "copeland",
     "undo that, from today on, and exit. Needs --reason"},
    {"reason", KIND_COMMAND, MEMBER(reason), "TEXT", NULL, 0, 0, "the wrong council", "why"},
    {"check", KIND_COMMAND, MEMBER(check), NULL, NULL, 0, 0, NULL,
     "check that methods and database agree and that the database keeps its promises, and exit"},
    {"methods", KIND_COMMAND, MEMBER(methods), NULL, NULL, 0, 0, NULL,
     "print every method, its function and the roles that may call it, and exit"},
    {"version", KIND_COMMAND, MEMBER(version), NULL, NULL, 0, 0, NULL,
     "print the version and exit"},
    {"help", KIND_COMMAND, MEMBER(help), NULL, NULL, 0, 0, NULL, "print this and exit"},
};

enum { N_OPTIONS = sizeof options / sizeof *options };

// Where a value comes from: a list given in a later place replaces the earlier one's.
struct source {
    const char *name; // for messages: "argument", "SHAPD_LISTEN", "shapd.conf:3"
    bool is_listed[N_OPTIONS];
};

static const struct option *find_option(const char *name, size_t len) {
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (strlen(options[i].name) == len && strncmp(options[i].name, name, len) == 0)
            return &options[i];
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
    size_t index = (size_t)(option - options);
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
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (options[i].start != NULL &&
            !set_option(config, &options[i], options[i].start, &source, err))
            return false;
    return true;
}

static void environment_name(const struct option *option, char name[64]) {
    snprintf(name, 64, "SHAPD_%s", option->name);
    for (char *at = name; *at != '\0'; at++)
        *at = *at == '-' ? '_' : *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
}

static bool read_environment(struct config *config, struct error *err) {
    for (size_t i = 0; i < N_OPTIONS; i++) {
        char name[64];
        environment_name(&options[i], name);
        const char *value = options[i].kind != KIND_COMMAND ? getenv(name) : NULL;
        struct source source = {.name = name};
        if (value != NULL && !set_option(config, &options[i], value, &source, err))
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
        if (only_config != (option->offset == MEMBER(config_file)))
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
            (config->succeed != NULL) + (config->revoke_succession != NULL);
    if (n > 1)
        return error_set(err, "--migrate, --init, --succeed, --revoke-succession, --check and "
                              "--methods exclude each other");
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
    if (!check_tls(config, err))
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
    fprintf(out, "  --%s%s%s", option->name, option->argument != NULL ? " " : "",
            option->argument != NULL ? option->argument : "");
    if (option->start != NULL)
        fprintf(out, "  (default %s)", option->start);
    if (option->kind != KIND_COMMAND || option->offset == MEMBER(config_file))
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
          "  shapd (--embedded ... | --database ...) --succeed ... | --revoke-succession ...\n\n"
          "Options (a file named by --config < the environment, named in brackets < arguments):\n",
          out);
    for (size_t i = 0; i < N_OPTIONS; i++)
        print_option(out, &options[i]);
    fputs("\nSignals: TERM or INT once: finish what is in flight, then stop; twice: at once.\n"
          "HUP: read the files of certificates again; connections stay.\n"
          "\nExit codes:\n"
          "  0  stopped as asked, or done\n"
          "  1  failed, or --check found something\n"
          "  2  the options are wrong\n"
          "  8  the database could not be reached or started\n",
          out);
}
