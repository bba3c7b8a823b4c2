#include "server/base/secret.h"
#include "server/net/tls_wire.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Forward secrecy and authenticated encryption only; both kinds of key.
static const char suites_1_2[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";
static const char groups[] = "X25519:P-256";
static const unsigned char session_context[] = "shapd";

const char *tls_last_reason(void) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason ? reason : "unknown reason";
}

// Never ask at a terminal.
static int refuse_passphrase(char *text, int size, int is_writing, void *ctx) {
    (void)text;
    (void)size;
    (void)is_writing;
    (void)ctx;
    return -1;
}

static int choose_h2(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
                     const unsigned char *offered, unsigned offered_len, void *ctx) {
    (void)ssl;
    (void)ctx;
    for (unsigned at = 0; at < offered_len; at += 1u + offered[at]) {
        if (offered[at] != 2 || at + 2 >= offered_len || memcmp(offered + at + 1, "h2", 2) != 0)
            continue;
        *chosen = offered + at + 1;
        *chosen_len = 2;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// ---- tickets

_Static_assert(TLS_TICKETS_SIZE == 2 * sizeof(struct ticket_key), "of both keys");

static bool make_key(struct ticket_key *key) {
    struct ticket_key made = {.is_set = true};
    bool is_made = RAND_bytes(made.name, sizeof made.name) == 1 &&
                   RAND_priv_bytes(made.cipher, sizeof made.cipher) == 1 &&
                   RAND_priv_bytes(made.mac, sizeof made.mac) == 1;
    if (is_made)
        *key = made;
    secret_wipe(&made, sizeof made);
    return is_made;
}

void tls_context_rotate(struct tls_context *context) {
    struct ticket_key made = {0};
    context->n_rotations++;
    if (make_key(&made)) {
        context->previous = context->issuing;
        context->issuing = made;
    }
    secret_wipe(&made, sizeof made);
}

void tls_context_give_tickets(const struct tls_context *context, struct tls_tickets *tickets) {
    memcpy(tickets->bytes, &context->issuing, sizeof context->issuing);
    memcpy(tickets->bytes + sizeof context->issuing, &context->previous, sizeof context->previous);
}

void tls_context_take_tickets(struct tls_context *context, const struct tls_tickets *tickets) {
    context->n_rotations++;
    memcpy(&context->issuing, tickets->bytes, sizeof context->issuing);
    memcpy(&context->previous, tickets->bytes + sizeof context->issuing, sizeof context->previous);
}

static const struct ticket_key *find_key(const struct tls_context *context,
                                         const unsigned char name[TICKET_NAME_SIZE]) {
    const struct ticket_key *keys[] = {&context->issuing, &context->previous};
    for (size_t i = 0; i < 2; i++)
        if (keys[i]->is_set && secret_is_equal(keys[i]->name, name, TICKET_NAME_SIZE))
            return keys[i];
    return NULL;
}

static bool set_mac(EVP_MAC_CTX *mac, const struct ticket_key *key) {
    unsigned char bytes[TICKET_KEY_SIZE];
    char digest[] = "SHA256";
    memcpy(bytes, key->mac, sizeof bytes);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, bytes, sizeof bytes),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    bool is_set = EVP_MAC_CTX_set_params(mac, params) == 1;
    secret_wipe(bytes, sizeof bytes);
    return is_set;
}

// What SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants: -1 an error; 0 no such key: a full handshake;
// 1 go on; 2 go on, and send a new ticket.
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int is_issuing) {
    const struct tls_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const struct ticket_key *key = is_issuing ? &context->issuing : find_key(context, name);
    if (!key || !key->is_set)
        return 0;
    if (is_issuing) {
        memcpy(name, key->name, TICKET_NAME_SIZE);
        if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1 ||
            EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher, iv, NULL) != 1)
            return -1;
    } else if (EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher, iv, NULL) != 1) {
        return -1;
    }
    if (!set_mac(mac, key))
        return -1;
    return key == &context->issuing ? 1 : 2;
}

// ---- files

bool tls_can_read(const char *file, const char *what, struct error *err) {
    FILE *opened = fopen(file, "r");
    if (!opened)
        return error_set_errno(err, errno, "cannot read the %s %s", what, file);
    fclose(opened);
    return true;
}

