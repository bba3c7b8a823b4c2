// The host names of a connection string, looked up without holding up the loop: libpq would look
// them up itself, and wait. What it is given is every name once for each of its addresses, with
// that address beside it: it still checks certificates and passwords by the name, and tries all of
// them in their order. Used by link only.
#pragma once

#include "server/pg/hosts.h"

#include <uv.h>

struct resolve;

// hosts: to be given to libpq beside the connection string, borrowed until the function returns;
// NULL: none could be found, and reason says why.
typedef void (*resolve_on_done)(void *ctx, const struct hosts *hosts, const char *reason);

// Looks up the names among the hosts, which are turned (see pg/hosts.h) or as the string says. NULL
// when there is nothing to look up, or no memory for it: then libpq is to do as it does. Else
// on_done comes once, later, and resolve is gone then.
struct resolve *resolve_start(uv_loop_t *loop, const char *conninfo, const struct hosts *hosts,
                              resolve_on_done on_done, void *ctx)
    __attribute__((warn_unused_result));

// Nobody waits for it any more: on_done comes as soon as it can. NULL is allowed.
void resolve_hurry(struct resolve *resolve);
