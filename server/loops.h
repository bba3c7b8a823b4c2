// Several loops: the server as a family of processes. The first one binds the addresses, has the
// database of --embedded and the keys of session tickets, and starts the others; each of those is a
// whole server with a loop, links and memory of its own, so that none waits for another, and one
// that dies takes nobody else's calls with it.
//
// The first one serves nobody. It passes orders on (a line to each, see loop_line.h), starts a loop
// again that has ended, and keeps all descriptors that listen: who comes meanwhile waits, and is
// not refused. No loop outlives it: the kernel tells them to drain when it is gone.
#pragma once

#include "server/server.h"

// How many loops the options ask for.
size_t loops_count(const struct config *config);

// Serves with n loops until a signal stops all, as server_run does. serve is what each of them is
// to do, in a process of its own, with options of its own; what it sets in err is logged there.
enum exit_code loops_run(const struct server_options *options, size_t n,
                         enum exit_code (*serve)(const struct server_options *options,
                                                 struct error *err),
                         struct error *err) __attribute__((warn_unused_result));
