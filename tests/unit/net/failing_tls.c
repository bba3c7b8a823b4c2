// OpenSSL's calls that can fail, for tests/unit/failing: those that give an object, and those that
// give 1. CMakeLists.txt names them, too.
#include "tests/unit/failing/failing.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>

#define FAILING_OBJECT(type, name, parameters, arguments)                                          \
    FAILING_CALL(type, name, NULL, parameters, arguments)
#define FAILING_STEP(name, parameters, arguments) FAILING_CALL(int, name, 0, parameters, arguments)

// ---- memory, files, random bytes

FAILING_OBJECT(FILE *, fopen, (const char *path, const char *mode), (path, mode))
FAILING_OBJECT(OSSL_LIB_CTX *, OSSL_LIB_CTX_get0_global_default, (void), ())
FAILING_OBJECT(BIO *, BIO_new, (const BIO_METHOD *method), (method))
FAILING_OBJECT(BIO *, BIO_new_mem_buf, (const void *bytes, int len), (bytes, len))
FAILING_OBJECT(BIO *, BIO_new_file, (const char *path, const char *mode), (path, mode))
FAILING_STEP(BIO_new_bio_pair, (BIO * *one, size_t one_size, BIO **other, size_t other_size),
             (one, one_size, other, other_size))
FAILING_OBJECT(BIO_METHOD *, BIO_meth_new, (int type, const char *name), (type, name))
FAILING_STEP(BIO_meth_set_read, (BIO_METHOD * method, int (*read)(BIO *, char *, int)),
             (method, read))
FAILING_STEP(BIO_meth_set_write, (BIO_METHOD * method, int (*write)(BIO *, const char *, int)),
             (method, write))
FAILING_STEP(BIO_meth_set_ctrl, (BIO_METHOD * method, long (*ctrl)(BIO *, int, long, void *)),
             (method, ctrl))
FAILING_CALL(long, BIO_ctrl, 0, (BIO * bio, int command, long n, void *bytes),
             (bio, command, n, bytes))
FAILING_OBJECT(OPENSSL_STACK *, OPENSSL_sk_new_null, (void), ())
FAILING_STEP(OPENSSL_sk_push, (OPENSSL_STACK * stack, const void *item), (stack, item))
FAILING_STEP(RAND_bytes, (unsigned char *bytes, int len), (bytes, len))
FAILING_STEP(RAND_priv_bytes, (unsigned char *bytes, int len), (bytes, len))

// ---- numbers, texts, times, names

FAILING_OBJECT(BIGNUM *, BN_new, (void), ())
FAILING_OBJECT(BIGNUM *, BN_bin2bn, (const unsigned char *bytes, int len, BIGNUM *number),
               (bytes, len, number))
FAILING_STEP(BN_add_word, (BIGNUM * number, BN_ULONG word), (number, word))
FAILING_OBJECT(char *, BN_bn2hex, (const BIGNUM *number), (number))
FAILING_OBJECT(BIGNUM *, ASN1_INTEGER_to_BN, (const ASN1_INTEGER *integer, BIGNUM *number),
               (integer, number))
FAILING_OBJECT(ASN1_INTEGER *, BN_to_ASN1_INTEGER, (const BIGNUM *number, ASN1_INTEGER *integer),
               (number, integer))
FAILING_OBJECT(ASN1_INTEGER *, ASN1_INTEGER_dup, (const ASN1_INTEGER *integer), (integer))
FAILING_OBJECT(ASN1_ENUMERATED *, ASN1_ENUMERATED_new, (void), ())
FAILING_STEP(ASN1_ENUMERATED_set, (ASN1_ENUMERATED * code, long value), (code, value))
FAILING_OBJECT(ASN1_STRING *, ASN1_STRING_type_new, (int type), (type))
FAILING_STEP(ASN1_STRING_set, (ASN1_STRING * string, const void *bytes, int len),
             (string, bytes, len))
FAILING_OBJECT(ASN1_OCTET_STRING *, a2i_IPADDRESS, (const char *text), (text))
FAILING_OBJECT(ASN1_TIME *, ASN1_TIME_set, (ASN1_TIME * time, time_t value), (time, value))
FAILING_STEP(ASN1_TIME_diff, (int *days, int *s, const ASN1_TIME *from, const ASN1_TIME *to),
             (days, s, from, to))
FAILING_OBJECT(ASN1_TIME *, X509_gmtime_adj, (ASN1_TIME * time, long s), (time, s))
FAILING_OBJECT(ASN1_TIME *, X509_time_adj_ex, (ASN1_TIME * time, int days, long s, time_t *from),
               (time, days, s, from))
