// A load of calls over TLS: so many in flight over so many connections (a closed loop), or so many
// a second whatever is answered (an open loop), for some seconds or so many calls. Prints as JSON
// how many were answered a second, how long they took, and what became of them.
//
//     load IPV4:PORT AUTHORITY KIND NAME=VALUE...
//
// The kinds: empty, point, read, return; of the large council's plan: exceptions, account,
// outstanding, export.
// The values, each a number but for the year (2026-27) of the plans:
//   flight, lines        calls in flight (64), over how many connections (4)
//   rate                 an open loop: calls a second; a call's time begins when it was due
//   warm, seconds        before it counts (0.5), and while it does (2)
//   calls                instead of seconds: so many calls, all of which count
//   councils, milestones how many of ground.sql's are called for (330, 24)
//   refused              percent of the returns that are to be refused (0)
#include "tests/bench/calls.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 64, SLOTS = 1024, TIMES_MAX = 1 << 23, PATIENCE_US = 60 * 1000 * 1000 };
enum { WINDOW_DEFAULT = 65535, WINDOW_OURS = 1 << 30 };

// A call in flight: its place among a lane's slots follows from its stream.
struct slot {
    uint64_t begin_us; // 0: free
    unsigned expected; // its grpc-status
};

struct lane {
    struct line line;
    int64_t window; // bytes that the server takes now
    size_t n_flying;
    struct slot slots[SLOTS];
};

struct load {
    struct target target;
    struct calls calls;
    size_t n_lanes, flight;
    double rate;
    uint64_t n_most; // 0: for so long
    uint64_t warm_us, for_us, begin_us, end_us;
    uint64_t n_opened, n_counted, n_done, n_refused, n_failed;
    size_t n_flying, next_lane, n_times;
    struct lane lanes[LINES_MAX];
    uint32_t times_us[TIMES_MAX]; // of the calls that count
};

// ---- what comes

static void finish_call(struct load *load, struct lane *lane, uint32_t stream, bool is_reset) {
    struct slot *slot = &lane->slots[stream / 2 % SLOTS];
    uint64_t now = now_us();
    unsigned status = lane->line.last_status;
    bool is_expected = !is_reset && status == slot->expected;
    if (slot->begin_us == 0)
        return;
    load->n_failed += !is_expected;
    load->n_refused += is_expected && status != GRPC_OK;
    load->n_done += is_expected && status == GRPC_OK;
    if (now >= load->begin_us && now < load->end_us && is_expected) {
        load->n_counted += status == GRPC_OK;
        if (load->n_times < TIMES_MAX)
            load->times_us[load->n_times++] = (uint32_t)(now - slot->begin_us);
    }
    slot->begin_us = 0;
    lane->n_flying--;
    load->n_flying--;
}

