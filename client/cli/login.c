#include <stdlib.h>
#include <string.h>
#include "client/cli/file.h"
#include "client/cli/identity.h"
#include "client/cli/invocation.h"
#include "client/cli/output.h"
#include "client/cli/terminal.h"
#include "client/cli/token_file.h"
#include "server/base/secret.h"
#include "server/base/sha256.h"

static void wipe_finish(struct buf *secret) {
    if (secret->data != NULL)
        secret_wipe(secret->data, secret->capacity);
    buf_finish(secret);
}

static bool remember_value(struct invocation *invocation, const char *key, const char *value) {
    struct error err = {0};
    const struct settings *settings = &invocation->settings;
    const char *known = config_find(&settings->config, settings->profile, key);
    if (value == NULL || settings->config_path == NULL ||
        (known != NULL && strcmp(known, value) == 0))
        return true;
    if (config_set(settings->config_path, settings->profile, key, value, &err))
        return true;
    say_warning(invocation, "%s; next time give --%s %s again", err.message, key, value);
    return false;
}

// The same for a file, by its whole path.
static bool remember_file(struct invocation *invocation, enum setting setting) {
    const char *file = invocation->settings.values[setting];
    char *whole_path = file == NULL ? NULL : file_absolute(file);
    bool is_remembered = remember_value(invocation, setting_table[setting].key, whole_path);
    free(whole_path);
    return is_remembered;
}

// Notes the server, its authority and that one's list, and the certificate to show it in the
// profile, so that they need not be given again.
static void remember_server(struct invocation *invocation) {
    (void)(remember_value(invocation, "server", invocation->settings.values[SETTING_SERVER]) &&
           remember_file(invocation, SETTING_CA) && remember_file(invocation, SETTING_CRL) &&
           remember_file(invocation, SETTING_CLIENT_CERT) &&
           remember_file(invocation, SETTING_CLIENT_KEY));
}

static int finish_login(struct invocation *invocation, const char *token,
                        const Shap__V1__Identity *identity) {
    struct error err = {0};
    if (!token_file_write(invocation->settings.token_path, token, identity->membership_id, &err))
        return fail(invocation, EXIT_FAILED, "%s", err.message);
    remember_server(invocation);
    int code = output_message(invocation, &identity->base, identity_columns, N_IDENTITY_COLUMNS);
    if (code == EXIT_OK)
        identity_say_next(invocation, identity);
    return code;
}

// Makes the call that proves the token and stores it when it is good.
static int prove(struct invocation *invocation, struct shap_client *client, const char *method,
                 const ProtobufCMessage *request, const char *token) {
    struct shap_outcome outcome;
    const struct shap_call call = {
        .service = &shap__v1__directory__descriptor, .method = method, .request = request};
    ProtobufCMessage *answer = shap_invoke_unary(client, &call, &outcome);
    if (answer == NULL) {
        int code = fail_outcome(invocation, &outcome);
        if (!outcome.from_server && invocation_find(invocation, "token-file") == NULL)
            say(invocation, "Type the same command again later: the invitation is not lost.");
        return code;
    }
    int code = finish_login(invocation, token, (const Shap__V1__Identity *)(const void *)answer);
    protobuf_c_message_free_unpacked(answer, NULL);
    return code;
}

static int exchange(struct invocation *invocation, struct shap_client *client, char *invitation) {
    struct error err = {0};
    char token[SHAP_TOKEN_SIZE];
    uint8_t digest[SHA256_SIZE];
    if (!token_file_prepare(invocation->settings.token_path, invitation, token, &err))
        return fail(invocation, EXIT_FAILED, "%s", err.message);
    sha256_of(token, strlen(token), digest);
    Shap__V1__AcceptInvitationRequest request = SHAP__V1__ACCEPT_INVITATION_REQUEST__INIT;
    request.code = invitation;
    request.has_token_hash = 1;
    request.token_hash = (ProtobufCBinaryData){.len = sizeof digest, .data = digest};
    int code = prove(invocation, client, "AcceptInvitation", &request.base, token);
    secret_wipe(token, sizeof token);
    return code;
}

// The invitation without blanks around it, as people paste it.
static char *trim(struct buf *text) {
    char *from = (char *)text->data + text->start;
    char *end = from + strlen(from);
    while (*from == ' ' || *from == '\t')
        from++;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    return from;
}

static int login_with_invitation(struct invocation *invocation, struct shap_client *client) {
    struct error err = {0};
    struct buf text = {0};
    int code;
    if (!terminal_read_secret("Your invitation (it does not show): ", &text, &err))
        code = fail(invocation, invocation_interrupted(invocation) ? EXIT_INTERRUPTED : EXIT_USAGE,
                    "%s; the invitation is read from there", err.message);
    else if (*trim(&text) == '\0')
        code = fail(invocation, EXIT_USAGE, "no invitation was given");
    else
        code = exchange(invocation, client, trim(&text));
    wipe_finish(&text);
    return code;
}

static int adopt_token(struct invocation *invocation) {
    struct buf token = {0};
    int code = EXIT_SIGN_IN;
    Shap__V1__WhoAmIRequest request = SHAP__V1__WHO_AM_IREQUEST__INIT;
    if (invocation_read_token(invocation, &token)) {
        const char *text = (const char *)buf_bytes(&token);
        struct shap_client *client = invocation_connect(invocation, text, false);
        code =
            client == NULL ? EXIT_USAGE : prove(invocation, client, "WhoAmI", &request.base, text);
        shap_client_destroy(client);
    }
    wipe_finish(&token);
    return code;
}

static int run(struct invocation *invocation) {
    if (invocation->settings.token_path == NULL)
        return fail(invocation, EXIT_FAILED,
                    "there is no place to keep a token: HOME and XDG_CONFIG_HOME are not set");
    if (invocation_find(invocation, "token-file") != NULL)
        return adopt_token(invocation);
    struct shap_client *client = invocation_connect(invocation, NULL, false);
    if (client == NULL)
        return EXIT_USAGE;
    int code = login_with_invitation(invocation, client);
    shap_client_destroy(client);
    return code;
}

static const struct command commands[] = {
    {.summary = "Sign in with an invitation, or adopt a token",
     .details =
         "Asks for the invitation you were handed, or reads it from standard input, and "
         "exchanges it for a token, which is made here and kept in a file only you can read. "
         "The server and its authority are remembered in the profile. If the answer is lost, "
         "type the same again with the same invitation.\n"
         "With --token-file a token that is there already is adopted: the one that "
         "`shapd --init` wrote for the first administrator.",
     .example = "shap login --server shap.example.gov.uk\n"
                "shap login --server shap.example.gov.uk --as home-housing < invitation.txt\n"
                "shap login --server unix:/run/shapd/socket --token-file administrator.token",
     .is_local = true,
     .makes_profile = true,
     .run = run},
    {0}};

const struct noun noun_login = {
    .name = "login", .summary = "Sign in on this machine", .commands = commands};
