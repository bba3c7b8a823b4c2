#include "server/pg/link.h"

#include "server/pg/cancel.h"
#include "server/pg/exchange.h"
#include "server/pg/hosts.h"
#include "server/pg/resolve.h"
#include "server/pg/watch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_MS = 10000,     // the longest a connection may take ...
    TURN_MS = 4000,         // ... where there is another host to be tried after it
    RETRY_FIRST_MS = 100,   // delay after the first failure, doubled by each that follows ...
    RETRY_LAST_MS = 1000,   // ... up to this: a database that is back is not left alone for long
    CANCEL_AGAIN_MS = 1000, // a cancel is lost when it comes before what it should stop
    CANCELS_MAX = 3,        // without a word; then it may be us who wait for what has come
    SILENCE_MS = 3000,      // for PostgreSQL to end a unit whose time is over
    REASON_SIZE = 512,
};

enum link_state {
    LINK_WAITING,    // for the next attempt
    LINK_CONNECTING, // its hosts are looked up, then PQconnectPoll
    LINK_IDLE,
    LINK_BUSY,     // carries a unit
    LINK_SETTLING, // the unit is over, a cancel is still under way and must not hit another
    LINK_CLOSED,
};

struct link {
    struct list item;
    enum link_state state;
    uv_loop_t *loop;      // borrowed
    const char *conninfo; // borrowed
    size_t n_hosts;       // in it
    size_t host;          // which of them is tried first
    const struct link_events *events;
    void *ctx;               // borrowed
    struct resolve *resolve; // a lookup under way; NULL: none
    PGconn *conn;            // owned; NULL while waiting, and until its hosts are looked up
    struct watch *watch;     // owned; NULL while there is no socket
    uv_timer_t timer;        // next attempt; connecting: its deadline; busy: go on at the next turn
    uv_timer_t silence;      // busy: when PostgreSQL is taken for gone
    struct cancel *cancel;   // owned; NULL unless under way
    unsigned n_cancels;      // of the unit, since anything was heard
    struct exchange exchange;
    bool is_broken; // libpq refused to go on; dealt with at the next turn
    bool is_silent; // it was lost by silence, and nothing was answered since
    unsigned n_open_timers;
    unsigned n_failures;
    char reason[REASON_SIZE];
};

static void on_ready(void *ctx);
static void on_timer(uv_timer_t *timer);
static void free_when_closed(struct link *link);

struct list *link_item(struct link *link) {
    return &link->item;
}

struct link *link_of_item(struct list *item) {
    return list_entry(item, struct link, item);
}

static void go_on_at_next_turn(struct link *link) {
    uv_timer_start(&link->timer, on_timer, 0, 0);
}

// Half of the delay is left to chance, so that links do not come back in step.
static uint64_t retry_delay(unsigned n_failures) {
    uint64_t delay = RETRY_FIRST_MS;
    for (unsigned i = 0; i < n_failures && delay < RETRY_LAST_MS; i++)
        delay *= 2;
    if (delay > RETRY_LAST_MS)
        delay = RETRY_LAST_MS;
    uint32_t chance = 0;
    if (uv_random(NULL, NULL, &chance, sizeof chance, 0, NULL) != 0)
        chance = (uint32_t)uv_hrtime();
    return delay / 2 + chance % (delay / 2 + 1);
}

// libpq ends its messages with a line break and has several lines.
static void keep_reason(struct link *link, const char *text) {
    snprintf(link->reason, sizeof link->reason, "%s", text);
    size_t len = strlen(link->reason);
    while (len > 0 && (link->reason[len - 1] == '\n' || link->reason[len - 1] == ' '))
        link->reason[--len] = '\0';
    for (size_t i = 0; i < len; i++)
        if (link->reason[i] == '\n' || link->reason[i] == '\t')
            link->reason[i] = ' ';
}

// PostgreSQL's own last words where there are any.
static void keep_libpq_reason(struct link *link) {
    const PGresult *error = link->exchange.error;
    const char *message = error ? PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!message)
        message = link->conn ? PQerrorMessage(link->conn) : "out of memory";
    keep_reason(link, *message ? message : "the connection was lost");
}

// The socket must not be watched any more when libpq closes it.
static void drop_connection(struct link *link) {
    watch_destroy(link->watch);
    link->watch = NULL;
    PQfinish(link->conn);
    link->conn = NULL;
    link->exchange.conn = NULL;
}

