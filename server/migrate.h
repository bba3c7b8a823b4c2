// Deployment: brings a database to the state of the SQL files built into this program. Numbered
// migrations are run once and recorded in shap.migration with their hash; everything else is run
// whenever any file differs from what was deployed last (recorded as number 0). All of it is one
// transaction: a deployment happens entirely or not at all, and two at once wait for each other.
#pragma once

#include "server/base/error.h"
#include "server/pg/session.h"
#include "server/sql_files.h"

// What a deployment consists of: the files built in, or a test's.
struct migrate_files {
    const struct sql_file *files;
    size_t n;
};

struct migrate_result {
    size_t n_migrations; // run now
    bool is_deployed;    // false: everything was up to date, nothing was done
};

// Deploys over a session of an administrator. Refuses a database whose recorded migrations are not
// this program's: newer, or with another hash. False: err names file and line; nothing was done.
bool migrate_run(struct session *session, const struct migrate_files *files,
                 struct migrate_result *result, struct error *err)
    __attribute__((warn_unused_result));

// The number of the last migration of the files: the schema version a server must find.
int migrate_version(const struct migrate_files *files);