FAILING_OBJECT(GENERAL_NAME *, GENERAL_NAME_new, (void), ())
FAILING_OBJECT(GENERAL_NAMES *, GENERAL_NAMES_new, (void), ())
FAILING_STEP(X509_NAME_add_entry_by_txt,
             (X509_NAME * name, const char *field, int type, const unsigned char *bytes, int len,
              int place, int set),
             (name, field, type, bytes, len, place, set))

// ---- keys and certificates

// EVP_EC_gen is a macro of this.
EVP_PKEY *__real_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...);
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...);
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...) {
    va_list args;
    va_start(args, type);
    const char *curve = va_arg(args, const char *);
    va_end(args);
    return failing_is_due("EVP_PKEY_Q_keygen") ? NULL
                                               : __real_EVP_PKEY_Q_keygen(ctx, query, type, curve);
}

FAILING_OBJECT(X509 *, X509_new, (void), ())
FAILING_STEP(X509_set_version, (X509 * certificate, long version), (certificate, version))
FAILING_STEP(X509_set_issuer_name, (X509 * certificate, const X509_NAME *name), (certificate, name))
FAILING_STEP(X509_set_pubkey, (X509 * certificate, EVP_PKEY *key), (certificate, key))
FAILING_STEP(X509_set1_notAfter, (X509 * certificate, const ASN1_TIME *time), (certificate, time))
FAILING_OBJECT(X509_EXTENSION *, X509V3_EXT_conf_nid,
               (LHASH_OF(CONF_VALUE) * conf, X509V3_CTX *ctx, int nid, const char *value),
               (conf, ctx, nid, value))
FAILING_STEP(X509_add_ext, (X509 * certificate, X509_EXTENSION *extension, int place),
             (certificate, extension, place))
FAILING_STEP(X509_add1_ext_i2d,
             (X509 * certificate, int nid, void *value, int is_critical, unsigned long flags),
             (certificate, nid, value, is_critical, flags))
FAILING_STEP(X509_sign, (X509 * certificate, EVP_PKEY *key, const EVP_MD *digest),
             (certificate, key, digest))
FAILING_OBJECT(X509 *, PEM_read_bio_X509, (BIO * bio, X509 **out, pem_password_cb *cb, void *u),
               (bio, out, cb, u))
FAILING_OBJECT(EVP_PKEY *, PEM_read_bio_PrivateKey,
               (BIO * bio, EVP_PKEY **out, pem_password_cb *cb, void *u), (bio, out, cb, u))
FAILING_STEP(PEM_write_bio_X509, (BIO * bio, const X509 *certificate), (bio, certificate))
FAILING_STEP(PEM_write_bio_PrivateKey,
             (BIO * bio, const EVP_PKEY *key, const EVP_CIPHER *cipher, const unsigned char *text,
              int len, pem_password_cb *cb, void *u),
             (bio, key, cipher, text, len, cb, u))

// ---- lists of revoked certificates

FAILING_OBJECT(X509_CRL *, X509_CRL_new, (void), ())
FAILING_OBJECT(X509_CRL *, d2i_X509_CRL, (X509_CRL * *out, const unsigned char **bytes, long len),
               (out, bytes, len))
FAILING_OBJECT(X509_CRL *, d2i_X509_CRL_bio, (BIO * bio, X509_CRL **out), (bio, out))
FAILING_STEP(i2d_X509_CRL, (const X509_CRL *list, unsigned char **bytes), (list, bytes))
FAILING_STEP(X509_CRL_set_version, (X509_CRL * list, long version), (list, version))
FAILING_STEP(X509_CRL_set_issuer_name, (X509_CRL * list, const X509_NAME *name), (list, name))
FAILING_STEP(X509_CRL_set1_lastUpdate, (X509_CRL * list, const ASN1_TIME *time), (list, time))
FAILING_STEP(X509_CRL_set1_nextUpdate, (X509_CRL * list, const ASN1_TIME *time), (list, time))
FAILING_STEP(X509_CRL_add1_ext_i2d,
             (X509_CRL * list, int nid, void *value, int is_critical, unsigned long flags),
             (list, nid, value, is_critical, flags))
FAILING_STEP(X509_CRL_add_ext, (X509_CRL * list, X509_EXTENSION *extension, int place),
             (list, extension, place))
FAILING_STEP(X509_CRL_add0_revoked, (X509_CRL * list, X509_REVOKED *revoked), (list, revoked))
FAILING_STEP(X509_CRL_sign, (X509_CRL * list, EVP_PKEY *key, const EVP_MD *digest),
             (list, key, digest))
