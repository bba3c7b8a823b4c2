// Attacks a server for some seconds, and prints what became of it.
//
//     attacker NAME IPV4:PORT SOURCE SECONDS LINES TOKEN_FILE [AUTHORITY]
//     attacker busy - - SECONDS          does nothing but keep a processor as busy as an attack
//     does
//
// LINES: how many connections, 0: as many as the attack's own. They come from SOURCE; from more
// addresses, that follow, when there are more than one may have.
#include "tests/attacks/attacks.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_US = 15 * 1000 * 1000, LINES_PER_ADDRESS = 400, OPENED_AT_ONCE = 100 };

struct siege {
    const struct attack *attack;
    struct attacker attacker;
    struct target target;
    uint32_t source;
    uint64_t for_us, until_us;
    bool is_standing; // see note_standing
    size_t n_lines, n_opened, n_ended, n_reset, n_statuses[STATUSES];
    uint64_t longest_us, next_us;
    struct line *lines;
    struct pollfd *polls;
    struct frame frame; // the last that came
};

static bool read_token(const char *path, char token[TOKEN_SIZE]) {
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool is_read = fscanf(file, "%100s", token) == 1;
    fclose(file);
    return is_read;
}

static void add_up(struct siege *siege, const struct line *line) {
    siege->n_reset += line->n_reset;
    for (size_t i = 0; i < STATUSES; i++)
        siege->n_statuses[i] += line->n_statuses[i];
}

static void note_life(struct siege *siege, const struct line *line, uint64_t end_us) {
    uint64_t lived_us = end_us - line->opened_us;
    if (lived_us > siege->longest_us)
        siege->longest_us = lived_us;
}

static bool open_line(struct siege *siege, size_t i) {
    const struct attack *attack = siege->attack;
    struct line *line = &siege->lines[i];
    size_t per_address = attack->is_strewn   ? 1
                         : attack->is_spread ? LINES_PER_ADDRESS
                                             : siege->n_lines;
    uint32_t source = siege->source + (uint32_t)(i / per_address);
    const struct target past = {.address = siege->target.address};
    if (!line_open(line, attack->is_raw ? &past : &siege->target, source, attack->is_deaf))
        return false;
    siege->n_opened++;
    if (!attack->is_silent)
        line_greet(line, (uint16_t)attack->setting, attack->value);
    if (attack->begin)
        attack->begin(&siege->attacker, line);
    return true;
}

static size_t n_streams_over(const struct line *line) {
    size_t n = line->n_reset;
    for (size_t i = 0; i < STATUSES; i++)
        n += line->n_statuses[i];
    return n;
}

static bool is_over(const struct siege *siege, const struct line *line) {
    return siege->attack->ending == ENDS_RESET && n_streams_over(line) > 0 &&
           n_streams_over(line) >= line->next_id / 2;
}

