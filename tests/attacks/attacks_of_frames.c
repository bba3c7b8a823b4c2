#include "tests/attacks/steps.h"

#include <stdlib.h>
#include <string.h>

static const char who_am_i[] = "/shap.v1.Directory/WhoAmI";
static const char list[] = "/shap.v1.Plans/ListMilestones";
static const char import[] = "/shap.v1.Plans/SendImportPart";
static const char health[] = "/grpc.health.v1.Health/Check";
static const char reflection[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
static const char watch[] = "/grpc.health.v1.Health/Watch";
static const struct buf nothing = {0};

// Frames of one flood at a time.
enum { AT_ONCE = 500, STREAMS_MAX = 256, BOMB = 3500 };

// ---- resets

static void reset_rapidly(struct attacker *attacker, struct line *line) {
    for (size_t i = 0; i < AT_ONCE; i++)
        line_put_frame(line, FRAME_RST_STREAM, 0, whole_call(attacker, line), "\0\0\0\x08", 4);
}

static void make_them_reset(struct attacker *attacker, struct line *line) {
    for (size_t i = 0; i < AT_ONCE; i++)
        line_put_frame(line, FRAME_WINDOW_UPDATE, 0, whole_call(attacker, line), "\x7f\xff\xff\xff",
                       4);
}

// ---- floods of frames

static void flood(struct line *line, uint8_t type, uint8_t flags, uint32_t stream,
                  const void *payload, size_t len) {
    for (size_t i = 0; i < AT_ONCE; i++)
        line_put_frame(line, type, flags, stream, payload, len);
}

static void open_one(struct attacker *attacker, struct line *line) {
    (void)open_call(attacker, line);
}

static void open_and_reset_one(struct attacker *attacker, struct line *line) {
    line_put_frame(line, FRAME_RST_STREAM, 0, open_call(attacker, line), "\0\0\0\x08", 4);
}

static void send_resets(struct attacker *attacker, struct line *line) {
    (void)attacker;
    flood(line, FRAME_RST_STREAM, 0, 1, "\0\0\0\x08", 4);
}

static void send_settings(struct attacker *attacker, struct line *line) {
    (void)attacker;
    flood(line, FRAME_SETTINGS, 0, 0, "\0\x04\0\0\xff\xff", 6);
}

static void send_pings(struct attacker *attacker, struct line *line) {
    (void)attacker;
    flood(line, FRAME_PING, 0, 0, "\0\0\0\0\0\0\0\0", 8);
}

static void send_empty_data(struct attacker *attacker, struct line *line) {
    (void)attacker;
    flood(line, FRAME_DATA, 0, 1, NULL, 0);
}

static void send_windows(struct attacker *attacker, struct line *line) {
    (void)attacker;
    flood(line, FRAME_WINDOW_UPDATE, 0, 0, "\0\0\0\x01", 4);
}

static void send_priorities(struct attacker *attacker, struct line *line) {
    (void)attacker;
    flood(line, FRAME_PRIORITY, 0, 7, "\0\0\0\0\x01", 5);
}

static void send_unknown(struct attacker *attacker, struct line *line) {
    (void)attacker;
    flood(line, FRAME_UNKNOWN, 0, 0, NULL, 0);
}

static void open_many(struct attacker *attacker, struct line *line) {
    for (size_t i = 0; i < AT_ONCE; i++)
        (void)open_call(attacker, line);
}

// ---- headers

static void open_headers(struct attacker *attacker, struct line *line) {
    (void)request_open(&attacker->request, line, 0, NULL);
}

static void prepare_field(struct attacker *attacker) {
    block_put(&attacker->payload, "x-more", "0123456789", 10, false);
}

static void send_continuations(struct attacker *attacker, struct line *line) {
    flood(line, FRAME_CONTINUATION, 0, 1, buf_bytes(&attacker->payload),
          buf_len(&attacker->payload));
}

// One field of nearly the whole table, named again and again.
static void prepare_bomb(struct attacker *attacker) {
    static char bomb[BOMB + 1];
    memset(bomb, 'b', BOMB);
    request_add(&attacker->request, "x-bomb", bomb);
}

static void send_bomb(struct attacker *attacker, struct line *line) {
    struct buf block = {0};
    for (size_t i = 0; i < 2 * AT_ONCE; i++)
        block_put_index(&block, 62);
    for (size_t i = 0; i < IN_FLIGHT; i++)
        (void)request_open(&attacker->request, line, FLAG_END_HEADERS, &block);
    buf_finish(&block);
}

// As much as a header list may hold, on as many calls as there may be, that never go on.
static void hold_headers(struct attacker *attacker, struct line *line) {
    struct buf block = {0};
    block_put_index(&block, 62);
    for (size_t i = 0; i < STREAMS_MAX; i++)
        (void)request_open(&attacker->request, line, FLAG_END_HEADERS, &block);
    buf_finish(&block);
}

// ---- slowness

static void send_preface_slowly(struct attacker *attacker, struct line *line) {
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    (void)attacker;
    line_put(line, preface + line->next_id % 24, 1);
    line->next_id++;
}

static void begin_preface(struct attacker *attacker, struct line *line) {
    (void)attacker;
    line_put(line, "P", 1);
}

// What every client begins TLS with.
static void prepare_hello(struct attacker *attacker) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = context ? SSL_new(context) : NULL;
    uint8_t hello[2048];
    if (!ssl || SSL_set_alpn_protos(ssl, (const uint8_t *)"\x02h2", 3) != 0)
        abort();
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    (void)!SSL_connect(ssl);
    int len = BIO_read(SSL_get_wbio(ssl), hello, sizeof hello);
    if (len <= 0)
        abort();
    append(&attacker->payload, hello, (size_t)len);
    SSL_free(ssl);
    SSL_CTX_free(context);
}

