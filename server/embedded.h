// Embedded mode: a private PostgreSQL cluster in a directory of ours, reachable through a Unix
// socket that only its own user can reach, without any network.
//
//   DIR/data           the cluster (initdb), mode 0700
//   DIR/postgres.log   what PostgreSQL says
//   DIR/restoring      a cluster that a backup is being restored into
//   DIR/backup.log     what pg_dump or pg_restore said last
//   DIR/lock           locked while a shapd uses DIR
//   DIR/socket/        PostgreSQL's socket; in a short private directory under /tmp when DIR is
//   long
//
// PostgreSQL runs as a child of this process. It is stopped by embedded_stop, and by the kernel's
// word (PR_SET_PDEATHSIG) when this process is killed. Everything here blocks, but embedded_watch.
#pragma once

#include "server/base/error.h"
#include "server/privileges.h"

#include <stdbool.h>

struct embedded;

struct embedded_options {
    const char *directory;
    int n_connections; // PostgreSQL must allow at least so many
    bool is_restore;   // a new cluster, which is the directory's once it is kept: embedded_keep
};

// Makes the directory if need be and gives it to the user PostgreSQL is to run as. As root this
// comes before the privileges are dropped, everything else after.
bool embedded_prepare(const char *directory, const struct privileges_user *user, struct error *err)
    __attribute__((warn_unused_result));

// Locks the directory, makes the cluster when it is new, starts PostgreSQL, waits until it answers,
// and makes sure that the database is there. NULL: err says what is wrong and what to do; nothing
// is left running.
struct embedded *embedded_start(const struct embedded_options *options, struct error *err)
    __attribute__((warn_unused_result));

// The same for a directory that another process may use: starts and locks nothing.
struct embedded *embedded_attach(const char *directory, struct error *err)
    __attribute__((warn_unused_result));

// Connection strings: of the server's role, and of the cluster's superuser; and the latter's where
// the database is not there yet.
const char *embedded_server_conninfo(const struct embedded *embedded);
const char *embedded_admin_conninfo(const struct embedded *embedded);
const char *embedded_cluster_conninfo(const struct embedded *embedded);

// Where PostgreSQL's programs are, of the version that the directory needs.
const char *embedded_programs(const struct embedded *embedded);

// The directory as an absolute path.
const char *embedded_directory(const struct embedded *embedded);

// To be called when a child may have ended (SIGCHLD) and once a second: starts PostgreSQL again
// when it has died, with growing pauses (8 seconds at most) when it dies again and again. False: it
// cannot be started any more.
bool embedded_watch(struct embedded *embedded, struct error *err)
    __attribute__((warn_unused_result));

// Ends a restore: stops PostgreSQL, and its cluster is the directory's own from then on. Frees like
// embedded_stop, also on failure.
bool embedded_keep(struct embedded *embedded, struct error *err)
    __attribute__((warn_unused_result));

// Stops PostgreSQL (fast: what is not committed is rolled back), waits for its end, unlocks, frees.
// NULL is allowed.
void embedded_stop(struct embedded *embedded);
