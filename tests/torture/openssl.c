// OpenSSL, where our own program calls it. Each failure leaves a reason in OpenSSL's queue, as its
// own do: so SSL_get_error calls it SSL_ERROR_SSL.
#include "tests/torture/wrap.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define SSL_CALL(type, name, parameters, arguments, failed)                                        \
    WRAP(type, name, parameters, arguments, failed, true, true, 0)

SSL_CALL(ASN1_ENUMERATED *, ASN1_ENUMERATED_new, (void), (), NULL)
SSL_CALL(int, ASN1_ENUMERATED_set, (ASN1_ENUMERATED * a, long b), (a, b), 0)
SSL_CALL(ASN1_INTEGER *, ASN1_INTEGER_dup, (const ASN1_INTEGER *a), (a), NULL)
SSL_CALL(BIGNUM *, ASN1_INTEGER_to_BN, (const ASN1_INTEGER *a, BIGNUM *b), (a, b), NULL)
SSL_CALL(int, ASN1_STRING_set, (ASN1_STRING * a, const void *b, int c), (a, b, c), 0)
SSL_CALL(ASN1_STRING *, ASN1_STRING_type_new, (int a), (a), NULL)
SSL_CALL(int, ASN1_TIME_diff, (int *a, int *b, const ASN1_TIME *c, const ASN1_TIME *d),
         (a, b, c, d), 0)
SSL_CALL(ASN1_TIME *, ASN1_TIME_set, (ASN1_TIME * a, time_t b), (a, b), NULL)
SSL_CALL(int, ASN1_TIME_to_tm, (const ASN1_TIME *a, struct tm *b), (a, b), 0)
SSL_CALL(BIO_METHOD *, BIO_meth_new, (int a, const char *b), (a, b), NULL)
SSL_CALL(int, BIO_meth_set_ctrl, (BIO_METHOD * a, long (*b)(BIO *, int, long, void *)), (a, b), 0)
SSL_CALL(int, BIO_meth_set_read, (BIO_METHOD * a, int (*b)(BIO *, char *, int)), (a, b), 0)
SSL_CALL(int, BIO_meth_set_write, (BIO_METHOD * a, int (*b)(BIO *, const char *, int)), (a, b), 0)
SSL_CALL(BIO *, BIO_new, (const BIO_METHOD *a), (a), NULL)
SSL_CALL(int, BIO_new_bio_pair, (BIO * *a, size_t b, BIO **c, size_t d), (a, b, c, d), 0)
SSL_CALL(BIO *, BIO_new_file, (const char *a, const char *b), (a, b), NULL)
SSL_CALL(BIO *, BIO_new_mem_buf, (const void *a, int b), (a, b), NULL)
SSL_CALL(int, BN_add_word, (BIGNUM * a, unsigned long b), (a, b), 0)
SSL_CALL(BIGNUM *, BN_bin2bn, (const unsigned char *a, int b, BIGNUM *c), (a, b, c), NULL)
SSL_CALL(char *, BN_bn2hex, (const BIGNUM *a), (a), NULL)
SSL_CALL(BIGNUM *, BN_new, (void), (), NULL)
SSL_CALL(ASN1_INTEGER *, BN_to_ASN1_INTEGER, (const BIGNUM *a, ASN1_INTEGER *b), (a, b), NULL)
SSL_CALL(int, EVP_DecryptInit_ex2,
         (EVP_CIPHER_CTX * a, const EVP_CIPHER *b, const unsigned char *c, const unsigned char *d,
          const OSSL_PARAM e[]),
         (a, b, c, d, e), 0)
SSL_CALL(int, EVP_EncryptInit_ex2,
         (EVP_CIPHER_CTX * a, const EVP_CIPHER *b, const unsigned char *c, const unsigned char *d,
          const OSSL_PARAM e[]),
         (a, b, c, d, e), 0)
SSL_CALL(int, EVP_MAC_CTX_set_params, (EVP_MAC_CTX * a, const OSSL_PARAM b[]), (a, b), 0)
SSL_CALL(GENERAL_NAMES *, GENERAL_NAMES_new, (void), (), NULL)
SSL_CALL(GENERAL_NAME *, GENERAL_NAME_new, (void), (), NULL)
SSL_CALL(OPENSSL_STACK *, OPENSSL_sk_new_null, (void), (), NULL)
SSL_CALL(int, OPENSSL_sk_push, (OPENSSL_STACK * a, const void *b), (a, b), 0)
SSL_CALL(EVP_PKEY *, PEM_read_bio_PrivateKey, (BIO * a, EVP_PKEY **b, pem_password_cb *c, void *d),
         (a, b, c, d), NULL)
