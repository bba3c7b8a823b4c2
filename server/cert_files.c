#include "server/cert_files.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1024 * 1024 }; // a list of 20,000 revoked certificates

bool cert_path(char path[PATH_MAX], const char *dir, const char *name, const char *ending,
               struct error *err) {
    int len = snprintf(path, PATH_MAX, "%s/%s%s", dir, name, ending);
    return (len > 0 && len < PATH_MAX) || error_set(err, "%s: the path is too long", dir);
}

bool cert_exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

bool cert_refuse_existing(const char *path, const char *cure, struct error *err) {
    return !cert_exists(path) ||
           error_set(err, "%s exists already, and is not overwritten: %s", path, cure);
}

bool cert_read(const char *path, struct buf *out, struct error *err) {
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

bool cert_write(const char *path, mode_t mode, const struct passwd *owner, const struct buf *bytes,
                struct error *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot create %s", path);
    bool is_written = (!owner || fchown(fd, owner->pw_uid, owner->pw_gid) == 0) &&
                      write(fd, buf_bytes(bytes), buf_len(bytes)) == (ssize_t)buf_len(bytes) &&
                      fsync(fd) == 0;
    int code = errno;
    close(fd);
    if (is_written)
        return true;
    unlink(path);
    if (owner && code == EPERM)
        return error_set(err, "cannot give %s to %s: only root can", path, owner->pw_name);
    return error_set_errno(err, code, "cannot write %s", path);
}

bool cert_replace(const char *path, const struct buf *bytes, struct error *err) {
    char pending[PATH_MAX];
    int len = snprintf(pending, PATH_MAX, "%s.new", path);
    if (len < 0 || len >= PATH_MAX)
        return error_set(err, "%s: the path is too long", path);
    unlink(pending);
    if (!cert_write(pending, 0644, NULL, bytes, err))
        return false;
    if (rename(pending, path) == 0)
        return true;
    error_set_errno(err, errno, "cannot replace %s", path);
    unlink(pending);
    return false;
}

bool cert_write_pair(const struct tls_pair *pair, const char *certificate, const char *key,
                     const struct passwd *owner, struct error *err) {
    if (!cert_write(key, 0600, owner, &pair->key, err))
        return false;
    if (cert_write(certificate, 0644, NULL, &pair->certificate, err))
        return true;
    unlink(key);
    return false;
}
