// How fast rows can leave PostgreSQL: a program of libpq that copies what a statement answers to
// nowhere, in binary, as the holder of a token. Prints how many rows there were.
//
//     copy_binary CONNECTION IDENTIFYING_STATEMENT TOKEN STATEMENT
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/sha256.h"

enum {
    OID_BYTEA_ARRAY = 1001,
    OID_TEXT_ARRAY = 1009,
    N_PARAMS = 6,
    HEX_SIZE = 2 * SHA256_SIZE + 8
};

static bool is_done(PGconn *connection, PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_OUT)
        return true;
    fprintf(stderr, "copy_binary: %s", PQerrorMessage(connection));
    return false;
}

static bool identify(PGconn *connection, const char *statement, const char *token) {
    uint8_t hash[SHA256_SIZE];
    char array[HEX_SIZE] = "{\"\\\\x";
    sha256_of(token, strlen(token), hash);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(array + strlen(array), 3, "%02x", hash[i]);
    strcat(array, "\"}");
    const Oid types[N_PARAMS] = {OID_BYTEA_ARRAY, 0, 0, 0, OID_TEXT_ARRAY, 0};
    const char *const values[N_PARAMS] = {array, "600000", "on", NULL, "{127.0.0.1}", "Copy"};
    return is_done(connection, PQexec(connection, "begin")) &&
           is_done(connection,
                   PQexecParams(connection, statement, N_PARAMS, types, values, NULL, NULL, 0));
}

// The last message is COPY's trailer, the first has its header before the first row.
static long count_rows(PGconn *connection) {
    long n = -1;
    char *bytes = NULL;
    while (PQgetCopyData(connection, &bytes, 0) > 0) {
        n++;
        PQfreemem(bytes);
    }
    return n;
}

static long copy(PGconn *connection, const char *statement) {
    char *command = malloc(strlen(statement) + 64);
    if (command == NULL)
        return -1;
    sprintf(command, "copy (%s) to stdout (format binary)", statement);
    bool is_begun = is_done(connection, PQexec(connection, command));
    free(command);
    return is_begun ? count_rows(connection) : -1;
}

int main(int n_arguments, char **arguments) {
    if (n_arguments != 5) {
        fprintf(stderr, "usage: copy_binary CONNECTION IDENTIFYING_STATEMENT TOKEN STATEMENT\n");
        return 2;
    }
    PGconn *connection = PQconnectdb(arguments[1]);
    long n = -1;
    if (identify(connection, arguments[2], arguments[3]))
        n = copy(connection, arguments[4]);
    PQfinish(connection);
    if (n >= 0)
        printf("%ld\n", n);
    return n >= 0 ? 0 : 1;
}