SSL_CALL(X509 *, PEM_read_bio_X509, (BIO * a, X509 **b, pem_password_cb *c, void *d), (a, b, c, d),
         NULL)
SSL_CALL(X509_CRL *, PEM_read_bio_X509_CRL, (BIO * a, X509_CRL **b, pem_password_cb *c, void *d),
         (a, b, c, d), NULL)
SSL_CALL(int, PEM_write_bio_PrivateKey,
         (BIO * a, const EVP_PKEY *b, const EVP_CIPHER *c, const unsigned char *d, int e,
          pem_password_cb *f, void *g),
         (a, b, c, d, e, f, g), 0)
SSL_CALL(int, PEM_write_bio_X509, (BIO * a, const X509 *b), (a, b), 0)
SSL_CALL(int, RAND_bytes, (unsigned char *a, int b), (a, b), 0)
SSL_CALL(int, RAND_priv_bytes, (unsigned char *a, int b), (a, b), 0)
SSL_CALL(int, SSL_CTX_check_private_key, (const SSL_CTX *a), (a), 0)
SSL_CALL(int, SSL_CTX_load_verify_file, (SSL_CTX * a, const char *b), (a, b), 0)
SSL_CALL(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *a), (a), NULL)
SSL_CALL(int, SSL_CTX_set_alpn_protos, (SSL_CTX * a, const unsigned char *b, unsigned int c),
         (a, b, c), 1)
SSL_CALL(int, SSL_CTX_set_cipher_list, (SSL_CTX * a, const char *b), (a, b), 0)
SSL_CALL(int, SSL_CTX_set_ex_data, (SSL_CTX * a, int b, void *c), (a, b, c), 0)
SSL_CALL(int, SSL_CTX_set_num_tickets, (SSL_CTX * a, size_t b), (a, b), 0)
SSL_CALL(int, SSL_CTX_set_session_id_context, (SSL_CTX * a, const unsigned char *b, unsigned int c),
         (a, b, c), 0)
SSL_CALL(int, SSL_CTX_set_tlsext_ticket_key_evp_cb,
         (SSL_CTX * a,
          int (*b)(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *, EVP_MAC_CTX *, int)),
         (a, b), 0)
SSL_CALL(int, SSL_CTX_use_PrivateKey_file, (SSL_CTX * a, const char *b, int c), (a, b, c), 0)
SSL_CALL(int, SSL_CTX_use_certificate_chain_file, (SSL_CTX * a, const char *b), (a, b), 0)
SSL_CALL(int, SSL_do_handshake, (SSL * a), (a), -1)
SSL_CALL(struct stack_st_X509_NAME *, SSL_load_client_CA_file, (const char *a), (a), NULL)
SSL_CALL(SSL *, SSL_new, (SSL_CTX * a), (a), NULL)
SSL_CALL(int, SSL_read, (SSL * a, void *b, int c), (a, b, c), -1)
SSL_CALL(int, SSL_shutdown, (SSL * a), (a), -1)
SSL_CALL(int, SSL_write_ex, (SSL * a, const void *b, size_t c, size_t *d), (a, b, c, d), 0)
SSL_CALL(X509_EXTENSION *, X509V3_EXT_conf_nid,
         (struct lhash_st_CONF_VALUE * a, X509V3_CTX *b, int c, const char *d), (a, b, c, d), NULL)
SSL_CALL(int, X509_CRL_add0_revoked, (X509_CRL * a, X509_REVOKED *b), (a, b), 0)
SSL_CALL(int, X509_CRL_add1_ext_i2d, (X509_CRL * a, int b, void *c, int d, unsigned long e),
         (a, b, c, d, e), 0)
