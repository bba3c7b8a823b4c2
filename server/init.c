#include "server/init.h"

#include "server/base/secret.h"
#include "server/base/sha256.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SECRET_SIZE = 32,
    TOKEN_LEN = 5 + 2 * SECRET_SIZE, // "shap_" and hex digits
    HASH_TEXT_SIZE = 2 + 2 * SHA256_SIZE + 1,
    CODE_SIZE = 41,
};

// What is ours and empty is new, or what init_abort could not remove.
static bool is_fit(int fd) {
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0 &&
           info.st_nlink == 1 && info.st_uid == geteuid() && (info.st_mode & 077) == 0;
}

bool init_open(const char *path, struct init_file *file, struct error *err) {
    const int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = open(path, how, 0600);
    file->path = path;
    file->fd = -1;
    if (fd < 0 && errno != ELOOP && errno != ENXIO)
        return error_set_errno(err, errno, "cannot create the token's file %s", path);
    if (fd < 0 || !is_fit(fd)) {
        if (fd >= 0)
            close(fd);
        return error_set(err, "%s exists already: name a new file for the token (--token-file)",
                         path);
    }
    file->fd = fd;
    return true;
}

void init_abort(struct init_file *file) {
    if (file->fd < 0)
        return;
    // Started by root the directory may not be ours any more: an empty file is left then, which
    // init_open takes the next time.
    (void)!ftruncate(file->fd, 0);
    unlink(file->path);
    close(file->fd);
    file->fd = -1;
}

