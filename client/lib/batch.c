#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "client/lib/fault.h"
#include "client/lib/shap.h"
#include "client/lib/transfer.h"

enum {
    LOOK_UP_MS = 250, // the longest sleep before the interrupt flag is looked at; a signal ends it
    PATIENCE_MS = 4000, // for an address to be reached, where there is another
    READ_SIZE = 16 * 1024,
    READS_A_TURN = 16,       // so that deadlines are kept while a fast server sends
    MOST_UNSENT = 64 * 1024, // no more is made ready while a server that does not read has as much
};

// Calls in flight, kept dense: running[0..n_running). One that is not on the wire waits for it.
struct batch {
    struct shap_client *client; // borrowed
    size_t max_in_flight;
    shap_next_call next;
    void *ctx;
    struct transfer **running; // owned
    size_t n_running;
    bool is_exhausted; // next has no more
};

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void report(shap_on_done on_done, void *ctx, const struct shap_outcome *outcome) {
    if (on_done != NULL)
        on_done(ctx, outcome);
}

static void drop_connection(struct shap_client *client) {
    wire_destroy(client->wire);
    connection_close(client->connection);
    buf_clear(&client->unsent);
    client->wire = NULL;
    client->connection = NULL;
}

static void start_call(struct batch *batch, const struct shap_call *call) {
    struct shap_outcome outcome;
    struct transfer *transfer = transfer_create(batch->client, call, now_ms());
    if (transfer != NULL) {
        batch->running[batch->n_running++] = transfer;
        return;
    }
    fault_set(&outcome, SHAP_STAGE_RESOLVE, GRPC_RESOURCE_EXHAUSTED, "not enough memory");
    report(call->on_done, call->ctx, &outcome);
}

static void start_calls(struct batch *batch) {
    while (batch->n_running < batch->max_in_flight && !batch->is_exhausted) {
        struct shap_call call = {0};
        if (client_is_interrupted(batch->client) || !batch->next(batch->ctx, &call))
            batch->is_exhausted = true;
        else
            start_call(batch, &call);
    }
}

static void end_call(struct batch *batch, size_t i, const struct shap_outcome *ended) {
    struct transfer *transfer = batch->running[i];
    struct shap_outcome outcome = *ended;
    transfer_name_tried(transfer, &outcome);
    batch->running[i] = batch->running[--batch->n_running];
    if (batch->client->wire != NULL)
        wire_cancel(batch->client->wire, &transfer->on_wire);
    report(transfer->on_done, transfer->ctx, &outcome);
    transfer_destroy(transfer);
}

static void end_interrupted(struct batch *batch) {
    struct shap_outcome outcome;
    while (batch->n_running > 0) {
        const struct transfer *transfer = batch->running[0];
        fault_set_interrupted(&outcome,
                              transfer->n_starts > 0 ? SHAP_STAGE_CALL : SHAP_STAGE_CONNECT);
        end_call(batch, 0, &outcome);
    }
}

static bool is_waiting(const struct transfer *transfer) {
    return transfer->on_wire.stream == 0 && !transfer->is_closed;
}

static bool is_all_waiting(const struct batch *batch) {
    for (size_t i = 0; i < batch->n_running; i++) {
        if (!is_waiting(batch->running[i]))
            return false;
    }
    return true;
}

static uint64_t next_deadline(const struct batch *batch) {
    uint64_t deadline = UINT64_MAX;
    for (size_t i = 0; i < batch->n_running; i++) {
        if (batch->running[i]->deadline_ms < deadline)
            deadline = batch->running[i]->deadline_ms;
    }
    return deadline;
}

static int left_until(uint64_t deadline, uint64_t now, int most) {
    if (deadline <= now)
        return 1;
    return deadline - now < (uint64_t)most ? (int)(deadline - now) : most;
}

// How long an address may take: its part of the time that is left, and no more than is fair where
// others wait to be tried.
static int patience(const struct batch *batch, size_t n_left) {
    uint64_t deadline = next_deadline(batch);
    int left_ms = deadline == UINT64_MAX ? 0 : left_until(deadline, now_ms(), INT32_MAX);
    if (n_left == 1)
        return left_ms;
    int part_ms = left_ms / (int)n_left;
    return left_ms == 0 || part_ms > PATIENCE_MS ? PATIENCE_MS : part_ms + 1;
}

static bool open_one(struct shap_client *client, int timeout_ms, struct shap_outcome *outcome) {
    client->connection = connection_open(client, timeout_ms, &client->known, outcome);
    if (client->connection != NULL)
        client->wire = wire_create(&transfer_events);
    if (client->connection != NULL && client->wire == NULL)
        fault_set(outcome, SHAP_STAGE_CONNECT, GRPC_RESOURCE_EXHAUSTED, "not enough memory");
    return client->wire != NULL;
}

