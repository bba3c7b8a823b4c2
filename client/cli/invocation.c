#include "client/cli/invocation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/profile.h"
#include "client/cli/token_file.h"
#include "client/render/text.h"
#include "server/base/buf.h"
#include "server/base/secret.h"
#include "server/base/sha256.h"

void invocation_init(struct invocation *invocation, FILE *out, FILE *err,
                     const volatile sig_atomic_t *interrupted) {
    memset(invocation, 0, sizeof *invocation);
    invocation->out = out;
    invocation->err = err;
    invocation->interrupted = interrupted;
}

void invocation_finish(struct invocation *invocation) {
    shap_client_destroy(invocation->client);
    settings_finish(&invocation->settings);
    for (size_t i = 0; i < invocation->n_given; i++)
        free(invocation->given[i].day);
    free(invocation->given);
    invocation->client = NULL;
    invocation->given = NULL;
}

const char *invocation_find(const struct invocation *invocation, const char *name) {
    for (size_t i = 0; i < invocation->n_given; i++) {
        if (strcmp(invocation->given[i].name, name) == 0)
            return invocation->given[i].value;
    }
    return NULL;
}

static const char *find_option(void *ctx, const char *name) {
    return invocation_find(ctx, name);
}

static const char *find_variable(void *ctx, const char *name) {
    (void)ctx;
    const char *value = getenv(name);
    return value == NULL || *value == '\0' ? NULL : value;
}

int invocation_load_settings(struct invocation *invocation) {
    struct error err = {0};
    bool makes_profile = invocation->command != NULL && invocation->command->makes_profile;
    if (settings_load(&invocation->settings, makes_profile, find_option, find_variable, invocation,
                      &err))
        return EXIT_OK;
    return fail(invocation, EXIT_USAGE, "%s", err.message);
}

bool invocation_interrupted(const struct invocation *invocation) {
    return invocation->interrupted != NULL && *invocation->interrupted != 0;
}

const char *invocation_plan(const struct invocation *invocation) {
    return invocation->settings.values[SETTING_PLAN];
}

bool invocation_read_token(struct invocation *invocation, struct buf *token) {
    struct error err = {0};
    const struct settings *settings = &invocation->settings;
    const char *named = settings->values[SETTING_TOKEN_FILE];
    bool is_missing = false;
    if (named == NULL && settings->token_path == NULL)
        return true;
    bool is_open = false;
    if (token_file_read(named != NULL ? named : settings->token_path, token, &is_missing, &is_open,
                        &err)) {
        if (is_open)
            say_warning(invocation, "others can read the token in %s: chmod 600 it",
                        named != NULL ? named : settings->token_path);
        return true;
    }
    if (is_missing && named == NULL)
        return true;
    if (is_missing)
        error_set(&err, "there is no token file %s (%s)", named,
                  settings->sources[SETTING_TOKEN_FILE]);
    fail(invocation, EXIT_SIGN_IN, "%s: put the setting right, or sign in with `shap login`",
         err.message);
    return false;
}

struct shap_client *invocation_connect(struct invocation *invocation, const char *token,
                                       bool notes_certificate) {
    struct error err = {0};
    const struct settings *settings = &invocation->settings;
    if (settings->values[SETTING_SERVER] == NULL) {
        fail(invocation, EXIT_USAGE,
             "which server? Give --server ADDRESS, or set SHAP_SERVER; `shap login` remembers it");
        return NULL;
    }
    const struct shap_options options = {
        .server = settings->values[SETTING_SERVER],
        .ca_file = settings->values[SETTING_CA],
        .crl_file = settings->values[SETTING_CRL],
        .client_cert_file = settings->values[SETTING_CLIENT_CERT],
        .client_key_file = settings->values[SETTING_CLIENT_KEY],
        .token = token,
        .timeout_ms = settings->timeout_ms,
        .notes_certificate = notes_certificate,
        .interrupted = invocation->interrupted,
    };
    struct shap_client *client = shap_client_create(&options, &err);
    if (client == NULL)
        fail(invocation, EXIT_USAGE, "%s", err.message);
    return client;
}

static void note_token(struct invocation *invocation, const char *token) {
    sha256_of(token, strlen(token), invocation->token_hash);
    invocation->has_token_hash = true;
}

// The other profiles of the configuration file, for who left --as out.
struct others {
    const char *asked; // borrowed
    char names[4 * PROFILE_SIZE];
    const char *last; // borrowed: its lines stand together
};

