#include "server/rpc/tally.h"

#include "server/base/buf.h"
#include "server/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 2 * TALLY_PLACES,
    US_A_MINUTE = 60000000,
    NOW_SIZE = 24,
    OID_TEXT = 25,
    BATCH_MS = 10000
};

struct refused {
    uint64_t n; // 0: nobody here
    int64_t at_us;
    const char *method; // borrowed, static; NULL: no such method
    enum grpc_status status;
    bool has_token;
    uint8_t token_hash[SHA256_SIZE];
    char peer[TALLY_PEER_SIZE];
};

struct used {
    bool is_taken;
    int64_t at_us;
    uint8_t token_hash[SHA256_SIZE];
};

struct tally {
    struct refused refused[SLOTS];
    struct used used[SLOTS];
    size_t n_refused; // places taken
    size_t n_used;
    uint64_t n_others; // refusals that found no place
    int64_t others_us; // when the last of them came
    int64_t due_us;    // when it is sent; 0: nothing is counted

    struct buf batch; // what is on its way, or is to be sent again
    char now[NOW_SIZE];
    struct value params[2];
    struct unit unit;
    bool is_running;
    struct pool *pool;                 // borrowed while is_running
    const struct statement *statement; // the same
    void (*on_flushed)(void *ctx);     // NULL: nobody waits
    void *flushed_ctx;                 // borrowed
};

static void on_row(void *ctx, size_t step, const struct value *columns, size_t n_columns);
static void on_done(void *ctx, const struct failure *failure);
static const struct unit_events unit_events = {.on_row = on_row, .on_done = on_done};

struct tally *tally_create(void) {
    return calloc(1, sizeof(struct tally));
}

void tally_destroy(struct tally *tally) {
    if (tally == NULL)
        return;
    buf_finish(&tally->batch);
    free(tally);
}

bool tally_statement(const char *schema, const struct function *keep, struct arena *arena,
                     struct statement *statement, struct error *err) {
    static const uint32_t oids[] = {OID_TEXT, OID_TEXT};
    if (keep == NULL || keep->n_args != 2 || keep->args[0].shape->kind != SHAPE_TEXT ||
        keep->args[1].shape->kind != SHAPE_TEXT || keep->result->kind != SHAPE_VOID)
        return error_set(err, "function %s.keep_tally must take two texts and return nothing",
                         schema);
    char *sql = arena_format(arena, "select from \"%s\".keep_tally($1, $2)", schema);
    if (sql == NULL)
        return error_set(err, "out of memory");
    *statement =
        (struct statement){.name = "keep_tally", .sql = sql, .n_params = 2, .param_oids = oids};
    return true;
}

// ---- counting

// A refusal is a decision about what was asked; that the server could not do it is none.
static bool is_refusal(enum grpc_status status) {
    static const bool refusals[GRPC_UNAUTHENTICATED + 1] = {
        [GRPC_INVALID_ARGUMENT] = true,
        [GRPC_NOT_FOUND] = true,
        [GRPC_ALREADY_EXISTS] = true,
        [GRPC_PERMISSION_DENIED] = true,
        [GRPC_RESOURCE_EXHAUSTED] = true,
        [GRPC_FAILED_PRECONDITION] = true,
        [GRPC_ABORTED] = true,
        [GRPC_OUT_OF_RANGE] = true,
        [GRPC_UNIMPLEMENTED] = true,
        [GRPC_UNAUTHENTICATED] = true,
    };
    return (unsigned)status <= GRPC_UNAUTHENTICATED && refusals[status];
}

static void note_due(struct tally *tally, int64_t now_us) {
    if (tally->due_us == 0)
        tally->due_us = now_us + TALLY_EVERY_US;
}

static size_t add_hash(size_t hash, const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * 16777619u;
    return hash;
}

static size_t hash_refused(const struct refused *what) {
    size_t hash = add_hash(2166136261u, what->token_hash, SHA256_SIZE);
    hash = add_hash(hash, what->peer, strlen(what->peer));
    hash = add_hash(hash, &what->method, sizeof what->method);
    return add_hash(hash, &what->status, sizeof what->status);
}

static bool is_same(const struct refused *a, const struct refused *b) {
    return a->has_token == b->has_token && a->method == b->method && a->status == b->status &&
           a->at_us / US_A_MINUTE == b->at_us / US_A_MINUTE && strcmp(a->peer, b->peer) == 0 &&
           memcmp(a->token_hash, b->token_hash, SHA256_SIZE) == 0;
}

