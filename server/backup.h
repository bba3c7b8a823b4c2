// Backups of an embedded database. A backup is one file in pg_dump's custom format: the whole
// database as it was at one moment, taken while a server serves or while none does. It is good for
// every later PostgreSQL and shapd, so it is also how data gets from one major version of
// PostgreSQL to the next. Blocking; the user's rights are those that PostgreSQL runs with, which is
// why the files are opened before.
#pragma once

#include "server/base/error.h"

#include <stdbool.h>

// Creates the file of a backup, mode 0600; one that exists is refused. Returns its descriptor, -1
// on failure.
int backup_create_file(const char *path, struct error *err) __attribute__((warn_unused_result));

// Opens a backup for reading. Returns its descriptor, -1 on failure.
int backup_open_file(const char *path, struct error *err) __attribute__((warn_unused_result));

// Writes the database in the directory to the file. A server that serves it goes on; without one,
// its PostgreSQL is started for it. False: the file is emptied.
bool backup_make(const char *directory, int file, struct error *err)
    __attribute__((warn_unused_result));

// Makes the database of the directory, which must have none yet, from the file: entirely or not at
// all.
bool backup_restore(const char *directory, int file, struct error *err)
    __attribute__((warn_unused_result));
