// Reads that are answered together: groups of a method that only reads.
#include "tests/unit/rpc/world.h"

#include "server/base/log.h"

#include <criterion/criterion.h>
#include <string.h>

enum { N = 64, GROUP_MAX = 32 };

static struct world world;
static struct stream streams[N];

// Their numbers in the schema, see there what becomes of them.
static const struct caller {
    const char *token;
    const char *number;
} contributor = {"token-contributor", "1"}, partner = {"token-partner", "2"},
  reader = {"token-reader", "3"};

static void setup(void) {
    log_set_level(LOG_ERROR);
    world_start(&world, &(struct world_options){.stops_clock = true});
}

static void teardown(void) {
    for (size_t i = 0; i < N; i++)
        stream_close(&streams[i]);
    world_stop(&world);
}

TestSuite(reads, .init = setup, .fini = teardown, .timeout = 60);

static void ask_within(struct stream *stream, const char *token, int64_t timeout_us) {
    const ProtobufCMessage *nothing =
        &((Shap__V1__WhoAmIRequest)SHAP__V1__WHO_AM_IREQUEST__INIT).base;
    stream_begin(&world, stream, "/shap.v1.Directory/WhoAmI", token, timeout_us);
    stream_message(stream, nothing);
    stream_half_close(stream);
}

static void ask(struct stream *stream, const char *token) {
    ask_within(stream, token, -1);
}

// Makes the server remember the token's role.
static void introduce(const char *token) {
    struct stream stream;
    ask(&stream, token);
    stream_await(&world, &stream);
    stream_close(&stream);
}

static void await_all(size_t n) {
    for (size_t i = 0; i < n; i++)
        stream_await(&world, &streams[i]);
}

// Checks whose answer it is; how many were answered together.
static size_t assert_answer(const struct stream *stream, const struct caller *caller) {
    cr_assert_eq(stream->status, GRPC_OK, "%s", stream->message);
    Shap__V1__Identity *identity =
        shap__v1__identity__unpack(NULL, buf_len(&stream->last), buf_bytes(&stream->last));
    cr_assert_not_null(identity);
    cr_assert_str_eq(identity->name, caller->number);
    size_t size = (size_t)identity->membership_id;
    shap__v1__identity__free_unpacked(identity, NULL);
    return size;
}

Test(reads, a_lone_read_is_a_group_of_one) {
    ask(&streams[0], contributor.token);
    stream_await(&world, &streams[0]);
    cr_assert_eq(assert_answer(&streams[0], &contributor), 1);
}

Test(reads, those_in_flight_are_answered_together_and_each_for_himself) {
    size_t most = 0;
    introduce(contributor.token);
    introduce(partner.token);
    for (size_t i = 0; i < N; i++)
        ask(&streams[i], i % 2 == 0 ? contributor.token : partner.token);
    await_all(N);
    for (size_t i = 0; i < N; i++) {
        size_t size = assert_answer(&streams[i], i % 2 == 0 ? &contributor : &partner);
        most = size > most ? size : most;
    }
    cr_assert_eq(most, GROUP_MAX);
}

Test(reads, callers_of_another_role_are_not_asked_about_with_them) {
    introduce(contributor.token);
    introduce(reader.token);
    for (size_t i = 0; i < 16; i++)
        ask(&streams[i], i % 2 == 0 ? contributor.token : reader.token);
    await_all(16);
    for (size_t i = 0; i < 16; i++)
        cr_assert_leq(assert_answer(&streams[i], i % 2 == 0 ? &contributor : &reader), 8);
}

