// A cluster's files: which PostgreSQL to run, making a data directory, and reading the state that
// the postmaster keeps in it. Used by embedded only.
#pragma once

#include "server/base/error.h"

#include <stdbool.h>
#include <sys/types.h>

enum { CLUSTER_PATH_SIZE = 1024 };

// Finds the programs for the data directory: those of its own major version, or for a new one the
// newest from 15 on. Writes the directory they are in, and whether initdb has made the data
// directory. False: none fits; err has the cure.
bool cluster_find_programs(const char *data, char directory[CLUSTER_PATH_SIZE], bool *is_made,
                           struct error *err) __attribute__((warn_unused_result));

// Makes the data directory, entirely or not at all. Whoever can reach its socket is let in: the
// socket's directory is what guards it.
bool cluster_make(const char *programs, const char *data, const char *log_path, struct error *err)
    __attribute__((warn_unused_result));

// Removes a data directory with all that is in it, if there is one.
bool cluster_remove(const char *data, const char *log_path, struct error *err)
    __attribute__((warn_unused_result));

// A process of our user that works in the data directory, as PostgreSQL's do, whatever its lock
// file says; 0 when there is none. Where the system does not list its processes (no /proc) the lock
// file is believed: two on one directory would destroy it.
pid_t cluster_find_process(const char *data);

// The process id in the data directory's lock file; 0 when there is none. is_ready: it takes
// connections.
pid_t cluster_read_pid(const char *data, bool *is_ready);
