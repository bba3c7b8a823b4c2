#include "server/net/tls.h"

#include "tests/unit/net/tls_kit.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

TestSuite(tls, .init = tls_kit_open, .fini = tls_kit_close);

Test(tls, bytes_pass_in_both_directions) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert_not(tls_session_can_write(kit.session));
    cr_assert(tls_kit_shake_hands(SIZE_MAX), "%s", kit.err.message);
    cr_assert(tls_session_can_write(kit.session));
    tls_kit_say("hello");
    cr_assert(tls_kit_exchange(SIZE_MAX));
    cr_assert_eq(buf_len(&kit.received), 5);
    cr_assert(tls_session_write(kit.session, &kit.received, &kit.to_client, &kit.err));
    cr_assert_eq(buf_len(&kit.received), 0);
    cr_assert(tls_session_drain(kit.session, &kit.to_client));
    cr_assert(tls_peer_feed(&kit.peer, &kit.to_client, &kit.received));
    cr_assert_eq(memcmp(buf_bytes(&kit.received), "hello", 5), 0);
}

Test(tls, the_handshake_may_come_one_byte_at_a_time) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(1), "%s", kit.err.message);
    tls_kit_say("hello");
    cr_assert(tls_kit_exchange(1));
    cr_assert_eq(buf_len(&kit.received), 5);
}

Test(tls, h2_is_found_among_other_protocols) {
    tls_peer_init(&kit.peer, "\x08http/1.1\2h3\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX), "%s", kit.err.message);
    cr_assert(tls_session_can_write(kit.session));
}

Test(tls, a_client_that_offers_other_protocols_is_sent_an_alert) {
    tls_peer_init(&kit.peer, "\x08http/1.1", TLS1_3_VERSION);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(kit.err.is_set);
    cr_assert(tls_session_drain(kit.session, &kit.to_client));
    cr_assert_gt(buf_len(&kit.to_client), 0);
    cr_assert_not(tls_session_can_write(kit.session));
}

Test(tls, a_client_that_offers_no_protocol_is_refused) {
    tls_peer_init(&kit.peer, NULL, TLS1_3_VERSION);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(strstr(kit.err.message, "h2"));
}

Test(tls, versions_before_1_3_are_refused) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_2_VERSION);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(kit.err.is_set);
    cr_assert_not(tls_session_can_write(kit.session));
}

Test(tls, bytes_that_are_not_tls_are_refused) {
    cr_assert_not(tls_session_feed(kit.session, (const uint8_t *)"PRI * HTTP/2.0\r\n\r\n", 18,
                                   &kit.received, &kit.err));
    cr_assert(kit.err.is_set);
    cr_assert_eq(buf_len(&kit.received), 0);
}

Test(tls, a_record_corrupted_anywhere_is_refused) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    tls_kit_say("hello");
    tls_peer_drain(&kit.peer, &kit.to_server);
    kit.to_server.data[kit.to_server.end - 1] ^= 1;
    cr_assert_not(tls_kit_exchange(SIZE_MAX));
    cr_assert(kit.err.is_set);
    cr_assert_eq(buf_len(&kit.received), 0);
}

Test(tls, a_megabyte_passes_in_many_records) {
    struct buf large = {0};
    cr_assert_not_null(buf_reserve(&large, 1 << 20));
    memset(large.data, 'x', 1 << 20);
    buf_commit(&large, 1 << 20);
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(tls_session_write(kit.session, &large, &kit.to_client, &kit.err));
    cr_assert(tls_session_drain(kit.session, &kit.to_client));
    cr_assert(tls_peer_feed(&kit.peer, &kit.to_client, &kit.received));
    cr_assert_eq(buf_len(&kit.received), 1 << 20);
    buf_finish(&large);
}

// What OpenSSL holds, of both sides.
static size_t n_held;

static void *held_malloc(size_t size, const char *file, int line) {
    void *block = malloc(size);
    (void)file;
    (void)line;
    n_held += block ? malloc_usable_size(block) : 0;
    return block;
}

static void held_free(void *block, const char *file, int line) {
    (void)file;
    (void)line;
    n_held -= block ? malloc_usable_size(block) : 0;
    free(block);
}

