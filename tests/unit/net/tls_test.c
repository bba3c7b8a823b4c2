#include "server/net/tls.h"

#include "tests/unit/net/certificate.h"

#include <criterion/criterion.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct certificate files;
static struct tls_context *context;
static struct tls_session *session;
static struct tls_peer peer;
static struct buf to_server, to_client, received;
static struct error err;

static struct tls_options options_of_files(void) {
    return (struct tls_options){.certificate_file = files.certificate_file,
                                .key_file = files.key_file};
}

static void create_context(const struct tls_options *options) {
    error_clear(&err);
    context = tls_context_create(options, &err);
    cr_assert_not_null(context, "%s", err.message);
    session = tls_session_create(context, &err);
    cr_assert_not_null(session);
}

static void open_context(void) {
    certificate_create(&files);
    const struct tls_options options = options_of_files();
    create_context(&options);
}

static void end_peer(void) {
    if (peer.ssl)
        tls_peer_finish(&peer);
    buf_clear(&to_server);
    buf_clear(&to_client);
    buf_clear(&received);
}

// What the server says is another from here on.
static void open_another(const struct tls_options *options) {
    tls_session_destroy(session);
    tls_context_destroy(context);
    end_peer();
    create_context(options);
}

static void open_another_session(void) {
    tls_session_destroy(session);
    end_peer();
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

// ---- what may be switched on

static void require_1_2(void) {
    struct tls_options options = options_of_files();
    options.allows_1_2 = true;
    open_another(&options);
}

Test(tls, version_1_2_is_spoken_where_it_is_allowed_and_never_an_older_one) {
    require_1_2();
    tls_peer_init(&peer, "\2h2", TLS1_2_VERSION);
    cr_assert(shake_hands(SIZE_MAX), "%s", err.message);
    cr_assert_str_eq(SSL_get_version(peer.ssl), "TLSv1.2");
    cr_assert_str_eq(SSL_get_cipher_name(peer.ssl), "ECDHE-ECDSA-AES128-GCM-SHA256");
    cr_assert_null(SSL_get_current_compression(peer.ssl));
    open_another_session();
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(SIZE_MAX), "%s", err.message);
    open_another_session();
    tls_peer_init(&peer, "\2h2", TLS1_1_VERSION);
    cr_assert_not(shake_hands(SIZE_MAX));
}

Test(tls, suites_of_1_2_without_forward_secrecy_or_authentication_are_refused) {
    static const char *const old[] = {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA",
                                      "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-CCM"};
    require_1_2();
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        open_another_session();
        tls_peer_offer(&peer, "\2h2", old[i]);
        cr_assert_not(shake_hands(SIZE_MAX), "%s", old[i]);
        error_clear(&err);
    }
}

Test(tls, a_client_cannot_negotiate_again) {
    require_1_2();
    tls_peer_init(&peer, "\2h2", TLS1_2_VERSION);
    cr_assert(shake_hands(SIZE_MAX));
    SSL_renegotiate(peer.ssl);
    SSL_do_handshake(peer.ssl);
    cr_assert(exchange(SIZE_MAX));
    cr_assert_not(tls_peer_feed(&peer, &to_client, &received));
}

// ---- tickets

static SSL_SESSION *take_ticket(void) {
    cr_assert(shake_hands(SIZE_MAX), "%s", err.message);
    // A copy: a session whose connection ends without a word is not to be resumed.
    SSL_SESSION *ticket = SSL_SESSION_dup(SSL_get0_session(peer.ssl));
    cr_assert(SSL_SESSION_is_resumable(ticket));
    return ticket;
}

// Whether a new connection is resumed by the ticket, which is used up.
static bool is_resumed(int version, SSL_SESSION *ticket) {
    open_another_session();
    tls_peer_resume(&peer, "\2h2", version, ticket);
    SSL_SESSION_free(ticket);
    cr_assert(shake_hands(SIZE_MAX), "%s", err.message);
    return SSL_session_reused(peer.ssl);
}

Test(tls, a_session_is_resumed_by_its_ticket) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *ticket = take_ticket();
    cr_assert_eq(SSL_SESSION_get_ticket_lifetime_hint(ticket), TLS_TICKET_S);
    cr_assert_eq(SSL_SESSION_get_max_early_data(ticket), 0);
    cr_assert(is_resumed(TLS1_3_VERSION, ticket));
    client_says("hello");
    cr_assert(exchange(SIZE_MAX));
    cr_assert_eq(buf_len(&received), 5);
}

Test(tls, a_session_of_1_2_is_resumed_by_its_ticket) {
    require_1_2();
    tls_peer_init(&peer, "\2h2", TLS1_2_VERSION);
    cr_assert(is_resumed(TLS1_2_VERSION, take_ticket()));
}

Test(tls, a_ticket_outlives_one_key_and_not_two) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *first = take_ticket();
    SSL_SESSION *second = SSL_SESSION_dup(first);
    tls_context_rotate(context);
    cr_assert(is_resumed(TLS1_3_VERSION, first));
    tls_context_rotate(context);
    cr_assert_not(is_resumed(TLS1_3_VERSION, second));
}

Test(tls, a_ticket_of_another_server_is_no_more_than_a_new_client) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *ticket = take_ticket();
    const struct tls_options options = options_of_files();
    open_another(&options);
    cr_assert_not(is_resumed(TLS1_3_VERSION, ticket));
}