// Its place, or the one where it would be; the table is never full.
static struct refused *find_refused(struct tally *tally, const struct refused *what) {
    size_t i = hash_refused(what) % SLOTS;
    while (tally->refused[i].n > 0 && !is_same(&tally->refused[i], what))
        i = (i + 1) % SLOTS;
    return &tally->refused[i];
}

static bool count(struct tally *tally, const struct refused *what, size_t most) {
    struct refused *place = find_refused(tally, what);
    if (place->n == 0 && tally->n_refused >= most)
        return false;
    if (place->n == 0) {
        *place = *what;
        tally->n_refused++;
    }
    place->n++;
    place->at_us = what->at_us;
    return true;
}

// Tokens that do not hold can be made up without end: they get half of the places; what comes then
// is counted by its address alone.
void tally_refuse(struct tally *tally, const struct tally_refusal *refusal, int64_t now_us) {
    struct refused what = {.at_us = now_us, .method = refusal->method, .status = refusal->status};
    if (!is_refusal(refusal->status))
        return;
    bool is_doubtful = refusal->status == GRPC_UNAUTHENTICATED;
    note_due(tally, now_us);
    snprintf(what.peer, sizeof what.peer, "%s", refusal->peer);
    if (refusal->token_hash != NULL) {
        what.has_token = true;
        memcpy(what.token_hash, refusal->token_hash, SHA256_SIZE);
        if (count(tally, &what, is_doubtful ? TALLY_PLACES / 2 : TALLY_PLACES))
            return;
        what.has_token = false;
        memset(what.token_hash, 0, SHA256_SIZE);
    }
    if (count(tally, &what, TALLY_PLACES))
        return;
    tally->n_others++;
    tally->others_us = now_us;
}

void tally_use(struct tally *tally, const uint8_t token_hash[SHA256_SIZE], int64_t now_us) {
    size_t i = ((size_t)token_hash[0] << 8 | token_hash[1]) % SLOTS;
    while (tally->used[i].is_taken &&
           memcmp(tally->used[i].token_hash, token_hash, SHA256_SIZE) != 0)
        i = (i + 1) % SLOTS;
    struct used *place = &tally->used[i];
    if (!place->is_taken && tally->n_used == TALLY_PLACES)
        return;
    if (!place->is_taken) {
        place->is_taken = true;
        memcpy(place->token_hash, token_hash, SHA256_SIZE);
        tally->n_used++;
    }
    place->at_us = now_us;
    note_due(tally, now_us);
}

// ---- the batch: JSON, for one argument of text

static void separate(struct buf *out) {
    if (buf_bytes(out)[buf_len(out) - 1] == '}')
        (void)!buf_append_text(out, ",");
}

static void write_token(struct buf *out, const uint8_t token_hash[SHA256_SIZE]) {
    static const char hex[] = "0123456789abcdef", head[] = ",\"token\":\"";
    char text[sizeof head + (size_t)2 * SHA256_SIZE], *at = text + sizeof head - 1;
    memcpy(text, head, sizeof head - 1);
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        *at++ = hex[token_hash[i] >> 4];
        *at++ = hex[token_hash[i] & 15];
    }
    *at = '"';
    (void)!buf_append(out, text, sizeof text);
}

// Addresses and names of methods need no escapes.
static void write_refused(struct buf *out, const struct refused *what) {
    separate(out);
    (void)!buf_format(out, "{\"at\":%" PRId64 ",\"n\":%" PRIu64 ",\"peer\":\"%s\",\"code\":\"%s\"",
                      what->at_us, what->n, what->peer, status_name((int)what->status));
    if (what->method != NULL)
        (void)!buf_format(out, ",\"method\":\"%s\"", what->method);
    if (what->has_token)
        write_token(out, what->token_hash);
    (void)!buf_append_text(out, "}");
}

static void write_others(struct buf *out, const struct tally *tally) {
    separate(out);
    (void)!buf_format(out, "{\"at\":%" PRId64 ",\"n\":%" PRIu64 "}", tally->others_us,
                      tally->n_others);
}

static void write_used(struct buf *out, const struct used *what) {
    separate(out);
    (void)!buf_append_text(out, "{\"at\":");
    (void)!buf_append_text(out, LOG_NUMBER(what->at_us));
    write_token(out, what->token_hash);
    (void)!buf_append_text(out, "}");
}

