#include "client/cli/invocation.h"

// What each gRPC status means to the person at the command line. A refused argument is "failed",
// not "usage": the command was well formed, the server could not make sense of what it says.
static const struct {
    enum exit_code code;
    const char *hint; // what to do, where the message cannot know it
} table[] = {
    [GRPC_OK] = {EXIT_OK, NULL},
    [GRPC_CANCELLED] = {EXIT_FAILED, NULL},
    [GRPC_UNKNOWN] = {EXIT_FAILED, NULL},
    [GRPC_INVALID_ARGUMENT] = {EXIT_FAILED, NULL},
    [GRPC_DEADLINE_EXCEEDED] = {EXIT_DEADLINE, "Try again, or allow more time: --timeout SECONDS."},
    [GRPC_NOT_FOUND] = {EXIT_NOT_FOUND, NULL},
    [GRPC_ALREADY_EXISTS] = {EXIT_CONFLICT, NULL},
    [GRPC_PERMISSION_DENIED] = {EXIT_NOT_PERMITTED,
                                "`shap whoami` shows who you are signed in as; another membership "
                                "is another profile: --as PROFILE."},
    [GRPC_RESOURCE_EXHAUSTED] = {EXIT_FAILED, NULL},
    [GRPC_FAILED_PRECONDITION] = {EXIT_CONFLICT, NULL},
    [GRPC_ABORTED] = {EXIT_CONFLICT, NULL},
    [GRPC_OUT_OF_RANGE] = {EXIT_FAILED, NULL},
    [GRPC_UNIMPLEMENTED] = {EXIT_FAILED,
                            "The server does not know this call: `shap doctor` compares versions."},
    [GRPC_INTERNAL] = {EXIT_FAILED, NULL},
    [GRPC_UNAVAILABLE] = {EXIT_UNREACHABLE, NULL},
    [GRPC_DATA_LOSS] = {EXIT_FAILED, NULL},
    [GRPC_UNAUTHENTICATED] = {EXIT_SIGN_IN,
                              "Sign in with `shap login` and the invitation your coordinator or "
                              "administrator gives you."},
};

enum exit_code outcome_exit_code(const struct shap_outcome *outcome) {
    if (outcome->interrupted)
        return EXIT_INTERRUPTED;
    return table[outcome->status].code;
}

bool outcome_is_about_row(const struct shap_outcome *outcome) {
    switch (outcome->status) {
    case GRPC_INVALID_ARGUMENT:
    case GRPC_NOT_FOUND:
    case GRPC_ALREADY_EXISTS:
    case GRPC_PERMISSION_DENIED:
    case GRPC_RESOURCE_EXHAUSTED:
    case GRPC_FAILED_PRECONDITION:
    case GRPC_ABORTED:
    case GRPC_OUT_OF_RANGE:
        return outcome->from_server;
    default:
        return false;
    }
}

int fail_outcome(struct invocation *invocation, const struct shap_outcome *outcome) {
    const char *hint = table[outcome->status].hint;
    fail(invocation, outcome_exit_code(outcome), "%s", outcome->message);
    if (outcome->from_server && hint != NULL)
        say(invocation, "%s", hint);
    return (int)outcome_exit_code(outcome);
}
