#include "server/cert.h"

#include "server/cert_files.h"
#include "server/net/tls.h"
#include "server/net/tls_crl.h"

#include <errno.h>
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
};

static const char help[] =
    "shapd cert: the certificates of a private authority, in a directory\n\n"
    "Usage:\n"
    "  shapd cert init --dir DIR --name HOST[,HOST|IP ...] [--days N] [--user NAME]\n"
    "        make a private authority (ca.crt, ca.key), its list of revoked certificates (ca.crl)\n"
    "        and a server's certificate (server.crt, server.key) for the names by which clients\n"
    "        call it. An authority that is in DIR already is used; nothing is overwritten\n"
    "  shapd cert renew --dir DIR [--name HOST[,HOST|IP ...]] [--days N]\n"
    "        put a new server.crt in the place of the old one, for the same key and, unless\n"
    "        others are given, the same names; then send shapd a HUP\n"
    "  shapd cert client --dir DIR --organisation CODE [--days N]\n"
    "        make client-CODE.crt and client-CODE.key for a partner organisation (--client-ca)\n"
    "  shapd cert revoke --dir DIR --reason WORD [--days N] FILE\n"
    "        put the certificate in FILE on the list: its key is lost, or it is not to be trusted\n"
    "        any more. Give the new list to shapd (--client-crl), and publish it\n"
    "  shapd cert crl --dir DIR [--days N]\n"
    "        sign the list anew, and print who is on it. Each command above does so, too: a list\n"
    "        says until when it is good\n\n"
    "Options:\n"
    "  --dir DIR             where the files are; made when it is missing\n"
    "  --name NAMES          host names and IP addresses with commas between them\n"
    "  --organisation CODE   the organisation's code, as shap org list shows it\n"
    "  --days N              how long the new certificate is good, up to 3650 (default 397; the\n"
    "                        authority itself: 3650); with revoke and crl: the list (always 397\n"
    "                        otherwise)\n"
    "  --crl-url URL         with init, renew and client: the certificate says that the list is "
    "to\n"
    "                        be fetched there. Publish ca.crl at that address, as it is. renew "
    "and\n"
    "                        client take that of server.crt. Without it nothing is said, which\n"
    "                        scanners dislike, and an address with nothing at it helps nobody\n"
    "  --reason WORD         key-compromise, affiliation-changed, superseded or\n"
    "                        cessation-of-operation\n"
    "  --user NAME           whom server.key is to belong to: the user that shapd becomes. Only\n"
    "                        root can say so\n\n"
    "Keys are for their owner only (0600), without passphrase: ECDSA on P-256.\n";

// One bit each, for the tables below.
enum { INIT = 1, RENEW = 2, CLIENT = 4, REVOKE = 8, CRL = 16, ALL = 31 };

struct cert {
    unsigned command;
    const char *dir;
    const char *name;
    const char *organisation;
    const char *days_text;
    const char *user;
    const char *crl_url;
    const char *reason;
    const char *file; // to be revoked
    int days;
    char found_url[TLS_URL_SIZE]; // what crl_url points to where none was given
    char ca_crt[PATH_MAX];
    char ca_key[PATH_MAX];
    char ca_crl[PATH_MAX];
    char server_crt[PATH_MAX];
    char server_key[PATH_MAX];
    struct tls_pair authority; // owned
    struct tls_pair made;      // owned
    struct buf crl;            // owned: the list as it is on the disk
    bool is_unread;            // something of them was to be told, and could not be read again
};

// ---- what was typed

static const struct option {
    const char *name;
    const char *value;
    size_t offset;
    unsigned takes; // the commands that know it
    unsigned needs; // and those that cannot do without
} options[] = {
    {"--dir", "DIR", offsetof(struct cert, dir), ALL, ALL},
    {"--name", "HOST, by which clients call the server", offsetof(struct cert, name), INIT | RENEW,
     INIT},
    {"--organisation", "CODE", offsetof(struct cert, organisation), CLIENT, CLIENT},
    {"--days", "N", offsetof(struct cert, days_text), ALL, 0},
    {"--user", "NAME", offsetof(struct cert, user), INIT, 0},
    {"--crl-url", "URL", offsetof(struct cert, crl_url), INIT | RENEW | CLIENT, 0},
    {"--reason", "WORD: " TLS_CRL_REASONS, offsetof(struct cert, reason), REVOKE, REVOKE},
    {"", "the FILE of a certificate", offsetof(struct cert, file), REVOKE, REVOKE},
};

