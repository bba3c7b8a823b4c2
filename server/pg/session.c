#include "server/pg/session.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Unless the connection string says otherwise: an address that does not answer is not waited for.
static const char CONNECT_SECONDS[] = "5";

struct session {
    PGconn *connection; // owned
    int limit_ms;       // 0: none
    char sqlstate[6];
};

static void drop_notice(void *ctx, const PGresult *result) {
    (void)ctx;
    (void)result;
}

// libpq ends its messages with a line break.
static bool set_error(struct error *err, const char *what, const char *message) {
    size_t len = strlen(message);
    while (len > 0 && (message[len - 1] == '\n' || message[len - 1] == ' '))
        len--;
    return error_set(err, "%s%.*s", what, (int)len, message);
}

// libpq reads a text as options only when it looks like them.
static bool has_options(const char *conninfo) {
    return strchr(conninfo, '=') != NULL || strncmp(conninfo, "postgres://", 11) == 0 ||
           strncmp(conninfo, "postgresql://", 13) == 0;
}

bool session_check(const char *conninfo, struct error *err) {
    char *message = NULL;
    if (!has_options(conninfo))
        return true;
    PQconninfoOption *read = PQconninfoParse(conninfo, &message);
    bool is_good = read != NULL || set_error(err, "", message != NULL ? message : "out of memory");
    PQconninfoFree(read);
    PQfreemem(message);
    return is_good;
}

static bool is_connected(const struct session *session, struct error *err) {
    return PQstatus(session->connection) == CONNECTION_OK ||
           set_error(err, "cannot connect to the database: ", PQerrorMessage(session->connection));
}

struct session *session_create(const char *conninfo, struct error *err) {
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    static const char *const KEYWORDS[] = {"connect_timeout", "dbname", NULL};
    const char *const values[] = {CONNECT_SECONDS, conninfo, NULL};
    session->connection = PQconnectdbParams(KEYWORDS, values, 1);
    if (!is_connected(session, err)) {
        session_destroy(session);
        return NULL;
    }
    PQsetNoticeReceiver(session->connection, drop_notice, NULL);
    return session;
}

bool session_renew(struct session *session, struct error *err) {
    PQreset(session->connection);
    return is_connected(session, err);
}

void session_destroy(struct session *session) {
    if (session == NULL)
        return;
    PQfinish(session->connection);
    free(session);
}

void session_limit(struct session *session, int ms) {
    session->limit_ms = ms;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Until the next result is there whole. False when its time is over, or the connection is.
static bool await_result(const struct session *session, int64_t until_ms) {
    while (PQisBusy(session->connection)) {
        struct pollfd socket = {.fd = PQsocket(session->connection), .events = POLLIN};
        int64_t left_ms = session->limit_ms > 0 ? until_ms - now_ms() : INT32_MAX;
        if (left_ms <= 0)
            return false;
        if (poll(&socket, 1, (int)left_ms) > 0 && !PQconsumeInput(session->connection))
            return false;
    }
    return true;
}

// The last result of what was sent, which is where it failed if it did. NULL: it was not answered.
static PGresult *take_answer(struct session *session, int is_sent) {
    PGresult *last = NULL;
    int64_t until_ms = now_ms() + session->limit_ms;
    while (is_sent && await_result(session, until_ms)) {
        PGresult *result = PQgetResult(session->connection);
        if (result == NULL)
            return last;
        PQclear(last);
        last = result;
    }
    PQclear(last);
    return NULL;
}

static int line_of(const char *sql, const char *position) {
    long at = position != NULL ? strtol(position, NULL, 10) : 0;
    int line = 1;
    // The position counts characters, not bytes.
    for (; at > 1 && *sql != '\0'; sql++) {
        line += *sql == '\n';
        at -= ((unsigned char)*sql & 0xc0) != 0x80;
    }
    return line;
}

static bool fail(struct session *session, const PGresult *result, const char *sql,
                 struct error *err) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    snprintf(session->sqlstate, sizeof session->sqlstate, "%s", state != NULL ? state : "");
    if (result == NULL && PQstatus(session->connection) == CONNECTION_OK)
        return set_error(err, "", "the database does not answer");
    if (message == NULL)
        return set_error(err, "", PQerrorMessage(session->connection));
    char where[32] = "";
    if (position != NULL)
        snprintf(where, sizeof where, "line %d: ", line_of(sql, position));
    return error_set(err, "%s%s%s%s", where, message, hint != NULL ? ". " : "",
                     hint != NULL ? hint : "");
}

static bool is_done(const PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

bool session_run(struct session *session, const char *sql, size_t len, struct error *err) {
    char *text = malloc(len + 1);
    if (text == NULL)
        return error_set(err, "out of memory");
    memcpy(text, sql, len);
    text[len] = '\0';
    PGresult *result = take_answer(session, PQsendQuery(session->connection, text));
    bool is_ok = is_done(result) || fail(session, result, text, err);
    PQclear(result);
    free(text);
    return is_ok;
}

static bool hand_up(const PGresult *result, session_row on_row, void *ctx, struct error *err) {
    const char *columns[SESSION_COLUMNS_MAX];
    int n = PQnfields(result);
    if (n > SESSION_COLUMNS_MAX)
        return error_set(err, "the answer has more than %d columns", SESSION_COLUMNS_MAX);
    for (int row = 0; row < PQntuples(result); row++) {
        for (int i = 0; i < n; i++)
            columns[i] = PQgetisnull(result, row, i) ? NULL : PQgetvalue(result, row, i);
        if (!on_row(ctx, columns, (size_t)n, err))
            return false;
    }
    return true;
}

bool session_query(struct session *session, const char *sql, const char *const *params,
                   size_t n_params, session_row on_row, void *ctx, struct error *err) {
    PGresult *result =
        take_answer(session, PQsendQueryParams(session->connection, sql, (int)n_params, NULL,
                                               params, NULL, NULL, 0));
    bool is_ok = is_done(result) || fail(session, result, sql, err);
    if (is_ok && on_row != NULL)
        is_ok = hand_up(result, on_row, ctx, err);
    PQclear(result);
    return is_ok;
}

struct text_answer {
    char *text; // borrowed
    size_t size;
    size_t n_rows;
};

static bool keep_text(void *ctx, const char *const *columns, size_t n_columns, struct error *err) {
    struct text_answer *answer = ctx;
    const char *text = n_columns > 0 && columns[0] != NULL ? columns[0] : "";
    answer->n_rows++;
    if (strlen(text) >= answer->size)
        return error_set(err, "the answer is longer than expected");
    memcpy(answer->text, text, strlen(text) + 1);
    return true;
}

bool session_query_text(struct session *session, const char *sql, const char *const *params,
                        size_t n_params, char *text, size_t size, struct error *err) {
    struct text_answer answer = {.text = text, .size = size};
    if (!session_query(session, sql, params, n_params, keep_text, &answer, err))
        return false;
    return answer.n_rows == 1 || error_set(err, "the answer has %zu rows, not one", answer.n_rows);
}

const char *session_sqlstate(const struct session *session) {
    return session->sqlstate;
}
