// Every type of the matrix through a real PostgreSQL: what is sent comes back, byte for byte.
#include "server/codec/binary.h"
#include "server/codec/plan.h"
#include "server/pg/catalog.h"

#include "tests/unit/codec/shapes.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct error err;
static struct catalog catalog;
static PGconn *conn;

// The cluster is the environment's (PGHOST and so on).
static void start(void) {
    arena_init(&arena, ARENA_LIMIT);
    cr_assert(catalog_read("", "matrix_v1", 0, NULL, &arena, &catalog, &err), "%s", err.message);
    conn = PQconnectdb("client_encoding=UTF8");
    cr_assert_eq(PQstatus(conn), CONNECTION_OK, "%s", PQerrorMessage(conn));
}

static void stop(void) {
    PQfinish(conn);
    arena_finish(&arena);
}

TestSuite(database, .init = start, .fini = stop);

static PGresult *call(const char *sql, const struct function *function,
                      const struct value *values) {
    Oid oids[ALL_FIELDS];
    const char *params[ALL_FIELDS];
    int lengths[ALL_FIELDS], formats[ALL_FIELDS];
    for (size_t i = 0; i < function->n_args; i++) {
        oids[i] = function->args[i].shape->oid;
        params[i] = values[i].len < 0 ? NULL : (const char *)values[i].bytes;
        lengths[i] = values[i].len;
        formats[i] = 1;
    }
    PGresult *result =
        PQexecParams(conn, sql, (int)function->n_args, oids, params, lengths, formats, 1);
    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    return result;
}

static void columns_of(const PGresult *result, int row, struct value *columns) {
    for (int i = 0; i < PQnfields(result); i++)
        columns[i] =
            (struct value){.bytes = (const uint8_t *)PQgetvalue(result, row, i),
                           .len = PQgetisnull(result, row, i) ? -1 : PQgetlength(result, row, i)};
}

static void is_row(const struct plan *plan, const PGresult *result, int row,
                   struct bytes expected) {
    struct value columns[ALL_FIELDS];
    struct buf out = {0};
    columns_of(result, row, columns);
    cr_assert(plan_decode(plan, columns, (size_t)PQnfields(result), &out, &err), "%s", err.message);
    cr_assert_eq(buf_len(&out), expected.len);
    if (expected.len > 0)
        cr_assert_eq(memcmp(buf_bytes(&out), expected.data, expected.len), 0);
    buf_finish(&out);
}

static const struct function *find(const char *name) {
    const struct function *function = catalog_find(&catalog, name);
    cr_assert_not_null(function);
    return function;
}

static const struct plan *compile_request(const ProtobufCMessageDescriptor *message,
                                          const struct function *function) {
    const struct plan *plan =
        plan_compile_request(&arena, message, function->args, function->n_args, &err);
    cr_assert_not_null(plan, "%s", err.message);
    return plan;
}

static const struct plan *compile_answer(const struct shape *shape) {
    const struct plan *plan =
        plan_compile_answer(&arena, &matrix__v1__all__descriptor, shape, &err);
    cr_assert_not_null(plan, "%s", err.message);
    return plan;
}

static const char ECHO[] =
    "select r.* from matrix_v1.echo($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
    " $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26) r";

Test(database, every_value_comes_back_as_it_was_sent) {
    const struct function *echo = find("echo");
    const struct plan *request = compile_request(&matrix__v1__all__descriptor, echo);
    const struct plan *answer = compile_answer(echo->result);
    for (size_t i = 0; i < N_SAMPLES; i++) {
        struct bytes sample = pack_sample(&arena, i);
        struct value values[ALL_FIELDS];
        cr_assert(plan_encode(request, sample.data, sample.len, &arena, values, &err), "%s",
                  err.message);
        PGresult *result = call(ECHO, echo, values);
        is_row(answer, result, 0, sample);
        PQclear(result);
    }
}