static bool on_other(void *ctx, const char *name) {
    struct others *others = ctx;
    size_t len = strlen(others->names);
    if (strcmp(others->asked, name) == 0 ||
        (others->last != NULL && strcmp(others->last, name) == 0))
        return true;
    others->last = name;
    int n = snprintf(others->names + len, sizeof others->names - len, "%s--as %s",
                     len == 0 ? "" : ", ", name);
    if (n >= 0 && (size_t)n < sizeof others->names - len)
        return true;
    others->names[len] = '\0'; // the rest does not fit
    return false;
}

static void fail_to_sign_in(struct invocation *invocation) {
    const char *profile = invocation->settings.profile;
    struct others others = {.asked = profile};
    bool is_default = strcmp(profile, "default") == 0;
    (void)profile_each(&invocation->settings.config, NULL, on_other, &others);
    fail(invocation, EXIT_SIGN_IN,
         "nobody is signed in as \"%s\" on this machine: type `shap login%s%s`%s%s", profile,
         is_default ? "" : " --as ", is_default ? "" : profile,
         others.names[0] == '\0' ? "" : ", or name another of the profiles here: ", others.names);
}

struct shap_client *invocation_client(struct invocation *invocation, int *code) {
    struct buf token = {0};
    if (invocation->client != NULL)
        return invocation->client;
    *code = EXIT_SIGN_IN;
    if (!invocation_read_token(invocation, &token))
        goto done;
    if (buf_len(&token) == 0 && !invocation->command->is_local) {
        fail_to_sign_in(invocation);
        goto done;
    }
    *code = EXIT_USAGE;
    if (buf_len(&token) > 0)
        note_token(invocation, (const char *)buf_bytes(&token));
    invocation->client = invocation_connect(
        invocation, buf_len(&token) == 0 ? NULL : (const char *)buf_bytes(&token), false);
done:
    if (token.data != NULL)
        secret_wipe(token.data, token.capacity);
    buf_finish(&token);
    return invocation->client;
}

struct shap_client *invocation_connect_briefly(struct invocation *invocation, int most_ms) {
    struct buf token = {0};
    struct settings *settings = &invocation->settings;
    if (settings->values[SETTING_SERVER] == NULL)
        return NULL;
    if (settings->timeout_ms == 0 || settings->timeout_ms > most_ms)
        settings->timeout_ms = most_ms;
    if (invocation_read_token(invocation, &token) && buf_len(&token) > 0)
        invocation->client = invocation_connect(invocation, (const char *)buf_bytes(&token), false);
    if (token.data != NULL)
        secret_wipe(token.data, token.capacity);
    buf_finish(&token);
    return invocation->client;
}

ProtobufCMessage *invocation_call(struct invocation *invocation,
                                  const ProtobufCServiceDescriptor *service, const char *method,
                                  const ProtobufCMessage *request, int *code) {
    struct shap_outcome outcome;
    struct shap_client *client = invocation_client(invocation, code);
    if (client == NULL)
        return NULL;
    ProtobufCMessage *answer = shap_invoke_unary(
        client, &(struct shap_call){.service = service, .method = method, .request = request},
        &outcome);
    *code = answer == NULL ? fail_outcome(invocation, &outcome) : EXIT_OK;
    return answer;
}

struct reader {
    shap_on_message on_message;
    void *ctx;        // borrowed
    bool has_refused; // and has told why
};

static bool on_stream_message(void *ctx, const ProtobufCMessage *message) {
    struct reader *reader = ctx;
    reader->has_refused = !reader->on_message(reader->ctx, message);
    return !reader->has_refused;
}

int invocation_stream(struct invocation *invocation, const ProtobufCServiceDescriptor *service,
                      const char *method, const ProtobufCMessage *request,
                      shap_on_message on_message, void *ctx) {
    struct reader reader = {.on_message = on_message, .ctx = ctx};
    struct shap_outcome outcome;
    int code;
    struct shap_client *client = invocation_client(invocation, &code);
    if (client == NULL)
        return code;
    const struct shap_call call = {.service = service,
                                   .method = method,
                                   .request = request,
                                   .on_message = on_stream_message,
                                   .ctx = &reader};
    if (shap_invoke(client, &call, &outcome))
        return EXIT_OK;
    return reader.has_refused ? EXIT_FAILED : fail_outcome(invocation, &outcome);
}
