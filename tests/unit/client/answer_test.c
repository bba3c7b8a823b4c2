#include "client/lib/answer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "proto/frame.h"
#include "proto/gzip.h"
#include "shap/v1/directory.pb-c.h"

// Two framed messages: {name: "Kay"} and {}.
static const uint8_t body[] = {0, 0, 0, 0, 5, 0x0a, 3, 'K', 'a', 'y', 0, 0, 0, 0, 0};
enum { BODY_SIZE = sizeof body };

struct seen {
    size_t n;
    size_t stop_after; // 0: never
    char name[16];
};

static bool note(void *ctx, const ProtobufCMessage *message) {
    struct seen *seen = ctx;
    const Shap__V1__Organisation *organisation =
        (const Shap__V1__Organisation *)(const void *)message;
    if (organisation->code != NULL)
        strncpy(seen->name, organisation->code, sizeof seen->name - 1);
    return ++seen->n != seen->stop_after;
}

static void begin(struct answer *answer, struct seen *seen) {
    memset(seen, 0, sizeof *seen);
    answer_init(answer, &shap__v1__organisation__descriptor, note, seen);
    answer_feed_field(answer, ":status", "200");
    answer_feed_field(answer, "content-type", "application/grpc+proto");
}

static enum grpc_status end(struct answer *answer, struct shap_outcome *outcome) {
    answer_end(answer, outcome);
    answer_finish(answer);
    return outcome->status;
}

Test(answer, a_body_split_anywhere_gives_the_same_messages) {
    for (size_t cut = 0; cut <= BODY_SIZE; cut++) {
        struct answer answer;
        struct seen seen;
        struct shap_outcome outcome;
        begin(&answer, &seen);
        cr_assert(answer_feed_body(&answer, body, cut));
        cr_assert(answer_feed_body(&answer, body + cut, BODY_SIZE - cut));
        answer_feed_field(&answer, "grpc-status", "0");
        cr_assert_eq(end(&answer, &outcome), GRPC_OK);
        cr_assert_eq(seen.n, 2);
        cr_assert_str_eq(seen.name, "Kay");
        cr_assert(outcome.from_server);
        cr_assert_str_eq(outcome.message, "");
    }
}

Test(answer, a_body_truncated_anywhere_is_not_ok_unless_between_messages) {
    for (size_t len = 0; len < BODY_SIZE; len++) {
        struct answer answer;
        struct seen seen;
        struct shap_outcome outcome;
        bool is_between = len == 0 || len == 10;
        begin(&answer, &seen);
        cr_assert(answer_feed_body(&answer, body, len));
        answer_feed_field(&answer, "grpc-status", "0");
        cr_assert_eq(end(&answer, &outcome), is_between ? GRPC_OK : GRPC_INTERNAL, "length %zu",
                     len);
    }
}

Test(answer, without_a_status_nothing_is_ok) {
    for (size_t len = 0; len <= BODY_SIZE; len++) {
        struct answer answer;
        struct seen seen;
        struct shap_outcome outcome;
        begin(&answer, &seen);
        cr_assert(answer_feed_body(&answer, body, len));
        cr_assert_neq(end(&answer, &outcome), GRPC_OK);
        cr_assert_neq(outcome.message[0], '\0');
        cr_assert_not(outcome.from_server);
    }
}

