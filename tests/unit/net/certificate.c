#include "tests/unit/net/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void require(bool is_good) {
    if (!is_good)
        abort();
}

static void name_file(char *out, size_t size, const char *directory, const char *name) {
    snprintf(out, size, "%s/%s", directory, name);
}

static void write_key(const char *path, EVP_PKEY *key, const EVP_CIPHER *cipher) {
    FILE *file = fopen(path, "w");
    char passphrase[] = "secret";
    require(file && PEM_write_PKCS8PrivateKey(file, key, cipher, cipher ? passphrase : NULL,
                                              cipher ? 6 : 0, NULL, NULL));
    fclose(file);
}

static void write_certificate(const char *path, EVP_PKEY *key, const char *alternative_names) {
    X509 *x509 = X509_new();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1,
                               0);
    X509_set_issuer_name(x509, name);
    X509_set_pubkey(x509, key);
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternative_names);
    X509_add_ext(x509, names, -1);
    X509_EXTENSION_free(names);
    require(X509_sign(x509, key, EVP_sha256()) > 0);
    FILE *file = fopen(path, "w");
    require(file && PEM_write_X509(file, x509));
    fclose(file);
    X509_free(x509);
}

void certificate_create(struct certificate *certificate) {
    const char *directory = certificate->directory;
    snprintf(certificate->directory, sizeof certificate->directory, "/tmp/shap-tls-XXXXXX");
    require(mkdtemp(certificate->directory) != NULL);
    name_file(certificate->certificate_file, sizeof certificate->certificate_file, directory,
              "certificate.pem");
    name_file(certificate->key_file, sizeof certificate->key_file, directory, "key.pem");
    name_file(certificate->other_key_file, sizeof certificate->other_key_file, directory,
              "other.pem");
    name_file(certificate->encrypted_key_file, sizeof certificate->encrypted_key_file, directory,
              "encrypted.pem");
    name_file(certificate->other_certificate_file, sizeof certificate->other_certificate_file,
              directory, "other-certificate.pem");
    name_file(certificate->client_file, sizeof certificate->client_file, directory, "client.pem");
    name_file(certificate->two_clients_file, sizeof certificate->two_clients_file, directory,
              "two-clients.pem");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *other = EVP_EC_gen("P-256");
    require(key && other);
    write_certificate(certificate->certificate_file, key, "DNS:localhost,IP:127.0.0.1");
    write_certificate(certificate->other_certificate_file, other, "DNS:other.example");
    write_certificate(certificate->client_file, key,
                      "URI:urn:shap:organisation:home-housing,URI:https://home.example");
    write_certificate(certificate->two_clients_file, key,
                      "URI:urn:shap:organisation:a,URI:urn:shap:organisation:b");
    write_key(certificate->key_file, key, NULL);
    write_key(certificate->other_key_file, other, NULL);
    write_key(certificate->encrypted_key_file, key, EVP_aes_128_cbc());
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

void certificate_remove(struct certificate *certificate) {
    unlink(certificate->certificate_file);
    unlink(certificate->key_file);
    unlink(certificate->other_key_file);
    unlink(certificate->encrypted_key_file);
    unlink(certificate->other_certificate_file);
    unlink(certificate->client_file);
    unlink(certificate->two_clients_file);
    rmdir(certificate->directory);
}

static void create_peer(struct tls_peer *peer, const char *alpn, int version) {
    peer->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(peer->context, version);
    SSL_CTX_set_max_proto_version(peer->context, version);
    if (alpn)
        SSL_CTX_set_alpn_protos(peer->context, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    peer->ssl = SSL_new(peer->context);
    peer->in = BIO_new(BIO_s_mem());
    peer->out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(peer->in, -1);
    SSL_set_bio(peer->ssl, peer->in, peer->out);
    SSL_set_connect_state(peer->ssl);
}

void tls_peer_init(struct tls_peer *peer, const char *alpn, int version) {
    create_peer(peer, alpn, version);
    SSL_do_handshake(peer->ssl);
}

void tls_peer_resume(struct tls_peer *peer, const char *alpn, int version, SSL_SESSION *session) {
    create_peer(peer, alpn, version);
    SSL_set_session(peer->ssl, session);
    SSL_do_handshake(peer->ssl);
}

void tls_peer_offer(struct tls_peer *peer, const char *alpn, const char *suite) {
    create_peer(peer, alpn, TLS1_2_VERSION);
    require(SSL_set_cipher_list(peer->ssl, suite) == 1);
    SSL_do_handshake(peer->ssl);
}

void tls_peer_show(struct tls_peer *peer, const char *certificate_file, const char *key_file) {
    require(SSL_use_certificate_file(peer->ssl, certificate_file, SSL_FILETYPE_PEM) == 1 &&
            SSL_use_PrivateKey_file(peer->ssl, key_file, SSL_FILETYPE_PEM) == 1);
}

void tls_peer_finish(struct tls_peer *peer) {
    SSL_free(peer->ssl);
    SSL_CTX_free(peer->context);
    *peer = (struct tls_peer){0};
}

static bool is_waiting(struct tls_peer *peer, int result) {
    int code = SSL_get_error(peer->ssl, result);
    return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_ZERO_RETURN;
}

bool tls_peer_feed(struct tls_peer *peer, struct buf *cipher, struct buf *plain) {
    if (buf_len(cipher) > 0)
        BIO_write(peer->in, buf_bytes(cipher), (int)buf_len(cipher));
    buf_clear(cipher);
    if (!SSL_is_init_finished(peer->ssl)) {
        int result = SSL_do_handshake(peer->ssl);
        if (result != 1)
            return is_waiting(peer, result);
    }
    for (;;) {
        uint8_t *to = buf_reserve(plain, 4096);
        require(to != NULL);
        int n = SSL_read(peer->ssl, to, 4096);
        if (n <= 0)
            return is_waiting(peer, n);
        buf_commit(plain, (size_t)n);
    }
}

bool tls_peer_write(struct tls_peer *peer, struct buf *plain) {
    if (!SSL_is_init_finished(peer->ssl))
        return false;
    size_t len = buf_len(plain);
    require(len == 0 || SSL_write(peer->ssl, buf_bytes(plain), (int)len) == (int)len);
    buf_clear(plain);
    return true;
}

void tls_peer_drain(struct tls_peer *peer, struct buf *cipher) {
    size_t len = BIO_ctrl_pending(peer->out);
    uint8_t *to = buf_reserve(cipher, len + 1);
    require(to != NULL);
    int n = BIO_read(peer->out, to, (int)len);
    buf_commit(cipher, n > 0 ? (size_t)n : 0);
}