static void *held_realloc(void *block, size_t size, const char *file, int line) {
    (void)file;
    (void)line;
    size_t before = block ? malloc_usable_size(block) : 0;
    void *longer = realloc(block, size);
    if (longer || size == 0)
        n_held += (longer ? malloc_usable_size(longer) : 0) - before;
    return longer;
}

__attribute__((constructor)) static void count_held(void) {
    (void)CRYPTO_set_mem_functions(held_malloc, held_realloc, held_free);
}

// What goes with the session was its own.
Test(tls, an_idle_session_holds_little_whatever_has_passed) {
    enum { MOST = 16 * 1024, LARGE = 1 << 20 };
    struct buf large = {0};
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    cr_assert_not_null(buf_reserve(&large, LARGE));
    memset(large.data, 'x', LARGE);
    buf_commit(&large, LARGE);
    cr_assert(tls_peer_write(&kit.peer, &large));
    cr_assert(tls_kit_exchange(1000));
    cr_assert_eq(buf_len(&kit.received), LARGE);
    cr_assert(tls_session_write(kit.session, &kit.received, &kit.to_client, &kit.err));
    cr_assert(tls_peer_feed(&kit.peer, &kit.to_client, &kit.received));
    cr_assert_eq(buf_len(&kit.received), LARGE);
    buf_finish(&large);
    size_t before = n_held;
    tls_session_destroy(kit.session);
    kit.session = NULL;
    cr_assert_gt(before - n_held, 7 * 1024, "it is counted");
    cr_assert_leq(before - n_held, MOST, "%zu", before - n_held);
}

Test(tls, each_side_can_say_that_it_ends) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    SSL_shutdown(kit.peer.ssl);
    cr_assert_not(tls_session_is_ended(kit.session));
    cr_assert(tls_kit_exchange(SIZE_MAX));
    cr_assert(tls_session_is_ended(kit.session));
    tls_session_close(kit.session);
    cr_assert(tls_session_drain(kit.session, &kit.to_client));
    cr_assert_gt(buf_len(&kit.to_client), 0);
    cr_assert(tls_peer_feed(&kit.peer, &kit.to_client, &kit.received));
    cr_assert(SSL_get_shutdown(kit.peer.ssl) & SSL_RECEIVED_SHUTDOWN);
}

// ---- what may be switched on

static void require_1_2(void) {
    struct tls_options options = tls_kit_options();
    options.allows_1_2 = true;
    tls_kit_open_context(&options);
}

Test(tls, version_1_2_is_spoken_where_it_is_allowed_and_never_an_older_one) {
    require_1_2();
    tls_peer_init(&kit.peer, "\2h2", TLS1_2_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX), "%s", kit.err.message);
    cr_assert_str_eq(SSL_get_version(kit.peer.ssl), "TLSv1.2");
    cr_assert_str_eq(SSL_get_cipher_name(kit.peer.ssl), "ECDHE-ECDSA-AES128-GCM-SHA256");
    cr_assert_null(SSL_get_current_compression(kit.peer.ssl));
    tls_kit_open_session();
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX), "%s", kit.err.message);
    tls_kit_open_session();
    tls_peer_init(&kit.peer, "\2h2", TLS1_1_VERSION);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
}

Test(tls, suites_of_1_2_without_forward_secrecy_or_authentication_are_refused) {
    static const char *const old[] = {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA",
                                      "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-CCM"};
    require_1_2();
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        tls_kit_open_session();
        tls_peer_offer(&kit.peer, "\2h2", old[i]);
        cr_assert_not(tls_kit_shake_hands(SIZE_MAX), "%s", old[i]);
        error_clear(&kit.err);
    }
}

