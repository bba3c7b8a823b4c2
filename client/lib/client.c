#include "client/lib/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "server/base/secret.h"

bool client_is_interrupted(const struct shap_client *client) {
    return client->interrupted != NULL && *client->interrupted != 0;
}

static char *format_authority(const struct address *address) {
    char text[ADDRESS_HOST_SIZE + ADDRESS_PORT_SIZE + 4];
    bool is_v6 = !address->is_unix && strchr(address->host, ':') != NULL;
    if (address->is_unix)
        return strdup("localhost");
    snprintf(text, sizeof text, "%s%s%s:%s", is_v6 ? "[" : "", address->host, is_v6 ? "]" : "",
             address->port);
    return strdup(text);
}

static char *format_authorization(const char *token) {
    static const char scheme[] = "Bearer ";
    size_t size = sizeof scheme + strlen(token);
    char *value = malloc(size);
    if (value != NULL)
        snprintf(value, size, "%s%s", scheme, token);
    return value;
}

// A token goes into a header: it must be one word of visible characters.
static bool check_token(const char *token, struct error *err) {
    for (const char *at = token; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~')
            return error_set(err, "the token is not one: it holds a space or a control character");
    }
    return *token != '\0' || error_set(err, "the token is empty");
}

static bool check_certificate(const struct shap_options *options, struct error *err) {
    const char *certificate = options->client_cert_file;
    const char *key = options->client_key_file;
    struct stat status;
    if ((certificate == NULL) != (key == NULL))
        return error_set(err, "a client's certificate and its key go together: give --client-cert "
                              "and --client-key");
    if (certificate == NULL)
        return true;
    if (access(certificate, R_OK) != 0)
        return error_set_errno(err, errno, "cannot read the client's certificate %s", certificate);
    if (access(key, R_OK) != 0 || stat(key, &status) != 0)
        return error_set_errno(err, errno, "cannot read the client's key %s", key);
    return (status.st_mode & (S_IRWXG | S_IRWXO)) == 0 ||
           error_set(err, "others can read the client's key %s: chmod 600 it", key);
}

static bool copy_text(char **to, const char *text) {
    return text == NULL || (*to = strdup(text)) != NULL;
}

static bool copy_options(struct shap_client *client, const struct shap_options *options,
                         struct error *err) {
    client->timeout_ms = options->timeout_ms;
    client->notes_certificate = options->notes_certificate;
    client->interrupted = options->interrupted;
    bool is_copied = copy_text(&client->ca_file, options->ca_file) &&
                     copy_text(&client->crl_file, options->crl_file) &&
                     copy_text(&client->client_cert_file, options->client_cert_file) &&
                     copy_text(&client->client_key_file, options->client_key_file);
    if (options->token != NULL)
        is_copied =
            is_copied && (client->authorization = format_authorization(options->token)) != NULL;
    return is_copied || error_set(err, "not enough memory");
}

static bool format_authorities(struct shap_client *client) {
    for (size_t i = 0; i < client->n_addresses; i++) {
        client->authorities[i] = format_authority(&client->addresses[i]);
        if (client->authorities[i] == NULL)
            return false;
    }
    return true;
}

static void go_to(struct shap_client *client, size_t at) {
    struct shap_connection *known = &client->known;
    client->at = at;
    client->address = client->addresses[at];
    client->authority = client->authorities[at];
    *known = (struct shap_connection){.is_tls = client->address.is_tls,
                                      .is_unix = client->address.is_unix};
    snprintf(known->host, sizeof known->host, "%s", client->address.host);
    snprintf(known->port, sizeof known->port, "%s", client->address.port);
}

void client_move_on(struct shap_client *client) {
    client->is_leaving = false;
    if (client->n_addresses > 1)
        go_to(client, (client->at + 1) % client->n_addresses);
}

const char *client_name(const struct shap_client *client, char name[CLIENT_NAME_SIZE]) {
    bool is_unix = client->address.is_unix;
    snprintf(name, CLIENT_NAME_SIZE, "%s%s", is_unix ? "unix:" : "",
             is_unix ? client->address.host : client->authority);
    return name;
}

struct shap_client *shap_client_create(const struct shap_options *options, struct error *err) {
    struct shap_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        error_set(err, "not enough memory");
        return NULL;
    }
    if (!address_parse_all(options->server, client->addresses, &client->n_addresses, err))
        goto fail;
    if (options->token != NULL && !check_token(options->token, err))
        goto fail;
    if (options->ca_file != NULL && access(options->ca_file, R_OK) != 0) {
        error_set_errno(err, errno, "cannot read the authorities' file %s", options->ca_file);
        goto fail;
    }
    if (options->crl_file != NULL && access(options->crl_file, R_OK) != 0) {
        error_set_errno(err, errno, "cannot read the list of revoked certificates %s",
                        options->crl_file);
        goto fail;
    }
    if (!check_certificate(options, err) || !copy_options(client, options, err))
        goto fail;
    if (!connection_prepare(err))
        goto fail;
    if (!format_authorities(client)) {
        error_set(err, "not enough memory");
        goto fail;
    }
    go_to(client, 0);
    return client;
fail:
    shap_client_destroy(client);
    return NULL;
}

void shap_client_destroy(struct shap_client *client) {
    if (client == NULL)
        return;
    wire_destroy(client->wire);
    connection_close(client->connection);
    buf_finish(&client->unsent);
    if (client->authorization != NULL)
        secret_wipe(client->authorization, strlen(client->authorization));
    free(client->authorization);
    free(client->ca_file);
    free(client->crl_file);
    free(client->client_cert_file);
    free(client->client_key_file);
    for (size_t i = 0; i < client->n_addresses; i++)
        free(client->authorities[i]);
    free(client);
}

const struct shap_connection *shap_client_connection(const struct shap_client *client) {
    return &client->known;
}