Test(tls, a_ticket_outlives_a_reload) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *ticket = take_ticket();
    cr_assert(tls_context_reload(context, &err), "%s", err.message);
    cr_assert(is_resumed(TLS1_3_VERSION, ticket));
}

// ---- reading the files again

static void move(const char *from, const char *to) {
    cr_assert_eq(rename(from, to), 0);
}

static bool is_shown(const char *name) {
    X509 *shown = SSL_get0_peer_certificate(peer.ssl);
    return X509_check_host(shown, name, 0, 0, NULL) == 1;
}

Test(tls, a_new_certificate_is_for_new_connections_and_the_old_ones_go_on) {
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(SIZE_MAX));
    struct tls_session *old_session = session;
    struct tls_peer old_peer = peer;
    peer = (struct tls_peer){0};
    session = NULL;
    move(files.other_certificate_file, files.certificate_file);
    move(files.other_key_file, files.key_file);
    cr_assert(tls_context_reload(context, &err), "%s", err.message);
    open_another_session();
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(SIZE_MAX));
    cr_assert(is_shown("other.example"));
    open_another_session();
    tls_session_destroy(session);
    session = old_session;
    peer = old_peer;
    cr_assert(is_shown("localhost"));
    client_says("hello");
    cr_assert(exchange(SIZE_MAX));
    cr_assert_eq(buf_len(&received), 5);
}

Test(tls, files_that_do_not_belong_together_change_nothing) {
    int64_t expires = tls_context_expires(context);
    move(files.other_certificate_file, files.certificate_file);
    cr_assert_not(tls_context_reload(context, &err));
    cr_assert(strstr(err.message, "belong to the certificate"), "%s", err.message);
    cr_assert_eq(tls_context_expires(context), expires);
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
    cr_assert(shake_hands(SIZE_MAX));
    cr_assert(is_shown("localhost"));
}

Test(tls, the_end_of_the_certificate_is_known) {
    int64_t left_s = tls_context_expires(context) - (int64_t)time(NULL);
    cr_assert(left_s > 3500 && left_s <= 3600, "%lld", (long long)left_s);
}

// ---- clients' certificates

static void ask_clients(const char *authority, bool is_required) {
    struct tls_options options = options_of_files();
    options.client_ca_file = authority;
    options.is_client_required = is_required;
    open_another(&options);
    tls_peer_init(&peer, "\2h2", TLS1_3_VERSION);
}

Test(tls, a_certificate_names_the_organisation_of_its_connection) {
    ask_clients(files.client_file, true);
    cr_assert_str_eq(tls_session_organisation(session), "");
    tls_peer_show(&peer, files.client_file, files.key_file);
    cr_assert(shake_hands(SIZE_MAX), "%s", err.message);
    cr_assert_str_eq(tls_session_organisation(session), "home-housing");
}

Test(tls, a_resumed_session_is_still_of_the_organisation) {
    ask_clients(files.client_file, true);
    tls_peer_show(&peer, files.client_file, files.key_file);
    cr_assert(is_resumed(TLS1_3_VERSION, take_ticket()));
    cr_assert_str_eq(tls_session_organisation(session), "home-housing");
}

Test(tls, where_clients_are_asked_a_reload_ends_all_tickets) {
    ask_clients(files.client_file, false);
    tls_peer_show(&peer, files.client_file, files.key_file);
    SSL_SESSION *ticket = take_ticket();
    cr_assert(tls_context_reload(context, &err));
    cr_assert_not(is_resumed(TLS1_3_VERSION, ticket));
}

Test(tls, a_client_without_certificate_is_refused_only_where_one_is_required) {
    ask_clients(files.client_file, false);
    cr_assert(shake_hands(SIZE_MAX), "%s", err.message);
    cr_assert_str_eq(tls_session_organisation(session), "");
    ask_clients(files.client_file, true);
    cr_assert_not(shake_hands(SIZE_MAX));
    cr_assert(strstr(err.message, "did not return a certificate"), "%s", err.message);
}

Test(tls, a_certificate_of_another_authority_is_refused) {
    ask_clients(files.other_certificate_file, false);
    tls_peer_show(&peer, files.client_file, files.key_file);
    cr_assert_not(shake_hands(SIZE_MAX));
    cr_assert(strstr(err.message, "the client's certificate: self"), "%s", err.message);
    cr_assert_str_eq(tls_session_organisation(session), "");
}

Test(tls, a_certificate_names_one_organisation_or_is_refused) {
    ask_clients(files.certificate_file, false);
    tls_peer_show(&peer, files.certificate_file, files.key_file);
    cr_assert_not(shake_hands(SIZE_MAX));
    cr_assert(strstr(err.message, "not one organisation"), "%s", err.message);
    ask_clients(files.two_clients_file, false);
    tls_peer_show(&peer, files.two_clients_file, files.key_file);
    cr_assert_not(shake_hands(SIZE_MAX));
    cr_assert(strstr(err.message, "not one organisation"), "%s", err.message);
}

static void expect_refusal(const char *certificate, const char *key, const char *why) {
    const struct tls_options options = {.certificate_file = certificate, .key_file = key};
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
