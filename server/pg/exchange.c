#include "server/pg/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct prepared {
    const struct statement *statement; // borrowed
    bool is_checked;                   // its result has been compared with statement->result
};

// A session that stops waiting for its standby says so in a warning only, and then reports success.
static void on_notice(void *ctx, const PGresult *result) {
    struct exchange *exchange = ctx;
    const char *source = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    if (source && strcmp(source, "SyncRepWaitForLSN") == 0)
        exchange->is_unconfirmed = true;
}

void exchange_open(struct exchange *exchange, PGconn *conn) {
    assert(!exchange->unit);
    exchange->conn = conn;
    exchange->n_prepared = 0;
    PQsetNoticeReceiver(conn, on_notice, exchange);
}

void exchange_finish(struct exchange *exchange) {
    PQclear(exchange->error);
    free(exchange->prepared);
    free(exchange->columns);
    *exchange = (struct exchange){0};
}

static struct prepared *find_prepared(const struct exchange *exchange,
                                      const struct statement *statement) {
    for (size_t i = 0; i < exchange->n_prepared; i++)
        if (exchange->prepared[i].statement == statement)
            return &exchange->prepared[i];
    return NULL;
}

static bool remember_prepared(struct exchange *exchange, const struct statement *statement) {
    if (exchange->n_prepared == exchange->prepared_capacity) {
        size_t capacity = exchange->prepared_capacity ? exchange->prepared_capacity * 2 : 16;
        struct prepared *grown = realloc(exchange->prepared, capacity * sizeof *grown);
        if (!grown)
            return false;
        exchange->prepared = grown;
        exchange->prepared_capacity = capacity;
    }
    exchange->prepared[exchange->n_prepared++] = (struct prepared){.statement = statement};
    return true;
}

static void expect(struct exchange *exchange, size_t step, bool is_prepare) {
    assert(exchange->n_items < sizeof exchange->items / sizeof *exchange->items);
    exchange->items[exchange->n_items++] =
        (struct exchange_item){.step = step, .is_prepare = is_prepare};
}

// The second step may use the statement of the first, which is then being prepared already.
static bool is_being_prepared(const struct exchange *exchange, const struct statement *statement) {
    for (size_t i = 0; i < exchange->n_items; i++)
        if (exchange->items[i].is_prepare &&
            exchange->unit->steps[exchange->items[i].step].statement == statement)
            return true;
    return false;
}

static bool send_query(const struct exchange *exchange, const struct step *step) {
    const char *values[EXCHANGE_PARAMS_MAX];
    int lengths[EXCHANGE_PARAMS_MAX];
    int formats[EXCHANGE_PARAMS_MAX];
    size_t n = step->statement->n_params;
    assert(n <= EXCHANGE_PARAMS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct value *value = &step->params[i];
        values[i] = value->len < 0 ? NULL : value->bytes ? (const char *)value->bytes : "";
        lengths[i] = value->len < 0 ? 0 : value->len;
        formats[i] = 1;
    }
    return PQsendQueryPrepared(exchange->conn, step->statement->name, (int)n, values, lengths,
                               formats, 1) == 1;
}

static bool send_step(struct exchange *exchange, size_t index) {
    const struct step *step = &exchange->unit->steps[index];
    const struct statement *statement = step->statement;
    if (!find_prepared(exchange, statement) && !is_being_prepared(exchange, statement)) {
        if (!PQsendPrepare(exchange->conn, statement->name, statement->sql,
                           (int)statement->n_params, statement->param_oids))
            return false;
        expect(exchange, index, true);
    }
    expect(exchange, index, false);
    return send_query(exchange, step);
}

// Single-row mode belongs to one query and can be asked for only while that query's results are the
// next to come.
static bool begin_item(const struct exchange *exchange) {
    if (!exchange->unit->is_stream || exchange->position >= exchange->n_items)
        return true;
    if (exchange->items[exchange->position].is_prepare || exchange->error)
        return true;
    return PQsetSingleRowMode(exchange->conn) == 1;
}

bool exchange_start(struct exchange *exchange, struct unit *unit) {
    assert(!exchange->unit && unit->n_steps >= 1 && unit->n_steps <= 2);
    exchange->unit = unit;
    exchange->n_items = 0;
    exchange->position = 0;
    exchange->is_sent = false;
    exchange->is_paused = false;
    exchange->is_unconfirmed = false;
    exchange->is_changed = false;
    for (size_t i = 0; i < unit->n_steps; i++)
        if (!send_step(exchange, i))
            return false;
    exchange->is_sent = true;
    return PQpipelineSync(exchange->conn) == 1 && begin_item(exchange);
}

static bool is_same_row(const PGresult *result, const struct shape *shape) {
    if (shape->kind != SHAPE_COMPOSITE)
        return true;
    if ((size_t)PQnfields(result) != shape->n_fields)
        return false;
    for (int i = 0; i < PQnfields(result); i++) {
        const struct shape_field *field = &shape->fields[i];
        if (PQftype(result, i) != field->shape->oid || strcmp(PQfname(result, i), field->name) != 0)
            return false;
    }
    return true;
}

