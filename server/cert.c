#include "server/cert.h"

#include "server/net/tls_issue.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    AUTHORITY_DAYS = 3650, // ten years: giving a new one to all who call is the work of weeks
    ISSUED_DAYS = 397,     // what the authorities of the web give at most, less the leap day
    DAYS_MAX = 3650,
    FILE_MAX = 64 * 1024,
};

static const char help[] =
    "shapd cert: certificates for a first installation, in a directory\n\n"
    "Usage:\n"
    "  shapd cert init --dir DIR --name HOST[,HOST|IP ...] [--days N] [--user NAME]\n"
    "        make a private authority (ca.crt, ca.key) and a server's certificate (server.crt,\n"
    "        server.key) for the names by which clients call it. An authority that is in DIR\n"
    "        already is used; nothing is overwritten\n"
    "  shapd cert renew --dir DIR [--name HOST[,HOST|IP ...]] [--days N]\n"
    "        put a new server.crt in the place of the old one, for the same key and, unless\n"
    "        others are given, the same names; then send shapd a HUP\n"
    "  shapd cert client --dir DIR --organisation CODE [--days N]\n"
    "        make client-CODE.crt and client-CODE.key for a partner organisation (--client-ca)\n\n"
    "Options:\n"
    "  --dir DIR             where the files are; made when it is missing\n"
    "  --name NAMES          host names and IP addresses with commas between them\n"
    "  --organisation CODE   the organisation's code, as shap org list shows it\n"
    "  --days N              how long the new certificate is good, up to 3650 (default 397; the\n"
    "                        authority itself: 3650)\n"
    "  --user NAME           whom server.key is to belong to: the user that shapd becomes. Only\n"
    "                        root can say so\n\n"
    "Keys are for their owner only (0600), without passphrase: ECDSA on P-256.\n";

struct cert {
    const char *command;
    const char *dir;
    const char *name;
    const char *organisation;
    const char *days_text;
    const char *user;
    int days;
    char ca_crt[PATH_MAX];
    char ca_key[PATH_MAX];
    char server_crt[PATH_MAX];
    char server_key[PATH_MAX];
    struct tls_pair authority; // owned
    struct tls_pair made;      // owned
};

// ---- what was typed

static const struct {
    const char *name;
    size_t offset;
} options[] = {
    {"--dir", offsetof(struct cert, dir)},
    {"--name", offsetof(struct cert, name)},
    {"--organisation", offsetof(struct cert, organisation)},
    {"--days", offsetof(struct cert, days_text)},
    {"--user", offsetof(struct cert, user)},
};

// The place for an option's value; *value is what follows a "=", or NULL.
static const char **find_option(struct cert *cert, const char *argument, const char **value) {
    size_t len = strcspn(argument, "=");
    *value = argument[len] == '=' ? argument + len + 1 : NULL;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strlen(options[i].name) == len && strncmp(options[i].name, argument, len) == 0)
            return (const char **)(void *)((char *)cert + options[i].offset);
    return NULL;
}

static bool read_options(struct cert *cert, int n, char *const *arguments, struct error *err) {
    for (int i = 0; i < n; i++) {
        const char *value = NULL;
        const char **place = find_option(cert, arguments[i], &value);
        if (!place)
            return error_set(err, "shapd cert has no option \"%s\"; see shapd cert --help",
                             arguments[i]);
        if (!value && i + 1 < n)
            value = arguments[++i];
        if (!value || *value == '\0')
            return error_set(err, "%s needs a value; see shapd cert --help", arguments[i]);
        *place = value;
    }
    return true;
}

static bool read_days(struct cert *cert, struct error *err) {
    char *end = NULL;
    cert->days = ISSUED_DAYS;
    if (!cert->days_text)
        return true;
    long days = strtol(cert->days_text, &end, 10);
    if (*end != '\0' || days < 1 || days > DAYS_MAX)
        return error_set(err, "--days takes a number from 1 to %d, not \"%s\"", DAYS_MAX,
                         cert->days_text);
    cert->days = (int)days;
    return true;
}

static bool check(const struct cert *cert, struct error *err) {
    bool is_init = strcmp(cert->command, "init") == 0;
    bool is_client = strcmp(cert->command, "client") == 0;
    if (!cert->dir)
        return error_set(err, "shapd cert %s needs --dir DIR", cert->command);
    if (is_init && !cert->name)
        return error_set(err, "shapd cert init needs --name HOST: the name by which clients call "
                              "the server");
    if (is_client != (cert->organisation != NULL))
        return error_set(err, is_client ? "shapd cert client needs --organisation CODE"
                                        : "--organisation belongs to shapd cert client");
    if (is_client && cert->name)
        return error_set(err, "--name belongs to shapd cert init and renew");
    if (cert->user && !is_init)
        return error_set(err, "--user belongs to shapd cert init");
    return true;
}

// ---- files

static bool join(char path[PATH_MAX], const char *dir, const char *name, const char *ending,
                 struct error *err) {
    int len = snprintf(path, PATH_MAX, "%s/%s%s", dir, name, ending);
    return (len > 0 && len < PATH_MAX) || error_set(err, "%s: the path is too long", dir);
}

