// The log of calls, bounded: a flood of calls is none of lines. Calls of one kind (the same event,
// method, status and address) have so many lines a minute, and all together have; what is more is
// counted, and told of in one line a kind when the minute is over.
//
// Who calls it: call, before it writes a line of a call. Owned by rpc, which gives it the time. Its
// memory is fixed: where it is full, calls of a new kind are counted as others'.
#pragma once

#include "proto/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CALL_LOG_GOOD = 600,  // lines a minute of calls of one kind that were answered OK ...
    CALL_LOG_BAD = 60,    // ... and otherwise
    CALL_LOG_ALL = 6000,  // of all: a fifth of what journald takes
    CALL_LOG_KINDS = 512, // that are told apart in a minute
    CALL_LOG_PEER_SIZE = 48,
    CALL_LOG_MINUTE_US = 60000000,
};

struct call_log;

struct call_kind {
    const char *event;  // static
    const char *method; // its path; NULL: there is no such method
    enum grpc_status status;
    const char *peer; // an address, without its port
};

struct call_log *call_log_create(void) __attribute__((warn_unused_result));

// Tells of what was counted.
void call_log_destroy(struct call_log *log);

// Whether a line is to be written; if not, it has been counted.
bool call_log_may(struct call_log *log, const struct call_kind *kind, int64_t now_us)
    __attribute__((warn_unused_result));

// Tells of what was counted when the minute is over. Returns how many microseconds from now it
// wants to be called again; -1: not before something is counted.
int64_t call_log_turn(struct call_log *log, int64_t now_us);
