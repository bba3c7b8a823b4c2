// A client that keeps a journal: sends returns, several at a time over one connection, each again
// under its id until it is acknowledged, and goes to the next address when one does not serve. What
// stands in its journal without an answer it sends first. Exit status: 0 all is acknowledged; 3 its
// time was over before that; 4 something was refused.
//
//     sender JOURNAL ADDRESSES TOKEN_FILE REFERENCES RUN CLIENT [OPTION VALUE]...
//
//     ADDRESSES        IPV4:PORT, several with commas between them
//     RUN, CLIENT      what its returns are made from
//     count N          returns (100)
//     at-once N        in flight (8)
//     per-second N     at most; 0: as fast as they are answered (0)
//     call-ms N        for one attempt (3000)
//     patience-ms N    for everything (30000)
#include "tests/attacks/request.h"
#include "tests/faults/journal.h"
#include "tests/faults/word.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CALLS_MAX = 256,
    ADDRESSES_MAX = 8,
    REST_FIRST_US = 20 * 1000, // before a second attempt, doubled by each that follows ...
    REST_LAST_US = 500 * 1000, // ... up to this
    GRANT_AT = 16 * 1024,      // bytes of answers after which the server may send as many more
    WINDOW = 65535,            // RFC 9113, 6.9.2
    STATUS_LOST = -1,          // the connection ended
    STATUS_SILENT = -2,        // no answer in time
    STATUS_DIED = -3,          // the client did not live to see one
    LOCALHOST = 0x7f000001,
};

enum call_state { CALL_FREE, CALL_RESTING, CALL_FLYING };

struct call {
    enum call_state state;
    struct word word;
    uint32_t stream;
    uint64_t at_us; // resting: when it is sent; flying: when it is given up
    unsigned n_failures;
    struct buf answer; // owned
};

struct options {
    uint32_t run, client, count, at_once, per_second, call_ms, patience_ms;
};

struct sender {
    struct options options;
    struct target targets[ADDRESSES_MAX];
    size_t n_targets, target;
    struct request request;
    char timeout[16];
    struct references references;
    struct journal journal;
    struct word *left; // owned; of an earlier life: to be sent first
    size_t n_left;
    uint32_t n_next;   // of the next return
    uint32_t n_before; // sent in earlier lives
    struct line line;
    uint64_t heard_us;  // when something last came on the line
    uint64_t reopen_us; // not before
    int64_t window;     // what the server takes on the line
    size_t taken;       // what came since it was last granted more
    struct call calls[CALLS_MAX];
    size_t n_busy, n_refused;
};

// ---- the ends of a call

static uint64_t rest_us(unsigned n_failures, const char *id) {
    uint64_t us = REST_FIRST_US;
    for (unsigned i = 1; i < n_failures && us < REST_LAST_US; i++)
        us *= 2;
    // Not all at the same moment.
    return us + (uint64_t)(id[ID_SIZE - 2] & 7) * 2000;
}

static void free_call(struct sender *sender, struct call *call) {
    call->state = CALL_FREE;
    sender->n_busy--;
    buf_finish(&call->answer);
}

static void fail_call(struct sender *sender, struct call *call, int status) {
    journal_note_failed(&sender->journal, call->word.id, status, false);
    call->n_failures++;
    call->state = CALL_RESTING;
    call->at_us = now_us() + rest_us(call->n_failures, call->word.id);
    buf_clear(&call->answer);
}

// What a client tries again by itself: who cannot be served now may be served later.
static bool is_passing(int status) {
    static const int passing[] = {2, 4, 8, 10, 14};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (status == passing[i])
            return true;
    return false;
}

static void end_call(struct sender *sender, struct call *call, int status) {
    const uint8_t *message = buf_bytes(&call->answer);
    size_t len = buf_len(&call->answer);
    int64_t record = 0;
    bool is_replayed = false;
    if (status != 0 && is_passing(status)) {
        fail_call(sender, call, status);
    } else if (status == 0 && len > 5 &&
               receipt_read(message + 5, len - 5, &record, &is_replayed)) {
        journal_note_acknowledged(&sender->journal, call->word.id, record, is_replayed);
        free_call(sender, call);
    } else {
        journal_note_failed(&sender->journal, call->word.id, status, true);
        sender->n_refused++;
        free_call(sender, call);
    }
}

// ---- the line

static void drop_line(struct sender *sender, int status) {
    for (size_t i = 0; i < sender->options.at_once; i++)
        if (sender->calls[i].state == CALL_FLYING)
            fail_call(sender, &sender->calls[i], status);
    line_close(&sender->line);
    sender->target = (sender->target + 1) % sender->n_targets;
    sender->reopen_us = now_us() + REST_FIRST_US;
}

static void open_line(struct sender *sender) {
    if (!line_open(&sender->line, &sender->targets[sender->target], LOCALHOST, false)) {
        drop_line(sender, STATUS_LOST);
        return;
    }
    line_greet(&sender->line, 0, 0);
    sender->window = WINDOW;
    sender->taken = 0;
    sender->heard_us = now_us();
}