static bool name_files(struct cert *cert, struct error *err) {
    return join(cert->ca_crt, cert->dir, "ca", ".crt", err) &&
           join(cert->ca_key, cert->dir, "ca", ".key", err) &&
           join(cert->server_crt, cert->dir, "server", ".crt", err) &&
           join(cert->server_key, cert->dir, "server", ".key", err);
}

static bool exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

static bool read_file(const char *path, struct buf *out, struct error *err) {
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set_errno(err, errno, "cannot read %s", path);
    uint8_t *to = buf_reserve(out, FILE_MAX);
    if (to)
        buf_commit(out, fread(to, 1, FILE_MAX, file));
    bool is_read = to && !ferror(file) && feof(file);
    fclose(file);
    return is_read || error_set(err, "cannot read all of %s", path);
}

static bool write_file(const char *path, mode_t mode, const struct buf *bytes, struct error *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot create %s", path);
    bool is_written =
        write(fd, buf_bytes(bytes), buf_len(bytes)) == (ssize_t)buf_len(bytes) && fsync(fd) == 0;
    int code = errno;
    close(fd);
    if (is_written)
        return true;
    unlink(path);
    return error_set_errno(err, code, "cannot write %s", path);
}

// Both or none.
static bool write_pair(const struct tls_pair *pair, const char *certificate, const char *key,
                       struct error *err) {
    if (!write_file(key, 0600, &pair->key, err))
        return false;
    if (write_file(certificate, 0644, &pair->certificate, err))
        return true;
    unlink(key);
    return false;
}

static bool read_authority(struct cert *cert, struct error *err) {
    return read_file(cert->ca_crt, &cert->authority.certificate, err) &&
           read_file(cert->ca_key, &cert->authority.key, err);
}

static void print_line(const char *path, const struct buf *certificate, const char *what) {
    char day[TLS_DAY_SIZE] = "";
    if (certificate)
        tls_issue_last_day(certificate, day);
    printf("  %s\n        %s%s%s\n", path, what, certificate ? "; good until " : "", day);
}

// ---- init

static bool refuse_existing(const char *path, const char *cure, struct error *err) {
    return !exists(path) ||
           error_set(err, "%s exists already, and is not overwritten: %s", path, cure);
}

static bool give_key(const struct cert *cert, struct error *err) {
    if (!cert->user)
        return true;
    const struct passwd *user = getpwnam(cert->user);
    if (!user)
        return error_set(err, "there is no user \"%s\" (--user)", cert->user);
    return chown(cert->server_key, user->pw_uid, user->pw_gid) == 0 ||
           error_set_errno(err, errno, "cannot give %s to %s", cert->server_key, cert->user);
}

static bool prepare_init(struct cert *cert, bool *has_authority, struct error *err) {
    static const char cure[] = "renew it with shapd cert renew, or move it away";
    if (mkdir(cert->dir, 0755) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "cannot make the directory %s", cert->dir);
    *has_authority = exists(cert->ca_crt) && exists(cert->ca_key);
    if (!*has_authority &&
        (!refuse_existing(cert->ca_crt, "its key ca.key is missing; name another directory", err) ||
         !refuse_existing(cert->ca_key, "ca.crt is missing; name another directory", err)))
        return false;
    if (cert->user && !getpwnam(cert->user))
        return error_set(err, "there is no user \"%s\" (--user)", cert->user);
    return refuse_existing(cert->server_crt, cure, err) &&
           refuse_existing(cert->server_key, cure, err);
}

static void print_init(const struct cert *cert, bool had_authority) {
    char day[TLS_DAY_SIZE];
    int first = (int)strcspn(cert->name, ",");
    tls_issue_last_day(&cert->made.certificate, day);
    puts("Made:");
    if (!had_authority) {
        print_line(cert->ca_crt, &cert->authority.certificate,
                   "the authority's certificate: for all who call the server");
        print_line(cert->ca_key, NULL,
                   "its key: whoever has it can pose as the server. Keep a copy away from this "
                   "machine");
    }
    print_line(cert->server_crt, &cert->made.certificate, "the server's certificate");
    print_line(cert->server_key, NULL, "its key");
    printf("Next:\n  serve with    --tls-cert %s --tls-key %s\n", cert->server_crt,
           cert->server_key);
    printf("  clients       give them ca.crt: shap login --server %.*s --ca ca.crt\n", first,
           cert->name);
    printf("  before %s  shapd cert renew --dir %s, then send shapd a HUP\n", day, cert->dir);
    printf("  a partner     shapd cert client --dir %s --organisation CODE, with --client-ca %s\n",
           cert->dir, cert->ca_crt);
    if (geteuid() == 0 && !cert->user)
        printf("Started by root, shapd becomes another user: chown server.key to that one, so that "
               "it can read the key again.\n");
}