// How many addresses are to be tried for the calls that wait: those that one of them has not been
// to.
static size_t n_untried(const struct batch *batch) {
    size_t n = 1;
    for (size_t i = 0; i < batch->n_running; i++) {
        size_t n_moves = batch->running[i]->n_moves;
        if (n_moves < batch->client->n_addresses && batch->client->n_addresses - n_moves > n)
            n = batch->client->n_addresses - n_moves;
    }
    return n;
}

// Opens a connection for the calls that wait, to the first address that can be reached. Where none
// can, they end, all with the same outcome.
static void open_connection(struct batch *batch) {
    struct shap_outcome outcome;
    struct shap_client *client = batch->client;
    bool is_next = client->is_leaving;
    drop_connection(client);
    for (size_t n_left = n_untried(batch); n_left > 0; n_left--) {
        if (is_next)
            client_move_on(client);
        is_next = true;
        if (open_one(client, patience(batch, n_left), &outcome))
            return;
        if (n_left == 1 || outcome.status != GRPC_UNAVAILABLE || next_deadline(batch) <= now_ms())
            break;
        for (size_t i = 0; i < batch->n_running; i++)
            transfer_move(batch->running[i], &outcome);
    }
    while (batch->n_running > 0)
        end_call(batch, 0, &outcome);
    client_move_on(client);
}

static bool is_closing(const struct shap_client *client) {
    return client->is_leaving || wire_is_closing(client->wire);
}

// Puts the waiting calls on the wire; a wire that takes no more is replaced once its calls have
// ended.
static void start_transfers(struct batch *batch) {
    struct shap_client *client = batch->client;
    if (client->wire == NULL || (is_closing(client) && is_all_waiting(batch)))
        open_connection(batch);
    for (size_t i = 0; i < batch->n_running; i++) {
        struct transfer *transfer = batch->running[i];
        if (is_closing(client) || !wire_has_room(client->wire) ||
            (is_waiting(transfer) && !transfer_start(transfer, now_ms())))
            return;
    }
}

// Ends a call, or lets it go on to another address. A server that cannot serve now is left by what
// follows, too.
static void end_or_move(struct batch *batch, size_t i, const struct shap_outcome *outcome) {
    struct transfer *transfer = batch->running[i];
    struct shap_client *client = batch->client;
    if (outcome->status == GRPC_UNAVAILABLE && client->n_addresses > 1)
        client->is_leaving = true;
    if (!transfer_can_move(transfer, outcome, now_ms())) {
        end_call(batch, i, outcome);
        return;
    }
    wire_cancel(client->wire, &transfer->on_wire);
    transfer_move(transfer, outcome);
}

// Ends the calls whose streams have ended or whose time is up.
static void end_calls(struct batch *batch) {
    uint64_t now = now_ms();
    for (size_t i = batch->n_running; i-- > 0;) {
        struct shap_outcome outcome;
        struct transfer *transfer = batch->running[i];
        transfer_put_off(transfer, now);
        if (transfer_can_restart(transfer)) {
            transfer->is_closed = false;
        } else if (transfer_is_settled(transfer)) {
            transfer_end(transfer, &outcome);
            end_or_move(batch, i, &outcome);
        } else if (transfer->deadline_ms <= now) {
            transfer_end_late(transfer, &outcome);
            end_call(batch, i, &outcome);
        }
    }
}

// Why the connection ended under its calls.
static void explain_loss(const struct shap_client *client, struct shap_outcome *outcome) {
    const char *alert = connection_alert(client->connection);
    bool is_revoked = alert != NULL && strstr(alert, "certificate revoked") != NULL;
    if (wire_has_spoken(client->wire))
        fault_set(outcome, SHAP_STAGE_CALL, GRPC_UNAVAILABLE,
                  "the connection to the server broke off: it is not known whether the request "
                  "was carried out; try again");
    else if (alert != NULL)
        fault_set(
            outcome, SHAP_STAGE_TLS, GRPC_UNAVAILABLE,
            "%s refused this connection (%s): %s with --client-cert FILE and --client-key FILE",
            client->authority, alert,
            is_revoked ? "your organisation's certificate was revoked; ask the council for a "
                         "new one, and give it"
                       : "where it asks for a certificate, give your organisation's");
    else
        fault_set(outcome, SHAP_STAGE_CALL, GRPC_UNAVAILABLE,
                  "what answers at %s does not speak HTTP/2: something other than shapd, or a "
                  "server that asks for TLS (leave http:// out) or stops; check the address",
                  client->authority);
}