// The array as a grouped method sends it: its head, then length and composite for each call.
static void put_calls(const struct plan *plan, const struct shape *array, struct buf *out) {
    uint8_t head[20] = {[3] = 1, [15] = N_SAMPLES, [19] = 1};
    for (size_t i = 0; i < 4; i++)
        head[8 + i] = (uint8_t)(array->element->oid >> (24 - 8 * i));
    cr_assert(buf_append(out, head, sizeof head));
    for (size_t i = 0; i < N_SAMPLES; i++) {
        struct bytes sample = pack_sample(&arena, i);
        struct buf element = {0};
        cr_assert(plan_encode_element(plan, array->element, NULL, 0, sample.data, sample.len,
                                      &arena, &element, &err),
                  "%s", err.message);
        uint8_t len[4];
        for (size_t at = 0; at < 4; at++)
            len[at] = (uint8_t)(buf_len(&element) >> (24 - 8 * at));
        cr_assert(buf_append(out, len, 4));
        cr_assert(buf_append(out, buf_bytes(&element), buf_len(&element)));
        buf_finish(&element);
    }
}

Test(database, an_array_of_calls_comes_back_as_rows) {
    const struct function *echo = find("echo_many");
    const struct shape *array = echo->args[0].shape;
    const struct plan *request =
        plan_compile_request(&arena, &matrix__v1__all__descriptor, array->element->fields,
                             array->element->n_fields, &err);
    cr_assert_not_null(request, "%s", err.message);
    struct buf calls = {0};
    put_calls(request, array, &calls);
    struct value value = {.bytes = buf_bytes(&calls), .len = (int32_t)buf_len(&calls)};
    PGresult *result = call("select r.* from matrix_v1.echo_many($1) r", echo, &value);
    cr_assert_eq(PQntuples(result), N_SAMPLES);
    const struct plan *answer = compile_answer(echo->result);
    for (size_t i = 0; i < N_SAMPLES; i++)
        is_row(answer, result, (int)i, pack_sample(&arena, i));
    PQclear(result);
    buf_finish(&calls);
}

Test(database, values_are_understood_as_they_were_meant) {
    const struct function *explain = find("explain");
    const struct function *echo = find("echo");
    const struct plan *request = compile_request(&matrix__v1__all__descriptor, echo);
    struct bytes full = pack_full(&arena);
    struct value all[ALL_FIELDS], values[ALL_FIELDS];
    cr_assert(plan_encode(request, full.data, full.len, &arena, all, &err), "%s", err.message);
    for (size_t i = 0; i < explain->n_args; i++)
        for (size_t j = 0; j < ALL_FIELDS; j++)
            if (strcmp(explain->args[i].name, echo->args[j].name) == 0)
                values[i] = all[j];
    PGresult *result = call("select matrix_v1.explain($1, $2, $3, $4, $5)", explain, values);
    cr_assert_str_eq(
        PQgetvalue(result, 0, 0),
        "2010-12-31 | 2010-12-31 12:00:00.123456 | 123e4567-e89b-12d3-a456-426614174000 | green | "
        "{\"(-7,\\\"a name\\\",\\\"{\\\"\\\"\\\"\\\",März,🏠,plain}\\\",\\\"2010-12-31 "
        "12:00:00.123456+00\\\",dark_blue)\",\"(,,{},,)\",\"(-7,\\\"a "
        "name\\\",\\\"{\\\"\\\"\\\"\\\",März,🏠,plain}\\\",\\\"2010-12-31 "
        "12:00:00.123456+00\\\",dark_blue)\"}",
        "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
}

Test(database, an_infinite_date_has_no_protobuf_form) {
    const struct function *infinite = find("infinite");
    PGresult *result = call("select r.* from matrix_v1.infinite() r", infinite, NULL);
    struct value columns[ALL_FIELDS];
    struct buf out = {0};
    columns_of(result, 0, columns);
    cr_assert_not(plan_decode(compile_answer(infinite->result), columns, ALL_FIELDS, &out, &err));
    cr_assert_str_eq(err.message, "day: a date outside the years 0001 to 9999");
    buf_finish(&out);
    PQclear(result);
}
