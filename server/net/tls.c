#include "server/net/tls.h"

#include "server/base/secret.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_STEP = 16 * 1024 }; // the plaintext of the largest record

struct tls_context {
    SSL_CTX *ssl; // owned
};

struct tls_session {
    SSL *ssl;     // owned, with both BIOs
    BIO *in;      // from the peer; borrowed from ssl
    BIO *out;     // to the peer; borrowed from ssl
    bool is_open; // handshake over, h2 agreed on
    bool is_ended;
    bool has_failed;
};

// The reason of the last OpenSSL failure, which is forgotten.
static const char *last_reason(void) {
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

static bool can_read(const char *file, const char *what, struct error *err) {
    FILE *opened = fopen(file, "r");
    if (!opened)
        return error_set_errno(err, errno, "cannot read the %s %s", what, file);
    fclose(opened);
    return true;
}

static bool load_files(SSL_CTX *ssl, const struct tls_options *options, struct error *err) {
    const char *certificate = options->certificate_file;
    const char *key = options->key_file;
    if (!can_read(certificate, "certificate", err) || !can_read(key, "private key", err))
        return false;
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
        return error_set(err,
                         "%s holds no usable certificate (%s); it must be PEM, the server's own "
                         "certificate first",
                         certificate, last_reason());
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
        return error_set(err,
                         "%s holds no usable private key for %s (%s); it must be PEM, without "
                         "passphrase, and belong to the certificate",
                         key, certificate, last_reason());
    return true;
}

struct tls_context *tls_context_create(const struct tls_options *options, struct error *err) {
    ERR_clear_error();
    struct tls_context *context = calloc(1, sizeof *context);
    if (!context || !(context->ssl = SSL_CTX_new(TLS_server_method()))) {
        error_set(err, "TLS: out of memory");
        goto fail;
    }
    if (SSL_CTX_set_min_proto_version(context->ssl, TLS1_3_VERSION) != 1) {
        error_set(err, "TLS 1.3 is not available (%s)", last_reason());
        goto fail;
    }
    SSL_CTX_set_default_passwd_cb(context->ssl, refuse_passphrase);
    SSL_CTX_set_alpn_select_cb(context->ssl, choose_h2, NULL);
    SSL_CTX_set_mode(context->ssl, SSL_MODE_RELEASE_BUFFERS);
    if (load_files(context->ssl, options, err))
        return context;
fail:
    tls_context_destroy(context);
    return NULL;
}

void tls_context_destroy(struct tls_context *context) {
    if (!context)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}

// An empty BIO must say "later", not "end of file".
static BIO *create_memory(void) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio)
        BIO_set_mem_eof_return(bio, -1);
    return bio;
}

struct tls_session *tls_session_create(struct tls_context *context, struct error *err) {
    struct tls_session *session = calloc(1, sizeof *session);
    if (!session)
        goto fail;
    session->ssl = SSL_new(context->ssl);
    session->in = create_memory();
    session->out = create_memory();
    if (!session->ssl || !session->in || !session->out)
        goto fail;
    SSL_set_bio(session->ssl, session->in, session->out);
    SSL_set_accept_state(session->ssl);
    return session;
fail:
    error_set(err, "TLS: out of memory");
    if (session) {
        BIO_free(session->in);
        BIO_free(session->out);
        SSL_free(session->ssl);
        free(session);
    }
    ERR_clear_error();
    return NULL;
}

void tls_session_destroy(struct tls_session *session) {
    if (!session)
        return;
    SSL_free(session->ssl);
    free(session);
}

static bool fail(struct tls_session *session, const char *reason, struct error *err) {
    session->has_failed = true;
    return error_set(err, "TLS: %s", reason);
}

// True when an operation of OpenSSL only waits for more bytes.
static bool is_waiting(struct tls_session *session, int result) {
    int code = SSL_get_error(session->ssl, result);
    return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE;
}

static bool chose_h2(const struct tls_session *session) {
    const unsigned char *chosen = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(session->ssl, &chosen, &len);
    return len == 2 && memcmp(chosen, "h2", 2) == 0;
}

static bool shake_hands(struct tls_session *session, struct error *err) {
    int result = SSL_do_handshake(session->ssl);
    if (result != 1)
        return is_waiting(session, result) || fail(session, last_reason(), err);
    if (!chose_h2(session))
        return fail(session, "the client did not offer h2", err);
    session->is_open = true;
    return true;
}

static bool read_plain(struct tls_session *session, struct buf *plain, struct error *err) {
    for (;;) {
        uint8_t *to = buf_reserve(plain, READ_STEP);
        if (!to)
            return fail(session, "out of memory", err);
        int n = SSL_read(session->ssl, to, READ_STEP);
        if (n <= 0) {
            session->is_ended = SSL_get_error(session->ssl, n) == SSL_ERROR_ZERO_RETURN;
            return session->is_ended || is_waiting(session, n) || fail(session, last_reason(), err);
        }
        buf_commit(plain, (size_t)n);
    }
}

bool tls_session_feed(struct tls_session *session, const uint8_t *bytes, size_t len,
                      struct buf *plain, struct error *err) {
    assert(!session->has_failed && len <= INT_MAX);
    ERR_clear_error();
    if (BIO_write(session->in, bytes, (int)len) != (int)len)
        return fail(session, "out of memory", err);
    if (!session->is_open && !shake_hands(session, err))
        return false;
    return !session->is_open || read_plain(session, plain, err);
}

bool tls_session_write(struct tls_session *session, struct buf *plain, struct error *err) {
    assert(tls_session_can_write(session));
    ERR_clear_error();
    size_t len = buf_len(plain);
    if (len == 0)
        return true;
    size_t written = 0;
    int result = SSL_write_ex(session->ssl, buf_bytes(plain), len, &written);
    if (result != 1 || written != len)
        return fail(session, last_reason(), err);
    secret_wipe(plain->data + plain->start, len);
    buf_clear(plain);
    return true;
}

bool tls_session_drain(struct tls_session *session, struct buf *out) {
    size_t len = BIO_ctrl_pending(session->out);
    if (len == 0)
        return true;
    uint8_t *to = buf_reserve(out, len);
    size_t n = 0;
    if (!to || BIO_read_ex(session->out, to, len, &n) != 1)
        return false;
    buf_commit(out, n);
    return true;
}

bool tls_session_can_write(const struct tls_session *session) {
    return session->is_open && !session->has_failed;
}

bool tls_session_is_ended(const struct tls_session *session) {
    return session->is_ended;
}

void tls_session_close(struct tls_session *session) {
    ERR_clear_error();
    if (tls_session_can_write(session))
        (void)SSL_shutdown(session->ssl);
    ERR_clear_error();
}
