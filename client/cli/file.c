#define _DEFAULT_SOURCE // realpath, flock
#include "client/cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, const char *path, size_t limit, struct buf *out, struct error *err) {
    for (;;) {
        uint8_t *to = buf_reserve(out, 4096);
        if (to == NULL)
            return error_set(err, "not enough memory for %s", path);
        ssize_t n = read(fd, to, 4096);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(err, errno, "cannot read %s", path);
        if (n == 0)
            return true;
        buf_commit(out, (size_t)n);
        if (buf_len(out) > limit)
            return error_set(err, "%s is larger than %zu bytes: is it the right file?", path,
                             limit);
    }
}

bool file_read(const char *path, size_t limit, struct buf *out, bool *is_missing,
               struct error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (is_missing != NULL)
        *is_missing = fd < 0 && errno == ENOENT;
    if (fd < 0 && errno == ENOENT && is_missing != NULL)
        return false;
    if (fd < 0)
        return error_set_errno(err, errno, "cannot read %s", path);
    bool is_read = read_all(fd, path, limit, out, err);
    close(fd);
    return is_read;
}

static bool write_all(int fd, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

// A device or a pipe takes the bytes; it is not replaced.
static bool write_into(const char *path, const void *bytes, size_t len, struct error *err) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written = fd >= 0 && write_all(fd, bytes, len);
    if (!is_written)
        error_set_errno(err, errno, "cannot write %s", path);
    if (fd >= 0)
        close(fd);
    return is_written;
}

static mode_t current_umask(void) {
    mode_t mask = umask(0);
    umask(mask);
    return mask;
}

bool file_lock(int fd) {
    return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

// What stands in a directory stands there for good once that is synced, too. Where it cannot be
// (its owner may not read it, the file system does not know how) nothing can be done about it.
static bool sync_directory_of(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    char *directory = slash == NULL ? strdup(".") : strndup(path, len == 0 ? 1 : len);
    int fd = directory == NULL ? -1 : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 ? fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP
                             : directory != NULL && errno == EACCES;
    int why = errno;
    if (fd >= 0)
        close(fd);
    free(directory);
    errno = why;
    return is_synced;
}

// The new file, open; -1 with err set.
static int replace(const char *path, mode_t mode, const void *bytes, size_t len,
                   struct error *err) {
    struct buf beside = {0};
    if (!buf_format(&beside, "%s.XXXXXX", path) || !buf_append(&beside, "", 1)) {
        buf_finish(&beside);
        error_set(err, "not enough memory");
        return -1;
    }
    char *name = (char *)beside.data + beside.start;
    int fd = mkstemp(name);
    if (fd < 0) {
        error_set_errno(err, errno, "cannot write %s", path);
    } else if (fchmod(fd, mode & ~current_umask()) != 0 || !write_all(fd, bytes, len) ||
               fsync(fd) != 0 || !file_lock(fd) || rename(name, path) != 0) {
        error_set_errno(err, errno, "cannot write %s", path);
        unlink(name);
        close(fd);
        fd = -1;
    } else if (!sync_directory_of(path)) {
        error_set_errno(err, errno, "cannot sync the directory of %s", path);
        close(fd);
        fd = -1;
    }
    buf_finish(&beside);
    return fd;
}

bool file_write(const char *path, mode_t mode, const void *bytes, size_t len, struct error *err) {
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return write_into(path, bytes, len, err);
    char *behind_links = realpath(path, NULL);
    int fd = replace(behind_links == NULL ? path : behind_links, mode, bytes, len, err);
    free(behind_links);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

bool file_write_locked(const char *path, mode_t mode, const void *bytes, size_t len, int *fd,
                       struct error *err) {
    int written = replace(path, mode, bytes, len, err);
    if (written >= 0)
        *fd = written;
    return written >= 0;
}

bool file_make_parents(const char *path, struct error *err) {
    char *copy = strdup(path);
    if (copy == NULL)
        return error_set(err, "not enough memory");
    bool is_made = true;
    size_t len = strlen(copy);
    for (size_t i = 1; is_made && i < len; i++) {
        if (copy[i] != '/')
            continue;
        copy[i] = '\0';
        bool is_new = mkdir(copy, 0700) == 0;
        if ((!is_new && errno != EEXIST) || (is_new && !sync_directory_of(copy)))
            is_made = error_set_errno(err, errno, "cannot make the directory %s", copy);
        copy[i] = '/';
    }
    free(copy);
    return is_made;
}

char *file_absolute(const char *path) {
    char directory[4096];
    if (path[0] == '/')
        return strdup(path);
    if (getcwd(directory, sizeof directory) == NULL)
        return NULL;
    size_t size = strlen(directory) + strlen(path) + 2;
    char *absolute = malloc(size);
    if (absolute != NULL)
        snprintf(absolute, size, "%s/%s", directory, path);
    return absolute;
}
