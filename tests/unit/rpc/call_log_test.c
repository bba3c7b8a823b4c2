#include "server/rpc/call_log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

enum { SECOND_US = 1000000 };

static struct call_log *log_of_calls;
static char output[256 * 1024];

static void setup(void) {
    cr_redirect_stderr();
    log_of_calls = call_log_create();
    cr_assert_not_null(log_of_calls);
}

static void teardown(void) {
    call_log_destroy(log_of_calls);
}

TestSuite(call_log, .init = setup, .fini = teardown);

static size_t n_lines(const struct call_kind *kind, size_t n_calls, int64_t now_us) {
    size_t n = 0;
    for (size_t i = 0; i < n_calls; i++)
        n += call_log_may(log_of_calls, kind, now_us);
    return n;
}

// What was written to stderr; it is closed.
static const char *written(void) {
    fclose(stderr);
    size_t n = fread(output, 1, sizeof output - 1, cr_get_redirected_stderr());
    output[n] = '\0';
    return output;
}

static struct call_kind kind_of(enum grpc_status status, const char *peer) {
    return (struct call_kind){.event = "call", .method = "/a/B", .status = status, .peer = peer};
}

Test(call_log, a_kind_of_call_has_so_many_lines_a_minute_and_the_rest_is_one) {
    const struct call_kind good = kind_of(GRPC_OK, "192.0.2.1");
    const struct call_kind bad = kind_of(GRPC_UNAUTHENTICATED, "192.0.2.1");
    cr_assert_eq(n_lines(&bad, 1000, 1), CALL_LOG_BAD);
    cr_assert_eq(n_lines(&good, 1000, SECOND_US), CALL_LOG_GOOD);
    cr_assert_eq(n_lines(&bad, 7, 2 * SECOND_US), 0);
    cr_assert_eq(call_log_turn(log_of_calls, 2 * SECOND_US), 1 + 58 * SECOND_US);
    cr_assert_eq(call_log_turn(log_of_calls, 1 + 60 * SECOND_US), -1);
    cr_assert_eq(n_lines(&bad, 1000, 62 * SECOND_US), CALL_LOG_BAD);
    const char *said = written();
    cr_assert_not_null(strstr(said, " info repeated n=947 event=call method=/a/B "
                                    "status=UNAUTHENTICATED peer=192.0.2.1\n"));
    cr_assert_not_null(
        strstr(said, " info repeated n=400 event=call method=/a/B status=OK peer=192.0.2.1\n"));
    cr_assert_null(strstr(said, "n=940"));
}

Test(call_log, a_minute_without_a_flood_is_told_by_its_lines_alone) {
    const struct call_kind good = kind_of(GRPC_OK, "192.0.2.1");
    cr_assert_eq(n_lines(&good, CALL_LOG_GOOD, 1), CALL_LOG_GOOD);
    cr_assert_eq(call_log_turn(log_of_calls, 1 + 60 * SECOND_US), -1);
    cr_assert_str_eq(written(), "");
}

Test(call_log, the_flood_of_one_leaves_the_others_their_lines) {
    const struct call_kind flood = {
        .event = "refused", .status = GRPC_UNIMPLEMENTED, .peer = "192.0.2.1"};
    const struct call_kind other = kind_of(GRPC_UNIMPLEMENTED, "192.0.2.2");
    (void)n_lines(&flood, 10000, 1);
    cr_assert_eq(n_lines(&other, 10, 1), 10);
}

Test(call_log, floods_of_many_are_bounded_together) {
    char peer[20];
    struct call_kind kind = kind_of(GRPC_OK, peer);
    size_t n = 0;
    for (int i = 0; i < 2000; i++) {
        snprintf(peer, sizeof peer, "192.0.2.%d", i);
        n += n_lines(&kind, 100, 1);
    }
    cr_assert_eq(n, CALL_LOG_ALL);
    call_log_turn(log_of_calls, 60 * SECOND_US + 1);
    const char *said = written();
    size_t n_said = 0;
    for (const char *at = said; (at = strchr(at, '\n')); at++)
        n_said++;
    cr_assert_leq(n_said, CALL_LOG_KINDS + 1);
    cr_assert_not_null(strstr(said, " info repeated n=148800 event=others\n"));
}