FAILING_OBJECT(X509_REVOKED *, X509_REVOKED_new, (void), ())
FAILING_STEP(X509_REVOKED_set_serialNumber, (X509_REVOKED * revoked, ASN1_INTEGER *serial),
             (revoked, serial))
FAILING_STEP(X509_REVOKED_set_revocationDate, (X509_REVOKED * revoked, ASN1_TIME *time),
             (revoked, time))
FAILING_STEP(X509_REVOKED_add1_ext_i2d,
             (X509_REVOKED * revoked, int nid, void *value, int is_critical, unsigned long flags),
             (revoked, nid, value, is_critical, flags))

// ---- contexts and sessions

FAILING_OBJECT(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *method), (method))

// Most of what this sets cannot fail.
long __real_SSL_CTX_ctrl(SSL_CTX *ctx, int command, long n, void *more);
long __wrap_SSL_CTX_ctrl(SSL_CTX *ctx, int command, long n, void *more);
long __wrap_SSL_CTX_ctrl(SSL_CTX *ctx, int command, long n, void *more) {
    bool can_fail =
        command == SSL_CTRL_SET_MIN_PROTO_VERSION || command == SSL_CTRL_SET_GROUPS_LIST;
    return can_fail && failing_is_due("SSL_CTX_ctrl") ? 0
                                                      : __real_SSL_CTX_ctrl(ctx, command, n, more);
}

FAILING_STEP(SSL_CTX_set_session_id_context,
             (SSL_CTX * ctx, const unsigned char *bytes, unsigned len), (ctx, bytes, len))
FAILING_STEP(SSL_CTX_set_cipher_list, (SSL_CTX * ctx, const char *list), (ctx, list))
FAILING_STEP(SSL_CTX_set_ex_data, (SSL_CTX * ctx, int index, void *data), (ctx, index, data))
FAILING_STEP(SSL_CTX_use_certificate_chain_file, (SSL_CTX * ctx, const char *file), (ctx, file))
FAILING_STEP(SSL_CTX_use_PrivateKey_file, (SSL_CTX * ctx, const char *file, int type),
             (ctx, file, type))
FAILING_STEP(SSL_CTX_check_private_key, (const SSL_CTX *ctx), (ctx))
FAILING_STEP(X509_check_purpose, (X509 * certificate, int id, int is_authority),
             (certificate, id, is_authority))
FAILING_OBJECT(EVP_PKEY *, X509_get0_pubkey, (const X509 *certificate), (certificate))
FAILING_STEP(SSL_CTX_load_verify_file, (SSL_CTX * ctx, const char *file), (ctx, file))
FAILING_OBJECT(STACK_OF(X509_NAME) *, SSL_load_client_CA_file, (const char *file), (file))
FAILING_OBJECT(X509_STORE_CTX *, X509_STORE_CTX_new, (void), ())
FAILING_STEP(X509_STORE_CTX_init,
             (X509_STORE_CTX * ctx, X509_STORE *store, X509 *certificate, STACK_OF(X509) * chain),
             (ctx, store, certificate, chain))
FAILING_STEP(X509_STORE_CTX_set_default, (X509_STORE_CTX * ctx, const char *name), (ctx, name))
FAILING_STEP(X509_STORE_add_crl, (X509_STORE * store, X509_CRL *list), (store, list))
FAILING_STEP(X509_STORE_set_flags, (X509_STORE * store, unsigned long flags), (store, flags))
FAILING_CALL(int, SSL_CTX_set_alpn_protos, 1, // 0 is what others call 1
             (SSL_CTX *ctx, const unsigned char *names, unsigned len), (ctx, names, len))
FAILING_OBJECT(SSL *, SSL_new, (SSL_CTX * ctx), (ctx))
FAILING_STEP(SSL_do_handshake, (SSL * ssl), (ssl))
FAILING_STEP(SSL_write_ex, (SSL * ssl, const void *bytes, size_t len, size_t *written),
             (ssl, bytes, len, written))
FAILING_STEP(EVP_EncryptInit_ex2,
             (EVP_CIPHER_CTX * ctx, const EVP_CIPHER *cipher, const unsigned char *key,
              const unsigned char *iv, const OSSL_PARAM params[]),
             (ctx, cipher, key, iv, params))
FAILING_STEP(EVP_DecryptInit_ex2,
             (EVP_CIPHER_CTX * ctx, const EVP_CIPHER *cipher, const unsigned char *key,
              const unsigned char *iv, const OSSL_PARAM params[]),
             (ctx, cipher, key, iv, params))
FAILING_STEP(EVP_MAC_CTX_set_params, (EVP_MAC_CTX * ctx, const OSSL_PARAM params[]), (ctx, params))
