#include "client/cli/outbox_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "client/cli/file.h"
#include "client/lib/shap.h"
#include "server/base/sha256.h"

enum { DIGEST_LEN = 2 * SHA256_SIZE, LIMIT = 1 << 30 };
static const char magic[] = "shap outbox 1\n";
static const char ending[] = ".returns";
enum { MAGIC_LEN = sizeof magic - 1, HEAD_LEN = MAGIC_LEN + DIGEST_LEN + 1 };

// ---- The bytes ----

static void put_digest(const void *bytes, size_t len, char text[DIGEST_LEN + 1]) {
    uint8_t digest[SHA256_SIZE];
    sha256_of(bytes, len, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static bool pack(const Shap__Client__Outbox *content, struct buf *out) {
    char digest[DIGEST_LEN + 1];
    size_t len = shap__client__outbox__get_packed_size(content);
    uint8_t *packed = malloc(len + 1);
    if (packed == NULL)
        return false;
    shap__client__outbox__pack(content, packed);
    put_digest(packed, len, digest);
    bool is_packed = buf_append_text(out, magic) && buf_format(out, "%s\n", digest) &&
                     buf_append(out, packed, len);
    free(packed);
    return is_packed;
}

static Shap__Client__Outbox *unpack(const struct buf *bytes) {
    char digest[DIGEST_LEN + 1];
    if (buf_len(bytes) < HEAD_LEN)
        return NULL;
    const uint8_t *packed = buf_bytes(bytes) + HEAD_LEN;
    size_t len = buf_len(bytes) - HEAD_LEN;
    put_digest(packed, len, digest);
    if (memcmp(buf_bytes(bytes), magic, MAGIC_LEN) != 0 ||
        memcmp(buf_bytes(bytes) + MAGIC_LEN, digest, DIGEST_LEN) != 0 || packed[-1] != '\n')
        return NULL;
    return shap__client__outbox__unpack(NULL, len, packed);
}

// Whether whatever is listed, sent or compared is there.
static bool is_whole(const Shap__Client__Outbox *content) {
    for (size_t i = 0; i < content->n_waiting; i++) {
        const Shap__Client__Waiting *waiting = content->waiting[i];
        if (waiting->said == NULL || waiting->said->return_id == NULL || waiting->server == NULL ||
            waiting->profile == NULL || waiting->token_hash.len != SHA256_SIZE)
            return false;
    }
    return true;
}

// ---- One file ----

// What was locked may have been replaced, or removed, by who had it before.
static bool is_still_there(int fd, const char *path) {
    struct stat held, named;
    return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

static enum outbox_found lock(struct outbox_file *file, struct error *err) {
    for (;;) {
        file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
        if (file->fd < 0 && errno == ENOENT)
            return OUTBOX_GONE;
        if (file->fd < 0) {
            error_set_errno(err, errno, "cannot read %s", file->path);
            return OUTBOX_DAMAGED;
        }
        bool is_locked = file_lock(file->fd);
        if (is_locked && is_still_there(file->fd, file->path))
            return OUTBOX_FOUND;
        close(file->fd);
        file->fd = -1;
        if (!is_locked)
            return OUTBOX_IN_USE;
    }
}

enum outbox_found outbox_file_open(struct outbox_file *file, const char *path, struct error *err) {
    struct buf bytes = {0};
    bool is_missing = false;
    *file = (struct outbox_file){.path = strdup(path), .fd = -1};
    if (file->path == NULL) {
        error_set(err, "not enough memory");
        return OUTBOX_DAMAGED;
    }
    enum outbox_found found = lock(file, err);
    if (found != OUTBOX_FOUND && found != OUTBOX_IN_USE)
        return found;
    if (!file_read(path, LIMIT, &bytes, &is_missing, err)) {
        found = is_missing ? OUTBOX_GONE : OUTBOX_DAMAGED;
    } else {
        file->content = unpack(&bytes);
        if (file->content != NULL && !is_whole(file->content)) {
            shap__client__outbox__free_unpacked(file->content, NULL);
            file->content = NULL;
        }
        if (file->content == NULL) {
            error_set(err, "%s is damaged: it is not what was written", path);
            found = OUTBOX_DAMAGED;
        }
    }
    buf_finish(&bytes);
    return found;
}

void outbox_file_finish(struct outbox_file *file) {
    if (file->fd >= 0)
        close(file->fd);
    if (file->content != NULL)
        shap__client__outbox__free_unpacked(file->content, NULL);
    free(file->path);
    *file = (struct outbox_file){.fd = -1};
}

bool outbox_file_write(struct outbox_file *file, const Shap__Client__Outbox *content,
                       struct error *err) {
    struct buf bytes = {0};
    int fd = -1;
    bool is_written = pack(content, &bytes) || error_set(err, "not enough memory");
    is_written = is_written && file_make_parents(file->path, err) &&
                 file_write_locked(file->path, 0600, buf_bytes(&bytes), buf_len(&bytes), &fd, err);
    buf_finish(&bytes);
    if (!is_written)
        return false;
    if (file->fd >= 0)
        close(file->fd);
    file->fd = fd;
    return true;
}

bool outbox_file_remove(struct outbox_file *file, struct error *err) {
    return unlink(file->path) == 0 || errno == ENOENT ||
           error_set_errno(err, errno, "cannot remove %s", file->path);
}

// ---- A directory of them ----

// The first written comes first, as far as this machine's clock can tell.
char *outbox_file_name(const char *directory, struct error *err) {
    char uuid[SHAP_UUID_SIZE];
    struct timespec now;
    size_t size = strlen(directory) + 64 + sizeof ending;
    char *path = NULL;
    clock_gettime(CLOCK_REALTIME, &now);
    if (!shap_uuid_make(uuid, err))
        return NULL;
    if ((path = malloc(size)) == NULL)
        error_set(err, "not enough memory");
    else
        snprintf(path, size, "%s/%012lld.%06ld-%.8s%s", directory, (long long)now.tv_sec,
                 now.tv_nsec / 1000, uuid, ending);
    return path;
}

static bool is_name(const char *name) {
    size_t len = strlen(name);
    return name[0] != '.' && len > sizeof ending - 1 &&
           strcmp(name + len - (sizeof ending - 1), ending) == 0;
}

static bool add_path(char ***paths, size_t *n, const char *directory, const char *name) {
    size_t size = strlen(directory) + strlen(name) + 2;
    char **all = realloc(*paths, (*n + 1) * sizeof *all);
    char *path = malloc(size);
    if (all != NULL)
        *paths = all;
    if (all == NULL || path == NULL) {
        free(path);
        return false;
    }
    snprintf(path, size, "%s/%s", directory, name);
    all[(*n)++] = path;
    return true;
}

static int compare(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
}

bool outbox_file_list(const char *directory, char ***paths, size_t *n, struct error *err) {
    bool is_listed = true;
    *paths = NULL;
    *n = 0;
    DIR *open_directory = opendir(directory);
    if (open_directory == NULL)
        return errno == ENOENT || error_set_errno(err, errno, "cannot read %s", directory);
    const struct dirent *entry;
    while (errno = 0, is_listed && (entry = readdir(open_directory)) != NULL)
        is_listed = !is_name(entry->d_name) || add_path(paths, n, directory, entry->d_name) ||
                    error_set(err, "not enough memory");
    if (is_listed && errno != 0)
        is_listed = error_set_errno(err, errno, "cannot read %s", directory);
    closedir(open_directory);
    if (is_listed && *n > 1)
        qsort(*paths, *n, sizeof **paths, compare);
    if (is_listed)
        return true;
    outbox_file_list_finish(*paths, *n);
    *paths = NULL;
    *n = 0;
    return false;
}

void outbox_file_list_finish(char **paths, size_t n) {
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
}
