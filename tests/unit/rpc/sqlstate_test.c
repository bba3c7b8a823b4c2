#include "server/rpc/sqlstate.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;

static void setup(void) {
    arena_init(&arena, 1 << 16);
}

static void teardown(void) {
    arena_finish(&arena);
}

TestSuite(sqlstate, .init = setup, .fini = teardown);

static struct sqlstate_answer map(const char *sqlstate, const char *message, const char *hint) {
    const struct sqlstate_said said = {
        .sqlstate = sqlstate, .message = message, .hint = hint, .request_id = "r-1"};
    return sqlstate_map(&said, &arena);
}

Test(sqlstate, a_refusal_of_the_api_reaches_the_client_in_its_own_words) {
    struct sqlstate_answer answer =
        map("RPC05", "there is no plan \"x\"", "Plans are listed by: shap plan list");
    cr_assert_eq(answer.status, GRPC_NOT_FOUND);
    cr_assert_str_eq(answer.message, "there is no plan \"x\". Plans are listed by: shap plan list");
    cr_assert_not(answer.is_fault);
}

Test(sqlstate, message_and_hint_are_joined_as_sentences) {
    cr_assert_str_eq(map("RPC03", "which plan?", "Name one.").message, "which plan? Name one.");
    cr_assert_str_eq(map("RPC03", "no plan", NULL).message, "no plan");
    cr_assert_str_eq(map("RPC03", "no plan", "").message, "no plan");
    cr_assert_str_eq(map("RPC03", "", "Name one.").message, ". Name one.");
}

Test(sqlstate, every_number_of_the_api_is_the_status_of_that_number) {
    static const struct {
        const char *sqlstate;
        enum grpc_status status;
    } rows[] = {
        {"RPC03", GRPC_INVALID_ARGUMENT},
        {"RPC05", GRPC_NOT_FOUND},
        {"RPC06", GRPC_ALREADY_EXISTS},
        {"RPC07", GRPC_PERMISSION_DENIED},
        {"RPC08", GRPC_RESOURCE_EXHAUSTED},
        {"RPC09", GRPC_FAILED_PRECONDITION},
        {"RPC10", GRPC_ABORTED},
        {"RPC16", GRPC_UNAUTHENTICATED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(map(rows[i].sqlstate, "m", NULL).status, rows[i].status);
}

Test(sqlstate, a_refused_token_is_unauthenticated) {
    struct sqlstate_answer answer = map("28000", "this token has expired", "Sign in again.");
    cr_assert_eq(answer.status, GRPC_UNAUTHENTICATED);
    cr_assert_str_eq(answer.message, "this token has expired. Sign in again.");
}

Test(sqlstate, a_method_that_is_not_for_the_role_is_denied_without_the_databases_words) {
    struct sqlstate_answer answer = map("42501", "permission denied for function secret", NULL);
    cr_assert_eq(answer.status, GRPC_PERMISSION_DENIED);
    cr_assert_null(strstr(answer.message, "secret"));
}

Test(sqlstate, a_call_without_a_token_is_told_to_sign_in) {
    const struct sqlstate_said said = {
        .sqlstate = "42501", .message = "m", .is_anonymous = true, .request_id = "r-1"};
    struct sqlstate_answer answer = sqlstate_map(&said, &arena);
    cr_assert_eq(answer.status, GRPC_UNAUTHENTICATED);
    cr_assert_not_null(strstr(answer.message, "shap login"));
    cr_assert_not(answer.is_fault);
}

Test(sqlstate, a_server_that_may_not_take_the_role_is_a_fault) {
    const struct sqlstate_said said = {
        .sqlstate = "42501", .message = "m", .is_identity = true, .request_id = "r-1"};
    struct sqlstate_answer answer = sqlstate_map(&said, &arena);
    cr_assert_eq(answer.status, GRPC_INTERNAL);
    cr_assert(answer.is_fault);
}

Test(sqlstate, what_nobody_expected_is_internal_and_names_the_request_only) {
    static const char *const states[] = {"22012", "42P01", "P0001", "XX000", "ABCDE", ""};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct sqlstate_answer answer = map(states[i], "relation shap.token", "hint");
        cr_assert_eq(answer.status, GRPC_INTERNAL, "%s", states[i]);
        cr_assert(answer.is_fault);
        cr_assert_null(strstr(answer.message, "shap.token"));
        cr_assert_not_null(strstr(answer.message, "r-1"));
    }
}

Test(sqlstate, a_class_without_a_row_of_its_own_takes_its_classes_row) {
    cr_assert_eq(map("40001", "m", NULL).status, GRPC_ABORTED);
    cr_assert_eq(map("40P01", "m", NULL).status, GRPC_ABORTED);
    cr_assert_eq(map("23505", "m", NULL).status, GRPC_ALREADY_EXISTS);
    cr_assert_eq(map("23514", "m", NULL).status, GRPC_FAILED_PRECONDITION);
    cr_assert_eq(map("53300", "m", NULL).status, GRPC_RESOURCE_EXHAUSTED);
    cr_assert_eq(map("08006", "m", NULL).status, GRPC_UNAVAILABLE);
    cr_assert_eq(map("57P01", "m", NULL).status, GRPC_UNAVAILABLE);
    cr_assert_eq(map("57014", "m", NULL).status, GRPC_DEADLINE_EXCEEDED);
}

Test(sqlstate, an_api_that_was_deployed_anew_is_suspected) {
    cr_assert(map("42883", "m", NULL).is_suspect);
    cr_assert(map("0A000", "m", NULL).is_suspect);
    cr_assert_eq(map("42883", "m", NULL).status, GRPC_UNAVAILABLE);
    cr_assert_not(map("RPC05", "m", NULL).is_suspect);
}

Test(sqlstate, an_uncertain_end_never_says_that_nothing_was_done) {
    const struct sqlstate_said said = {
        .sqlstate = "08006", .message = "m", .is_uncertain = true, .request_id = "r-1"};
    struct sqlstate_answer answer = sqlstate_map(&said, &arena);
    cr_assert_eq(answer.status, GRPC_UNAVAILABLE);
    cr_assert_not_null(strstr(answer.message, "may or may not"));
}

Test(sqlstate, without_memory_there_is_still_a_message) {
    arena.fail_after = 1;
    cr_assert_not_null(map("RPC05", "m", "h").message);
    arena.fail_after = 1;
    cr_assert_not_null(map("XX000", "m", "h").message);
}

Test(sqlstate, what_a_call_says_is_told_from_what_befalls_everybody) {
    static const char *const of_call[] = {"22012", "22P02", "22003", "23514",
                                          "54000", "P0001", "21000", "22021"};
    static const char *const others[] = {"RPC03", "28000", "42501", "57014", "40001", "40P01",
                                         "55P03", "25006", "53100", "53300", "08006", "57P01",
                                         "0A000", "42883", "XX000", "58030"};
    for (size_t i = 0; i < sizeof of_call / sizeof *of_call; i++)
        cr_assert(sqlstate_is_of_call(of_call[i]), "%s", of_call[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_not(sqlstate_is_of_call(others[i]), "%s", others[i]);
}
