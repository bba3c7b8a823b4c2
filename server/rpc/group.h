// Groups: calls of a grouped method that wait while every link is busy go to PostgreSQL together,
// as one unit and so in one transaction and one commit. No timer: when a link is idle, what waits
// is the next group. Calls share a group only when their callers had the same role and sight when
// last seen.
//
// Each call of a group gets its own verdict from the function; one whose token does not hold is
// tried once more, alone, to be told why. When the unit itself fails nothing was done, and each
// call is tried once more, alone. A caller whose calls fail alone, too, does not share with others
// any more for a while (see rpc/breakers.h). A group owns its memory; its calls stay alive until it
// is done. Private to server/rpc.
#pragma once

#include "server/base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct rpc;

enum {
    GROUP_CALLS_MAX = 256,     // of one group
    GROUP_READS_MAX = 32,      // of one that only reads: they are answered together
    GROUP_BYTES_MAX = 4 << 20, // of its argument, but for the last call
    GROUP_TURN_US = 500,       // for looking through requests, in a turn of the loop
    GROUPS_RUNNING_MAX = 2 // of one method that writes: more would be smaller groups waiting for
                           // one another
};

struct group_lane {
    struct list waiting; // calls
    size_t n_running;    // groups with the pool
};

struct group_queue {
    struct list item; // in rpc->waiting_queues while calls wait
    size_t n_waiting; // in both lanes
    struct group_lane shared;
    struct group_lane apart; // of those who break groups: one unit each, one at a time
};

// One queue for each method of rpc's registry. False without memory.
bool group_queues_create(struct rpc *rpc) __attribute__((warn_unused_result));

// No group runs any more.
void group_queues_destroy(struct rpc *rpc);

// The call waits for its group; refused when too many wait.
void group_enqueue(struct call *call);

// Takes a waiting call out.
void group_withdraw(struct call *call);

// Sends what can be sent now, for as long as a turn of the loop has for it: a request of many small
// parts takes long to look through. False: more could be sent at once, in another turn.
bool group_send_all(struct rpc *rpc, int64_t now_us);
