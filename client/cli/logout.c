#include "client/cli/invocation.h"
#include "client/cli/token_file.h"
#include "shap/v1/directory.pb-c.h"

static int forget(struct invocation *invocation) {
    struct error err = {0};
    const char *path = invocation->settings.token_path;
    if (invocation->settings.values[SETTING_TOKEN_FILE] != NULL) {
        say(invocation, "The token is ended; its file %s is yours to remove.",
            invocation->settings.values[SETTING_TOKEN_FILE]);
        return EXIT_OK;
    }
    if (path != NULL && !token_file_remove(path, &err))
        return fail(invocation, EXIT_FAILED, "%s", err.message);
    say(invocation,
        "Signed out of \"%s\" on this machine. To sign in again you need an invitation.",
        invocation->settings.profile);
    return EXIT_OK;
}

// Ends the token at the server first: one that stays valid must stay known here.
static int run(struct invocation *invocation) {
    struct shap_outcome outcome;
    Shap__V1__RevokeTokenRequest request = SHAP__V1__REVOKE_TOKEN_REQUEST__INIT;
    int code;
    if (argument_flag(invocation, "local") &&
        invocation->settings.values[SETTING_TOKEN_FILE] != NULL)
        return fail_usage(invocation, "--local forgets a profile's token, not one in a token file");
    if (argument_flag(invocation, "local"))
        return forget(invocation);
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    const struct shap_call call = {.service = &shap__v1__directory__descriptor,
                                   .method = "RevokeToken",
                                   .request = &request.base};
    if (shap_invoke(client, &call, &outcome) || outcome.status == GRPC_UNAUTHENTICATED)
        return forget(invocation);
    code = fail_outcome(invocation, &outcome);
    say(invocation, "You are still signed in. `shap logout --local` forgets the token here without "
                    "ending it at the server.");
    return code;
}

static const struct option options[] = {
    {.name = "local",
     .kind = OPTION_FLAG,
     .help = "only forget the token here; the server goes on taking it"},
    {0}};

static const struct command commands[] = {{.summary = "End this machine's token and forget it",
                                           .example = "shap logout\nshap logout --as home-housing",
                                           .options = options,
                                           .formats = 1u << FORMAT_TABLE,
                                           .run = run},
                                          {0}};

const struct noun noun_logout = {
    .name = "logout", .summary = "Sign out on this machine", .commands = commands};
