// Turns at the links kept for streams, and at those for what takes long. A stream holds its link as
// long as its client takes to read it, a report as long as it takes. So of one token only so many
// (options.streams_each, long_each) are with the pool at a time; its others wait here, queued, each
// for one of those to end, and nobody keeps everybody else out. Private to server/rpc; calls are
// owned by rpc.
#pragma once

#include "server/rpc/call.h"

// Gives the call's unit, which is filled in, to the pool: now, or in its turn. One that cannot wait
// is answered.
void turns_take(struct call *call);

// The call is over while it was waiting.
void turns_withdraw(struct call *call);

// Its unit is over: the next call of its kind and token has its turn.
void turns_pass(struct call *call);
