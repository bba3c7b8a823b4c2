// A context is read again while one of OpenSSL's own allocations fails, each in its turn: either
// it says that it could not be, or whoever could connect before still can.
#include "server/net/tls_issue.h"
#include "server/net/tls_wire.h"

#include "tests/unit/net/tls_kit.h"

#include <criterion/criterion.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <unistd.h>

static long n_until_failure = -1; // negative: none fails
static long n_taken;
static char authority_file[TLS_KIT_PATH_SIZE], client_file[TLS_KIT_PATH_SIZE],
    client_key_file[TLS_KIT_PATH_SIZE];

static bool is_due(void) {
    n_taken++;
    return n_until_failure >= 0 && n_until_failure-- == 0;
}

static void *take(size_t size, const char *file, int line) {
    (void)file;
    (void)line;
    return is_due() ? NULL : malloc(size);
}

static void *resize(void *old, size_t size, const char *file, int line) {
    (void)file;
    (void)line;
    return is_due() ? NULL : realloc(old, size);
}

static void give_back(void *block, const char *file, int line) {
    (void)file;
    (void)line;
    free(block);
}

// OpenSSL takes them before its first allocation only.
__attribute__((constructor)) static void set_memory(void) {
    if (CRYPTO_set_mem_functions(take, resize, give_back) != 1)
        abort();
}

// An authority without a list, which would tell that its key was not read, and a client of it.
static void start(void) {
    const struct tls_wish wish = {.subject = "home-housing", .days = 1};
    struct tls_pair authority = {0};
    struct tls_pair client = {0};
    tls_kit_open();
    cr_assert(tls_issue_authority("localhost", 10, &authority, &kit.err));
    cr_assert(tls_issue_client(&authority, &wish, &client, &kit.err));
    tls_kit_write(authority_file, "authority", &authority.certificate);
    tls_kit_write(client_file, "client", &client.certificate);
    tls_kit_write(client_key_file, "client-key", &client.key);
    tls_pair_finish(&authority);
    tls_pair_finish(&client);
    struct tls_options options = tls_kit_options();
    options.client_ca_file = authority_file;
    options.is_client_required = true;
    tls_kit_open_context(&options);
}

static void stop(void) {
    unlink(authority_file);
    unlink(client_file);
    unlink(client_key_file);
    tls_kit_close();
}

TestSuite(tls_memory, .init = start, .fini = stop);

// ---- a way of signing

static bool is_admitted(void) {
    tls_kit_open_session();
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    tls_peer_show(&kit.peer, client_file, client_key_file);
    return tls_kit_shake_hands(SIZE_MAX);
}

static long count_of_empty_context(void) {
    long before = n_taken;
    SSL_CTX_free(SSL_CTX_new(TLS_server_method()));
    return n_taken - before;
}

Test(tls_memory, a_context_that_was_made_without_all_its_memory_admits_whom_the_one_before_did) {
    const long n_all = count_of_empty_context();
    cr_assert_gt(n_all, 100);
    for (long n = 0; n < n_all; n++) {
        error_clear(&kit.err);
        n_until_failure = n;
        bool is_read = tls_context_reload(kit.context, &kit.err);
        cr_assert_lt(n_until_failure, 0);
        cr_assert_eq(is_read, !kit.err.is_set);
        cr_assert(is_admitted(), "after allocation %ld failed: %s", n, kit.err.message);
    }
}

// ---- an authority

// Whether an allocation failed while the authorities were read.
static bool read_authority(SSL_CTX *ssl, X509 *client, long n) {
    const struct tls_options options = {.client_ca_file = authority_file};
    int64_t crl_expires;
    SSL_CTX_set_cert_store(ssl, X509_STORE_new());
    // As in a handshake: a key may not be too weak.
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(SSL_CTX_get_cert_store(ssl)), 1);
    error_clear(&kit.err);
    n_until_failure = n;
    bool is_read = tls_ask_clients(ssl, &options, &crl_expires, &kit.err);
    bool has_failed = n_until_failure < 0;
    n_until_failure = -1;
    cr_assert(is_read || has_failed, "%s", kit.err.message);
    cr_assert(!is_read || tls_is_client_good(ssl, client, NULL), "after allocation %ld failed", n);
    return has_failed;
}

Test(tls_memory, an_authority_that_was_read_without_all_its_memory_is_one_for_its_clients) {
    SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
    BIO *bio = BIO_new_file(client_file, "r");
    X509 *client = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    long n = 0;
    while (read_authority(ssl, client, n))
        n++;
    cr_assert_gt(n, 500);
    X509_free(client);
    BIO_free(bio);
    SSL_CTX_free(ssl);
}