enum { N_OPTIONS = sizeof options / sizeof *options };

static const char **place_of(struct cert *cert, const struct option *option) {
    return (const char **)(void *)((char *)cert + option->offset);
}

// What is typed without a name has the empty one. *value is what follows a "=", or NULL.
static const struct option *find_option(const char *argument, const char **value) {
    bool is_named = strncmp(argument, "--", 2) == 0;
    size_t len = is_named ? strcspn(argument, "=") : 0;
    *value = !is_named ? argument : argument[len] == '=' ? argument + len + 1 : NULL;
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (strlen(options[i].name) == len && strncmp(options[i].name, argument, len) == 0)
            return &options[i];
    return NULL;
}

static bool read_options(struct cert *cert, const char *command, int n, char *const *arguments,
                         struct error *err) {
    for (int i = 0; i < n; i++) {
        const char *value = NULL;
        const struct option *option = find_option(arguments[i], &value);
        if (!option)
            return error_set(err, "shapd cert has no option \"%s\"; see shapd cert --help",
                             arguments[i]);
        if ((option->takes & cert->command) == 0)
            return error_set(err, "\"%s\" does not belong to shapd cert %s; see shapd cert --help",
                             arguments[i], command);
        if (!value && i + 1 < n)
            value = arguments[++i];
        if (!value || *value == '\0')
            return error_set(err, "%s needs a value; see shapd cert --help", option->name);
        if (option->name[0] == '\0' && cert->file)
            return error_set(err, "shapd cert %s takes one FILE: \"%s\" is a second one", command,
                             value);
        *place_of(cert, option) = value;
    }
    return true;
}