static bool write_batch(struct tally *tally) {
    struct buf *out = &tally->batch;
    if (!buf_append_text(out, "{\"refused\":["))
        return false;
    for (size_t i = 0; tally->n_refused > 0 && i < SLOTS; i++)
        if (tally->refused[i].n > 0)
            write_refused(out, &tally->refused[i]);
    if (tally->n_others > 0)
        write_others(out, tally);
    (void)!buf_append_text(out, "],\"used\":[");
    for (size_t i = 0; i < SLOTS; i++)
        if (tally->used[i].is_taken)
            write_used(out, &tally->used[i]);
    return buf_append_text(out, "]}");
}

// The tables are large: of their places only what says that they are taken is cleared.
static void clear(struct tally *tally) {
    for (size_t i = 0; i < SLOTS; i++) {
        tally->refused[i].n = 0;
        tally->used[i].is_taken = false;
    }
    tally->n_refused = tally->n_used = 0;
    tally->n_others = 0;
}

// ---- sending

// The batch that is left from before goes first; only then what was counted since.
static bool send_batch(struct tally *tally, struct pool *pool, const struct statement *statement,
                       int64_t now_us) {
    struct error err = {0};
    if (buf_len(&tally->batch) == 0) {
        if (!write_batch(tally)) { // without memory nothing is kept of it
            buf_clear(&tally->batch);
            return false;
        }
        clear(tally);
    }
    snprintf(tally->now, sizeof tally->now, "%" PRId64, now_us);
    tally->params[0] = (struct value){buf_bytes(&tally->batch), (int32_t)buf_len(&tally->batch)};
    tally->params[1] = (struct value){(const uint8_t *)tally->now, (int32_t)strlen(tally->now)};
    tally->unit = (struct unit){.steps = {{statement, tally->params}},
                                .n_steps = 1,
                                .timeout_ms = BATCH_MS,
                                .events = &unit_events,
                                .ctx = tally};
    list_init(&tally->unit.item);
    tally->pool = pool;
    tally->statement = statement;
    tally->is_running = pool_submit(pool, &tally->unit, &err);
    return tally->is_running;
}

static bool has_counted(const struct tally *tally) {
    return tally->n_refused > 0 || tally->n_used > 0 || tally->n_others > 0;
}

int64_t tally_turn(struct tally *tally, struct pool *pool, const struct statement *statement,
                   int64_t now_us) {
    if (tally->due_us == 0 || tally->is_running || pool == NULL)
        return -1;
    if (now_us < tally->due_us)
        return tally->due_us - now_us;
    tally->due_us = now_us + TALLY_EVERY_US;
    (void)send_batch(tally, pool, statement, now_us);
    return tally->is_running ? -1 : TALLY_EVERY_US;
}

static void tell_flushed(struct tally *tally) {
    void (*on_flushed)(void *ctx) = tally->on_flushed;
    tally->on_flushed = NULL;
    if (on_flushed != NULL)
        on_flushed(tally->flushed_ctx);
}

static void on_row(void *ctx, size_t step, const struct value *columns, size_t n_columns) {
    (void)ctx;
    (void)step;
    (void)columns;
    (void)n_columns;
}

// What PostgreSQL could not do now it may do later; what it refuses it refuses always.
static bool is_worth_keeping(const struct failure *failure) {
    static const char *const classes[] = {"08", "40", "53", "55", "57", "58"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strncmp(failure->sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

static void on_done(void *ctx, const struct failure *failure) {
    struct tally *tally = ctx;
    tally->is_running = false;
    if (failure != NULL)
        log_event(LOG_WARNING, "tally-not-kept", "sqlstate", failure->sqlstate, NULL);
    if (failure == NULL || !is_worth_keeping(failure))
        buf_clear(&tally->batch);
    if (!has_counted(tally) && buf_len(&tally->batch) == 0)
        tally->due_us = 0;
    if (failure == NULL && tally->on_flushed != NULL && has_counted(tally) &&
        send_batch(tally, tally->pool, tally->statement, strtoll(tally->now, NULL, 10)))
        return;
    tell_flushed(tally);
}

void tally_flush(struct tally *tally, struct pool *pool, const struct statement *statement,
                 int64_t now_us, void (*on_flushed)(void *ctx), void *ctx) {
    tally->on_flushed = on_flushed;
    tally->flushed_ctx = ctx;
    if (tally->is_running)
        return;
    bool is_due = has_counted(tally) || buf_len(&tally->batch) > 0;
    if (pool == NULL || !is_due || !send_batch(tally, pool, statement, now_us))
        tell_flushed(tally);
}
