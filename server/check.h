// What can be asked about an installation without serving it: whether methods and database agree,
// whether the database keeps its promises, and which methods there are.
#pragma once

#include "server/base/error.h"

#include <stdbool.h>
#include <stdio.h>

// Prints one line per check, "ok" or "FAILED", connecting with conninfo as the server would. False:
// something failed and was printed, or err says why the checks could not be run.
bool check_run(const char *conninfo, FILE *out, struct error *err)
    __attribute__((warn_unused_result));

// Prints a table of all methods: path, function, kind, access, roles.
bool check_print_methods(const char *conninfo, FILE *out, struct error *err)
    __attribute__((warn_unused_result));