static void to_hex(const uint8_t *bytes, size_t len, char *hex) {
    for (size_t i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

static bool make_token(char token[TOKEN_LEN + 1], char hash_text[HASH_TEXT_SIZE],
                       struct error *err) {
    uint8_t secret[SECRET_SIZE];
    uint8_t hash[SHA256_SIZE];
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return error_set_errno(err, errno, "the system gives no random bytes");
    memcpy(token, "shap_", 5);
    to_hex(secret, sizeof secret, token + 5);
    secret_wipe(secret, sizeof secret);
    sha256_of(token, TOKEN_LEN, hash);
    memcpy(hash_text, "\\x", 2);
    to_hex(hash, sizeof hash, hash_text + 2);
    return true;
}

static bool write_token(const struct init_file *file, char token[TOKEN_LEN + 1],
                        struct error *err) {
    token[TOKEN_LEN] = '\n';
    bool is_ok = write(file->fd, token, TOKEN_LEN + 1) == TOKEN_LEN + 1 && fsync(file->fd) == 0;
    secret_wipe(token, TOKEN_LEN + 1);
    return is_ok || error_set_errno(err, errno, "cannot write the token to %s", file->path);
}

static bool act_as_owner(struct session *session, struct error *err) {
    static const char as_owner[] = "set role shap_owner";
    struct error cause = {0};
    return session_run(session, as_owner, sizeof as_owner - 1, &cause) ||
           error_set(err,
                     "cannot act as shap_owner: %s. Use --database with an administrator's "
                     "connection, after --migrate",
                     cause.message);
}

// What is made, by whoever holds the token with that hash.
typedef bool (*found_function)(struct session *session, const void *what, const char *hash_text,
                               struct error *err);

static bool found_council(struct session *session, const void *what, const char *hash_text,
                          struct error *err) {
    const struct init_council *council = what;
    char code[CODE_SIZE];
    init_make_code(council->name, code, sizeof code);
    const char *params[] = {council->code != NULL ? council->code : code, council->name,
                            council->administrator, hash_text};
    return session_query(session, "select shap.found_council($1, $2, $3, $4::bytea)", params, 4,
                         NULL, NULL, err);
}

static bool found_region(struct session *session, const void *what, const char *hash_text,
                         struct error *err) {
    const struct init_region *region = what;
    char code[CODE_SIZE];
    init_make_code(region->name, code, sizeof code);
    const char *params[] = {code, region->name, region->councils, region->reader, hash_text};
    return session_query(session,
                         "select shap.found_region($1, $2, string_to_array($3, ','), $4, "
                         "$5::bytea)",
                         params, 5, NULL, NULL, err);
}

// ---- What is made is made with its token, and the other way round ----

struct founding {
    found_function found;
    const void *what;
    const char *hash_text;
};

enum outcome { MADE, REFUSED, UNKNOWN };

// Where the database does not say why it was not made, it may have been.
static enum outcome found_once(struct session *session, const struct founding *founding,
                               struct error *err) {
    if (founding->found(session, founding->what, founding->hash_text, err))
        return MADE;
    return session_sqlstate(session)[0] != '\0' ? REFUSED : UNKNOWN;
}

static bool is_known(struct session *session, const char *hash_text, bool *is_there) {
    char answer[8];
    struct error ignored = {0};
    if (!session_query_text(session,
                            "select exists (select from shap.token k where k.hash = $1::bytea)",
                            &hash_text, 1, answer, sizeof answer, &ignored))
        return false;
    *is_there = strcmp(answer, "t") == 0;
    return true;
}

// Waits for the first try, if that one is still at work, and is refused where that one has made it.
static enum outcome found_again(struct session *session, const struct founding *founding) {
    struct error ignored = {0};
    bool is_there = false;
    if (!session_renew(session, &ignored) || !act_as_owner(session, &ignored))
        return UNKNOWN;
    enum outcome outcome = found_once(session, founding, &ignored);
    if (outcome != REFUSED)
        return outcome;
    if (!is_known(session, founding->hash_text, &is_there))
        return UNKNOWN;
    return is_there ? MADE : REFUSED;
}

static bool make(struct session *session, const struct founding *founding, struct init_file *file,
                 struct error *err) {
    struct error cause = {0};
    enum outcome outcome = found_once(session, founding, &cause);
    if (outcome == UNKNOWN)
        outcome = found_again(session, founding);
    if (outcome == REFUSED) {
        init_abort(file);
        return error_set(err, "%s", cause.message);
    }
    close(file->fd);
    file->fd = -1;
    return outcome == MADE ||
           error_set(err,
                     "%s. Whether it was made is not known: if it was, the token in %s holds (shap "
                     "login --token-file). If not, remove that file and try again",
                     cause.message, file->path);
}

static bool run(struct session *session, found_function found, const void *what,
                struct init_file *file, struct error *err) {
    char token[TOKEN_LEN + 1];
    char hash_text[HASH_TEXT_SIZE];
    const struct founding founding = {found, what, hash_text};
    if (make_token(token, hash_text, err) && write_token(file, token, err) &&
        act_as_owner(session, err))
        return make(session, &founding, file, err);
    init_abort(file);
    return false;
}

bool init_run(struct session *session, const struct init_council *council, struct init_file *file,
              struct error *err) {
    return run(session, found_council, council, file, err);
}

bool init_run_region(struct session *session, const struct init_region *region,
                     struct init_file *file, struct error *err) {
    return run(session, found_region, region, file, err);
}

bool init_succeed(struct session *session, const char *council, const char *successor,
                  const char *day, struct error *err) {
    const char *params[] = {council, successor, day};
    return act_as_owner(session, err) &&
           session_query(session, "select shap.succeed($1, $2, $3::date)", params, 3, NULL, NULL,
                         err);
}

bool init_revoke_succession(struct session *session, const char *council, const char *reason,
                            struct error *err) {
    const char *params[] = {council, reason};
    return act_as_owner(session, err) &&
           session_query(session, "select shap.revoke_succession($1, $2)", params, 2, NULL, NULL,
                         err);
}

static bool is_common_word(const char *word, size_t len) {
    static const char *const words[] = {"borough", "city",         "council", "county", "district",
                                        "london",  "metropolitan", "royal",   "of",     "the"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
            return true;
    return false;
}

static size_t append_word(const char *word, size_t len, char *code, size_t used, size_t size) {
    if (used > 0 && used + 1 < size)
        code[used++] = '-';
    for (size_t i = 0; i < len && used + 1 < size; i++)
        code[used++] = (char)tolower((unsigned char)word[i]);
    return used;
}

static bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static size_t join_words(const char *name, bool with_common, char *code, size_t size) {
    size_t used = 0;
    while (*name != '\0') {
        size_t len = 0;
        while (is_word_character(name[len]))
            len++;
        if (len > 0 && (with_common || !is_common_word(name, len)))
            used = append_word(name, len, code, used, size);
        name += len > 0 ? len : 1;
    }
    while (used > 0 && code[used - 1] == '-')
        used--;
    code[used] = '\0';
    return used;
}

void init_make_code(const char *name, char *code, size_t size) {
    if (join_words(name, false, code, size) == 0)
        join_words(name, true, code, size);
}
