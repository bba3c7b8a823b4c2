#include "client/lib/connection.h"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client/lib/client.h"
#include "client/lib/fault.h"

enum { CONNECT_MS = 10000 };

struct connection {
    CURL *easy;           // owned
    const char *crl_file; // borrowed of the client
    curl_socket_t fd;
    bool has_h2;                  // agreed on in the TLS handshake
    char reason[CURL_ERROR_SIZE]; // libcurl's words for the last failure
};

// Where OpenSSL has no memory for what it works with it goes on without, and crashes; libcurl does
// not ask.
bool connection_prepare(struct error *err) {
    if (OSSL_LIB_CTX_get0_global_default() == NULL)
        return error_set(err, "OpenSSL: not enough memory");
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ||
           error_set(err, "libcurl does not start");
}

static void note_protocol(const SSL *tls, int where, int value) {
    struct connection *connection = SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls));
    const unsigned char *protocol;
    unsigned len;
    (void)value;
    if ((where & SSL_CB_HANDSHAKE_DONE) == 0)
        return;
    SSL_get0_alpn_selected(tls, &protocol, &len);
    connection->has_h2 = len == 2 && memcmp(protocol, "h2", 2) == 0;
}

// By our own hand: lists are published in DER, and libcurl reads PEM only.
static bool check_revocation(SSL_CTX *context, const char *file) {
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    bool is_read = lookup != NULL && (X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) > 0 ||
                                      X509_load_crl_file(lookup, file, X509_FILETYPE_ASN1) > 0);
    ERR_clear_error();
    return is_read && X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) == 1;
}

// ALPN, too: were libcurl told of h2, it would begin to speak it.
static CURLcode prepare_tls(CURL *easy, void *context, void *ctx) {
    static const unsigned char protocols[] = "\x02h2";
    struct connection *connection = ctx;
    (void)easy;
    if (connection->crl_file != NULL && !check_revocation(context, connection->crl_file))
        return CURLE_SSL_CRL_BADFILE;
    if (SSL_CTX_set_app_data(context, connection) != 1)
        return CURLE_OUT_OF_MEMORY;
    SSL_CTX_set_info_callback(context, note_protocol);
    return SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1) == 0
               ? CURLE_OK
               : CURLE_SSL_CONNECT_ERROR;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)a, (void)b, (void)c, (void)d;
    return client_is_interrupted(ctx);
}

// The first failure stays: what could not be set would be left at its default, which is to trust
// whom the system trusts, or to ask a proxy.
static void set_text(CURL *easy, CURLoption option, const char *text, CURLcode *code) {
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(easy, option, text);
}

static void set_number(CURL *easy, CURLoption option, long number, CURLcode *code) {
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(easy, option, number);
}

static void set_plaintext(CURL *easy, const struct shap_client *client, CURLcode *code) {
    set_text(easy, CURLOPT_PROXY, "", code);
    set_text(easy, CURLOPT_PROTOCOLS_STR, "http", code);
    if (client->address.is_unix)
        set_text(easy, CURLOPT_UNIX_SOCKET_PATH, client->address.host, code);
}

static void set_tls(CURL *easy, const struct shap_client *client, CURLcode *code) {
    set_text(easy, CURLOPT_PROTOCOLS_STR, "https", code);
    set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3, code);
    set_number(easy, CURLOPT_SSL_ENABLE_ALPN, 0, code);
    set_number(easy, CURLOPT_CERTINFO, client->notes_certificate ? 1 : 0, code);
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, prepare_tls);
    if (client->client_cert_file != NULL) {
        set_text(easy, CURLOPT_SSLCERT, client->client_cert_file, code);
        set_text(easy, CURLOPT_SSLKEY, client->client_key_file, code);
    }
    if (client->ca_file == NULL)
        return;
    set_text(easy, CURLOPT_CAINFO, client->ca_file, code);
    set_text(easy, CURLOPT_CAPATH, NULL, code);
}

