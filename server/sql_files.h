// The files of sql/ as they were when this program was built, in the order of sql/order. Generated
// by embed_sql.cmake.
#pragma once

#include <stddef.h>

struct sql_file {
    const char *path; // within sql/
    const char *role; // whom it is run as; NULL: the administrator who deploys
    int number;       // of a migration; 0: not numbered, run at every deployment
    const unsigned char *bytes;
    size_t len;
};

extern const struct sql_file sql_files[];
extern const size_t sql_n_files;
extern const struct sql_file sql_check; // not deployed: one row per promise that is not kept