// Ends the unit, if there is one, because its link is gone.
static void end_lost_unit(struct link *link, const char *sqlstate) {
    struct unit *unit = link->exchange.unit;
    if (!unit)
        return;
    struct failure failure = {.is_uncertain = link->exchange.is_sent, .message = link->reason};
    memcpy(failure.sqlstate, sqlstate, 6);
    PQclear(exchange_end(&link->exchange));
    unit->link = NULL;
    unit->events->on_done(unit->ctx, &failure);
}

// The reason has been kept.
static void lose(struct link *link) {
    bool was_usable = link->state != LINK_WAITING && link->state != LINK_CONNECTING;
    uv_timer_stop(&link->silence);
    drop_connection(link);
    link->state = LINK_WAITING;
    link->is_broken = false;
    uv_timer_start(&link->timer, on_timer, retry_delay(link->n_failures), 0);
    link->n_failures++;
    link->events->on_lost(link->ctx, link, was_usable, link->reason);
    end_lost_unit(link, "08006");
}

static void lose_because(struct link *link, const char *reason) {
    keep_reason(link, reason);
    lose(link);
}

static void lose_by_libpq(struct link *link) {
    keep_libpq_reason(link);
    lose(link);
}

// Waits for the socket; whatever watched it before is gone.
static bool watch_socket(struct link *link, int events) {
    link->watch = watch_create(link->loop, PQsocket(link->conn), on_ready, link);
    return link->watch && watch_want(link->watch, events);
}

// While connecting libpq would write a notice to stderr by itself; what matters comes as an error.
static void drop_notice(void *ctx, const PGresult *result) {
    (void)ctx;
    (void)result;
}

// A machine that is gone is noticed in half a minute also by those who only listen, unless the
// connection string says otherwise.
static PGconn *start_connection(const struct link *link, const struct hosts *hosts) {
    static const char *const KEYWORDS[] = {"fallback_application_name",
                                           "keepalives_idle",
                                           "keepalives_interval",
                                           "keepalives_count",
                                           "tcp_user_timeout",
                                           "dbname",
                                           "client_encoding",
                                           "host",
                                           "hostaddr",
                                           "port",
                                           NULL};
    const char *const values[] = {"shapd",         "15",           "5",    "3",
                                  "5000",          link->conninfo, "UTF8", hosts->host,
                                  hosts->hostaddr, hosts->port,    NULL};
    return PQconnectStartParams(KEYWORDS, values, 1);
}

static void connect_to(struct link *link, const struct hosts *hosts) {
    link->conn = start_connection(link, hosts);
    PQsetNoticeReceiver(link->conn, drop_notice, NULL);
    if (!link->conn || PQstatus(link->conn) == CONNECTION_BAD)
        lose_by_libpq(link);
    else if (!watch_socket(link, UV_WRITABLE))
        lose_because(link, "the loop cannot watch the database's socket");
}

static void on_resolved(void *ctx, const struct hosts *hosts, const char *reason) {
    struct link *link = ctx;
    link->resolve = NULL;
    if (link->state == LINK_CLOSED)
        free_when_closed(link);
    else if (link->state == LINK_CONNECTING && hosts != NULL)
        connect_to(link, hosts);
    else if (link->state == LINK_CONNECTING)
        lose_because(link, reason);
}

// A lookup that took longer than the attempt before this one is as good for this one.
static void start_connecting(struct link *link) {
    struct hosts hosts;
    link->state = LINK_CONNECTING;
    uv_timer_start(&link->timer, on_timer, link->n_hosts > 1 ? TURN_MS : CONNECT_MS, 0);
    if (link->resolve != NULL)
        return;
    if (!hosts_turn(&hosts, link->conninfo, link->host)) {
        lose_because(link, "out of memory");
        return;
    }
    link->resolve = resolve_start(link->loop, link->conninfo, &hosts, on_resolved, link);
    if (link->resolve == NULL)
        connect_to(link, &hosts);
    hosts_finish(&hosts);
}

