// The day that "today", "yesterday" and "end of Q3" are counted from: the council's, as the server
// says it, so that a clock that is wrong makes no wrong day on record.
#pragma once

#include "client/cli/invocation.h"

// The day it is, in ISO form, borrowed from the invocation. The server is asked once, after
// invocation_client; where it does not answer it is this machine's day. Where the two differ, that
// is said.
const char *today_find(struct invocation *invocation);

// A day that was checked, however it was typed, in ISO form, to be freed by the caller; the server
// is asked only where it depends on today. NULL without memory.
char *today_copy_day(struct invocation *invocation, const char *text);

// Counts what was typed from that day, where it depends on it. EXIT_OK, or what to exit with, after
// telling.
int today_settle(struct invocation *invocation);
