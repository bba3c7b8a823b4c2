#include "client/lib/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "client/lib/client.h"

void fault_set(struct shap_outcome *outcome, enum shap_stage stage, enum grpc_status status,
               const char *format, ...) {
    va_list args;
    memset(outcome, 0, sizeof *outcome);
    outcome->stage = stage;
    outcome->status = status;
    va_start(args, format);
    vsnprintf(outcome->message, sizeof outcome->message, format, args);
    va_end(args);
}

static enum shap_stage stage_of(CURLcode code) {
    static const struct {
        CURLcode code;
        enum shap_stage stage;
    } table[] = {
        {CURLE_COULDNT_RESOLVE_HOST, SHAP_STAGE_RESOLVE},
        {CURLE_COULDNT_RESOLVE_PROXY, SHAP_STAGE_PROXY},
        {CURLE_PROXY, SHAP_STAGE_PROXY},
        {CURLE_SSL_CONNECT_ERROR, SHAP_STAGE_TLS},
        {CURLE_PEER_FAILED_VERIFICATION, SHAP_STAGE_TLS},
        {CURLE_SSL_CACERT_BADFILE, SHAP_STAGE_TLS},
        {CURLE_SSL_CERTPROBLEM, SHAP_STAGE_TLS},
        {CURLE_SSL_CRL_BADFILE, SHAP_STAGE_TLS},
        {CURLE_SSL_CIPHER, SHAP_STAGE_TLS},
        {CURLE_SSL_ISSUER_ERROR, SHAP_STAGE_TLS},
        {CURLE_SSL_INVALIDCERTSTATUS, SHAP_STAGE_TLS},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].code == code)
            return table[i].stage;
    }
    return SHAP_STAGE_CONNECT;
}

// How far a connection came before its time was up: libcurl knows the peer's address once TCP
// stands.
static enum shap_stage stage_of_timeout(const struct shap_client *client, CURL *easy) {
    curl_off_t looked_up = 0;
    char *ip = NULL;
    if (client->address.is_unix)
        return SHAP_STAGE_CONNECT;
    if (curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &looked_up) != CURLE_OK ||
        looked_up == 0)
        return SHAP_STAGE_RESOLVE;
    if (curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip) != CURLE_OK || ip == NULL || *ip == '\0')
        return SHAP_STAGE_CONNECT;
    return client->address.is_tls ? SHAP_STAGE_TLS : SHAP_STAGE_CONNECT;
}

// Whether the connection that libcurl's words are about was not to the server itself, so to a
// proxy: before 8.7 nothing else tells that one was used.
static bool was_to_proxy(const struct address *address, CURLcode code, const char *reason) {
    static const char words[] = "Failed to connect to ";
    char server[512];
    if (code != CURLE_COULDNT_CONNECT || address->is_unix || !address->is_tls ||
        strncmp(reason, words, sizeof words - 1) != 0)
        return false;
    int len = snprintf(server, sizeof server, "%s port %s ", address->host, address->port);
    return strncmp(reason + sizeof words - 1, server, (size_t)len) != 0;
}

static bool was_refused_by_proxy(CURL *easy) {
    long status = 0;
    return easy != NULL &&
           curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK && status != 0 &&
           status != 200;
}

static void explain_connect(const struct address *address, const char *reason,
                            struct shap_outcome *outcome) {
    if (address->is_unix)
        fault_set(outcome, SHAP_STAGE_CONNECT, GRPC_UNAVAILABLE,
                  "no server answers at the socket %s (%s): is shapd running, and is this the path "
                  "it says it listens on?",
                  address->host, reason);
    else
        fault_set(outcome, SHAP_STAGE_CONNECT, GRPC_UNAVAILABLE,
                  "no server answers at %s port %s (%s): is shapd running there, and does a "
                  "firewall let you through? `shap doctor` looks step by step",
                  address->host, address->port, reason);
}

// An answer in plaintext is known by nothing but OpenSSL's words for it.
static bool is_plaintext(const char *reason) {
    return strstr(reason, "wrong version number") != NULL;
}

static void explain_tls(const struct address *address, const char *reason,
                        struct shap_outcome *outcome) {
    if (is_plaintext(reason))
        fault_set(outcome, SHAP_STAGE_TLS, GRPC_UNAVAILABLE,
                  "what answers at %s port %s does not speak TLS (%s): check the address; a shapd "
                  "on this machine that has no certificate is http://%s:%s",
                  address->host, address->port, reason, address->host, address->port);
    else if (strstr(reason, "revoked") != NULL)
        fault_set(outcome, SHAP_STAGE_TLS, GRPC_UNAVAILABLE,
                  "what answers at %s port %s shows a certificate that its authority took back "
                  "(%s): it may be somebody else; tell whoever runs the server",
                  address->host, address->port, reason);
    else if (strstr(reason, "CRL") != NULL)
        fault_set(outcome, SHAP_STAGE_TLS, GRPC_UNAVAILABLE,
                  "whether the certificate of %s port %s was revoked is not to be known (%s): give "
                  "the newest list of its authority, PEM or DER, with --crl FILE",
                  address->host, address->port, reason);
    else
        fault_set(outcome, SHAP_STAGE_TLS, GRPC_UNAVAILABLE,
                  "no trusted TLS 1.3 connection to %s port %s (%s): if the council runs its own "
                  "authority, give its certificate with --ca FILE; if the server's is for another "
                  "name or has expired, tell whoever runs the server",
                  address->host, address->port, reason);
}

