// Small files of the user: read whole, replaced in one step, directories made when they are
// missing.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "server/base/buf.h"
#include "server/base/error.h"

// Appends the whole of a file of at most limit bytes. *is_missing (may be NULL) is set, and false
// returned without an error, when there is none.
bool file_read(const char *path, size_t limit, struct buf *out, bool *is_missing, struct error *err)
    __attribute__((warn_unused_result));

// Writes the file beside its place with the mode given, less the umask, syncs it, moves it there
// and syncs the directory; a symbolic link stays and its target is replaced. What is there and no
// file (a device, a pipe) is written to instead.
bool file_write(const char *path, mode_t mode, const void *bytes, size_t len, struct error *err)
    __attribute__((warn_unused_result));

// The same for a file that is not there yet, or whose lock the caller holds: it is locked when it
// appears, and *fd, which is the caller's, keeps it so.
bool file_write_locked(const char *path, mode_t mode, const void *bytes, size_t len, int *fd,
                       struct error *err) __attribute__((warn_unused_result));

// Locks an open file for this process, unless another one has it. Where files cannot be locked,
// nobody has them.
bool file_lock(int fd) __attribute__((warn_unused_result));

// Makes the directories above path that are missing, mode 0700, and syncs what they are in.
bool file_make_parents(const char *path, struct error *err) __attribute__((warn_unused_result));

// path from the root, owned by the caller; NULL without memory or a working directory.
char *file_absolute(const char *path) __attribute__((warn_unused_result));
