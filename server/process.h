// Child processes: a program that is run to its end, and one that runs beside us and is stopped by
// us, or by the kernel when we die first. Blocking; used by embedded before and after the loop.
#pragma once

#include "server/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Starts arguments[0] (a path) in its own process group, stdin from /dev/null, stdout and stderr
// appended to log_path. When this process dies, however it does, the kernel sends the child
// death_signal. Returns the process id, -1 on failure.
pid_t process_start(const char *const *arguments, const char *log_path, int death_signal,
                    struct error *err) __attribute__((warn_unused_result));

// The same, and waits for its end. False also when it ended with anything but 0; err ends with
// what it said about it.
bool process_run(const char *const *arguments, const char *log_path, struct error *err)
    __attribute__((warn_unused_result));

// The same, its stdin and stdout being these files; -1: as above.
bool process_run_between(const char *const *arguments, int input, int output, const char *log_path,
                         struct error *err) __attribute__((warn_unused_result));

// Runs a program and reads the first line it says, without its line break. False when it cannot be
// run, fails or says nothing.
bool process_ask(const char *const *arguments, char *line, size_t size)
    __attribute__((warn_unused_result));

// Whether the child has ended; then it is no longer known to the kernel.
bool process_is_ended(pid_t child);

// Waits until it ends, at most timeout_ms. False: it still runs.
bool process_wait(pid_t child, int timeout_ms) __attribute__((warn_unused_result));

// Lets time pass.
void process_pause(int ms);

// Why a program failed, from what it said: the last line that speaks of a failure, else the last
// one with something in it, else "".
void process_find_reason(const char *path, char *line, size_t size);