static void become_usable(struct link *link) {
    const char *encoding = PQparameterStatus(link->conn, "server_encoding");
    if (!encoding || strcmp(encoding, "UTF8") != 0) {
        lose_because(link, "the database's encoding is not UTF8; create it with encoding 'UTF8'");
        return;
    }
    if (PQsetnonblocking(link->conn, 1) != 0 || !PQenterPipelineMode(link->conn)) {
        lose_by_libpq(link);
        return;
    }
    if (!watch_socket(link, UV_READABLE)) {
        lose_because(link, "the loop cannot watch the database's socket");
        return;
    }
    uv_timer_stop(&link->timer);
    exchange_open(&link->exchange, link->conn);
    // One that connects and is silent again is not tried again at once: its sessions may be alive.
    if (!link->is_silent)
        link->n_failures = 0;
    link->state = LINK_IDLE;
    link->events->on_usable(link->ctx, link);
}

// Each stage may close the socket and open another.
static void connect_stage(struct link *link) {
    watch_destroy(link->watch);
    link->watch = NULL;
    PostgresPollingStatusType stage = PQconnectPoll(link->conn);
    if (stage == PGRES_POLLING_OK)
        become_usable(link);
    else if (stage == PGRES_POLLING_FAILED)
        lose_by_libpq(link);
    else if (!watch_socket(link, stage == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE))
        lose_because(link, "the loop cannot watch the database's socket");
}

// Sends what libpq has queued as far as the socket takes it, and waits for what is needed next.
static bool flush(struct link *link) {
    int left = PQflush(link->conn);
    if (left < 0)
        return false;
    int events = link->exchange.is_paused ? 0 : UV_READABLE;
    return watch_want(link->watch, left > 0 ? events | UV_WRITABLE : events);
}

static void become_idle(struct link *link) {
    link->state = LINK_IDLE;
    link->events->on_idle(link->ctx, link);
}

// The link is lent to the next unit before the last one is told: what on_done starts comes after
// what has been waiting.
static void end_unit(struct link *link) {
    struct unit *unit = link->exchange.unit;
    struct failure failure;
    bool has_failed = exchange_has_failed(&link->exchange, &failure);
    PGresult *error = exchange_end(&link->exchange);
    uv_timer_stop(&link->silence);
    link->is_silent = false;
    unit->link = NULL;
    if (link->cancel)
        link->state = LINK_SETTLING;
    else
        become_idle(link);
    unit->events->on_done(unit->ctx, has_failed ? &failure : NULL);
    PQclear(error);
}

static void advance(struct link *link) {
    switch (exchange_advance(&link->exchange)) {
    case EXCHANGE_WAITING:
        if (!flush(link))
            lose_by_libpq(link);
        return;
    case EXCHANGE_OVER:
        end_unit(link);
        return;
    case EXCHANGE_BROKEN:
        lose_by_libpq(link);
        return;
    }
}

static void hear_notices(struct link *link) {
    PGnotify *notify;
    while (link->events->on_notify != NULL && (notify = PQnotifies(link->conn)) != NULL) {
        link->events->on_notify(link->ctx, notify->extra);
        PQfreemem(notify);
    }
}

// Without a unit what comes is bad news or a notice; libpq reads them as it reads anything.
static void read_when_free(struct link *link) {
    PQisBusy(link->conn);
    hear_notices(link);
    if (PQstatus(link->conn) == CONNECTION_BAD || !flush(link))
        lose_by_libpq(link);
}

static void on_ready(void *ctx) {
    struct link *link = ctx;
    if (link->state == LINK_CONNECTING) {
        connect_stage(link);
        return;
    }
    bool is_read = link->exchange.is_paused || PQconsumeInput(link->conn);
    link->n_cancels = 0;
    if (!is_read || PQflush(link->conn) < 0)
        lose_by_libpq(link);
    else if (link->state == LINK_BUSY)
        advance(link);
    else
        read_when_free(link);
}

static void free_when_closed(struct link *link) {
    if (link->cancel || link->resolve || link->n_open_timers > 0)
        return;
    void (*on_closed)(void *ctx) = link->events->on_closed;
    void *ctx = link->ctx;
    exchange_finish(&link->exchange);
    free(link);
    on_closed(ctx);
}

static bool is_unwanted_stream(const struct link *link) {
    const struct unit *unit = link->exchange.unit;
    return link->state == LINK_BUSY && unit->is_stream && unit->is_inert;
}

static void on_cancelled(void *ctx) {
    struct link *link = ctx;
    link->cancel = NULL;
    if (link->state == LINK_SETTLING)
        become_idle(link);
    else if (link->state == LINK_CLOSED)
        free_when_closed(link);
    else if (is_unwanted_stream(link))
        uv_timer_start(&link->timer, on_timer, CANCEL_AGAIN_MS, 0);
}