static bool run_init(struct cert *cert, struct error *err) {
    bool has_authority = false;
    if (!prepare_init(cert, &has_authority, err))
        return false;
    bool is_ok = has_authority
                     ? read_authority(cert, err)
                     : tls_issue_authority(cert->name, AUTHORITY_DAYS, &cert->authority, err);
    is_ok =
        is_ok && tls_issue_server(&cert->authority, cert->name, cert->days, NULL, &cert->made, err);
    is_ok = is_ok &&
            (has_authority || write_pair(&cert->authority, cert->ca_crt, cert->ca_key, err)) &&
            write_pair(&cert->made, cert->server_crt, cert->server_key, err) && give_key(cert, err);
    if (is_ok)
        print_init(cert, has_authority);
    return is_ok;
}

// ---- renew

static bool read_server(const struct cert *cert, struct buf *certificate, struct buf *key,
                        struct error *err) {
    struct error cause = {0};
    if (read_file(cert->server_crt, certificate, &cause) &&
        read_file(cert->server_key, key, &cause))
        return true;
    return error_set(err, "%s: there is nothing to renew; see shapd cert init", cause.message);
}

// The new certificate takes the place of the old one in one step; the key stays, so that the two
// belong together at every moment.
static bool replace_certificate(const struct cert *cert, struct error *err) {
    char pending[PATH_MAX];
    if (!join(pending, cert->dir, "server", ".crt.new", err))
        return false;
    unlink(pending);
    if (!write_file(pending, 0644, &cert->made.certificate, err))
        return false;
    if (rename(pending, cert->server_crt) == 0)
        return true;
    error_set_errno(err, errno, "cannot replace %s", cert->server_crt);
    unlink(pending);
    return false;
}

static bool run_renew(struct cert *cert, struct error *err) {
    char names[TLS_NAMES_SIZE];
    struct tls_pair old = {0};
    bool is_ok = read_server(cert, &old.certificate, &old.key, err) && read_authority(cert, err);
    if (is_ok && !cert->name) {
        is_ok = tls_issue_names(&old.certificate, names, err);
        cert->name = names;
    }
    is_ok =
        is_ok &&
        tls_issue_server(&cert->authority, cert->name, cert->days, &old.key, &cert->made, err) &&
        replace_certificate(cert, err);
    tls_pair_finish(&old);
    if (!is_ok)
        return false;
    puts("Renewed:");
    print_line(cert->server_crt, &cert->made.certificate, cert->name);
    puts("Next: send shapd a HUP (systemctl reload shapd): new connections get it, none is ended.");
    return true;
}

// ---- client

static bool run_client(struct cert *cert, struct error *err) {
    static const char cure[] = "move it away first";
    char name[TLS_NAMES_SIZE];
    char certificate[PATH_MAX];
    char key[PATH_MAX];
    if (!read_authority(cert, err) ||
        !tls_issue_client(&cert->authority, cert->organisation, cert->days, &cert->made, err) ||
        snprintf(name, sizeof name, "client-%s", cert->organisation) < 0 ||
        !join(certificate, cert->dir, name, ".crt", err) ||
        !join(key, cert->dir, name, ".key", err) || !refuse_existing(certificate, cure, err) ||
        !refuse_existing(key, cure, err) || !write_pair(&cert->made, certificate, key, err))
        return false;
    puts("Made:");
    print_line(certificate, &cert->made.certificate, "binds connections to the organisation");
    print_line(key, NULL, "its key: for that organisation only, by a way that nobody else reads");
    printf("Next:\n  serve with    --client-ca %s\n", cert->ca_crt);
    printf("  its clients   shap login ... --client-cert %s.crt --client-key %s.key\n", name, name);
    return true;
}

static bool run(struct cert *cert, struct error *err) {
    umask(022);
    if (!name_files(cert, err))
        return false;
    if (strcmp(cert->command, "init") == 0)
        return run_init(cert, err);
    return strcmp(cert->command, "renew") == 0 ? run_renew(cert, err) : run_client(cert, err);
}

static bool is_help(const char *argument) {
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 ||
           strcmp(argument, "help") == 0;
}

enum exit_code cert_run(int n_arguments, char *const *arguments, struct error *err) {
    struct cert cert = {.command = n_arguments > 1 ? arguments[1] : ""};
    for (int i = 1; i < n_arguments; i++) {
        if (is_help(arguments[i])) {
            fputs(help, stdout);
            return EXIT_CODE_OK;
        }
    }
    if (strcmp(cert.command, "init") != 0 && strcmp(cert.command, "renew") != 0 &&
        strcmp(cert.command, "client") != 0) {
        error_set(err, "shapd cert takes init, renew or client; see shapd cert --help");
        return EXIT_CODE_USAGE;
    }
    if (!read_options(&cert, n_arguments - 2, arguments + 2, err) || !read_days(&cert, err) ||
        !check(&cert, err))
        return EXIT_CODE_USAGE;
    bool is_ok = run(&cert, err);
    tls_pair_finish(&cert.authority);
    tls_pair_finish(&cert.made);
    return is_ok ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}