static void take_frames(struct siege *siege, struct line *line) {
    while (line->is_open && line_frame(line, &siege->frame))
        if (siege->frame.type == FRAME_SETTINGS && !(siege->frame.flags & FLAG_ACK) &&
            !siege->attack->is_silent)
            line_put_frame(line, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
}

// One that does not wait comes again at once, as long as there is time.
static void end_line(struct siege *siege, size_t i) {
    struct line *line = &siege->lines[i];
    uint64_t end_us = line->ended_us ? line->ended_us : now_us();
    enum ending ending = siege->attack->ending;
    add_up(siege, line);
    note_life(siege, line, end_us);
    siege->n_ended++;
    line_close(line);
    bool comes_again = siege->attack->pause_ms == 0 && (siege->attack->more || ending == ENDS_LEFT);
    if (comes_again && now_us() < siege->until_us)
        (void)open_line(siege, i);
}

static void work(struct siege *siege, size_t i, bool is_time) {
    const struct attack *attack = siege->attack;
    struct line *line = &siege->lines[i];
    line_work(line, attack->is_deaf);
    take_frames(siege, line);
    bool has_left = attack->ending == ENDS_LEFT && line->is_ready;
    if (!line->is_open || has_left || is_over(siege, line)) {
        end_line(siege, i);
        return;
    }
    if (line->is_ready && attack->more && is_time && buf_len(&line->out) == 0) {
        attack->more(&siege->attacker, line);
        line_work(line, attack->is_deaf);
        if (!line->is_open)
            end_line(siege, i);
    }
}

// Connections that are to stay are all there, or have been refused: their time begins.
static void note_standing(struct siege *siege) {
    siege->is_standing = true;
    siege->until_us = now_us() + siege->for_us;
    printf("standing\n");
    fflush(stdout);
}

// True when some line is open.
static bool look(struct siege *siege, int wait_ms) {
    size_t n_open = 0;
    for (size_t i = 0; i < siege->n_lines; i++) {
        const struct line *line = &siege->lines[i];
        siege->polls[i] = (struct pollfd){.fd = line->is_open ? line->fd : -1};
        if (line->is_open)
            siege->polls[i].events = line_events(line, siege->attack->is_deaf);
        n_open += line->is_open;
    }
    poll(siege->polls, siege->n_lines, wait_ms);
    return n_open > 0;
}

static bool has_answer(const struct siege *siege) {
    for (size_t i = 0; i < siege->n_lines; i++)
        if (n_streams_over(&siege->lines[i]) > 0)
            return true;
    return false;
}

// On a machine with much to do it may take long to have one answer.
static bool has_time(const struct siege *siege) {
    enum ending ending = siege->attack->ending;
    bool waits = ending == ENDS_CLOSED || ending == ENDS_RESET ||
                 (ending == ENDS_ANSWERED && !has_answer(siege));
    return now_us() < siege->until_us + (waits ? PATIENCE_US : 0);
}

// What the last look saw.
static void go_round(struct siege *siege) {
    const struct attack *attack = siege->attack;
    bool is_time = now_us() >= siege->next_us;
    if (is_time)
        siege->next_us = now_us() + (uint64_t)attack->pause_ms * 1000;
    for (size_t i = 0; i < siege->n_lines; i++)
        if (siege->lines[i].is_open && (siege->polls[i].revents || (is_time && attack->more)))
            work(siege, i, is_time);
}

static bool is_connecting(const struct siege *siege) {
    for (size_t i = 0; i < siege->n_lines; i++) {
        const struct line *line = &siege->lines[i];
        if (line->is_open && (!line->is_ready || buf_len(&line->out) > 0))
            return true;
    }
    return false;
}

// Those that are to stay come a few at a time, so that each has shaken hands in time.
static void settle(struct siege *siege) {
    do
        if (look(siege, 10))
            go_round(siege);
    while (siege->attack->ending == ENDS_HELD && is_connecting(siege) && has_time(siege));
}

static void run(struct siege *siege) {
    const struct attack *attack = siege->attack;
    for (size_t i = 0; i < siege->n_lines; i++) {
        if (!open_line(siege, i))
            perror("a connection could not be opened");
        if (i % OPENED_AT_ONCE == OPENED_AT_ONCE - 1)
            settle(siege);
    }
    bool floods = attack->more && attack->pause_ms == 0 && attack->ending != ENDS_ANSWERED;
    while (has_time(siege) && look(siege, floods ? 1 : 10)) {
        if (attack->ending == ENDS_HELD && !siege->is_standing && !is_connecting(siege))
            note_standing(siege);
        go_round(siege);
    }
}

static void finish(struct siege *siege) {
    size_t n_open = 0;
    for (size_t i = 0; i < siege->n_lines; i++) {
        struct line *line = &siege->lines[i];
        if (!line->is_open)
            continue;
        n_open++;
        add_up(siege, line);
        if (siege->attack->ending == ENDS_CLOSED || siege->attack->ending == ENDS_RESET)
            note_life(siege, line, now_us());
        line_close(line);
    }
    printf(
        "{\"opened\": %zu, \"ended\": %zu, \"open\": %zu, \"longest_ms\": %llu, \"resets\": %zu, "
        "\"statuses\": {",
        siege->n_opened, siege->n_ended, n_open, (unsigned long long)siege->longest_us / 1000,
        siege->n_reset);
    const char *comma = "";
    for (size_t i = 0; i < STATUSES; i++) {
        if (siege->n_statuses[i] == 0)
            continue;
        printf("%s\"%zu\": %zu", comma, i, siege->n_statuses[i]);
        comma = ", ";
    }
    printf("}}\n");
    buf_finish(&siege->attacker.payload);
    free(siege->lines);
    free(siege->polls);
    target_finish(&siege->target);
}

static const struct attack *find_attack(const char *name) {
    for (size_t i = 0; i < n_frame_attacks; i++)
        if (strcmp(frame_attacks[i].name, name) == 0)
            return &frame_attacks[i];
    for (size_t i = 0; i < n_message_attacks; i++)
        if (strcmp(message_attacks[i].name, name) == 0)
            return &message_attacks[i];
    return NULL;
}

static bool prepare(struct siege *siege, int n, char **arguments, char token[TOKEN_SIZE]) {
    if (n < 7 || !read_token(arguments[6], token) ||
        !target_parse(&siege->target, arguments[2], n > 7 ? arguments[7] : NULL))
        return false;
    const struct attack *attack = siege->attack = find_attack(arguments[1]);
    if (!attack)
        return false;
    siege->source = ntohl(inet_addr(arguments[3]));
    siege->for_us = (uint64_t)(atof(arguments[4]) * 1e6);
    siege->until_us =
        now_us() + siege->for_us + (attack->ending == ENDS_HELD ? 4 * PATIENCE_US : 0);
    siege->n_lines = atoi(arguments[5]) > 0 ? (size_t)atoi(arguments[5]) : attack->n_lines;
    siege->lines = calloc(siege->n_lines, sizeof *siege->lines);
    siege->polls = calloc(siege->n_lines, sizeof *siege->polls);
    request_init(&siege->attacker.request, attack->path ? attack->path : "/",
                 attack->is_anonymous ? NULL : token);
    if (attack->prepare)
        attack->prepare(&siege->attacker);
    return siege->lines && siege->polls;
}

int main(int n_arguments, char **arguments) {
    static struct siege siege;
    char token[TOKEN_SIZE] = "";
    if (n_arguments > 4 && strcmp(arguments[1], "busy") == 0) {
        for (uint64_t until = now_us() + (uint64_t)(atof(arguments[4]) * 1e6); now_us() < until;)
            continue;
        return 0;
    }
    if (!prepare(&siege, n_arguments, arguments, token)) {
        fprintf(stderr,
                "usage: attacker NAME IPV4:PORT SOURCE SECONDS LINES TOKEN_FILE [AUTHORITY]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); // OpenSSL writes as it does
    run(&siege);
    finish(&siege);
    return 0;
}