static void explain_stage(const struct address *address, enum shap_stage stage, const char *reason,
                          struct shap_outcome *outcome) {
    switch (stage) {
    case SHAP_STAGE_RESOLVE:
        fault_set(outcome, stage, GRPC_UNAVAILABLE,
                  "the server's name %s is not known (%s): check its spelling and the network",
                  address->host, reason);
        return;
    case SHAP_STAGE_PROXY:
        fault_set(outcome, stage, GRPC_UNAVAILABLE,
                  "the proxy named by https_proxy does not let the call through (%s): ask your IT "
                  "for the proxy's address, or put %s into no_proxy",
                  reason, address->host);
        return;
    case SHAP_STAGE_TLS:
        explain_tls(address, reason, outcome);
        return;
    case SHAP_STAGE_CONNECT:
    case SHAP_STAGE_CALL:
        explain_connect(address, reason, outcome);
        return;
    }
}

void fault_explain(const struct shap_client *client, CURL *easy, CURLcode code, const char *reason,
                   struct shap_outcome *outcome) {
    long os_code = 0;
    bool is_proxy = was_refused_by_proxy(easy) || was_to_proxy(&client->address, code, reason);
    enum shap_stage stage = is_proxy ? SHAP_STAGE_PROXY : stage_of(code);
    if (code == CURLE_OUT_OF_MEMORY) {
        fault_set(outcome, SHAP_STAGE_RESOLVE, GRPC_RESOURCE_EXHAUSTED, "not enough memory");
        return;
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        fault_set_interrupted(outcome, SHAP_STAGE_CONNECT);
        return;
    }
    if (*reason == '\0' || code == CURLE_SSL_CRL_BADFILE)
        reason = curl_easy_strerror(code);
    if (code == CURLE_COULDNT_CONNECT &&
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_code) == CURLE_OK && os_code != 0)
        reason = strerror((int)os_code);
    if (code == CURLE_OPERATION_TIMEDOUT) {
        stage = stage_of_timeout(client, easy);
        reason = "no answer in time";
    }
    explain_stage(&client->address, stage, reason, outcome);
}

void fault_explain_protocol(const struct shap_client *client, struct shap_outcome *outcome) {
    fault_set(outcome, SHAP_STAGE_TLS, GRPC_UNAVAILABLE,
              "HTTP/2 is not offered at %s port %s: something other than shapd, or a proxy that "
              "opens TLS on the way; check the address, and ask your IT to let it through unopened",
              client->address.host, client->address.port);
}

void fault_explain_reset(uint32_t error_code, struct shap_outcome *outcome) {
    static const struct {
        uint32_t code;
        enum grpc_status status;
        const char *reason;
    } table[] = {
        {WIRE_REFUSED_STREAM, GRPC_UNAVAILABLE,
         "the server takes no calls now, and has not looked at this one; try again"},
        {WIRE_CANCEL, GRPC_CANCELLED, "the server cancelled the call; try again"},
        {WIRE_ENHANCE_YOUR_CALM, GRPC_RESOURCE_EXHAUSTED,
         "the server has had too many calls from here; wait a minute, then try again"},
        {WIRE_INADEQUATE_SECURITY, GRPC_PERMISSION_DENIED,
         "the server asks for better encryption than this connection has"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].code == error_code) {
            fault_set(outcome, SHAP_STAGE_CALL, table[i].status, "%s", table[i].reason);
            return;
        }
    }
    fault_set(
        outcome, SHAP_STAGE_CALL, GRPC_INTERNAL,
        "the server broke the call off (HTTP/2 error %u): it is not known whether the request "
        "was carried out; try again",
        (unsigned)error_code);
}

void fault_set_interrupted(struct shap_outcome *outcome, enum shap_stage stage) {
    fault_set(outcome, stage, GRPC_CANCELLED, "interrupted%s",
              stage == SHAP_STAGE_CALL ? ": it is not known whether the request was carried out"
                                       : " before the call");
    outcome->interrupted = true;
}

void fault_add_tried(struct buf *tried, const struct shap_client *client,
                     const struct shap_outcome *outcome) {
    char name[CLIENT_NAME_SIZE];
    if (!buf_format(tried, "\n  %s: %s", client_name(client, name), outcome->message))
        return;
}

void fault_name_tried(const struct buf *tried, const struct shap_client *client,
                      struct shap_outcome *outcome) {
    struct buf all = {0};
    bool is_made = buf_append_text(&all, "no server of those that are named serves this now:") &&
                   buf_append(&all, buf_bytes(tried), buf_len(tried));
    fault_add_tried(&all, client, outcome);
    if (is_made && buf_append(&all, "", 1))
        snprintf(outcome->message, sizeof outcome->message, "%s", (const char *)buf_bytes(&all));
    buf_finish(&all);
}
