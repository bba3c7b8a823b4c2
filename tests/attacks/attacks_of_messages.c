#include "tests/attacks/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char health[] = "/grpc.health.v1.Health/Check";
static const char who_am_i[] = "/shap.v1.Directory/WhoAmI";
static const char submit[] = "/shap.v1.Returns/SubmitReturn";
static const char import[] = "/shap.v1.Plans/SendImportPart";
static const struct buf nothing = {0};

// ---- what is in a message

// No more at a time than the server's window of the connection lets through.
static void ask(struct attacker *attacker, struct line *line) {
    size_t most = MEGABYTE * 9 / 10 / (buf_len(&attacker->payload) + 1);
    while (n_in_flight(line) < (most < IN_FLIGHT ? most : IN_FLIGHT))
        (void)whole_call(attacker, line);
}

// So many bytes of nothing.
static void zip(struct attacker *attacker, unsigned len) {
    static uint8_t zeros[2 * MEGABYTE], zipped[16 * 1024];
    z_stream stream = {
        .next_in = zeros, .avail_in = len, .next_out = zipped, .avail_out = sizeof zipped};
    if (deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    append(&attacker->payload, zipped, stream.total_out);
    deflateEnd(&stream);
    request_add(&attacker->request, "grpc-encoding", "gzip");
}

static void prepare_gzip(struct attacker *attacker) {
    zip(attacker, 2 * MEGABYTE);
}

static void prepare_full_gzip(struct attacker *attacker) {
    zip(attacker, MEGABYTE);
}

static void send_gzip(struct attacker *attacker, struct line *line) {
    while (n_in_flight(line) < IN_FLIGHT)
        request_put_message(line, open_call(attacker, line), FLAG_END_STREAM, true,
                            &attacker->payload, buf_len(&attacker->payload));
}

// Groups in groups (wire types 3 and 4) of a field the contract does not know.
static void prepare_deep(struct attacker *attacker) {
    for (size_t i = 0; i < 30000; i++)
        append(&attacker->payload, "\xfb\x06", 2);
}

// Rows in a row, each as long as all of them.
static void prepare_loop(struct attacker *attacker) {
    for (size_t i = 0; i < 15000; i++)
        append(&attacker->payload, "\x32\xe0\xd4\x03", 4);
}

// Field 2047, a number, again and again; the last is cut short, or PostgreSQL would be asked.
static void prepare_unknown(struct attacker *attacker) {
    for (size_t i = 0; i < 20000; i++)
        append(&attacker->payload, "\xf8\x7f\1", 3);
    append(&attacker->payload, "\xf8", 1);
}

// A status that no return has, after many that one can have: the last counts, each is looked at.
static void prepare_enums(struct attacker *attacker) {
    for (size_t i = 0; i < 20000; i++)
        append(&attacker->payload, "\x20\3", 2);
    append(&attacker->payload, "\x20\xff\xff\xff\xff\x07", 6);
}

// Rows without anything in them: two bytes each.
static void prepare_wide(struct attacker *attacker) {
    for (size_t i = 0; i < 30000; i++)
        append(&attacker->payload, "\x32\0", 2);
}

static void prepare_text(struct attacker *attacker) {
    append(&attacker->payload, "\x22\x06\xff\xfe\xc0\x80\xed\xa0", 8);
}

static void prepare_truncated(struct attacker *attacker) {
    append(&attacker->payload,
           "\x22\xff\xff\x03"
           "abc",
           7);
}

// Numbers where the contract has texts, and larger ones than any enum.
static void prepare_types(struct attacker *attacker) {
    append(&attacker->payload, "\x10\xff\xff\xff\xff\x07\x18\xff\xff\xff\xff\x07", 12);
}

// The token that was given, which does not hold any more, from as many addresses as there are
// lines.
static void ask_with_old_token(struct attacker *attacker, struct line *line) {
    while (n_in_flight(line) < 2)
        (void)whole_call(attacker, line);
}

// None that was guessed before: those the server counts by themselves.
static void prepare_guesses(struct attacker *attacker) {
    attacker->n_guesses = now_us();
}

static void guess_tokens(struct attacker *attacker, struct line *line, size_t most) {
    while (n_in_flight(line) < most) {
        char token[TOKEN_SIZE];
        struct buf block = {0};
        int len = snprintf(token, sizeof token, "Bearer shap_%064llu",
                           (unsigned long long)attacker->n_guesses++);
        block_put(&block, "authorization", token, (size_t)len, false);
        uint32_t stream = request_open(&attacker->request, line, FLAG_END_HEADERS, &block);
        request_put_message(line, stream, FLAG_END_STREAM, false, &nothing, 0);
        buf_finish(&block);
    }
}

static void guess_many(struct attacker *attacker, struct line *line) {
    guess_tokens(attacker, line, IN_FLIGHT);
}

static void guess_few(struct attacker *attacker, struct line *line) {
    guess_tokens(attacker, line, IN_FLIGHT / 8);
}

static void call_once(struct attacker *attacker, struct line *line) {
    (void)whole_call(attacker, line);
}

const struct attack message_attacks[] = {
    {.name = "gzip-bomb",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_gzip,
     .more = send_gzip},
    {.name = "gzip-full",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_full_gzip,
     .more = send_gzip},
    {.name = "deep-message",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_deep,
     .more = ask},
    {.name = "wide-message",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_wide,
     .more = ask},
    {.name = "looped-message",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_loop,
     .more = ask},
    {.name = "unknown-fields",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_unknown,
     .more = ask},
    {.name = "unknown-enums",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = submit,
     .prepare = prepare_enums,
     .more = ask},
    {.name = "bad-text",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_text,
     .more = ask},
    {.name = "truncated",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_truncated,
     .more = ask},
    {.name = "wrong-types",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = import,
     .prepare = prepare_types,
     .more = ask},
    {.name = "token-guesses",
     .ending = ENDS_ANSWERED,
     .n_lines = 1,
     .path = who_am_i,
     .prepare = prepare_guesses,
     .more = guess_many,
     .is_anonymous = true},
    {.name = "strewn-guesses",
     .ending = ENDS_ANSWERED,
     .n_lines = 8,
     .path = who_am_i,
     .prepare = prepare_guesses,
     .more = guess_few,
     .is_anonymous = true,
     .is_strewn = true},
    {.name = "account-guesses",
     .ending = ENDS_ANSWERED,
     .n_lines = 16,
     .path = who_am_i,
     .more = ask_with_old_token,
     .is_strewn = true},
    {.name = "idle-after-call",
     .ending = ENDS_HELD,
     .n_lines = 10000,
     .path = health,
     .begin = call_once,
     .is_spread = true},
};
const size_t n_message_attacks = sizeof message_attacks / sizeof *message_attacks;
