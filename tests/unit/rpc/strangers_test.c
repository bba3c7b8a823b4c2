// Calls with tokens that do not hold, or with none, and a database that is not what it was.
#include "tests/unit/rpc/world.h"

#include "server/base/log.h"

#include <criterion/criterion.h>
#include <string.h>

enum { GUESSES = 2 };

static struct world world;
static struct stream stream;

static void setup(void) {
    log_set_level(LOG_ERROR);
    world_start(&world, &(struct world_options){.guesses_max = GUESSES});
}

static void teardown(void) {
    stream_close(&stream);
    world_stop(&world);
}

TestSuite(strangers, .init = setup, .fini = teardown, .timeout = 60);

static enum grpc_status call(const char *token, const char *reason) {
    Shap__V1__WithdrawReturnRequest request = SHAP__V1__WITHDRAW_RETURN_REQUEST__INIT;
    request.reason = (char *)(uintptr_t)reason;
    stream_close(&stream);
    stream_begin(&world, &stream, "WithdrawReturn", token, -1);
    if (stream.ctx != NULL) {
        stream_message(&stream, &request.base);
        stream_half_close(&stream);
        stream_await(&world, &stream);
    }
    return stream.status;
}

Test(strangers, whoever_guesses_too_often_waits_and_whose_token_is_known_does_not) {
    static const char *const guesses[GUESSES] = {"one", "two"};
    cr_assert_eq(call("token-contributor", ""), GRPC_OK);
    for (size_t i = 0; i < GUESSES; i++)
        cr_assert_eq(call(guesses[i], ""), GRPC_UNAUTHENTICATED);
    cr_assert_eq(call("three", ""), GRPC_RESOURCE_EXHAUSTED);
    cr_assert_null(stream.ctx);
    cr_assert_not_null(strstr(stream.message, "a token that does not hold; wait 60 s"), "%s",
                       stream.message);
    cr_assert_eq(call("token-partner", ""), GRPC_RESOURCE_EXHAUSTED);
    cr_assert_eq(call("token-contributor", ""), GRPC_OK);
    cr_assert_eq(call(NULL, ""), GRPC_OK);
    world.shift_us += GUESS_US;
    cr_assert_eq(call("token-partner", ""), GRPC_OK);
}

Test(strangers, a_database_that_has_changed_is_suspected_and_the_call_may_be_sent_again) {
    cr_assert_eq(call("token-contributor", "outdated"), GRPC_UNAVAILABLE);
    cr_assert_str_eq(stream.message, "the server is being updated; try again");
    cr_assert_eq(world.n_suspected, 1);
}
