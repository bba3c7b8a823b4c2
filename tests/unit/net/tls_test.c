#include "server/net/tls.h"

#include "tests/unit/net/certificate.h"

#include <criterion/criterion.h>
#include <string.h>

static struct certificate files;
static struct tls_context *context;
static struct tls_session *session;
static struct tls_peer peer;
static struct buf to_server, to_client, received;
static struct error err;

static void open_context(void) {
    certificate_create(&files);
    const struct tls_options options = {files.certificate_file, files.key_file};
    error_clear(&err);
    context = tls_context_create(&options, &err);
    cr_assert_not_null(context, "%s", err.message);
    session = tls_session_create(context, &err);
    cr_assert_not_null(session);
}

static void close_context(void) {
    tls_session_destroy(session);
    tls_context_destroy(context);
    if (peer.ssl)
        tls_peer_finish(&peer);
    buf_finish(&to_server);
    buf_finish(&to_client);
    buf_finish(&received);
    certificate_remove(&files);
}

TestSuite(tls, .init = open_context, .fini = close_context);

// One flight each way, the server's input in pieces of at most step bytes.
static bool exchange(size_t step) {
    tls_peer_drain(&peer, &to_server);
    while (buf_len(&to_server) > 0) {
        size_t n = buf_len(&to_server) < step ? buf_len(&to_server) : step;
        if (!tls_session_feed(session, buf_bytes(&to_server), n, &received, &err))
            return false;
        buf_consume(&to_server, n);
    }
    cr_assert(tls_session_drain(session, &to_client));
    return true;
}

static bool shake_hands(size_t step) {
    struct buf plain = {0};
    bool is_good = true;
    for (int i = 0; i < 4 && is_good; i++)
        is_good = exchange(step) && tls_peer_feed(&peer, &to_client, &plain);
    buf_finish(&plain);
    return is_good;
}

static void client_says(const char *text) {
    struct buf plain = {0};
    cr_assert(buf_append_text(&plain, text));
    cr_assert(tls_peer_write(&peer, &plain));
    buf_finish(&plain);
}

Test(tls, bytes_pass_in_both_directions) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert_not(tls_session_can_write(session));
    cr_assert(shake_hands(SIZE_MAX), "%s", err.message);
    cr_assert(tls_session_can_write(session));
    client_says("hello");
    cr_assert(exchange(SIZE_MAX));
    cr_assert_eq(buf_len(&received), 5);
    cr_assert(tls_session_write(session, &received, &err));
    cr_assert_eq(buf_len(&received), 0);
    cr_assert(tls_session_drain(session, &to_client));
    cr_assert(tls_peer_feed(&peer, &to_client, &received));
    cr_assert_eq(memcmp(buf_bytes(&received), "hello", 5), 0);
}

Test(tls, the_handshake_may_come_one_byte_at_a_time) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(1), "%s", err.message);
    client_says("hello");
    cr_assert(exchange(1));
    cr_assert_eq(buf_len(&received), 5);
}

Test(tls, h2_is_found_among_other_protocols) {
    tls_peer_init(&peer, "\x08http/1.1\2h3\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(SIZE_MAX), "%s", err.message);
    cr_assert(tls_session_can_write(session));
}

Test(tls, a_client_that_offers_other_protocols_is_sent_an_alert) {
    tls_peer_init(&peer, "\x08http/1.1", TLS1_3_VERSION);
    cr_assert_not(shake_hands(SIZE_MAX));
    cr_assert(err.is_set);
    cr_assert(tls_session_drain(session, &to_client));
    cr_assert_gt(buf_len(&to_client), 0);
    cr_assert_not(tls_session_can_write(session));
}

Test(tls, a_client_that_offers_no_protocol_is_refused) {
    tls_peer_init(&peer, NULL, TLS1_3_VERSION);
    cr_assert_not(shake_hands(SIZE_MAX));
    cr_assert(strstr(err.message, "h2"));
}

Test(tls, versions_before_1_3_are_refused) {
    tls_peer_init(&peer, "\2h2", TLS1_2_VERSION);
    cr_assert_not(shake_hands(SIZE_MAX));
    cr_assert(err.is_set);
    cr_assert_not(tls_session_can_write(session));
}

Test(tls, bytes_that_are_not_tls_are_refused) {
    cr_assert_not(
        tls_session_feed(session, (const uint8_t *)"PRI * HTTP/2.0\r\n\r\n", 18, &received, &err));
    cr_assert(err.is_set);
    cr_assert_eq(buf_len(&received), 0);
}

Test(tls, a_record_corrupted_anywhere_is_refused) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(SIZE_MAX));
    client_says("hello");
    tls_peer_drain(&peer, &to_server);
    to_server.data[to_server.end - 1] ^= 1;
    cr_assert_not(exchange(SIZE_MAX));
    cr_assert(err.is_set);
    cr_assert_eq(buf_len(&received), 0);
}

Test(tls, a_megabyte_passes_in_many_records) {
    struct buf large = {0};
    cr_assert_not_null(buf_reserve(&large, 1 << 20));
    memset(large.data, 'x', 1 << 20);
    buf_commit(&large, 1 << 20);
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(SIZE_MAX));
    cr_assert(tls_session_write(session, &large, &err));
    cr_assert(tls_session_drain(session, &to_client));
    cr_assert(tls_peer_feed(&peer, &to_client, &received));
    cr_assert_eq(buf_len(&received), 1 << 20);
    buf_finish(&large);
}

Test(tls, each_side_can_say_that_it_ends) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(SIZE_MAX));
    SSL_shutdown(peer.ssl);
    cr_assert_not(tls_session_is_ended(session));
    cr_assert(exchange(SIZE_MAX));
    cr_assert(tls_session_is_ended(session));
    tls_session_close(session);
    cr_assert(tls_session_drain(session, &to_client));
    cr_assert_gt(buf_len(&to_client), 0);
    cr_assert(tls_peer_feed(&peer, &to_client, &received));
    cr_assert(SSL_get_shutdown(peer.ssl) & SSL_RECEIVED_SHUTDOWN);
}

Test(tls, a_session_survives_its_context) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    tls_context_destroy(context);
    context = NULL;
    cr_assert(shake_hands(SIZE_MAX));
}

static void expect_refusal(const char *certificate, const char *key, const char *why) {
    const struct tls_options options = {certificate, key};
    error_clear(&err);
    cr_assert_null(tls_context_create(&options, &err));
    cr_assert(strstr(err.message, why), "%s", err.message);
}

Test(tls, files_that_cannot_be_used_are_named_with_the_cure) {
    expect_refusal("/nonexistent/c.pem", files.key_file,
                   "cannot read the certificate /nonexistent");
    expect_refusal(files.certificate_file, "/nonexistent/k.pem", "cannot read the private key");
    expect_refusal(files.key_file, files.key_file, "no usable certificate");
    expect_refusal(files.certificate_file, files.certificate_file, "no usable private key");
    expect_refusal(files.certificate_file, files.other_key_file, "belong to the certificate");
    expect_refusal(files.certificate_file, files.encrypted_key_file, "without passphrase");
    expect_refusal(files.directory, files.key_file, "certificate");
}