static bool load_files(SSL_CTX *ssl, const struct tls_options *options, struct error *err) {
    const char *certificate = options->certificate_file;
    const char *key = options->key_file;
    if (!tls_can_read(certificate, "certificate", err) || !tls_can_read(key, "private key", err))
        return false;
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
        return error_set(err,
                         "%s holds no usable certificate (%s); it must be PEM, the server's own "
                         "certificate first",
                         certificate, tls_last_reason());
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ssl) != 1)
        return error_set(err,
                         "%s holds no usable private key for %s (%s); it must be PEM, without "
                         "passphrase, and belong to the certificate",
                         key, certificate, tls_last_reason());
    return true;
}

// 0 when it is not to be read.
int64_t tls_seconds(const ASN1_TIME *time) {
    int days = 0;
    int seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bool is_read = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    return is_read ? (int64_t)days * 86400 + seconds : 0;
}

// ---- contexts

static bool set_protocol(SSL_CTX *ssl, const struct tls_options *options) {
    SSL_CTX_set_default_passwd_cb(ssl, refuse_passphrase);
    SSL_CTX_set_alpn_select_cb(ssl, choose_h2, NULL);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(ssl, TLS_TICKET_S);
    SSL_CTX_set_num_tickets(ssl, 1);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl, on_ticket);
    return SSL_CTX_set_session_id_context(ssl, session_context, sizeof session_context - 1) == 1 &&
           SSL_CTX_set_min_proto_version(ssl, options->allows_1_2 ? TLS1_2_VERSION
                                                                  : TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ssl, suites_1_2) == 1 &&
           SSL_CTX_set1_groups_list(ssl, groups) == 1;
}

// Puts what it read in the place of what was there, if all of it can be used.
static bool open_files(struct tls_context *context, struct error *err) {
    const struct tls_options *options = &context->options;
    int64_t crl_expires;
    ERR_clear_error();
    SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
    if (!ssl)
        return error_set(err, "TLS: out of memory");
    if (SSL_CTX_set_app_data(ssl, context) != 1) {
        error_set(err, "TLS: out of memory");
    } else if (!set_protocol(ssl, options)) {
        error_set(err, "TLS 1.3 is not available (%s)", tls_last_reason());
    } else if (load_files(ssl, options, err) && tls_ask_clients(ssl, options, &crl_expires, err) &&
               tls_try(ssl, options->certificate_file, err)) {
        SSL_CTX_free(context->ssl);
        context->ssl = ssl;
        context->expires = tls_seconds(X509_get0_notAfter(SSL_CTX_get0_certificate(ssl)));
        context->crl_expires = crl_expires;
        return true;
    }
    SSL_CTX_free(ssl);
    return false;
}

bool tls_is_ready(struct error *err) {
    return OSSL_LIB_CTX_get0_global_default() || error_set(err, "OpenSSL: out of memory");
}

struct tls_context *tls_context_create(const struct tls_options *options, struct error *err) {
    if (!tls_is_ready(err))
        return NULL;
    struct tls_context *context = calloc(1, sizeof *context);
    if (!context || !(context->method = tls_create_method())) {
        error_set(err, "TLS: out of memory");
        goto fail;
    }
    context->options = *options;
    if (!open_files(context, err))
        goto fail;
    if (!make_key(&context->issuing)) {
        error_set(err, "the system gives no random bytes");
        goto fail;
    }
    return context;
fail:
    tls_context_destroy(context);
    return NULL;
}

void tls_context_destroy(struct tls_context *context) {
    if (!context)
        return;
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->method);
    secret_wipe(context, sizeof *context);
    free(context);
}

bool tls_context_reload(struct tls_context *context, struct error *err) {
    if (!open_files(context, err))
        return false;
    if (context->options.client_ca_file) {
        tls_context_rotate(context);
        secret_wipe(&context->previous, sizeof context->previous);
    }
    return true;
}

int64_t tls_context_expires(const struct tls_context *context) {
    return context->expires;
}

int64_t tls_context_crl_expires(const struct tls_context *context) {
    return context->crl_expires;
}
