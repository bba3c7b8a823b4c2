#include "server/net/tls_authority.h"

#include "server/base/secret.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

void tls_pair_finish(struct tls_pair *pair) {
    if (pair->key.data)
        secret_wipe(pair->key.data, pair->key.capacity);
    buf_finish(&pair->key);
    buf_finish(&pair->certificate);
}

bool tls_fail(struct error *err, const char *what) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return error_set(err, "%s: %s", what, reason ? reason : "out of memory");
}

BIO *tls_open_pem(const struct buf *pem) {
    return BIO_new_mem_buf(buf_bytes(pem), (int)buf_len(pem));
}

X509 *tls_read_certificate(const struct buf *pem) {
    BIO *bio = tls_open_pem(pem);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return certificate;
}

// Never asks for a passphrase at a terminal: the empty one is tried.
EVP_PKEY *tls_read_key(const struct buf *pem) {
    char none[] = "";
    BIO *bio = tls_open_pem(pem);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, none) : NULL;
    BIO_free(bio);
    return key;
}

void tls_authority_close(struct tls_authority *authority) {
    X509_free(authority->certificate);
    EVP_PKEY_free(authority->key);
}

bool tls_authority_open(const struct tls_pair *pair, struct tls_authority *authority,
                        struct error *err) {
    authority->certificate = tls_read_certificate(&pair->certificate);
    authority->key = tls_read_key(&pair->key);
    if (!authority->certificate || !authority->key)
        return tls_fail(err, "the authority's certificate or key cannot be read; they must be PEM, "
                             "without passphrase");
    if (X509_check_private_key(authority->certificate, authority->key) != 1)
        return tls_fail(err, "the authority's certificate and key do not belong together");
    if (X509_check_ca(authority->certificate) == 0)
        return error_set(err, "the authority's certificate is not that of an authority");
    if (X509_cmp_current_time(X509_get0_notAfter(authority->certificate)) < 0)
        return error_set(err, "the authority has expired: make a new one in another directory "
                              "(shapd cert init), and give its ca.crt to all who call");
    return true;
}