static void take_frame(struct load *load, struct lane *lane, const struct frame *frame) {
    struct line *line = &lane->line;
    if (frame->type == FRAME_SETTINGS && !(frame->flags & FLAG_ACK))
        line_put_frame(line, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
    else if (frame->type == FRAME_PING && !(frame->flags & FLAG_ACK))
        line_put_frame(line, FRAME_PING, FLAG_ACK, 0, frame->payload, frame->len);
    else if (frame->type == FRAME_WINDOW_UPDATE && frame->stream == 0)
        lane->window += line_number(frame->payload);
    else if (frame->type == FRAME_RST_STREAM ||
             (frame->type == FRAME_HEADERS && frame->flags & FLAG_END_STREAM))
        finish_call(load, lane, frame->stream, frame->type == FRAME_RST_STREAM);
}

// ---- what goes

static bool can_open(const struct load *load, const struct lane *lane) {
    return lane->line.is_open && lane->line.is_ready && lane->window >= CALL_SIZE_MAX &&
           lane->n_flying < (load->flight + load->n_lanes - 1) / load->n_lanes &&
           lane->slots[lane->line.next_id / 2 % SLOTS].begin_us == 0;
}

static bool open_call(struct load *load, uint64_t due_us) {
    for (size_t i = 0; i < load->n_lanes; i++) {
        struct lane *lane = &load->lanes[load->next_lane++ % load->n_lanes];
        if (!can_open(load, lane))
            continue;
        unsigned expected;
        size_t len;
        uint32_t stream = calls_open(&load->calls, &lane->line, load->n_opened++, &expected, &len);
        lane->window -= (int64_t)len;
        lane->slots[stream / 2 % SLOTS] = (struct slot){due_us, expected};
        lane->n_flying++;
        load->n_flying++;
        return true;
    }
    return false;
}

static bool is_over(const struct load *load, uint64_t now) {
    return load->n_most > 0 ? load->n_opened == load->n_most : now >= load->end_us;
}

static void open_calls(struct load *load) {
    uint64_t now = now_us(), start = load->begin_us - load->warm_us;
    while (load->n_flying < load->flight && !is_over(load, now)) {
        uint64_t due =
            load->rate > 0 ? start + (uint64_t)((double)load->n_opened * 1e6 / load->rate) : now;
        if (due > now || !open_call(load, due))
            return;
    }
}

// ---- the loop

static bool work(struct load *load, bool is_sending) {
    struct pollfd poll_fds[LINES_MAX];
    if (is_sending)
        open_calls(load);
    for (size_t i = 0; i < load->n_lanes; i++)
        poll_fds[i] = (struct pollfd){.fd = load->lanes[i].line.fd,
                                      .events = line_events(&load->lanes[i].line, false)};
    poll(poll_fds, load->n_lanes, load->rate > 0 ? 1 : 100);
    for (size_t i = 0; i < load->n_lanes; i++) {
        struct lane *lane = &load->lanes[i];
        if (!lane->line.is_open)
            return false;
        if (poll_fds[i].revents != 0)
            line_work(&lane->line, false);
        for (struct frame frame; lane->line.is_open && line_frame(&lane->line, &frame);)
            take_frame(load, lane, &frame);
    }
    return true;
}

static bool open_lanes(struct load *load) {
    const uint8_t window[] = {WINDOW_OURS >> 24, 0, 0, 0};
    for (size_t i = 0; i < load->n_lanes; i++) {
        struct lane *lane = &load->lanes[i];
        lane->window = WINDOW_DEFAULT;
        if (!line_open(&lane->line, &load->target, INADDR_LOOPBACK, false))
            return false;
        line_greet(&lane->line, SETTING_INITIAL_WINDOW, 1 << 20);
        line_put_frame(&lane->line, FRAME_WINDOW_UPDATE, 0, 0, window, sizeof window);
    }
    for (uint64_t until = now_us() + PATIENCE_US; now_us() < until;) {
        size_t n_ready = 0;
        if (!work(load, false))
            return false;
        for (size_t i = 0; i < load->n_lanes; i++)
            n_ready += load->lanes[i].line.is_ready;
        if (n_ready == load->n_lanes)
            return true;
    }
    return false;
}

static bool run(struct load *load) {
    if (!open_lanes(load))
        return false;
    load->begin_us = now_us() + load->warm_us;
    load->end_us = load->n_most > 0 ? UINT64_MAX : load->begin_us + load->for_us;
    while (!is_over(load, now_us()) || load->n_flying > 0) {
        if (!work(load, true) || now_us() > load->begin_us + load->for_us + PATIENCE_US)
            return false;
    }
    if (load->n_most > 0)
        load->end_us = now_us();
    return true;
}

// ---- the command line

static double number_of(char **arguments, const char *name, double otherwise) {
    for (size_t len = strlen(name); *arguments != NULL; arguments++)
        if (strncmp(*arguments, name, len) == 0 && (*arguments)[len] == '=')
            return atof(*arguments + len + 1);
    return otherwise;
}

static const char *text_of(char **arguments, const char *name, const char *otherwise) {
    for (size_t len = strlen(name); *arguments != NULL; arguments++)
        if (strncmp(*arguments, name, len) == 0 && (*arguments)[len] == '=')
            return *arguments + len + 1;
    return otherwise;
}

static bool read_arguments(struct load *load, int n_arguments, char **arguments) {
    if (n_arguments < 4 || !target_parse(&load->target, arguments[1], arguments[2]) ||
        !calls_init(&load->calls, arguments[3]))
        return false;
    char **values = arguments + 4;
    load->calls.year = text_of(values, "year", "");
    load->calls.n_councils = (unsigned)number_of(values, "councils", 330);
    load->calls.n_milestones = (unsigned)number_of(values, "milestones", 24);
    load->calls.percent_refused = number_of(values, "refused", 0);
    load->flight = (size_t)number_of(values, "flight", 64);
    load->n_lanes = (size_t)number_of(values, "lines", 4);
    load->rate = number_of(values, "rate", 0);
    load->n_most = (uint64_t)number_of(values, "calls", 0);
    load->warm_us = load->n_most > 0 ? 0 : (uint64_t)(number_of(values, "warm", 0.5) * 1e6);
    load->for_us = (uint64_t)(number_of(values, "seconds", 2) * 1e6);
    return load->n_lanes > 0 && load->n_lanes <= LINES_MAX && load->flight > 0 &&
           load->calls.n_councils > 0 && load->calls.n_milestones > 0;
}

static int by_time(const void *a, const void *b) {
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

static double quantile_ms(const struct load *load, double share) {
    size_t n = load->n_times;
    return n == 0 ? 0 : (double)load->times_us[(size_t)((double)(n - 1) * share)] / 1e3;
}

static void print(struct load *load) {
    qsort(load->times_us, load->n_times, sizeof *load->times_us, by_time);
    printf("{\"rate\": %.1f, \"p50\": %.3f, \"p99\": %.3f, \"done\": %llu, \"refused\": %llu, "
           "\"failed\": %llu}\n",
           (double)load->n_counted * 1e6 / (double)(load->end_us - load->begin_us),
           quantile_ms(load, 0.5), quantile_ms(load, 0.99), (unsigned long long)load->n_done,
           (unsigned long long)load->n_refused, (unsigned long long)load->n_failed);
}

int main(int n_arguments, char **arguments) {
    static struct load load;
    signal(SIGPIPE, SIG_IGN); // OpenSSL writes as it does
    if (!read_arguments(&load, n_arguments, arguments)) {
        fprintf(stderr, "usage: load IPV4:PORT AUTHORITY KIND NAME=VALUE...\n");
        return 2;
    }
    bool is_run = run(&load);
    if (is_run)
        print(&load);
    else
        fprintf(stderr, "load: the server did not answer\n");
    for (size_t i = 0; i < load.n_lanes; i++)
        line_close(&load.lanes[i].line);
    target_finish(&load.target);
    return is_run ? 0 : 1;
}
