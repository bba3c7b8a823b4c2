// The calls that a load is made of: which method, by whom, and what they say. The councils, plans,
// milestones and tokens are those of ground.sql. Each call has a number; what it says follows from
// that alone, but for the id of a return, which is new each time.
#pragma once

#include "tests/attacks/request.h"

// The last four are about the plan of the large council, by its coordinator.
enum call_kind {
    CALL_EMPTY,
    CALL_POINT,
    CALL_READ,
    CALL_RETURN,
    CALL_EXCEPTIONS,
    CALL_ACCOUNT,
    CALL_OUTSTANDING,
    CALL_EXPORT
};
enum { GRPC_OK = 0, GRPC_NOT_FOUND = 5 };

struct calls {
    enum call_kind kind;
    const char *year;       // borrowed: of the plans
    unsigned n_councils;    // calls go to one after the other
    unsigned n_milestones;  // of each plan
    double percent_refused; // how many returns name a milestone that there is not
    struct request request; // the fields that all calls have
    uint8_t id[16];         // of the last return
};

// name: one of those that load names. False for another.
bool calls_init(struct calls *calls, const char *name);

// Opens a stream with call number n. Returns the stream, the grpc-status to be expected, and how
// much of the line's window it takes.
uint32_t calls_open(struct calls *calls, struct line *line, uint64_t n, unsigned *expected,
                    size_t *len);

// How many bytes the largest message has, with its head.
enum { CALL_SIZE_MAX = 512 };