// The connection is gone: whoever has not got an answer by now gets none.
static void end_lost(struct batch *batch) {
    struct shap_outcome outcome;
    explain_loss(batch->client, &outcome);
    end_calls(batch);
    for (size_t i = batch->n_running; i-- > 0;)
        if (!is_waiting(batch->running[i]))
            end_or_move(batch, i, &outcome);
    drop_connection(batch->client);
}

static bool send_some(struct shap_client *client) {
    size_t n_sent = 1;
    if (buf_len(&client->unsent) < MOST_UNSENT && !wire_drain(client->wire, &client->unsent))
        return false;
    while (n_sent > 0 && buf_len(&client->unsent) > 0) {
        if (!connection_send(client->connection, buf_bytes(&client->unsent),
                             buf_len(&client->unsent), &n_sent))
            return false;
        buf_consume(&client->unsent, n_sent);
    }
    return true;
}

// Reads what is there. False: the connection has ended, or what came is not HTTP/2. *has_more: it
// stopped before the end, and a poll would not tell (TLS may hold bytes already).
static bool receive_some(struct shap_client *client, bool *has_more) {
    uint8_t bytes[READ_SIZE];
    size_t n = 1;
    for (int i = 0; i < READS_A_TURN && n > 0; i++) {
        if (!connection_receive(client->connection, bytes, sizeof bytes, &n) ||
            !wire_feed(client->wire, bytes, n))
            return false;
    }
    *has_more = n > 0;
    return true;
}

// Sends and receives what it can. False: the connection is gone. One that takes nothing more may
// still hold the answer, which is read first.
static bool exchange(struct shap_client *client, bool *has_more) {
    bool is_sent = send_some(client);
    bool is_received = receive_some(client, has_more);
    while (!is_sent && is_received && *has_more)
        is_received = receive_some(client, has_more);
    if (is_sent && is_received && !send_some(client))
        *has_more = true; // the next turn finds the same, and reads what came meanwhile
    return is_sent && is_received;
}

static void sleep_until_ready(const struct batch *batch) {
    const struct shap_client *client = batch->client;
    struct pollfd ready = {.fd = connection_fd(client->connection), .events = POLLIN};
    if (buf_len(&client->unsent) > 0)
        ready.events |= POLLOUT;
    poll(&ready, 1, left_until(next_deadline(batch), now_ms(), LOOK_UP_MS));
}

// One turn of the loop: what can be sent and received, then sleep when nothing came of it.
static void turn(struct batch *batch) {
    struct shap_client *client = batch->client;
    size_t n_before = batch->n_running;
    bool has_more = false;
    start_transfers(batch);
    if (client->wire == NULL)
        return;
    if (!exchange(client, &has_more) || wire_is_dead(client->wire)) {
        end_lost(batch);
        return;
    }
    end_calls(batch);
    bool needs_connection = is_all_waiting(batch) && is_closing(client);
    if (batch->n_running == n_before && !has_more && !needs_connection)
        sleep_until_ready(batch);
}

static void run(struct batch *batch) {
    for (start_calls(batch); batch->n_running > 0; start_calls(batch)) {
        turn(batch);
        if (client_is_interrupted(batch->client))
            end_interrupted(batch);
    }
}

// What came while no call was running: a goodbye, or the end of the connection.
static void catch_up(struct shap_client *client) {
    bool has_more;
    if (client->wire != NULL && !receive_some(client, &has_more))
        drop_connection(client);
}

// What is still to be said when the last call has ended: that one was cancelled, say.
static void say_last_words(struct shap_client *client) {
    if (client->wire != NULL && !send_some(client))
        drop_connection(client);
}

void shap_invoke_many(struct shap_client *client, size_t max_in_flight, shap_next_call next,
                      void *ctx) {
    struct batch batch = {
        .client = client, .max_in_flight = max_in_flight, .next = next, .ctx = ctx};
    batch.running = calloc(max_in_flight, sizeof(struct transfer *));
    if (batch.running != NULL) {
        catch_up(client);
        run(&batch);
        say_last_words(client);
        free(batch.running);
        return;
    }
    struct shap_outcome outcome;
    struct shap_call call = {0};
    fault_set(&outcome, SHAP_STAGE_RESOLVE, GRPC_RESOURCE_EXHAUSTED, "not enough memory");
    while (next(ctx, &call))
        report(call.on_done, call.ctx, &outcome);
}