SSL_CALL(int, X509_CRL_add_ext, (X509_CRL * a, X509_EXTENSION *b, int c), (a, b, c), 0)
SSL_CALL(X509_CRL *, X509_CRL_new, (void), (), NULL)
SSL_CALL(int, X509_CRL_set1_lastUpdate, (X509_CRL * a, const ASN1_TIME *b), (a, b), 0)
SSL_CALL(int, X509_CRL_set1_nextUpdate, (X509_CRL * a, const ASN1_TIME *b), (a, b), 0)
SSL_CALL(int, X509_CRL_set_issuer_name, (X509_CRL * a, const X509_NAME *b), (a, b), 0)
SSL_CALL(int, X509_CRL_set_version, (X509_CRL * a, long b), (a, b), 0)
SSL_CALL(int, X509_CRL_sign, (X509_CRL * a, EVP_PKEY *b, const EVP_MD *c), (a, b, c), 0)
SSL_CALL(int, X509_CRL_verify, (X509_CRL * a, EVP_PKEY *b), (a, b), -1)
SSL_CALL(int, X509_NAME_add_entry_by_txt,
         (X509_NAME * a, const char *b, int c, const unsigned char *d, int e, int f, int g),
         (a, b, c, d, e, f, g), 0)
SSL_CALL(int, X509_REVOKED_add1_ext_i2d, (X509_REVOKED * a, int b, void *c, int d, unsigned long e),
         (a, b, c, d, e), 0)
SSL_CALL(X509_REVOKED *, X509_REVOKED_new, (void), (), NULL)
SSL_CALL(int, X509_REVOKED_set_revocationDate, (X509_REVOKED * a, ASN1_TIME *b), (a, b), 0)
SSL_CALL(int, X509_REVOKED_set_serialNumber, (X509_REVOKED * a, ASN1_INTEGER *b), (a, b), 0)
SSL_CALL(int, X509_STORE_CTX_init,
         (X509_STORE_CTX * a, X509_STORE *b, X509 *c, struct stack_st_X509 *d), (a, b, c, d), 0)
SSL_CALL(X509_STORE_CTX *, X509_STORE_CTX_new, (void), (), NULL)
SSL_CALL(int, X509_STORE_CTX_set_default, (X509_STORE_CTX * a, const char *b), (a, b), 0)
SSL_CALL(int, X509_STORE_add_crl, (X509_STORE * a, X509_CRL *b), (a, b), 0)
SSL_CALL(X509_LOOKUP *, X509_STORE_add_lookup, (X509_STORE * a, X509_LOOKUP_METHOD *b), (a, b),
         NULL)
SSL_CALL(int, X509_STORE_set_flags, (X509_STORE * a, unsigned long b), (a, b), 0)
SSL_CALL(int, X509_add1_ext_i2d, (X509 * a, int b, void *c, int d, unsigned long e),
         (a, b, c, d, e), 0)
SSL_CALL(int, X509_add_ext, (X509 * a, X509_EXTENSION *b, int c), (a, b, c), 0)
SSL_CALL(EVP_PKEY *, X509_get0_pubkey, (const X509 *a), (a), NULL)
SSL_CALL(ASN1_TIME *, X509_gmtime_adj, (ASN1_TIME * a, long b), (a, b), NULL)
SSL_CALL(int, X509_load_crl_file, (X509_LOOKUP * a, const char *b, int c), (a, b, c), 0)
SSL_CALL(X509 *, X509_new, (void), (), NULL)
SSL_CALL(int, X509_set1_notAfter, (X509 * a, const ASN1_TIME *b), (a, b), 0)
SSL_CALL(int, X509_set_issuer_name, (X509 * a, const X509_NAME *b), (a, b), 0)
SSL_CALL(int, X509_set_pubkey, (X509 * a, EVP_PKEY *b), (a, b), 0)
SSL_CALL(int, X509_set_version, (X509 * a, long b), (a, b), 0)
SSL_CALL(int, X509_sign, (X509 * a, EVP_PKEY *b, const EVP_MD *c), (a, b, c), 0)
SSL_CALL(ASN1_TIME *, X509_time_adj_ex, (ASN1_TIME * a, int b, long c, time_t *d), (a, b, c, d),
         NULL)
SSL_CALL(int, X509_verify, (X509 * a, EVP_PKEY *b), (a, b), -1)
SSL_CALL(int, X509_verify_cert, (X509_STORE_CTX * a), (a), -1)
SSL_CALL(ASN1_OCTET_STRING *, a2i_IPADDRESS, (const char *a), (a), NULL)
SSL_CALL(X509_CRL *, d2i_X509_CRL_bio, (BIO * a, X509_CRL **b), (a, b), NULL)
SSL_CALL(int, i2d_X509_CRL, (const X509_CRL *a, unsigned char **b), (a, b), -1)