static void say_hello(struct attacker *attacker, struct line *line) {
    line_put(line, buf_bytes(&attacker->payload), buf_len(&attacker->payload));
}

// A frame of headers that says how long it is and then takes its time.
static void begin_headers(struct attacker *attacker, struct line *line) {
    (void)attacker;
    line_put(line, "\0\x10\0\x01\x04\0\0\0\x01\0\x02x-", 13);
}

static void send_byte(struct attacker *attacker, struct line *line) {
    (void)attacker;
    line_put(line, "\x05", 1);
}

static void begin_body(struct attacker *attacker, struct line *line) {
    request_put_message(line, open_call(attacker, line), 0, false, &nothing, 1000);
}

static void send_body_slowly(struct attacker *attacker, struct line *line) {
    (void)attacker;
    line_put_frame(line, FRAME_DATA, 0, 1, "b", 1);
}

static void prepare_half(struct attacker *attacker) {
    static const uint8_t zeros[60 * 1024];
    append(&attacker->payload, zeros, sizeof zeros);
}

// Large messages that stop in their middle, as many as the windows let through.
static void begin_halves(struct attacker *attacker, struct line *line) {
    for (size_t i = 0; i < 16; i++)
        request_put_message(line, open_call(attacker, line), 0, false, &attacker->payload,
                            MEGABYTE);
}

static void prepare_list(struct attacker *attacker) {
    append(&attacker->payload,
           "\x0a\x10"
           "copeland/2010-11",
           18);
}

static void prepare_reflection(struct attacker *attacker) {
    for (size_t i = 0; i < IN_FLIGHT; i++)
        append(&attacker->payload,
               "\0\0\0\0\x0f\x22\x0d"
               "shap.v1.Plans",
               20);
}

// The largest answer that nobody has to be known for, again and again.
static void ask_for_contracts(struct attacker *attacker, struct line *line) {
    line_put_frame(line, FRAME_WINDOW_UPDATE, 0, 0, "\x7f\0\0\0", 4);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        uint32_t stream = open_call(attacker, line);
        line_put_frame(line, FRAME_DATA, 0, stream, buf_bytes(&attacker->payload),
                       buf_len(&attacker->payload));
    }
}

static void ask_for_much(struct attacker *attacker, struct line *line) {
    for (size_t i = 0; i < IN_FLIGHT / 4; i++)
        (void)whole_call(attacker, line);
}

