#include "server/base/secret.h"
#include "server/net/tls_wire.h"

#include <assert.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_STEP = 16 * 1024, // the plaintext of the largest record
    // Messages of TLS itself, of both sides, between two rotations of the tickets' keys: some
    // thirty requests for new keys, each of which is good for 390 GB, and their answers.
    MESSAGES_MAX = 64,
};

struct tls_session {
    const struct tls_context *context; // borrowed
    SSL *ssl;                          // owned, with its BIO, which is the two below
    const uint8_t *in; // borrowed while feeding; from the peer, not yet taken by OpenSSL
    size_t in_len;
    struct buf *out;   // borrowed while writing; else &answer
    struct buf answer; // to the peer, from the handshake: not yet drained
    bool is_open;      // handshake over, h2 agreed on
    bool is_ended;
    bool has_failed;
    unsigned n_messages;                      // since the rotation
    unsigned rotation;                        // of the context, when they were counted from 0
    char organisation[TLS_ORGANISATION_SIZE]; // that the client's certificate names
};

// OpenSSL takes bytes from where they are and puts them where they go: a memory BIO would copy them
// and keep as much memory as it ever needed.
static int on_take(BIO *bio, char *to, int len) {
    struct tls_session *session = BIO_get_data(bio);
    size_t n = session->in_len < (size_t)len ? session->in_len : (size_t)len;
    BIO_clear_retry_flags(bio);
    if (n == 0) {
        BIO_set_retry_read(bio); // later: this is not the end
        return -1;
    }
    memcpy(to, session->in, n);
    session->in += n;
    session->in_len -= n;
    return (int)n;
}

static int on_put(BIO *bio, const char *bytes, int len) {
    struct tls_session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    return buf_append(session->out, bytes, (size_t)len) ? len : -1;
}

static long on_control(BIO *bio, int command, long n, void *ctx) {
    (void)bio;
    (void)n;
    (void)ctx;
    return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_create_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "shapd");
    if (method && BIO_meth_set_read(method, on_take) == 1 &&
        BIO_meth_set_write(method, on_put) == 1 && BIO_meth_set_ctrl(method, on_control) == 1)
        return method;
    BIO_meth_free(method);
    return NULL;
}

static bool join(struct tls_session *session, const BIO_METHOD *method) {
    BIO *bio = session->ssl ? BIO_new(method) : NULL;
    if (!bio)
        return false;
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl, bio, bio);
    return true;
}

// Told of each record and message. Once open a session has no business but bytes: a peer that asks
// for new keys (RFC 8446, 4.6.3) or to negotiate again costs far more than it spends, and its
// answers would pile up while it does not read. SSL_read would take all that has come of it before
// it returned, so the rest is taken away from it.
static void on_message(int is_written, int version, int type, const void *bytes, size_t len,
                       SSL *ssl, void *ctx) {
    struct tls_session *session = ctx;
    (void)is_written, (void)version, (void)bytes, (void)len, (void)ssl;
    if (!session->is_open || (type != SSL3_RT_HANDSHAKE && type != SSL3_RT_ALERT))
        return;
    if (session->rotation != session->context->n_rotations)
        session->n_messages = 0;
    session->rotation = session->context->n_rotations;
    if (++session->n_messages > MESSAGES_MAX)
        session->in_len = 0;
}

struct tls_session *tls_session_create(struct tls_context *context, struct error *err) {
    struct tls_session *session = calloc(1, sizeof *session);
    if (!session)
        goto fail;
    session->out = &session->answer;
    session->ssl = SSL_new(context->ssl);
    if (!join(session, context->method))
        goto fail;
    SSL_set_accept_state(session->ssl);
    session->context = context;
    SSL_set_msg_callback(session->ssl, on_message);
    SSL_set_msg_callback_arg(session->ssl, session);
    return session;
fail:
    error_set(err, "TLS: out of memory");
    tls_session_destroy(session);
    ERR_clear_error();
    return NULL;
}

void tls_session_destroy(struct tls_session *session) {
    if (!session)
        return;
    SSL_free(session->ssl);
    buf_finish(&session->answer);
    free(session);
}

