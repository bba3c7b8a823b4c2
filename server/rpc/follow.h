// Following: calls that go on. A method whose function takes `cursor` and `follow` and answers
// `cursor` (see registry.h) is called again and again while its client stays: from the last cursor
// at once, until a row has only a cursor (all is told), then when a bell rings for a council of the
// caller, and from time to time anyway. Each round is a unit of its own, in which PostgreSQL
// verifies the token again; between rounds a call holds no link, so that many wait on few.
//
// A row with only a cursor reaches the client when all is told for the first time, and when it was
// called for the time's sake: a sign of life, which does not tell of what is not for the client to
// see. A round begins only when the client has read enough of the ones before. Private to
// server/rpc.
#pragma once

#include "server/rpc/call.h"

// Begins with the values that were encoded from the request. Answers the call at once when there
// are too many, or the server stops.
void follow_begin(struct call *call, const struct value *values);

// Whether the values ask for it.
bool follow_is_asked(const struct method *method, const struct value *values);

// The call has been answered: it waits for nothing any more. follow NULL is allowed.
void follow_end(struct follow *follow);

// The call is released. NULL is allowed.
void follow_destroy(struct follow *follow);

// The client has read what was queued.
void follow_drain(struct follow *follow);

// A commit of that council (NULL: perhaps of any).
void follow_ring(struct rpc *rpc, const char *council);

// Starts the rounds that are due. Returns how many microseconds from now the next one is due; -1:
// none is.
int64_t follow_turn(struct rpc *rpc, int64_t now_us);

// Answers every call that follows.
void follow_end_all(struct rpc *rpc, const char *message);