Test(tls, a_client_cannot_negotiate_again) {
    require_1_2();
    tls_peer_init(&kit.peer, "\2h2", TLS1_2_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    SSL_renegotiate(kit.peer.ssl);
    SSL_do_handshake(kit.peer.ssl);
    cr_assert(tls_kit_exchange(SIZE_MAX));
    cr_assert_not(tls_peer_feed(&kit.peer, &kit.to_client, &kit.received));
}

// ---- what costs us more than whom it comes from

// Once more the client asks for new keys, and forgets that it did: its own TLS would wait.
static void ask_for_keys(void) {
    cr_assert_eq(SSL_key_update(kit.peer.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    cr_assert_eq(SSL_do_handshake(kit.peer.ssl), 1);
}

Test(tls, a_client_may_ask_for_new_keys_now_and_then) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    for (int i = 0; i < 3; i++) {
        ask_for_keys();
        tls_kit_say("hello");
        cr_assert(tls_kit_exchange(SIZE_MAX), "%s", kit.err.message);
        cr_assert(tls_peer_feed(&kit.peer, &kit.to_client, &kit.received));
    }
    cr_assert_eq(buf_len(&kit.received), 15);
    cr_assert(tls_session_write(kit.session, &kit.received, &kit.to_client, &kit.err));
    cr_assert(tls_session_drain(kit.session, &kit.to_client));
    cr_assert(tls_peer_feed(&kit.peer, &kit.to_client, &kit.received));
    cr_assert_eq(buf_len(&kit.received), 15);
}

Test(tls, a_flood_of_requests_for_new_keys_is_not_answered) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    for (int i = 0; i < 2000; i++)
        ask_for_keys();
    tls_kit_say("hello");
    cr_assert_not(tls_kit_exchange(SIZE_MAX));
    cr_assert_not_null(strstr(kit.err.message, "too many messages"), "%s", kit.err.message);
    cr_assert_not(tls_session_can_write(kit.session));
    cr_assert_eq(buf_len(&kit.received), 0);
    cr_assert(tls_session_drain(kit.session, &kit.to_client));
    cr_assert_leq(buf_len(&kit.to_client), 32 * 32); // an answer is a record of 27 bytes
}

// Asks n times without reading the answers; whether that is borne.
static bool bears(int n) {
    for (int i = 0; i < n; i++)
        ask_for_keys();
    return tls_kit_exchange(SIZE_MAX);
}

Test(tls, requests_for_new_keys_are_forgotten_when_the_keys_of_tickets_change) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    for (int i = 0; i < 3; i++) {
        cr_assert(bears(31), "%s", kit.err.message);
        tls_context_rotate(kit.context);
    }
    cr_assert(bears(20), "%s", kit.err.message);
    cr_assert_not(bears(20));
}

// ---- tickets

Test(tls, a_session_is_resumed_by_its_ticket) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *ticket = tls_kit_take_ticket();
    cr_assert_eq(SSL_SESSION_get_ticket_lifetime_hint(ticket), TLS_TICKET_S);
    cr_assert_eq(SSL_SESSION_get_max_early_data(ticket), 0);
    cr_assert(tls_kit_is_resumed(TLS1_3_VERSION, ticket));
    tls_kit_say("hello");
    cr_assert(tls_kit_exchange(SIZE_MAX));
    cr_assert_eq(buf_len(&kit.received), 5);
}

Test(tls, a_session_of_1_2_is_resumed_by_its_ticket) {
    require_1_2();
    tls_peer_init(&kit.peer, "\2h2", TLS1_2_VERSION);
    cr_assert(tls_kit_is_resumed(TLS1_2_VERSION, tls_kit_take_ticket()));
}

Test(tls, a_ticket_outlives_one_key_and_not_two) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *first = tls_kit_take_ticket();
    SSL_SESSION *second = SSL_SESSION_dup(first);
    tls_context_rotate(kit.context);
    cr_assert(tls_kit_is_resumed(TLS1_3_VERSION, first));
    tls_context_rotate(kit.context);
    cr_assert_not(tls_kit_is_resumed(TLS1_3_VERSION, second));
}

Test(tls, a_ticket_of_another_server_is_no_more_than_a_new_client) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *ticket = tls_kit_take_ticket();
    const struct tls_options options = tls_kit_options();
    tls_kit_open_context(&options);
    cr_assert_not(tls_kit_is_resumed(TLS1_3_VERSION, ticket));
}