static struct call *call_of(struct sender *sender, uint32_t stream) {
    for (size_t i = 0; i < sender->options.at_once; i++)
        if (sender->calls[i].state == CALL_FLYING && sender->calls[i].stream == stream)
            return &sender->calls[i];
    return NULL;
}

static void grant_more(struct sender *sender, size_t len) {
    sender->taken += len;
    if (sender->taken < GRANT_AT)
        return;
    const uint8_t payload[] = {0, 0, (uint8_t)(sender->taken >> 8), (uint8_t)sender->taken};
    line_put_frame(&sender->line, FRAME_WINDOW_UPDATE, 0, 0, payload, sizeof payload);
    sender->taken = 0;
}

static void take_data(struct sender *sender, const struct frame *frame) {
    struct call *call = call_of(sender, frame->stream);
    if (call && !buf_append(&call->answer, frame->payload, frame->len))
        abort();
    grant_more(sender, frame->len);
}

static void take_control(struct sender *sender, const struct frame *frame) {
    struct line *line = &sender->line;
    if (frame->type == FRAME_SETTINGS && !(frame->flags & FLAG_ACK))
        line_put_frame(line, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
    else if (frame->type == FRAME_PING && !(frame->flags & FLAG_ACK))
        line_put_frame(line, FRAME_PING, FLAG_ACK, 0, frame->payload, frame->len);
    else if (frame->type == FRAME_WINDOW_UPDATE && frame->stream == 0 && frame->len == 4)
        sender->window += (frame->payload[0] & 0x7f) << 24 | frame->payload[1] << 16 |
                          frame->payload[2] << 8 | frame->payload[3];
}

// The status that the frame has brought: the line counts them.
static int status_brought(const size_t *before, const size_t *after) {
    for (int i = 0; i < STATUSES; i++)
        if (after[i] != before[i])
            return i;
    return STATUS_LOST;
}

static void take_frames(struct sender *sender) {
    struct line *line = &sender->line;
    size_t before[STATUSES];
    memcpy(before, line->n_statuses, sizeof before);
    for (struct frame frame; line->is_open && line_frame(line, &frame);) {
        struct call *call = call_of(sender, frame.stream);
        sender->heard_us = now_us();
        if (frame.type == FRAME_DATA)
            take_data(sender, &frame);
        else if (frame.type == FRAME_HEADERS && call && frame.flags & FLAG_END_STREAM)
            end_call(sender, call, status_brought(before, line->n_statuses));
        else if (frame.type == FRAME_RST_STREAM && call)
            fail_call(sender, call, STATUS_LOST);
        else
            take_control(sender, &frame);
        memcpy(before, line->n_statuses, sizeof before);
    }
}

static void work_line(struct sender *sender) {
    struct line *line = &sender->line;
    struct pollfd poll_fd = {.fd = line->is_open ? line->fd : -1};
    poll_fd.events = line->is_open ? line_events(line, false) : 0;
    poll(&poll_fd, 1, 5);
    if (!line->is_open)
        return;
    // What came before an end of the connection is not there any more when that is seen: as with
    // any client, an answer may be lost.
    line_work(line, false);
    if (line->is_open)
        take_frames(sender);
    if (!line->is_open)
        drop_line(sender, STATUS_LOST);
}

// ---- sending

static bool take_next(struct sender *sender, uint64_t since_us) {
    const struct options *options = &sender->options;
    uint32_t allowed = options->count;
    if (options->per_second > 0) {
        uint64_t by_now = sender->n_before + (now_us() - since_us) * options->per_second / 1000000;
        allowed = by_now < allowed ? (uint32_t)by_now : allowed;
    }
    if (sender->n_left == 0 && sender->n_next >= allowed)
        return false;
    for (size_t i = 0; i < options->at_once; i++) {
        struct call *call = &sender->calls[i];
        if (call->state != CALL_FREE)
            continue;
        if (sender->n_left > 0) {
            call->word = sender->left[--sender->n_left];
            journal_note_failed(&sender->journal, call->word.id, STATUS_DIED, false);
        } else {
            word_make(&call->word, &sender->references, options->run, options->client,
                      sender->n_next++);
            journal_note_sent(&sender->journal, &call->word);
        }
        call->state = CALL_RESTING;
        call->at_us = 0;
        call->n_failures = 0;
        sender->n_busy++;
        return true;
    }
    return false;
}

static void send_call(struct sender *sender, struct call *call) {
    struct buf message = {0};
    word_encode(&call->word, &message);
    int64_t len = (int64_t)buf_len(&message) + 5;
    if (sender->window >= len) {
        call->stream = request_open(&sender->request, &sender->line, FLAG_END_HEADERS, NULL);
        request_put_message(&sender->line, call->stream, FLAG_END_STREAM, false, &message,
                            buf_len(&message));
        sender->window -= len;
        call->state = CALL_FLYING;
        call->at_us = now_us() + (uint64_t)sender->options.call_ms * 1000;
    }
    buf_finish(&message);
}

static bool may_send(const struct sender *sender) {
    return sender->line.is_open && !sender->line.is_told_to_go;
}

// A connection on which nothing came for as long as a call may take is given up, as is one that is
// to be left when its last call is over.
static void look_at_time(struct sender *sender, uint64_t now) {
    bool is_flying = false, is_late = false;
    for (size_t i = 0; i < sender->options.at_once; i++) {
        struct call *call = &sender->calls[i];
        if (call->state == CALL_RESTING && call->at_us <= now && may_send(sender))
            send_call(sender, call);
        is_flying = is_flying || call->state == CALL_FLYING;
        // The server is to say so itself, a little earlier.
        is_late = is_late || (call->state == CALL_FLYING && call->at_us + 500000 <= now);
    }
    if (sender->line.is_open && is_late)
        drop_line(sender, STATUS_SILENT);
    else if (sender->line.is_open && sender->line.is_told_to_go && !is_flying)
        drop_line(sender, STATUS_LOST);
    else if (!sender->line.is_open && sender->reopen_us <= now)
        open_line(sender);
}

static int run(struct sender *sender) {
    uint64_t since_us = now_us();
    uint64_t until_us = since_us + (uint64_t)sender->options.patience_ms * 1000;
    for (;;) {
        bool is_more = false;
        while (take_next(sender, since_us))
            is_more = true;
        if (is_more)
            journal_sync(&sender->journal);
        if (sender->n_busy == 0 && sender->n_left == 0 && sender->n_next >= sender->options.count)
            return sender->n_refused > 0 ? 4 : 0;
        uint64_t now = now_us();
        if (now >= until_us)
            return sender->n_refused > 0 ? 4 : 3;
        look_at_time(sender, now);
        work_line(sender);
        journal_write(&sender->journal);
    }
}

// ---- the command line

static bool read_token(const char *path, char token[TOKEN_SIZE]) {
    FILE *file = fopen(path, "r");
    bool is_read = file && fscanf(file, "%100s", token) == 1;
    if (file)
        fclose(file);
    return is_read;
}

static bool read_addresses(struct sender *sender, char *list) {
    for (char *one = strtok(list, ","); one; one = strtok(NULL, ","))
        if (sender->n_targets == ADDRESSES_MAX ||
            !target_parse(&sender->targets[sender->n_targets++], one, NULL))
            return false;
    // Clients do not all begin with the same.
    sender->target = sender->n_targets > 0 ? sender->options.client % sender->n_targets : 0;
    return sender->n_targets > 0;
}

static bool read_options(struct options *options, int n_arguments, char **arguments) {
    const struct {
        const char *name;
        uint32_t *value;
    } known[] = {{"count", &options->count},
                 {"at-once", &options->at_once},
                 {"per-second", &options->per_second},
                 {"call-ms", &options->call_ms},
                 {"patience-ms", &options->patience_ms}};
    for (int i = 0; i < n_arguments; i += 2) {
        size_t at = 0;
        while (at < sizeof known / sizeof *known && strcmp(known[at].name, arguments[i]) != 0)
            at++;
        if (at == sizeof known / sizeof *known || i + 1 == n_arguments)
            return false;
        *known[at].value = (uint32_t)strtoul(arguments[i + 1], NULL, 10);
    }
    return options->at_once > 0 && options->at_once <= CALLS_MAX;
}

int main(int n_arguments, char **arguments) {
    static struct sender sender = {
        .options = {.count = 100, .at_once = 8, .call_ms = 3000, .patience_ms = 30000},
        .line.fd = -1};
    char token[TOKEN_SIZE] = "";
    if (n_arguments >= 7) {
        sender.options.run = (uint32_t)strtoul(arguments[5], NULL, 10);
        sender.options.client = (uint32_t)strtoul(arguments[6], NULL, 10);
    }
    if (n_arguments < 7 || !read_options(&sender.options, n_arguments - 7, arguments + 7) ||
        !read_addresses(&sender, arguments[2]) || !read_token(arguments[3], token) ||
        !references_read(&sender.references, arguments[4]) ||
        !journal_open(&sender.journal, arguments[1], &sender.left, &sender.n_left)) {
        fprintf(stderr, "usage: sender JOURNAL ADDRESSES TOKEN_FILE REFERENCES RUN CLIENT "
                        "[OPTION VALUE]...\n");
        return 2;
    }
    sender.n_next = sender.n_before = (uint32_t)sender.journal.n_sent;
    request_init(&sender.request, "/shap.v1.Returns/SubmitReturn", token);
    snprintf(sender.timeout, sizeof sender.timeout, "%um", sender.options.call_ms);
    request_add(&sender.request, "grpc-timeout", sender.timeout);
    signal(SIGPIPE, SIG_IGN);
    int status = run(&sender);
    line_close(&sender.line);
    journal_close(&sender.journal);
    free(sender.left);
    return status;
}
