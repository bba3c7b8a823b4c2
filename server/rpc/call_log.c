#include "server/rpc/call_log.h"

#include "server/base/log.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2 * CALL_LOG_KINDS, METHOD_SIZE = 96 };
static_assert(METHOD_SIZE % sizeof(uint64_t) == 0 && CALL_LOG_PEER_SIZE % sizeof(uint64_t) == 0,
              "texts are hashed by words");

struct counted {
    uint64_t n; // calls; 0: nobody here
    uint64_t n_lines;
    const char *event; // static
    enum grpc_status status;
    char method[METHOD_SIZE]; // empty: there is no such method
    char peer[CALL_LOG_PEER_SIZE];
};

struct call_log {
    struct counted slots[SLOTS];
    struct counted *latest; // of slots: most calls are of the kind of the one before; NULL: none
    size_t n_kinds;
    uint64_t n_lines;
    uint64_t n_others; // calls of kinds that found no place
    int64_t end_us;    // of the minute; 0: none has begun
    bool has_untold;   // calls without a line
};

struct call_log *call_log_create(void) {
    return calloc(1, sizeof(struct call_log));
}

static void tell(struct call_log *log) {
    for (size_t i = 0; i < SLOTS; i++) {
        const struct counted *counted = &log->slots[i];
        if (counted->n > counted->n_lines)
            log_event(LOG_INFO, "repeated", "n", LOG_NUMBER(counted->n - counted->n_lines), "event",
                      counted->event, "method", counted->method[0] ? counted->method : NULL,
                      "status", status_name((int)counted->status), "peer", counted->peer, NULL);
    }
    if (log->n_others > 0)
        log_event(LOG_INFO, "repeated", "n", LOG_NUMBER(log->n_others), "event", "others", NULL);
    memset(log, 0, sizeof *log);
}

void call_log_destroy(struct call_log *log) {
    if (log == NULL)
        return;
    tell(log);
    free(log);
}

// As FNV-1a, but a word at a time: texts are filled up with zeros.
static uint64_t add_text(uint64_t hash, const char *text, size_t size) {
    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + i, sizeof word);
        hash = (hash ^ word) * UINT64_C(1099511628211);
    }
    return hash;
}

static bool is_same(const struct counted *a, const struct counted *b) {
    return a->event == b->event && a->status == b->status && strcmp(a->method, b->method) == 0 &&
           strcmp(a->peer, b->peer) == 0;
}

static size_t hash_of(const struct counted *what) {
    uint64_t hash = (uint64_t)(uintptr_t)what->event ^ (uint64_t)what->status;
    hash = add_text(hash, what->peer, sizeof what->peer);
    hash = add_text(hash, what->method, sizeof what->method);
    return (size_t)(hash >> 32);
}

// Its place, or the one where it would be; the table is never full.
static struct counted *find(struct call_log *log, const struct counted *what) {
    size_t i = hash_of(what) % SLOTS;
    while (log->slots[i].n > 0 && !is_same(&log->slots[i], what))
        i = (i + 1) % SLOTS;
    return &log->slots[i];
}

// As much of it as there is room for.
static void keep_text(char *to, size_t size, const char *text) {
    size_t len = strnlen(text, size - 1);
    memcpy(to, text, len);
    to[len] = '\0';
}

// Not where its texts were cut: these are found by what was kept.
static bool is_of(const struct counted *counted, const struct call_kind *kind) {
    return counted->event == kind->event && counted->status == kind->status &&
           strcmp(counted->peer, kind->peer) == 0 && kind->method != NULL &&
           strcmp(counted->method, kind->method) == 0;
}

static struct counted *take(struct call_log *log, const struct call_kind *kind) {
    struct counted what = {.event = kind->event, .status = kind->status};
    keep_text(what.method, sizeof what.method, kind->method != NULL ? kind->method : "");
    keep_text(what.peer, sizeof what.peer, kind->peer);
    struct counted *counted = find(log, &what);
    if (counted->n > 0)
        return counted;
    if (log->n_kinds == CALL_LOG_KINDS)
        return NULL;
    log->n_kinds++;
    *counted = what;
    return counted;
}

static bool may_write(const struct call_log *log, const struct counted *counted) {
    uint64_t most = counted->status == GRPC_OK ? CALL_LOG_GOOD : CALL_LOG_BAD;
    return counted->n_lines < most && log->n_lines < CALL_LOG_ALL;
}

bool call_log_may(struct call_log *log, const struct call_kind *kind, int64_t now_us) {
    if (log->end_us != 0 && now_us >= log->end_us)
        tell(log);
    if (log->end_us == 0)
        log->end_us = now_us + CALL_LOG_MINUTE_US;
    bool is_again = log->latest != NULL && is_of(log->latest, kind);
    struct counted *counted = is_again ? log->latest : take(log, kind);
    bool is_line = counted != NULL && may_write(log, counted);
    if (counted == NULL)
        log->n_others++;
    else
        counted->n++;
    log->latest = counted;
    if (is_line) {
        counted->n_lines++;
        log->n_lines++;
    }
    log->has_untold = log->has_untold || !is_line;
    return is_line;
}

int64_t call_log_turn(struct call_log *log, int64_t now_us) {
    if (!log->has_untold)
        return -1;
    if (now_us < log->end_us)
        return log->end_us - now_us;
    tell(log);
    return -1;
}