// Both keys of one server are another's; each goes its own way from then on.
Test(tls, a_ticket_is_good_for_every_server_that_was_given_the_keys) {
    struct tls_tickets keys;
    const struct tls_options options = tls_kit_options();
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *before = tls_kit_take_ticket();
    tls_context_rotate(kit.context);
    tls_kit_open_session();
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *latest = tls_kit_take_ticket();
    SSL_SESSION *again = SSL_SESSION_dup(before);
    tls_context_give_tickets(kit.context, &keys);
    tls_kit_open_context(&options);
    tls_context_take_tickets(kit.context, &keys);
    cr_assert(tls_kit_is_resumed(TLS1_3_VERSION, before));
    cr_assert(tls_kit_is_resumed(TLS1_3_VERSION, latest));
    tls_context_rotate(kit.context);
    cr_assert_not(tls_kit_is_resumed(TLS1_3_VERSION, again));
}

Test(tls, a_ticket_outlives_a_reload) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    SSL_SESSION *ticket = tls_kit_take_ticket();
    cr_assert(tls_context_reload(kit.context, &kit.err), "%s", kit.err.message);
    cr_assert(tls_kit_is_resumed(TLS1_3_VERSION, ticket));
}

// ---- reading the files again

static void move(const char *from, const char *to) {
    cr_assert_eq(rename(from, to), 0);
}

static bool is_shown(const char *name) {
    X509 *shown = SSL_get0_peer_certificate(kit.peer.ssl);
    return X509_check_host(shown, name, 0, 0, NULL) == 1;
}

Test(tls, a_new_certificate_is_for_new_connections_and_the_old_ones_go_on) {
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    struct tls_session *old_session = kit.session;
    struct tls_peer old_peer = kit.peer;
    kit.peer = (struct tls_peer){0};
    kit.session = NULL;
    move(kit.files.other_certificate_file, kit.files.certificate_file);
    move(kit.files.other_key_file, kit.files.key_file);
    cr_assert(tls_context_reload(kit.context, &kit.err), "%s", kit.err.message);
    tls_kit_open_session();
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(is_shown("other.example"));
    tls_kit_open_session();
    tls_session_destroy(kit.session);
    kit.session = old_session;
    kit.peer = old_peer;
    cr_assert(is_shown("localhost"));
    tls_kit_say("hello");
    cr_assert(tls_kit_exchange(SIZE_MAX));
    cr_assert_eq(buf_len(&kit.received), 5);
}

Test(tls, files_that_do_not_belong_together_change_nothing) {
    int64_t expires = tls_context_expires(kit.context);
    move(kit.files.other_certificate_file, kit.files.certificate_file);
    cr_assert_not(tls_context_reload(kit.context, &kit.err));
    cr_assert(strstr(kit.err.message, "belong to the certificate"), "%s", kit.err.message);
    cr_assert_eq(tls_context_expires(kit.context), expires);
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    cr_assert(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(is_shown("localhost"));
}

Test(tls, the_end_of_the_certificate_is_known) {
    int64_t left_s = tls_context_expires(kit.context) - (int64_t)time(NULL);
    cr_assert(left_s > 3500 && left_s <= 3600, "%lld", (long long)left_s);
}

static void expect_refusal(const char *certificate, const char *key, const char *why) {
    const struct tls_options options = {.certificate_file = certificate, .key_file = key};
    error_clear(&kit.err);
    cr_assert_null(tls_context_create(&options, &kit.err));
    cr_assert(strstr(kit.err.message, why), "%s", kit.err.message);
}

Test(tls, files_that_cannot_be_used_are_named_with_the_cure) {
    expect_refusal("/nonexistent/c.pem", kit.files.key_file,
                   "cannot read the certificate /nonexistent");
    expect_refusal(kit.files.certificate_file, "/nonexistent/k.pem", "cannot read the private key");
    expect_refusal(kit.files.key_file, kit.files.key_file, "no usable certificate");
    expect_refusal(kit.files.certificate_file, kit.files.certificate_file, "no usable private key");
    expect_refusal(kit.files.certificate_file, kit.files.other_key_file,
                   "belong to the certificate");
    expect_refusal(kit.files.certificate_file, kit.files.encrypted_key_file, "without passphrase");
    expect_refusal(kit.files.directory, kit.files.key_file, "certificate");
}