static bool check_needs(struct cert *cert, const char *command, struct error *err) {
    for (size_t i = 0; i < N_OPTIONS; i++)
        if ((options[i].needs & cert->command) != 0 && !*place_of(cert, &options[i]))
            return error_set(err, "shapd cert %s needs %s%s%s", command, options[i].name,
                             options[i].name[0] != '\0' ? " " : "", options[i].value);
    return !cert->reason || tls_crl_is_reason(cert->reason) ||
           error_set(err, "--reason takes " TLS_CRL_REASONS ", not \"%s\"", cert->reason);
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

// ---- files

static bool name_files(struct cert *cert, struct error *err) {
    return cert_path(cert->ca_crt, cert->dir, "ca", ".crt", err) &&
           cert_path(cert->ca_key, cert->dir, "ca", ".key", err) &&
           cert_path(cert->ca_crl, cert->dir, "ca", ".crl", err) &&
           cert_path(cert->server_crt, cert->dir, "server", ".crt", err) &&
           cert_path(cert->server_key, cert->dir, "server", ".key", err);
}

static bool read_authority(struct cert *cert, struct error *err) {
    return cert_read(cert->ca_crt, &cert->authority.certificate, err) &&
           cert_read(cert->ca_key, &cert->authority.key, err);
}

// What was made and cannot be read again, for want of memory, is shown as "?".
static const char *told(struct cert *cert, bool is_read, const char *text) {
    cert->is_unread = cert->is_unread || !is_read;
    return is_read ? text : "?";
}

static void print_line(const char *path, const char *what, const char *day) {
    printf("  %s\n        %s%s%s\n", path, what, *day != '\0' ? "; good until " : "", day);
}

static void print_certificate(struct cert *cert, const char *path, const struct buf *certificate,
                              const char *what) {
    char day[TLS_DAY_SIZE];
    tls_issue_last_day(certificate, day);
    print_line(path, what, told(cert, day[0] != '\0', day));
}

// ---- the list of revoked certificates

// Signs it anew, with one more on it (NULL: none), in the place of the one before, if any.
static bool renew_crl(struct cert *cert, int days, const struct tls_revocation *revocation,
                      struct error *err) {
    struct buf before = {0};
    bool has_before = cert_exists(cert->ca_crl);
    bool is_ok = (!has_before || cert_read(cert->ca_crl, &before, err)) &&
                 tls_crl_issue(&cert->authority, has_before ? &before : NULL, days, revocation,
                               &cert->crl, err) &&
                 cert_replace(cert->ca_crl, &cert->crl, err);
    buf_finish(&before);
    return is_ok;
}

// How many are on it.
static int print_crl(struct cert *cert) {
    char day[TLS_DAY_SIZE];
    char number[16];
    char what[64];
    int n = tls_crl_count(&cert->crl);
    snprintf(number, sizeof number, "%d", n);
    snprintf(what, sizeof what, "the list of revoked certificates: %s", told(cert, n >= 0, number));
    tls_crl_last_day(&cert->crl, day);
    print_line(cert->ca_crl, what, told(cert, day[0] != '\0', day));
    return n;
}

// Where no address is given it is the one in the server's certificate, if there are such.
static bool find_crl_url(struct cert *cert, struct error *err) {
    struct buf certificate = {0};
    struct error cause = {0};
    if (cert->crl_url || !cert_exists(cert->server_crt))
        return true;
    bool is_read = cert_read(cert->server_crt, &certificate, err);
    if (is_read && !tls_issue_crl_url(&certificate, cert->found_url, &cause))
        is_read = error_set(err, "%s: %s", cert->server_crt, cause.message);
    if (is_read && cert->found_url[0] != '\0')
        cert->crl_url = cert->found_url;
    buf_finish(&certificate);
    return is_read;
}

static void print_publishing(const struct cert *cert) {
    if (cert->crl_url)
        printf("  publish       %s at %s, now and whenever it changes\n", cert->ca_crl,
               cert->crl_url);
}

// ---- init

static bool prepare_init(struct cert *cert, bool *has_authority, struct error *err) {
    static const char cure[] = "renew it with shapd cert renew, or move it away";
    if (mkdir(cert->dir, 0755) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "cannot make the directory %s", cert->dir);
    *has_authority = cert_exists(cert->ca_crt) && cert_exists(cert->ca_key);
    if (!*has_authority &&
        (!cert_refuse_existing(cert->ca_crt, "its key ca.key is missing; name another directory",
                               err) ||
         !cert_refuse_existing(cert->ca_key, "ca.crt is missing; name another directory", err) ||
         !cert_refuse_existing(cert->ca_crl, "its authority is missing; name another directory",
                               err)))
        return false;
    return cert_refuse_existing(cert->server_crt, cure, err) &&
           cert_refuse_existing(cert->server_key, cure, err);
}

static void print_init(struct cert *cert, bool had_authority) {
    char last[TLS_DAY_SIZE];
    int first = (int)strcspn(cert->name, ",");
    tls_issue_last_day(&cert->made.certificate, last);
    const char *day = told(cert, last[0] != '\0', last);
    puts("Made:");
    if (!had_authority) {
        print_certificate(cert, cert->ca_crt, &cert->authority.certificate,
                          "the authority's certificate: for all who call the server");
        print_line(cert->ca_key,
                   "its key: whoever has it can pose as the server. Keep a copy away from this "
                   "machine",
                   "");
    }
    print_crl(cert);
    print_line(cert->server_crt, "the server's certificate", day);
    print_line(cert->server_key, "its key", "");
    printf("Next:\n  serve with    --tls-cert %s --tls-key %s\n", cert->server_crt,
           cert->server_key);
    printf("  clients       give them ca.crt: shap login --server %.*s --ca ca.crt\n", first,
           cert->name);
    print_publishing(cert);
    printf("  before %s  shapd cert renew --dir %s, then send shapd a HUP\n", day, cert->dir);
    printf("  a partner     shapd cert client --dir %s --organisation CODE, with --client-ca %s\n",
           cert->dir, cert->ca_crt);
    if (geteuid() == 0 && !cert->user)
        printf("Started by root, shapd becomes another user: chown server.key to that one, so that "
               "it can read the key again.\n");
}

static bool run_init(struct cert *cert, struct error *err) {
    bool has_authority = false;
    const struct passwd *owner = cert->user ? getpwnam(cert->user) : NULL;
    if (cert->user && !owner)
        return error_set(err, "there is no user \"%s\" (--user)", cert->user);
    if (!prepare_init(cert, &has_authority, err))
        return false;
    const struct tls_wish wish = {
        .subject = cert->name, .days = cert->days, .crl_url = cert->crl_url};
    bool is_ok = has_authority
                     ? read_authority(cert, err)
                     : tls_issue_authority(cert->name, AUTHORITY_DAYS, &cert->authority, err);
    is_ok = is_ok && tls_issue_server(&cert->authority, &wish, &cert->made, err) &&
            (has_authority ||
             cert_write_pair(&cert->authority, cert->ca_crt, cert->ca_key, NULL, err)) &&
            renew_crl(cert, ISSUED_DAYS, NULL, err) &&
            cert_write_pair(&cert->made, cert->server_crt, cert->server_key, owner, err);
    if (is_ok)
        print_init(cert, has_authority);
    return is_ok;
}

// ---- renew

static bool read_server(const struct cert *cert, struct tls_pair *server, struct error *err) {
    struct error cause = {0};
    struct buf crl = {0};
    if (!cert_read(cert->server_crt, &server->certificate, &cause) ||
        !cert_read(cert->server_key, &server->key, &cause))
        return error_set(err, "%s: there is nothing to renew; see shapd cert init", cause.message);
    bool is_revoked = false;
    bool is_looked_up = !cert_exists(cert->ca_crl) ||
                        (cert_read(cert->ca_crl, &crl, err) &&
                         tls_crl_look_up(&crl, &server->certificate, &is_revoked, err));
    buf_finish(&crl);
    if (is_revoked)
        error_set(err,
                  "%s is revoked, and its key is not renewed: move server.crt and server.key "
                  "away, then shapd cert init",
                  cert->server_crt);
    return is_looked_up && !is_revoked;
}

// The new certificate takes the place of the old one in one step; the key stays, so that the two
// belong together at every moment.
static bool run_renew(struct cert *cert, struct error *err) {
    char names[TLS_NAMES_SIZE];
    struct tls_pair old = {0};
    bool is_ok =
        read_server(cert, &old, err) && find_crl_url(cert, err) && read_authority(cert, err);
    const char *name = cert->name;
    if (is_ok && !name) {
        is_ok = tls_issue_names(&old.certificate, names, err);
        name = names;
    }
    const struct tls_wish wish = {
        .subject = name, .days = cert->days, .crl_url = cert->crl_url, .key = &old.key};
    is_ok = is_ok && tls_issue_server(&cert->authority, &wish, &cert->made, err) &&
            renew_crl(cert, ISSUED_DAYS, NULL, err) &&
            cert_replace(cert->server_crt, &cert->made.certificate, err);
    tls_pair_finish(&old);
    if (!is_ok)
        return false;
    puts("Renewed:");
    print_certificate(cert, cert->server_crt, &cert->made.certificate, name);
    print_crl(cert);
    puts("Next:\n  send shapd a HUP (systemctl reload shapd): new connections get it, none is "
         "ended");
    print_publishing(cert);
    return true;
}

// ---- client

static bool run_client(struct cert *cert, struct error *err) {
    static const char cure[] = "move it away first";
    char name[TLS_NAMES_SIZE];
    char certificate[PATH_MAX];
    char key[PATH_MAX];
    if (!find_crl_url(cert, err))
        return false;
    const struct tls_wish wish = {
        .subject = cert->organisation, .days = cert->days, .crl_url = cert->crl_url};
    if (!read_authority(cert, err) ||
        !tls_issue_client(&cert->authority, &wish, &cert->made, err) ||
        snprintf(name, sizeof name, "client-%s", cert->organisation) < 0 ||
        !cert_path(certificate, cert->dir, name, ".crt", err) ||
        !cert_path(key, cert->dir, name, ".key", err) ||
        !cert_refuse_existing(certificate, cure, err) || !cert_refuse_existing(key, cure, err) ||
        !renew_crl(cert, ISSUED_DAYS, NULL, err) ||
        !cert_write_pair(&cert->made, certificate, key, NULL, err))
        return false;
    puts("Made:");
    print_certificate(cert, certificate, &cert->made.certificate,
                      "binds connections to the organisation");
    print_line(key, "its key: for that organisation only, by a way that nobody else reads", "");
    print_crl(cert);
    printf("Next:\n  serve with    --client-ca %s --client-crl %s\n", cert->ca_crt, cert->ca_crl);
    printf("  its clients   shap login ... --client-cert %s.crt --client-key %s.key\n", name, name);
    printf("  keep          %s.crt: shapd cert revoke takes it, should its key be lost\n", name);
    print_publishing(cert);
    return true;
}

// ---- revoke, crl

// The list is signed: a server's certificate that cannot be read does not undo that.
static void print_after_crl(struct cert *cert) {
    struct error cause = {0};
    printf("Next:\n  serve with    --client-crl %s; send shapd a HUP, so that it reads it\n",
           cert->ca_crl);
    if (find_crl_url(cert, &cause))
        print_publishing(cert);
    else
        printf("  publish       %s where the certificates say (%s)\n", cert->ca_crl, cause.message);
}

static bool run_revoke(struct cert *cert, struct error *err) {
    struct buf certificate = {0};
    const struct tls_revocation revocation = {&certificate, cert->reason};
    bool is_ok = cert_read(cert->file, &certificate, err) && read_authority(cert, err) &&
                 renew_crl(cert, cert->days, &revocation, err);
    bool is_server = is_ok && tls_issue_is_server(&certificate);
    buf_finish(&certificate);
    if (!is_ok)
        return false;
    puts("Revoked:");
    print_line(cert->file, cert->reason, "");
    print_crl(cert);
    print_after_crl(cert);
    if (is_server)
        printf("  a server's    move its certificate and key away, then make new ones: shapd cert "
               "init --dir %s --name HOST\n",
               cert->dir);
    return true;
}

static bool run_crl(struct cert *cert, struct error *err) {
    struct tls_crl_entry entry;
    if (!read_authority(cert, err) || !renew_crl(cert, cert->days, NULL, err))
        return false;
    puts("Signed:");
    for (int i = 0, n = print_crl(cert); i < n; i++) {
        bool is_read = tls_crl_entry(&cert->crl, (size_t)i, &entry);
        printf("        %s  %s  %s\n", told(cert, is_read, entry.day),
               told(cert, is_read, entry.serial), told(cert, is_read, entry.reason));
    }
    print_after_crl(cert);
    return true;
}

// ---- commands

static const struct {
    const char *name;
    unsigned command;
    bool (*run)(struct cert *cert, struct error *err);
} commands[] = {
    {"init", INIT, run_init},       {"renew", RENEW, run_renew}, {"client", CLIENT, run_client},
    {"revoke", REVOKE, run_revoke}, {"crl", CRL, run_crl},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static bool is_help(const char *argument) {
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 ||
           strcmp(argument, "help") == 0;
}

enum exit_code cert_run(int n_arguments, char *const *arguments, struct error *err) {
    struct cert cert = {0};
    size_t i = 0;
    for (int at = 1; at < n_arguments; at++) {
        if (is_help(arguments[at])) {
            fputs(help, stdout);
            return EXIT_CODE_OK;
        }
    }
    while (i < N_COMMANDS && (n_arguments < 2 || strcmp(commands[i].name, arguments[1]) != 0))
        i++;
    if (i == N_COMMANDS) {
        error_set(err,
                  "shapd cert takes init, renew, client, revoke or crl; see shapd cert --help");
        return EXIT_CODE_USAGE;
    }
    cert.command = commands[i].command;
    if (!read_options(&cert, commands[i].name, n_arguments - 2, arguments + 2, err) ||
        !read_days(&cert, err) || !check_needs(&cert, commands[i].name, err))
        return EXIT_CODE_USAGE;
    umask(022);
    bool is_ok = tls_is_ready(err) && name_files(&cert, err) && commands[i].run(&cert, err);
    if (is_ok && cert.is_unread)
        is_ok = error_set(err, "done, but what is shown as ? could not be read again");
    tls_pair_finish(&cert.authority);
    tls_pair_finish(&cert.made);
    buf_finish(&cert.crl);
    return is_ok ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}
