// An exchange: one unit over one connection in pipeline mode, from its first Parse to the result of
// its Sync, and which statements the connection has prepared. Never waits and never touches the
// loop; link calls it when bytes have come. The end of a unit is the Sync's own result and nothing
// else: what earlier results say can still be rolled back.
#pragma once

#include "server/pg/pool.h"

#include <libpq-fe.h>

enum { EXCHANGE_PARAMS_MAX = 128 }; // of one statement

struct prepared;

// What the results that are still to come belong to.
struct exchange_item {
    size_t step;
    bool is_prepare;
};

struct exchange {
    PGconn *conn;      // borrowed
    struct unit *unit; // borrowed; NULL between units
    struct exchange_item items[4];
    size_t n_items;
    size_t position; // the item whose results come next
    bool is_sent;    // up to and including the Sync
    bool is_paused;
    bool is_unconfirmed; // committed here, but not known to be on the standby
    bool is_changed;     // the rows are not those of statement.result
    PGresult *error;     // owned; the first
    size_t error_step;
    struct prepared *prepared; // owned; what conn has prepared
    size_t n_prepared;
    size_t prepared_capacity;
    struct value *columns; // owned; room for one row
    size_t columns_capacity;
};

// A new connection: nothing is prepared on it. Takes over its notices.
void exchange_open(struct exchange *exchange, PGconn *conn);

// Frees everything but conn and unit.
void exchange_finish(struct exchange *exchange);

// Queues the unit's messages in libpq and begins to send them. False when libpq refuses: the
// connection is of no use any more.
bool exchange_start(struct exchange *exchange, struct unit *unit)
    __attribute__((warn_unused_result));

enum exchange_step { EXCHANGE_WAITING, EXCHANGE_OVER, EXCHANGE_BROKEN };

// Takes the results that have come, hands rows up, and stops where none has come yet or the unit is
// paused.
enum exchange_step exchange_advance(struct exchange *exchange);

// After EXCHANGE_OVER: whether the unit failed, and how. The strings lie in exchange->error.
bool exchange_has_failed(const struct exchange *exchange, struct failure *failure);

// Lets go of the unit. The caller frees the error that is returned (PQclear; may be NULL).
PGresult *exchange_end(struct exchange *exchange) __attribute__((warn_unused_result));