Test(answer, a_corrupted_frame_or_message_is_internal) {
    static const struct {
        size_t at;
        uint8_t value;
        enum grpc_status status;
    } rows[] = {{0, 1, GRPC_INTERNAL},
                {0, 2, GRPC_INTERNAL},
                {6, 4, GRPC_INTERNAL},
                {5, 0x0c, GRPC_INTERNAL},
                {1, 0xff, GRPC_RESOURCE_EXHAUSTED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        struct seen seen;
        struct shap_outcome outcome;
        uint8_t broken[BODY_SIZE];
        memcpy(broken, body, BODY_SIZE);
        broken[rows[i].at] = rows[i].value;
        begin(&answer, &seen);
        cr_assert_not(answer_feed_body(&answer, broken, BODY_SIZE), "row %zu", i);
        answer_feed_field(&answer, "grpc-status", "0");
        cr_assert_eq(end(&answer, &outcome), rows[i].status, "row %zu", i);
        cr_assert_eq(seen.n, 0);
    }
}

Test(answer, the_status_and_its_words_are_the_servers) {
    struct answer answer;
    struct seen seen;
    struct shap_outcome outcome;
    begin(&answer, &seen);
    answer_feed_field(&answer, "grpc-status", "5");
    answer_feed_field(&answer, "grpc-message", "there is no SH9.9/1/1 \xe2\x80\x93 100%25%0asure");
    cr_assert_eq(end(&answer, &outcome), GRPC_NOT_FOUND);
    cr_assert(outcome.from_server);
    cr_assert_str_eq(outcome.message, "there is no SH9.9/1/1 \xe2\x80\x93 100%\nsure");
}

Test(answer, a_status_without_words_is_named) {
    struct answer answer;
    struct seen seen;
    struct shap_outcome outcome;
    begin(&answer, &seen);
    answer_feed_field(&answer, "grpc-status", "10");
    cr_assert_eq(end(&answer, &outcome), GRPC_ABORTED);
    cr_assert_str_eq(outcome.message, "ABORTED");
}

Test(answer, a_status_that_is_no_number_of_grpcs_is_unknown) {
    static const char *const texts[] = {"", "-1", "17", "OK", "0x", "99999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct answer answer;
        struct seen seen;
        struct shap_outcome outcome;
        begin(&answer, &seen);
        answer_feed_field(&answer, "grpc-status", texts[i]);
        cr_assert_eq(end(&answer, &outcome), GRPC_UNKNOWN, "%s", texts[i]);
    }
}

Test(answer, an_interim_answer_is_forgotten) {
    struct answer answer;
    struct seen seen;
    struct shap_outcome outcome;
    memset(&seen, 0, sizeof seen);
    answer_init(&answer, &shap__v1__organisation__descriptor, note, &seen);
    answer_feed_field(&answer, ":status", "103");
    answer_feed_field(&answer, "grpc-status", "0");
    answer_feed_field(&answer, ":status", "200");
    answer_feed_field(&answer, "content-type", "application/grpc");
    cr_assert_eq(end(&answer, &outcome), GRPC_UNKNOWN);
}

Test(answer, http_statuses_become_grpcs) {
    static const struct {
        const char *http;
        enum grpc_status status;
    } rows[] = {{"400", GRPC_INTERNAL},          {"401", GRPC_UNAUTHENTICATED},
                {"403", GRPC_PERMISSION_DENIED}, {"404", GRPC_UNIMPLEMENTED},
                {"429", GRPC_UNAVAILABLE},       {"502", GRPC_UNAVAILABLE},
                {"503", GRPC_UNAVAILABLE},       {"504", GRPC_UNAVAILABLE},
                {"500", GRPC_UNKNOWN},           {"302", GRPC_UNKNOWN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        struct seen seen;
        struct shap_outcome outcome;
        memset(&seen, 0, sizeof seen);
        answer_init(&answer, &shap__v1__organisation__descriptor, note, &seen);
        answer_feed_field(&answer, ":status", rows[i].http);
        answer_feed_field(&answer, "content-type", "text/html");
        cr_assert(answer_feed_body(&answer, "<html>", 6), "a page is passed over");
        cr_assert_eq(end(&answer, &outcome), rows[i].status, "%s", rows[i].http);
    }
}

Test(answer, only_grpcs_content_types_are_taken) {
    static const struct {
        const char *type;
        bool is_grpc;
    } rows[] = {{"application/grpc", true},      {"application/grpc+proto", true},
                {"Application/gRPC; x=1", true}, {"application/grpc-web", false},
                {"application/grpcx", false},    {"text/plain", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        answer_init(&answer, &shap__v1__organisation__descriptor, NULL, NULL);
        answer_feed_field(&answer, ":status", "200");
        answer_feed_field(&answer, "content-type", rows[i].type);
        cr_assert_eq(answer.is_grpc, rows[i].is_grpc, "%s", rows[i].type);
        answer_finish(&answer);
    }
}

Test(answer, a_callback_that_has_enough_ends_the_call) {
    struct answer answer;
    struct seen seen;
    struct shap_outcome outcome;
    begin(&answer, &seen);
    seen.stop_after = 1;
    cr_assert_not(answer_feed_body(&answer, body, BODY_SIZE));
    cr_assert_not(answer_feed_body(&answer, body, BODY_SIZE));
    cr_assert_eq(seen.n, 1);
    cr_assert_eq(end(&answer, &outcome), GRPC_CANCELLED);
}

// The body's first message, compressed, then its second one, plain.
static size_t compress_body(uint8_t *to) {
    struct buf zipped = {0};
    cr_assert(gzip_deflate(body + FRAME_HEAD_SIZE, 5, &zipped));
    size_t len = buf_len(&zipped);
    frame_put_head(to, (struct frame_head){.compressed = true, .len = (uint32_t)len});
    memcpy(to + FRAME_HEAD_SIZE, buf_bytes(&zipped), len);
    memcpy(to + FRAME_HEAD_SIZE + len, body + 10, 5);
    buf_finish(&zipped);
    return FRAME_HEAD_SIZE + len + 5;
}

Test(answer, a_compressed_message_is_shown_like_a_plain_one) {
    uint8_t zipped[100];
    size_t len = compress_body(zipped);
    for (size_t cut = 0; cut <= len; cut++) {
        struct answer answer;
        struct seen seen;
        struct shap_outcome outcome;
        begin(&answer, &seen);
        answer_feed_field(&answer, "grpc-encoding", "gzip");
        cr_assert(answer_feed_body(&answer, zipped, cut));
        cr_assert(answer_feed_body(&answer, zipped + cut, len - cut));
        answer_feed_field(&answer, "grpc-status", "0");
        cr_assert_eq(end(&answer, &outcome), GRPC_OK);
        cr_assert_eq(seen.n, 2);
        cr_assert_str_eq(seen.name, "Kay");
    }
}

Test(answer, a_compressed_message_that_is_damaged_or_not_announced_is_internal) {
    for (int is_announced = 0; is_announced < 2; is_announced++) {
        uint8_t zipped[100];
        struct answer answer;
        struct seen seen;
        struct shap_outcome outcome;
        size_t len = compress_body(zipped);
        begin(&answer, &seen);
        if (is_announced) {
            answer_feed_field(&answer, "grpc-encoding", "gzip");
            zipped[FRAME_HEAD_SIZE] ^= 1;
        }
        cr_assert_not(answer_feed_body(&answer, zipped, len));
        cr_assert_eq(end(&answer, &outcome), GRPC_INTERNAL);
        cr_assert_eq(seen.n, 0);
    }
}

Test(answer, a_compressed_message_grows_no_larger_than_a_plain_one_may_be) {
    struct answer answer;
    struct seen seen;
    struct shap_outcome outcome;
    struct buf zipped = {0};
    uint8_t head[FRAME_HEAD_SIZE];
    uint8_t *zeros = calloc(1, ANSWER_MESSAGE_LIMIT + 1);
    cr_assert(gzip_deflate(zeros, ANSWER_MESSAGE_LIMIT + 1, &zipped));
    free(zeros);
    frame_put_head(head, (struct frame_head){true, (uint32_t)buf_len(&zipped)});
    begin(&answer, &seen);
    answer_feed_field(&answer, "grpc-encoding", "gzip");
    cr_assert(answer_feed_body(&answer, head, sizeof head));
    cr_assert_not(answer_feed_body(&answer, buf_bytes(&zipped), buf_len(&zipped)));
    cr_assert_eq(end(&answer, &outcome), GRPC_RESOURCE_EXHAUSTED);
    buf_finish(&zipped);
}