// What libcurl calls, and hands to whom.
static void set_callbacks(struct connection *connection, const struct shap_client *client,
                          CURLcode *code) {
    CURL *easy = connection->easy;
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, connection->reason);
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, connection);
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(easy, CURLOPT_XFERINFODATA, (void *)client);
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    set_number(easy, CURLOPT_NOPROGRESS, 0, code);
}

static CURLcode set_options(struct connection *connection, const struct shap_client *client,
                            int timeout_ms) {
    CURL *easy = connection->easy;
    CURLcode code = CURLE_OK;
    connection->crl_file = client->crl_file;
    char url[ADDRESS_HOST_SIZE + ADDRESS_PORT_SIZE + 16];
    snprintf(url, sizeof url, "%s://%s/", client->address.is_tls ? "https" : "http",
             client->authority);
    bool is_short = timeout_ms > 0 && timeout_ms < CONNECT_MS;
    set_text(easy, CURLOPT_URL, url, &code);
    set_number(easy, CURLOPT_CONNECT_ONLY, 1, &code);
    set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1, &code);
    set_number(easy, CURLOPT_NOSIGNAL, 1, &code);
    set_number(easy, CURLOPT_TCP_KEEPALIVE, 1, &code);
    set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, is_short ? timeout_ms : CONNECT_MS, &code);
    set_callbacks(connection, client, &code);
    if (client->address.is_tls)
        set_tls(easy, client, &code);
    else
        set_plaintext(easy, client, &code);
    return code;
}

static void note_certificate(struct shap_connection *known, CURL *easy) {
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL ||
        info->num_of_certs < 1)
        return;
    for (const struct curl_slist *at = info->certinfo[0]; at != NULL; at = at->next) {
        static const char subject[] = "Subject:", expires[] = "Expire date:";
        if (strncmp(at->data, subject, sizeof subject - 1) == 0)
            snprintf(known->certificate, sizeof known->certificate, "%s",
                     at->data + sizeof subject - 1);
        if (strncmp(at->data, expires, sizeof expires - 1) == 0)
            known->certificate_expires = curl_getdate(at->data + sizeof expires - 1, NULL);
    }
}

static void note(struct shap_connection *known, CURL *easy) {
    char *ip = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip != NULL)
        snprintf(known->address, sizeof known->address, "%s", ip);
    note_certificate(known, easy);
}

struct connection *connection_open(const struct shap_client *client, int timeout_ms,
                                   struct shap_connection *known, struct shap_outcome *outcome) {
    struct connection *connection = calloc(1, sizeof *connection);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (connection != NULL && (connection->easy = curl_easy_init()) != NULL) {
        code = set_options(connection, client, timeout_ms);
        if (code == CURLE_OK)
            code = curl_easy_perform(connection->easy);
        note(known, connection->easy);
    }
    if (code == CURLE_OK)
        code = curl_easy_getinfo(connection->easy, CURLINFO_ACTIVESOCKET, &connection->fd);
    if (code == CURLE_OK && (connection->has_h2 || !client->address.is_tls))
        return connection;
    if (code == CURLE_OK)
        fault_explain_protocol(client, outcome);
    else
        fault_explain(client, connection == NULL ? NULL : connection->easy, code,
                      connection == NULL ? "" : connection->reason, outcome);
    connection_close(connection);
    return NULL;
}

void connection_close(struct connection *connection) {
    if (connection == NULL)
        return;
    curl_easy_cleanup(connection->easy);
    free(connection);
}

const char *connection_alert(const struct connection *connection) {
    return strstr(connection->reason, " alert ") != NULL ? connection->reason : NULL;
}

int connection_fd(const struct connection *connection) {
    return connection->fd;
}

bool connection_send(struct connection *connection, const void *bytes, size_t len, size_t *n_sent) {
    *n_sent = 0;
    CURLcode code = curl_easy_send(connection->easy, bytes, len, n_sent);
    return code == CURLE_OK || code == CURLE_AGAIN;
}

bool connection_receive(struct connection *connection, void *bytes, size_t size, size_t *n) {
    *n = 0;
    CURLcode code = curl_easy_recv(connection->easy, bytes, size, n);
    if (code == CURLE_AGAIN)
        return true;
    return code == CURLE_OK && *n > 0;
}
