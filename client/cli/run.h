// A command line from its words to its exit code.
#pragma once

#include <signal.h>
#include <stdio.h>

// Parses, and runs what was asked for. Data goes to out, messages to err.
int run_command_line(int argc, char *const *argv, FILE *out, FILE *err,
                     const volatile sig_atomic_t *interrupted);