// So that the kernel says when the server has closed: it takes these, and nothing else comes.
static void knock(struct attacker *attacker, struct line *line) {
    (void)attacker;
    line_put_frame(line, FRAME_WINDOW_UPDATE, 0, 0, "\0\0\0\x01", 4);
}

const struct attack frame_attacks[] = {
    {.name = "rapid-reset",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = who_am_i,
     .more = reset_rapidly},
    {.name = "made-to-reset",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = who_am_i,
     .more = make_them_reset},
    {.name = "continuations",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .prepare = prepare_field,
     .begin = open_headers,
     .more = send_continuations},
    {.name = "empty-continuations",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .begin = open_headers,
     .more = send_continuations},
    {.name = "settings",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .more = send_settings},
    {.name = "settings-unread",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .more = send_settings,
     .is_deaf = true},
    {.name = "pings", .ending = ENDS_CLOSED, .n_lines = 1, .path = health, .more = send_pings},
    {.name = "pings-unread",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .more = send_pings,
     .is_deaf = true},
    {.name = "resets",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .begin = open_and_reset_one,
     .more = send_resets},
    {.name = "empty-data",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = watch,
     .begin = open_one,
     .more = send_empty_data},
    {.name = "window-updates",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .more = send_windows},
    {.name = "priorities",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .more = send_priorities},
    {.name = "unknown-frames",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .more = send_unknown},
    {.name = "endless-calls",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .more = open_many},
    {.name = "hpack-bomb",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = health,
     .prepare = prepare_bomb,
     .more = send_bomb},
    {.name = "hpack-hold",
     .ending = ENDS_RESET,
     .n_lines = 200,
     .path = health,
     .prepare = prepare_bomb,
     .begin = hold_headers,
     .is_anonymous = true},
    {.name = "zero-window",
     .ending = ENDS_RESET,
     .n_lines = 4,
     .path = list,
     .prepare = prepare_list,
     .begin = ask_for_much,
     .setting = SETTING_INITIAL_WINDOW},
    {.name = "slow-reader",
     .ending = ENDS_CLOSED,
     .n_lines = 1,
     .path = reflection,
     .prepare = prepare_reflection,
     .begin = ask_for_contracts,
     .more = knock,
     .pause_ms = 100,
     .setting = SETTING_INITIAL_WINDOW,
     .value = INT32_MAX,
     .is_deaf = true,
     .is_anonymous = true},
    {.name = "slow-preface",
     .ending = ENDS_CLOSED,
     .n_lines = 250,
     .path = health,
     .begin = begin_preface,
     .more = send_preface_slowly,
     .pause_ms = 100,
     .is_silent = true},
    {.name = "slow-headers",
     .ending = ENDS_CLOSED,
     .n_lines = 250,
     .path = health,
     .begin = begin_headers,
     .more = send_byte,
     .pause_ms = 100},
    {.name = "slow-body",
     .ending = ENDS_RESET,
     .n_lines = 250,
     .path = health,
     .begin = begin_body,
     .more = send_body_slowly,
     .pause_ms = 100,
     .is_anonymous = true},
    {.name = "half-messages",
     .ending = ENDS_RESET,
     .n_lines = 100,
     .path = import,
     .prepare = prepare_half,
     .begin = begin_halves},
    {.name = "connects", .ending = ENDS_LEFT, .n_lines = 8, .path = health, .is_silent = true},
    {.name = "hello-and-leave",
     .ending = ENDS_LEFT,
     .n_lines = 8,
     .prepare = prepare_hello,
     .begin = say_hello,
     .is_strewn = true,
     .is_silent = true,
     .is_raw = true},
    {.name = "hello-and-silence",
     .ending = ENDS_CLOSED,
     .n_lines = 250,
     .prepare = prepare_hello,
     .begin = say_hello,
     .is_silent = true,
     .is_raw = true},
    {.name = "address-cap", .ending = ENDS_HELD, .n_lines = 450, .path = health},
    {.name = "idle", .ending = ENDS_HELD, .n_lines = 10000, .path = health, .is_spread = true},
};
const size_t n_frame_attacks = sizeof frame_attacks / sizeof *frame_attacks;