static void check_columns(struct exchange *exchange, const PGresult *result,
                          const struct statement *statement) {
    struct prepared *prepared = find_prepared(exchange, statement);
    if (!statement->result || !prepared || prepared->is_checked)
        return;
    if (is_same_row(result, statement->result))
        prepared->is_checked = true;
    else
        exchange->is_changed = true;
}

static bool make_room(struct exchange *exchange, size_t n_columns) {
    if (n_columns <= exchange->columns_capacity && exchange->columns)
        return true;
    size_t capacity = n_columns > 64 ? n_columns : 64;
    struct value *grown = realloc(exchange->columns, capacity * sizeof *grown);
    if (!grown)
        return false;
    exchange->columns = grown;
    exchange->columns_capacity = capacity;
    return true;
}

static void take_row(struct exchange *exchange, const PGresult *result, int row, size_t step) {
    struct unit *unit = exchange->unit;
    int n_columns = PQnfields(result);
    for (int i = 0; i < n_columns; i++) {
        int len = PQgetlength(result, row, i); // 0 of NULL
        bool is_null = len == 0 && PQgetisnull(result, row, i);
        exchange->columns[i] = (struct value){
            .bytes = is_null ? NULL : (const uint8_t *)PQgetvalue(result, row, i),
            .len = is_null ? -1 : len,
        };
    }
    unit->events->on_row(unit->ctx, step, exchange->columns, (size_t)n_columns);
}

static bool take_rows(struct exchange *exchange, const PGresult *result, size_t step) {
    struct unit *unit = exchange->unit;
    check_columns(exchange, result, unit->steps[step].statement);
    if (!make_room(exchange, (size_t)PQnfields(result)))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        if (!unit->is_inert && !exchange->is_changed)
            take_row(exchange, result, row, step);
    return true;
}

// Takes ownership of result. EXCHANGE_WAITING: there may be more.
static enum exchange_step take_result(struct exchange *exchange, PGresult *result) {
    struct exchange_item item = {.step = exchange->unit->n_steps - 1};
    if (exchange->position < exchange->n_items)
        item = exchange->items[exchange->position];
    bool is_good = true;
    enum exchange_step step = EXCHANGE_WAITING;
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
        if (item.is_prepare)
            is_good = remember_prepared(exchange, exchange->unit->steps[item.step].statement);
        break;
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        is_good = take_rows(exchange, result, item.step);
        break;
    case PGRES_FATAL_ERROR:
        if (!exchange->error) {
            exchange->error = result;
            exchange->error_step = item.step;
            return EXCHANGE_WAITING;
        }
        break;
    case PGRES_PIPELINE_ABORTED:
        break;
    case PGRES_PIPELINE_SYNC:
        step = EXCHANGE_OVER;
        break;
    default:
        is_good = false;
    }
    PQclear(result);
    return is_good ? step : EXCHANGE_BROKEN;
}

// NULL ends the results of one item, and those of the commit, which has some only when it fails.
static enum exchange_step next_item(struct exchange *exchange) {
    if (exchange->position > exchange->n_items)
        return EXCHANGE_BROKEN;
    exchange->position++;
    return begin_item(exchange) ? EXCHANGE_WAITING : EXCHANGE_BROKEN;
}

enum exchange_step exchange_advance(struct exchange *exchange) {
    enum exchange_step step = EXCHANGE_WAITING;
    while (step == EXCHANGE_WAITING && !exchange->is_paused && !PQisBusy(exchange->conn)) {
        PGresult *result = PQgetResult(exchange->conn);
        step = result ? take_result(exchange, result) : next_item(exchange);
        if (step == EXCHANGE_WAITING && PQstatus(exchange->conn) == CONNECTION_BAD)
            return EXCHANGE_BROKEN;
    }
    return step;
}

static void fail_with(struct failure *failure, const char *sqlstate, const char *message) {
    *failure = (struct failure){.is_uncertain = true, .message = message};
    memcpy(failure->sqlstate, sqlstate, 6);
}

static void fill_failure(const struct exchange *exchange, struct failure *failure) {
    const PGresult *error = exchange->error;
    const char *sqlstate = PQresultErrorField(error, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY);
    *failure = (struct failure){
        .in_identity = exchange->unit->n_steps == 2 && exchange->error_step == 0,
        .message = message ? message : PQresultErrorMessage(error),
        .detail = PQresultErrorField(error, PG_DIAG_MESSAGE_DETAIL),
        .hint = PQresultErrorField(error, PG_DIAG_MESSAGE_HINT),
    };
    memcpy(failure->sqlstate, sqlstate && strlen(sqlstate) == 5 ? sqlstate : "XX000", 6);
}

bool exchange_has_failed(const struct exchange *exchange, struct failure *failure) {
    if (exchange->error)
        fill_failure(exchange, failure);
    else if (exchange->is_unconfirmed)
        fail_with(failure, "08007", "the standby has not confirmed the commit");
    else if (exchange->is_changed)
        fail_with(failure, "0A000", "the database's functions are not those read at the start");
    else
        return false;
    return true;
}

PGresult *exchange_end(struct exchange *exchange) {
    PGresult *error = exchange->error;
    exchange->error = NULL;
    exchange->unit = NULL;
    return error;
}