static void cancel(struct link *link) {
    if (link->cancel || !is_unwanted_stream(link))
        return;
    link->n_cancels++;
    link->cancel = cancel_start(link->loop, link->conn, on_cancelled, link);
    if (!link->cancel)
        uv_timer_start(&link->timer, on_timer, CANCEL_AGAIN_MS, 0);
}

// libpq without memory may lose the result that is awaited, and PostgreSQL does then nothing that
// could be cancelled.
static bool is_past_cancelling(const struct link *link) {
    return is_unwanted_stream(link) && !link->cancel && link->n_cancels >= CANCELS_MAX;
}

// The host that was waited for is not asked first the next time.
static void lose_late(struct link *link) {
    link->host = (link->host + 1) % link->n_hosts;
    lose_because(link, "connecting to the database took too long");
}

static void on_timer(uv_timer_t *timer) {
    struct link *link = timer->data;
    if (link->state == LINK_WAITING)
        start_connecting(link);
    else if (link->state == LINK_CONNECTING)
        lose_late(link);
    else if (link->is_broken)
        lose_by_libpq(link);
    else if (is_past_cancelling(link))
        lose_because(link, "the database does not end what it was told to");
    else if (link->state == LINK_BUSY) {
        cancel(link);
        advance(link);
    }
}

// PostgreSQL should have ended the unit itself. What is lost without a word (a machine that went, a
// firewall that has forgotten the connection) would else keep the link for as long as TCP tries.
static void on_silence(uv_timer_t *timer) {
    struct link *link = timer->data;
    link->is_silent = true;
    lose_because(link, "the database does not answer");
}

void link_send(struct link *link, struct unit *unit) {
    assert(link->state == LINK_IDLE);
    link->state = LINK_BUSY;
    link->n_cancels = 0;
    unit->link = link;
    if (unit->timeout_ms > 0)
        uv_timer_start(&link->silence, on_silence, (uint64_t)unit->timeout_ms + SILENCE_MS, 0);
    if (exchange_start(&link->exchange, unit) && flush(link))
        return;
    link->is_broken = true;
    go_on_at_next_turn(link);
}

void link_pause(struct link *link) {
    if (link->state != LINK_BUSY || link->exchange.is_paused)
        return;
    link->exchange.is_paused = true;
    link->is_broken = link->is_broken || !flush(link);
    if (link->is_broken)
        go_on_at_next_turn(link);
}

// libpq may hold rows that have come already, for which the socket will not wake us.
void link_resume(struct link *link) {
    if (link->state != LINK_BUSY || !link->exchange.is_paused)
        return;
    link->exchange.is_paused = false;
    link->is_broken = link->is_broken || !flush(link);
    go_on_at_next_turn(link);
}

void link_abandon(struct link *link) {
    link->exchange.unit->is_inert = true;
    link_resume(link);
    cancel(link);
}

void link_hurry(struct link *link) {
    if (link->state == LINK_WAITING)
        go_on_at_next_turn(link);
}

void link_renew(struct link *link) {
    if (link->state == LINK_IDLE)
        lose_because(link, "the database does not answer");
}

bool link_was_silent(const struct link *link) {
    return link->is_silent;
}

struct link *link_create(uv_loop_t *loop, const char *conninfo, const struct link_events *events,
                         void *ctx) {
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    list_init(&link->item);
    link->loop = loop;
    link->conninfo = conninfo;
    link->n_hosts = hosts_count(conninfo);
    link->events = events;
    link->ctx = ctx;
    uv_timer_init(loop, &link->timer);
    uv_timer_init(loop, &link->silence);
    link->timer.data = link->silence.data = link;
    link->n_open_timers = 2;
    go_on_at_next_turn(link);
    return link;
}

static void on_timer_closed(uv_handle_t *handle) {
    struct link *link = handle->data;
    if (--link->n_open_timers > 0)
        return;
    end_lost_unit(link, "57P01");
    free_when_closed(link);
}

void link_destroy(struct link *link) {
    assert(link->state != LINK_CLOSED);
    list_unlink(&link->item);
    drop_connection(link);
    resolve_hurry(link->resolve);
    link->state = LINK_CLOSED;
    keep_reason(link, "the server is stopping");
    uv_close((uv_handle_t *)&link->timer, on_timer_closed);
    uv_close((uv_handle_t *)&link->silence, on_timer_closed);
}