// What somebody left in OpenSSL's queue would be taken for this session's. To ask whether there is
// something takes a quarter of clearing.
static void forget_errors(void) {
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

static bool fail(struct tls_session *session, const char *reason, struct error *err) {
    session->has_failed = true;
    return error_set(err, "TLS: %s", reason);
}

// True when an operation of OpenSSL only waits for more bytes; for what it writes there is room, or
// it fails.
static bool is_waiting(struct tls_session *session, int result) {
    return SSL_get_error(session->ssl, result) == SSL_ERROR_WANT_READ;
}

static bool chose_h2(const struct tls_session *session) {
    const unsigned char *chosen = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(session->ssl, &chosen, &len);
    return len > 0; // nothing else is ever chosen
}

static bool refuse_handshake(struct tls_session *session, struct error *err) {
    long verdict = SSL_get_verify_result(session->ssl);
    if (verdict == X509_V_OK)
        return fail(session, tls_last_reason(), err);
    if (verdict == X509_V_ERR_APPLICATION_VERIFICATION)
        return fail(session, "the client's certificate names not one organisation", err);
    ERR_clear_error();
    session->has_failed = true;
    return error_set(err, "TLS: the client's certificate: %s",
                     X509_verify_cert_error_string(verdict));
}

static bool shake_hands(struct tls_session *session, struct error *err) {
    int result = SSL_do_handshake(session->ssl);
    if (result != 1)
        return is_waiting(session, result) || refuse_handshake(session, err);
    if (!chose_h2(session))
        return fail(session, "the client did not offer h2", err);
    X509 *certificate = SSL_get0_peer_certificate(session->ssl);
    if (certificate && !tls_read_organisation(certificate, session->organisation))
        return fail(session, "the client's certificate names not one organisation", err);
    session->is_open = true;
    // A reload may have come between: the handshake was judged by what was trusted before.
    return SSL_get_SSL_CTX(session->ssl) == session->context->ssl ||
           tls_session_is_trusted(session) ||
           fail(session, "the client's certificate is trusted no more", err);
}

// To ask OpenSSL for more when nothing of a record is there costs as much as half a record.
static bool has_more(const struct tls_session *session) {
    return session->in_len > 0 || SSL_has_pending(session->ssl);
}

static bool read_plain(struct tls_session *session, struct buf *plain, struct error *err) {
    while (has_more(session)) {
        uint8_t *to = buf_reserve(plain, READ_STEP);
        if (!to)
            return fail(session, "out of memory", err);
        int n = SSL_read(session->ssl, to, READ_STEP);
        if (session->n_messages > MESSAGES_MAX)
            return fail(session, "too many messages that carry nothing", err);
        if (n <= 0) {
            session->is_ended = SSL_get_error(session->ssl, n) == SSL_ERROR_ZERO_RETURN;
            return session->is_ended || is_waiting(session, n) ||
                   fail(session, tls_last_reason(), err);
        }
        buf_commit(plain, (size_t)n);
    }
    return true;
}

bool tls_session_feed(struct tls_session *session, const uint8_t *bytes, size_t len,
                      struct buf *plain, struct error *err) {
    assert(!session->has_failed);
    forget_errors();
    session->in = bytes;
    session->in_len = len;
    bool is_fed = (session->is_open || shake_hands(session, err)) &&
                  (!session->is_open || read_plain(session, plain, err));
    assert(session->in_len == 0 || session->has_failed || session->is_ended);
    session->in = NULL;
    session->in_len = 0;
    return is_fed;
}

bool tls_session_write(struct tls_session *session, struct buf *plain, struct buf *out,
                       struct error *err) {
    assert(tls_session_can_write(session));
    size_t len = buf_len(plain);
    if (len == 0)
        return true;
    forget_errors();
    if (!tls_session_drain(session, out))
        return fail(session, "out of memory", err);
    size_t written = 0;
    session->out = out;
    int result = SSL_write_ex(session->ssl, buf_bytes(plain), len, &written);
    session->out = &session->answer;
    if (result != 1)
        return fail(session, tls_last_reason(), err);
    assert(written == len);
    secret_wipe(plain->data + plain->start, len);
    buf_clear(plain);
    return true;
}

bool tls_session_drain(struct tls_session *session, struct buf *out) {
    size_t len = buf_len(&session->answer);
    if (len > 0 && !buf_append(out, buf_bytes(&session->answer), len))
        return false;
    buf_finish(&session->answer);
    return true;
}

bool tls_session_can_write(const struct tls_session *session) {
    return session->is_open && !session->has_failed;
}

const char *tls_session_organisation(const struct tls_session *session) {
    return session->organisation;
}

bool tls_session_is_trusted(const struct tls_session *session) {
    X509 *certificate = session->is_open ? SSL_get0_peer_certificate(session->ssl) : NULL;
    return !certificate || tls_is_client_good(session->context->ssl, certificate,
                                              SSL_get_peer_cert_chain(session->ssl));
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
