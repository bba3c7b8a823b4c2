#include "server/net/tls_wire.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

// ---- one certificate

// An old list is better than none, and better than refusing everybody for an administrator's delay:
// what its dates say is only warned of.
static int pass_dates_of_lists(int is_good, X509_STORE_CTX *store) {
    int code = X509_STORE_CTX_get_error(store);
    if (is_good || (code != X509_V_ERR_CRL_HAS_EXPIRED && code != X509_V_ERR_CRL_NOT_YET_VALID))
        return is_good;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static int check_client(X509_STORE_CTX *store, void *ctx) {
    char organisation[TLS_ORGANISATION_SIZE];
    (void)ctx;
    X509_STORE_CTX_set_verify_cb(store, pass_dates_of_lists);
    if (X509_verify_cert(store) != 1)
        return 0;
    if (tls_read_organisation(X509_STORE_CTX_get0_cert(store), organisation))
        return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

bool tls_is_client_good(const SSL_CTX *ssl, X509 *certificate, STACK_OF(X509) * chain) {
    X509_STORE_CTX *store = X509_STORE_CTX_new();
    bool is_good =
        store && X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(ssl), certificate, chain) == 1 &&
        X509_STORE_CTX_set_default(store, "ssl_client") == 1 && check_client(store, NULL) == 1;
    X509_STORE_CTX_free(store);
    ERR_clear_error();
    return is_good;
}

// ---- lists of revoked certificates

static bool push_list(STACK_OF(X509_CRL) * lists, X509_CRL *list) {
    if (sk_X509_CRL_push(lists, list) > 0)
        return true;
    X509_CRL_free(list);
    return false;
}

// All in the file; none when it holds anything else.
static STACK_OF(X509_CRL) * read_lists(const char *file) {
    BIO *bio = BIO_new_file(file, "rb");
    STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
    X509_CRL *list = NULL;
    while (bio && lists && (list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL)
        if (!push_list(lists, list))
            break;
    if (bio && lists && sk_X509_CRL_num(lists) == 0 && BIO_reset(bio) == 0 &&
        (list = d2i_X509_CRL_bio(bio, NULL)) != NULL)
        push_list(lists, list);
    BIO_free(bio);
    return lists;
}

// One that is of nobody in the store would be of no use, and everybody refused for want of one.
static bool is_of_authority(const X509_STORE *store, X509_CRL *list) {
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
        X509 *authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
        if (authority &&
            X509_NAME_cmp(X509_get_subject_name(authority), X509_CRL_get_issuer(list)) == 0 &&
            X509_CRL_verify(list, X509_get0_pubkey(authority)) == 1)
            return true;
    }
    return false;
}

static bool add_list(X509_STORE *store, X509_CRL *list, const char *file, int64_t *expires,
                     struct error *err) {
    const ASN1_TIME *end = X509_CRL_get0_nextUpdate(list);
    if (!is_of_authority(store, list)) {
        ERR_clear_error();
        return error_set(err,
                         "%s is the list of another authority than those of --client-ca: give "
                         "that one's, as shapd cert writes it",
                         file);
    }
    if (end && tls_seconds(end) < *expires)
        *expires = tls_seconds(end);
    return X509_STORE_add_crl(store, list) == 1 || error_set(err, "TLS: out of memory");
}

static bool load_lists(SSL_CTX *ssl, const char *file, int64_t *expires, struct error *err) {
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    *expires = INT64_MAX;
    if (!file)
        return true;
    if (!tls_can_read(file, "list of revoked certificates", err))
        return false;
    STACK_OF(X509_CRL) *lists = read_lists(file);
    bool is_loaded = lists && sk_X509_CRL_num(lists) > 0;
    if (!is_loaded)
        error_set(err,
                  "%s holds no usable list of revoked certificates (%s); it must be PEM or DER",
                  file, tls_last_reason());
    for (int i = 0; is_loaded && i < sk_X509_CRL_num(lists); i++)
        is_loaded = add_list(store, sk_X509_CRL_value(lists, i), file, expires, err);
    sk_X509_CRL_pop_free(lists, X509_CRL_free);
    ERR_clear_error(); // the end of PEM is one
    return is_loaded && (X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) == 1 ||
                         error_set(err, "TLS: out of memory"));
}

// ---- a context

// What an authority's certificate says is read now, and not by the first client's: where that one
// found no memory OpenSSL would take it for no authority from then on. Nor does OpenSSL say a word
// when it could not read the key, or how strong that is, or see that it is the one which signed.
static bool read_authority(X509 *certificate) {
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    return key && EVP_PKEY_get_security_bits(key) > 0 &&
           X509_check_purpose(certificate, -1, 0) == 1 &&
           (X509_self_signed(certificate, 0) == 1 || X509_verify(certificate, key) != 1);
}

static bool read_authorities(SSL_CTX *ssl) {
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ssl));
    bool is_read = true;
    for (int i = 0; is_read && i < sk_X509_OBJECT_num(all); i++) {
        X509 *certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
        is_read = !certificate || read_authority(certificate);
    }
    return is_read;
}

bool tls_ask_clients(SSL_CTX *ssl, const struct tls_options *options, int64_t *crl_expires,
                     struct error *err) {
    const char *file = options->client_ca_file;
    *crl_expires = INT64_MAX;
    if (!file)
        return true;
    if (!tls_can_read(file, "clients' authority", err))
        return false;
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
    if (!names || SSL_CTX_load_verify_file(ssl, file) != 1 || !read_authorities(ssl)) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return error_set(err,
                         "%s holds no usable certificate (%s); it must be PEM, the certificates of "
                         "the authorities that make those of clients",
                         file, tls_last_reason());
    }
    SSL_CTX_set_client_CA_list(ssl, names);
    // In the handshake, so that the client is told.
    SSL_CTX_set_cert_verify_callback(ssl, check_client, NULL);
    SSL_CTX_set_verify(
        ssl, SSL_VERIFY_PEER | (options->is_client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        NULL);
    return load_lists(ssl, options->client_crl_file, crl_expires, err);
}
