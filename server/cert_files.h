// The files that `shapd cert` reads and writes: whole, small, and never half of one.
#pragma once

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/net/tls_issue.h"

#include <limits.h>
#include <sys/types.h>

struct passwd;

// DIR/NAMEENDING.
bool cert_path(char path[PATH_MAX], const char *dir, const char *name, const char *ending,
               struct error *err) __attribute__((warn_unused_result));

// Whether there is anything of that name.
bool cert_exists(const char *path);

// False where there is; the cure is told.
bool cert_refuse_existing(const char *path, const char *cure, struct error *err)
    __attribute__((warn_unused_result));

// Appends the whole file to out.
bool cert_read(const char *path, struct buf *out, struct error *err)
    __attribute__((warn_unused_result));

// A new file; that one is there is a failure. It is owner's before there is anything in it (NULL:
// ours).
bool cert_write(const char *path, mode_t mode, const struct passwd *owner, const struct buf *bytes,
                struct error *err) __attribute__((warn_unused_result));

// Two new files, as above, or none; only the key is owner's.
bool cert_write_pair(const struct tls_pair *pair, const char *certificate, const char *key,
                     const struct passwd *owner, struct error *err)
    __attribute__((warn_unused_result));

// A file for all to read, in the place of the one before, if any, in one step.
bool cert_replace(const char *path, const struct buf *bytes, struct error *err)
    __attribute__((warn_unused_result));
