// A session: one blocking connection for what is done outside the loop, by deployment, by the
// checks and when the first council is made. Errors carry PostgreSQL's own words: they are for the
// administrator at the terminal, never for a client of the API.
#pragma once

#include "server/base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct session;

// Whether libpq can read this as a connection string (a bare name is a database's); connects to
// nothing. On failure the message says what is wrong with it.
bool session_check(const char *conninfo, struct error *err) __attribute__((warn_unused_result));

// Connects with a libpq connection string. Notices of the server are dropped.
struct session *session_create(const char *conninfo, struct error *err)
    __attribute__((warn_unused_result));

// From now on a statement that is not answered in so many milliseconds has failed, and the session
// is of no use any more. At first there is no limit: a deployment takes as long as it takes.
void session_limit(struct session *session, int ms);

// Connects anew, as at first: for when nobody knows what became of a statement. Roles and settings
// of the connection before are gone.
bool session_renew(struct session *session, struct error *err) __attribute__((warn_unused_result));

// NULL is allowed.
void session_destroy(struct session *session);

// Runs one or more statements; what they answer is dropped. len bytes at sql need no NUL after
// them. On failure the message names the line within sql where PostgreSQL knows it.
bool session_run(struct session *session, const char *sql, size_t len, struct error *err)
    __attribute__((warn_unused_result));

// A row of an answer as text; a NULL is a NULL pointer. Borrowed until the function returns. False
// stops with a failure the function has set in err.
typedef bool (*session_row)(void *ctx, const char *const *columns, size_t n_columns,
                            struct error *err);

// Runs one statement with text parameters (a NULL pointer is NULL); on_row (may be NULL) is called
// for each row of the answer, which has at most SESSION_COLUMNS_MAX columns.
bool session_query(struct session *session, const char *sql, const char *const *params,
                   size_t n_params, session_row on_row, void *ctx, struct error *err)
    __attribute__((warn_unused_result));

enum { SESSION_COLUMNS_MAX = 32 };

// The first column of the only row, in a buffer of size bytes; "" for NULL. False also when there
// is not exactly one row or it does not fit.
bool session_query_text(struct session *session, const char *sql, const char *const *params,
                        size_t n_params, char *text, size_t size, struct error *err)
    __attribute__((warn_unused_result));

// The SQLSTATE of the last failure, "" when it had none.
const char *session_sqlstate(const struct session *session);
