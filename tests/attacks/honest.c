// An honest client under attack: one call every few milliseconds for some seconds, by turns a read
// that PostgreSQL answers and a question of health, and every fiftieth on a new connection, whose
// making counts. Prints how many failed, and how long each took.
//
//     honest IPV4:PORT SOURCE SECONDS TOKEN_FILE [AUTHORITY]
#include "tests/attacks/request.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVERY_US = 2500, CALLS_PER_LINE = 50, PATIENCE_US = 20 * 1000 * 1000, CALLS_MAX = 100000 };

struct honest {
    struct target target;
    uint32_t source;
    struct request read, health;
    struct line line;
    size_t n_calls, n_failed;
    uint64_t took_us[CALLS_MAX];
};

static bool read_token(const char *path, char token[TOKEN_SIZE]) {
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool is_read = fscanf(file, "%100s", token) == 1;
    fclose(file);
    return is_read;
}

static size_t n_answers(const struct line *line) {
    size_t n = line->n_reset;
    for (size_t i = 0; i < STATUSES; i++)
        n += line->n_statuses[i];
    return n;
}

// Until the call on the line is answered, or its time is over.
static void await_answer(struct line *line, uint64_t until_us) {
    size_t before = n_answers(line);
    while (line->is_open && n_answers(line) == before && now_us() < until_us) {
        struct pollfd poll_fd = {.fd = line->fd, .events = line_events(line, false)};
        poll(&poll_fd, 1, 100);
        line_work(line, false);
        for (struct frame frame; line->is_open && line_frame(line, &frame);)
            if (frame.type == FRAME_SETTINGS && !(frame.flags & FLAG_ACK))
                line_put_frame(line, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
    }
}

static bool renew_line(struct honest *honest) {
    line_close(&honest->line);
    if (!line_open(&honest->line, &honest->target, honest->source, false))
        return false;
    line_greet(&honest->line, 0, 0);
    return true;
}

static bool call(struct honest *honest) {
    const struct buf empty = {0};
    struct line *line = &honest->line;
    if ((!line->is_open || honest->n_calls % CALLS_PER_LINE == 0) && !renew_line(honest))
        return false;
    // Fields are sent once a line: what differs between the two goes by turns of lines.
    bool is_read = honest->n_calls / CALLS_PER_LINE % 2 == 0;
    uint32_t stream =
        request_open(is_read ? &honest->read : &honest->health, line, FLAG_END_HEADERS, NULL);
    request_put_message(line, stream, FLAG_END_STREAM, false, &empty, 0);
    size_t before = line->n_statuses[0];
    await_answer(line, now_us() + PATIENCE_US);
    return line->n_statuses[0] > before;
}

static void rest_until(uint64_t until_us) {
    uint64_t now = now_us();
    if (now >= until_us)
        return;
    const struct timespec rest = {.tv_sec = (time_t)((until_us - now) / 1000000),
                                  .tv_nsec = (long)((until_us - now) % 1000000 * 1000)};
    nanosleep(&rest, NULL);
}

static void print(const struct honest *honest) {
    printf("{\"failed\": %zu, \"took_us\": [", honest->n_failed);
    for (size_t i = 0; i < honest->n_calls; i++)
        printf("%s%llu", i > 0 ? ", " : "", (unsigned long long)honest->took_us[i]);
    printf("]}\n");
}

static void work(struct honest *honest, uint64_t for_us) {
    uint64_t begin = now_us();
    for (uint64_t at = begin; at < begin + for_us && honest->n_calls < CALLS_MAX; at = now_us()) {
        honest->n_failed += !call(honest);
        honest->took_us[honest->n_calls++] = now_us() - at;
        rest_until(at + EVERY_US);
    }
}

int main(int n_arguments, char **arguments) {
    static struct honest honest;
    char token[TOKEN_SIZE] = "";
    if (n_arguments < 5 || !read_token(arguments[4], token) ||
        !target_parse(&honest.target, arguments[1], n_arguments > 5 ? arguments[5] : NULL)) {
        fprintf(stderr, "usage: honest IPV4:PORT SOURCE SECONDS TOKEN_FILE [AUTHORITY]\n");
        return 2;
    }
    honest.source = ntohl(inet_addr(arguments[2]));
    honest.line.fd = -1;
    request_init(&honest.read, "/shap.v1.Directory/WhoAmI", token);
    request_init(&honest.health, "/grpc.health.v1.Health/Check", NULL);
    signal(SIGPIPE, SIG_IGN); // OpenSSL writes as it does
    work(&honest, (uint64_t)(atof(arguments[3]) * 1e6));
    print(&honest);
    line_close(&honest.line);
    target_finish(&honest.target);
    return 0;
}
