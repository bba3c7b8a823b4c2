#include "client/cli/token_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client/cli/file.h"
#include "server/base/secret.h"
#include "server/base/sha256.h"

enum {
    TOKEN_FILE_LIMIT = 4096,
    DIGEST_TEXT_SIZE = 2 * SHA256_SIZE + 1,
    PENDING_SIZE = SHAP_TOKEN_SIZE + DIGEST_TEXT_SIZE, // a token and a digest, each with its LF
    MOST_PENDING = 16,
};

static void wipe_finish(struct buf *buf) {
    if (buf->data != NULL)
        secret_wipe(buf->data, buf->capacity);
    buf_finish(buf);
}

static bool is_visible(const char *word, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (word[i] < '!' || word[i] > '~')
            return false;
    }
    return len > 0;
}

bool token_file_read(const char *path, struct buf *token, bool *is_missing, bool *is_open,
                     struct error *err) {
    struct buf text = {0};
    struct stat stat_of;
    bool is_read = file_read(path, TOKEN_FILE_LIMIT, &text, is_missing, err) &&
                   (buf_append(&text, "", 1) || error_set(err, "not enough memory"));
    if (is_read) {
        const char *word = (const char *)buf_bytes(&text);
        size_t len = strcspn(word, " \t\r\n");
        is_read = is_visible(word, len) || error_set(err, "there is no token in %s", path);
        if (is_read && !(buf_append(token, word, len) && buf_append(token, "", 1)))
            is_read = error_set(err, "not enough memory");
        *is_open = stat(path, &stat_of) == 0 && (stat_of.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    }
    wipe_finish(&text);
    return is_read;
}

static const char pending_ending[] = ".pending", membership_ending[] = ".membership";

bool token_file_is_beside(const char *name) {
    return strstr(name, pending_ending) != NULL || strstr(name, membership_ending) != NULL;
}

// The path of what is kept beside a token's file.
static char *path_beside(const char *path, const char *ending, struct error *err) {
    size_t size = strlen(path) + strlen(ending) + 1;
    char *beside = malloc(size);
    if (beside == NULL) {
        error_set(err, "not enough memory");
        return NULL;
    }
    snprintf(beside, size, "%s%s", path, ending);
    return beside;
}

static void digest_text(const char *secret, char text[DIGEST_TEXT_SIZE]) {
    uint8_t digest[SHA256_SIZE];
    sha256_of(secret, strlen(secret), digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

// The number in the file beside, of that token and no other that was put in its place; else 0.
static int64_t find_membership(const char *path, const char *token) {
    struct error err = {0};
    struct buf text = {0};
    char digest[DIGEST_TEXT_SIZE];
    int64_t id = 0;
    bool is_missing;
    char *beside = path_beside(path, membership_ending, &err);
    digest_text(token, digest);
    if (beside != NULL && file_read(beside, TOKEN_FILE_LIMIT, &text, &is_missing, &err) &&
        buf_append(&text, "", 1) &&
        strncmp((const char *)buf_bytes(&text), digest, DIGEST_TEXT_SIZE - 1) == 0)
        id = strtoll((const char *)buf_bytes(&text) + DIGEST_TEXT_SIZE - 1, NULL, 10);
    buf_finish(&text);
    free(beside);
    return id > 0 ? id : 0;
}

int64_t token_file_membership(const char *path) {
    struct error err = {0};
    struct buf token = {0};
    int64_t id = 0;
    bool is_missing, is_open;
    if (token_file_read(path, &token, &is_missing, &is_open, &err))
        id = find_membership(path, (const char *)buf_bytes(&token));
    wipe_finish(&token);
    return id;
}

static bool write_membership(const char *path, const char *token, int64_t membership_id,
                             struct error *err) {
    char line[DIGEST_TEXT_SIZE + 32], digest[DIGEST_TEXT_SIZE];
    char *beside = path_beside(path, membership_ending, err);
    if (beside == NULL)
        return false;
    digest_text(token, digest);
    int len = snprintf(line, sizeof line, "%s %" PRId64 "\n", digest, membership_id);
    bool is_written = file_write(beside, 0600, line, (size_t)len, err);
    free(beside);
    return is_written;
}

bool token_file_write(const char *path, const char *token, int64_t membership_id,
                      struct error *err) {
    char line[1024];
    int len = snprintf(line, sizeof line, "%s\n", token);
    char *pending = path_beside(path, pending_ending, err);
    bool is_written = pending != NULL;
    if (is_written && (size_t)len >= sizeof line)
        is_written = error_set(err, "the token is too long");
    is_written = is_written && file_make_parents(path, err) &&
                 (membership_id <= 0 || write_membership(path, token, membership_id, err)) &&
                 file_write(path, 0600, line, (size_t)len, err);
    if (is_written)
        unlink(pending);
    secret_wipe(line, sizeof line);
    free(pending);
    return is_written;
}

// The token made for an invitation, by the invitation's digest.
static bool find_pending(const char *text, const char *digest, char token[SHAP_TOKEN_SIZE]) {
    for (; strlen(text) >= PENDING_SIZE; text += PENDING_SIZE) {
        if (strncmp(text + SHAP_TOKEN_SIZE, digest, DIGEST_TEXT_SIZE - 1) != 0)
            continue;
        memcpy(token, text, SHAP_TOKEN_SIZE - 1);
        token[SHAP_TOKEN_SIZE - 1] = '\0';
        return true;
    }
    return false;
}

// Writes a new token before those that are pending already: one invitation mistyped must not lose
// what another one was exchanged for.
static bool store_pending(const char *pending, const char *digest, const char *others,
                          char token[SHAP_TOKEN_SIZE], struct error *err) {
    struct buf text = {0};
    size_t n = strlen(others) / PENDING_SIZE;
    if (!shap_token_make(token, err))
        return false;
    size_t kept = (n < MOST_PENDING - 1 ? n : MOST_PENDING - 1) * PENDING_SIZE;
    bool is_stored = (buf_format(&text, "%s\n%s\n", token, digest) &&
                      (kept == 0 || buf_append(&text, others, kept))) ||
                     error_set(err, "not enough memory");
    is_stored = is_stored && file_make_parents(pending, err) &&
                file_write(pending, 0600, buf_bytes(&text), buf_len(&text), err);
    wipe_finish(&text);
    return is_stored;
}

bool token_file_prepare(const char *path, const char *invitation, char token[SHAP_TOKEN_SIZE],
                        struct error *err) {
    char digest[DIGEST_TEXT_SIZE];
    struct buf text = {0};
    bool is_missing = false;
    char *pending = path_beside(path, pending_ending, err);
    if (pending == NULL)
        return false;
    digest_text(invitation, digest);
    bool is_prepared = file_read(pending, TOKEN_FILE_LIMIT, &text, &is_missing, err) || is_missing;
    is_prepared = is_prepared && (buf_append(&text, "", 1) || error_set(err, "not enough memory"));
    if (is_prepared && !find_pending((const char *)buf_bytes(&text), digest, token))
        is_prepared = store_pending(pending, digest, (const char *)buf_bytes(&text), token, err);
    wipe_finish(&text);
    free(pending);
    return is_prepared;
}

bool token_file_remove(const char *path, struct error *err) {
    char *beside = path_beside(path, membership_ending, err);
    if (beside == NULL)
        return false;
    unlink(beside);
    free(beside);
    if (unlink(path) == 0 || errno == ENOENT)
        return true;
    return error_set_errno(err, errno, "cannot remove %s", path);
}