Test(reads, a_refusal_or_a_fault_is_one_callers) {
    static const char *const tokens[] = {"token-contributor", "token-refused", "token-faulty",
                                         "token-nobody"};
    for (size_t i = 0; i < 4; i++)
        introduce(tokens[i]);
    for (size_t i = 0; i < 16; i++)
        ask(&streams[i], tokens[i % 4]);
    await_all(16);
    for (size_t i = 0; i < 16; i += 4) {
        cr_assert_gt(assert_answer(&streams[i], &contributor), 1);
        cr_assert_eq(streams[i + 1].status, GRPC_NOT_FOUND);
        cr_assert_str_eq(streams[i + 1].message, "it is gone. Look again.");
        cr_assert_eq(streams[i + 2].status, GRPC_INTERNAL);
        cr_assert_null(strstr(streams[i + 2].message, "secret"));
        cr_assert_eq(streams[i + 3].status, GRPC_NOT_FOUND);
        cr_assert_str_eq(streams[i + 3].message,
                         "there is no such thing, or it is not for you to see");
    }
}

Test(reads, a_token_that_holds_no_more_is_asked_about_alone_and_told_why) {
    char answer[100];
    introduce(contributor.token);
    introduce(partner.token);
    world_ask("delete from shap.token where hash = sha256('token-partner') returning 'gone'",
              answer);
    for (size_t i = 0; i < 16; i++)
        ask(&streams[i], i == 5 ? partner.token : contributor.token);
    await_all(16);
    world_ask("insert into shap.token values (sha256('token-partner'), 'shap_contributor', '2')"
              " returning 'back'",
              answer);
    for (size_t i = 0; i < 16; i++)
        if (i != 5)
            assert_answer(&streams[i], &contributor);
    cr_assert_eq(streams[5].status, GRPC_UNAUTHENTICATED);
    cr_assert_str_eq(streams[5].message, "this token is not known here. Sign in again.");
}

Test(reads, who_brings_no_token_is_answered_at_once) {
    introduce(NULL);
    for (size_t i = 0; i < 16; i++)
        ask(&streams[i], NULL);
    await_all(16);
    size_t n_together = 0;
    for (size_t i = 0; i < 16; i++) {
        cr_assert_eq(streams[i].status, GRPC_UNAUTHENTICATED);
        n_together += strcmp(streams[i].message, "nobody, of 1") != 0;
    }
    cr_assert_gt(n_together, 8);
}

Test(reads, who_leaves_takes_nobody_with_him) {
    introduce(contributor.token);
    for (size_t i = 0; i < N; i++)
        ask(&streams[i], contributor.token);
    for (size_t i = 0; i < N; i += 4)
        stream_close(&streams[i]);
    world_turn(&world);
    for (size_t i = 1; i < N; i += 4)
        stream_close(&streams[i]);
    for (size_t i = 2; i < N; i += 4) {
        stream_await(&world, &streams[i]);
        assert_answer(&streams[i], &contributor);
    }
}

Test(reads, the_deadline_of_one_is_not_that_of_the_others) {
    introduce(contributor.token);
    for (size_t i = 0; i < 16; i++)
        ask_within(&streams[i], contributor.token, i == 5 ? 1000000 : -1);
    (void)rpc_turn(world.rpc);
    world.shift_us += 2000000;
    (void)rpc_turn(world.rpc);
    cr_assert_eq(streams[5].status, GRPC_DEADLINE_EXCEEDED);
    await_all(16);
    for (size_t i = 0; i < 16; i++)
        if (i != 5)
            assert_answer(&streams[i], &contributor);
}

Test(reads, a_link_that_is_lost_is_told_to_all_who_shared_it) {
    introduce(contributor.token);
    introduce("token-ended");
    for (size_t i = 0; i < 8; i++)
        ask(&streams[i], i % 2 == 0 ? "token-ended" : contributor.token);
    await_all(8);
    size_t n_lost = 0;
    for (size_t i = 0; i < 8; i++) {
        n_lost += streams[i].status == GRPC_UNAVAILABLE;
        cr_assert(streams[i].status == GRPC_UNAVAILABLE || streams[i].status == GRPC_OK);
    }
    cr_assert_gt(n_lost, 1);
    stream_close(&streams[0]);
    introduce(contributor.token);
    ask(&streams[0], contributor.token);
    stream_await(&world, &streams[0]);
    assert_answer(&streams[0], &contributor);
}
