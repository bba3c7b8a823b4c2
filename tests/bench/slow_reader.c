// Reads one stream of messages over TLS no faster than it is told, stands still for a while at some
// points, and goes on. While it is ahead of its rate it reads nothing at all: what the server sends
// fills the window it was granted, and the kernel's buffers. Prints as JSON how many messages
// came, how many bytes, in how many seconds, and the grpc-status.
//
//     slow_reader IPV4:PORT AUTHORITY PATH TOKEN BYTES-A-SECOND STALLS SECONDS-A-STALL MESSAGES
//
// The request has no fields. The stalls are spread evenly over the messages that are to come.
#include "proto/frame.h"
#include "tests/attacks/request.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { WINDOW = 1 << 20, WINDOW_DEFAULT = 65535, PATIENCE_US = 120 * 1000 * 1000 };

struct reader {
    struct target target;
    struct line line;
    struct request request;
    double rate; // bytes a second
    unsigned n_stalls, n_stalled;
    uint64_t stall_us, n_expected;
    uint64_t begin_us, paused_us; // of the time since it began: spent in stalls
    uint64_t stalled_until_us;
    uint64_t heard_us; // when something came
    uint64_t n_messages, n_bytes;
    size_t ungranted;
    uint8_t head[FRAME_HEAD_SIZE];
    size_t n_head, missing; // of the message that is coming
    bool is_over;
};

// ---- what comes

static void take_data(struct reader *reader, const uint8_t *bytes, size_t len) {
    struct frame_head head;
    for (size_t n; len > 0; bytes += n, len -= n) {
        n = 1;
        if (reader->n_head < sizeof reader->head) {
            reader->head[reader->n_head++] = *bytes;
            if (reader->n_head < sizeof reader->head)
                continue;
            if (!frame_get_head(reader->head, &head))
                abort();
            reader->missing = head.len;
        } else {
            n = reader->missing < len ? reader->missing : len;
            reader->missing -= n;
        }
        if (reader->missing > 0)
            continue;
        reader->n_messages++;
        reader->n_head = 0;
    }
}

static void put_window(struct line *line, uint32_t stream, size_t len) {
    const uint8_t payload[] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                               (uint8_t)len};
    line_put_frame(line, FRAME_WINDOW_UPDATE, 0, stream, payload, sizeof payload);
}

static void grant(struct reader *reader, uint32_t stream, size_t len) {
    reader->ungranted += len;
    if (reader->ungranted < WINDOW / 2)
        return;
    put_window(&reader->line, 0, reader->ungranted);
    put_window(&reader->line, stream, reader->ungranted);
    reader->ungranted = 0;
}

static void take_frame(struct reader *reader, const struct frame *frame) {
    struct line *line = &reader->line;
    reader->n_bytes += frame->len;
    if (frame->type == FRAME_SETTINGS && !(frame->flags & FLAG_ACK))
        line_put_frame(line, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
    else if (frame->type == FRAME_PING && !(frame->flags & FLAG_ACK))
        line_put_frame(line, FRAME_PING, FLAG_ACK, 0, frame->payload, frame->len);
    else if (frame->type == FRAME_DATA) {
        take_data(reader, frame->payload, frame->len);
        grant(reader, frame->stream, frame->len);
    }
    reader->is_over = frame->type == FRAME_RST_STREAM ||
                      (frame->type == FRAME_HEADERS && frame->flags & FLAG_END_STREAM);
}

// ---- how fast

// Time begins with the first message: what the server does before is its own time.
static bool is_ahead(struct reader *reader, uint64_t now) {
    if (reader->n_messages == 0)
        return false;
    if (reader->begin_us == 0)
        reader->begin_us = now;
    if (now < reader->stalled_until_us)
        return true;
    if (reader->n_stalled < reader->n_stalls && reader->n_messages > reader->n_expected *
                                                                         (reader->n_stalled + 1) /
                                                                         (reader->n_stalls + 1)) {
        reader->n_stalled++;
        reader->paused_us += reader->stall_us;
        reader->stalled_until_us = now + reader->stall_us;
        return true;
    }
    double reading_s = (double)(now - reader->begin_us - reader->paused_us) / 1e6;
    return (double)reader->n_bytes > reader->rate * reading_s;
}

static bool read_all(struct reader *reader) {
    struct line *line = &reader->line;
    for (uint64_t now; !reader->is_over && line->is_open;) {
        now = now_us();
        bool is_deaf = line->is_ready && is_ahead(reader, now);
        struct pollfd poll_fd = {.fd = line->fd, .events = line_events(line, is_deaf)};
        poll(&poll_fd, 1, is_deaf ? 1 : 100);
        line_work(line, is_deaf);
        for (struct frame frame; line->is_open && !reader->is_over && line_frame(line, &frame);) {
            take_frame(reader, &frame);
            reader->heard_us = now;
        }
        if (now > reader->heard_us + reader->stall_us + PATIENCE_US)
            return false;
    }
    return reader->is_over;
}

// ---- the command line

static bool read_arguments(struct reader *reader, int n_arguments, char **arguments) {
    if (n_arguments != 9 || !target_parse(&reader->target, arguments[1], arguments[2]))
        return false;
    request_init(&reader->request, arguments[3], arguments[4]);
    reader->rate = atof(arguments[5]);
    reader->n_stalls = (unsigned)atoi(arguments[6]);
    reader->stall_us = (uint64_t)(atof(arguments[7]) * 1e6);
    reader->n_expected = strtoull(arguments[8], NULL, 10);
    return reader->rate > 0;
}

static bool run(struct reader *reader) {
    static const struct buf empty;
    struct line *line = &reader->line;
    if (!line_open(line, &reader->target, INADDR_LOOPBACK, false))
        return false;
    reader->heard_us = now_us();
    line_greet(line, SETTING_INITIAL_WINDOW, WINDOW);
    put_window(line, 0, WINDOW - WINDOW_DEFAULT);
    uint32_t stream = request_open(&reader->request, line, FLAG_END_HEADERS, NULL);
    request_put_message(line, stream, FLAG_END_STREAM, false, &empty, 0);
    return read_all(reader);
}

int main(int n_arguments, char **arguments) {
    static struct reader reader;
    signal(SIGPIPE, SIG_IGN); // OpenSSL writes as it does
    if (!read_arguments(&reader, n_arguments, arguments)) {
        fprintf(stderr, "usage: slow_reader IPV4:PORT AUTHORITY PATH TOKEN BYTES-A-SECOND STALLS "
                        "SECONDS-A-STALL MESSAGES\n");
        return 2;
    }
    bool is_over = run(&reader);
    if (is_over)
        printf("{\"messages\": %llu, \"bytes\": %llu, \"stalls\": %u, \"seconds\": %.3f, "
               "\"status\": %u}\n",
               (unsigned long long)reader.n_messages, (unsigned long long)reader.n_bytes,
               reader.n_stalled, (double)(now_us() - reader.begin_us) / 1e6,
               reader.line.last_status);
    else
        fprintf(stderr, "slow_reader: the stream broke off after %llu messages\n",
                (unsigned long long)reader.n_messages);
    line_close(&reader.line);
    target_finish(&reader.target);
    return is_over ? 0 : 1;
}
