// SQLSTATE to gRPC status: one table for everything PostgreSQL can say. SQL chooses a status itself
// with `raise exception using errcode = 'RPCnn'`; only then (and when it refuses a token) do the
// database's own words reach a client. Everything else is answered with a fixed text.
//
// Used by call.c for a unit that failed and by group.c for the verdict on one call of a group.
#pragma once

#include "proto/status.h"
#include "server/base/arena.h"

struct sqlstate_answer {
    enum grpc_status status;
    const char *message; // what the client is told; in the arena or static
    bool is_fault;       // nobody expected it: log the database's own words
    bool is_suspect;     // the API may have been redeployed under us: check the catalog
};

struct sqlstate_said {
    const char *sqlstate;   // five characters
    const char *message;    // the database's own words; may be NULL
    const char *hint;       // may be NULL
    bool is_identity;       // said by the identity statement
    bool is_anonymous;      // the call came without a token
    bool is_uncertain;      // the link was lost: it may have been committed
    const char *request_id; // named in messages that need an administrator
};

// Whether nobody expected this, and it lies in what the call says: others do not fail so, but with
// it, when they share its unit.
bool sqlstate_is_of_call(const char *sqlstate);

// What a client is told. Without memory the message is a shorter fixed one.
struct sqlstate_answer sqlstate_map(const struct sqlstate_said *said, struct arena *arena);
