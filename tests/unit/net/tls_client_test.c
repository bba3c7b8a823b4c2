#include "server/net/tls.h"

#include "server/net/tls_crl.h"
#include "tests/unit/net/tls_kit.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(tls_client, .init = tls_kit_open, .fini = tls_kit_close);

// ---- clients' certificates

static void ask_clients(const char *authority, bool is_required) {
    struct tls_options options = tls_kit_options();
    options.client_ca_file = authority;
    options.is_client_required = is_required;
    tls_kit_open_context(&options);
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
}

Test(tls_client, a_certificate_names_the_organisation_of_its_connection) {
    ask_clients(kit.files.client_file, true);
    cr_assert_str_eq(tls_session_organisation(kit.session), "");
    tls_peer_show(&kit.peer, kit.files.client_file, kit.files.key_file);
    cr_assert(tls_kit_shake_hands(SIZE_MAX), "%s", kit.err.message);
    cr_assert_str_eq(tls_session_organisation(kit.session), "home-housing");
}

Test(tls_client, a_resumed_session_is_still_of_the_organisation) {
    ask_clients(kit.files.client_file, true);
    tls_peer_show(&kit.peer, kit.files.client_file, kit.files.key_file);
    cr_assert(tls_kit_is_resumed(TLS1_3_VERSION, tls_kit_take_ticket()));
    cr_assert_str_eq(tls_session_organisation(kit.session), "home-housing");
}

Test(tls_client, where_clients_are_asked_a_reload_ends_all_tickets) {
    ask_clients(kit.files.client_file, false);
    tls_peer_show(&kit.peer, kit.files.client_file, kit.files.key_file);
    SSL_SESSION *ticket = tls_kit_take_ticket();
    cr_assert(tls_context_reload(kit.context, &kit.err));
    cr_assert_not(tls_kit_is_resumed(TLS1_3_VERSION, ticket));
}

Test(tls_client, a_client_without_certificate_is_refused_only_where_one_is_required) {
    ask_clients(kit.files.client_file, false);
    cr_assert(tls_kit_shake_hands(SIZE_MAX), "%s", kit.err.message);
    cr_assert_str_eq(tls_session_organisation(kit.session), "");
    ask_clients(kit.files.client_file, true);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(strstr(kit.err.message, "did not return a certificate"), "%s", kit.err.message);
}

Test(tls_client, a_certificate_of_another_authority_is_refused) {
    ask_clients(kit.files.other_certificate_file, false);
    tls_peer_show(&kit.peer, kit.files.client_file, kit.files.key_file);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(strstr(kit.err.message, "the client's certificate: self"), "%s", kit.err.message);
    cr_assert_str_eq(tls_session_organisation(kit.session), "");
}

Test(tls_client, a_certificate_names_one_organisation_or_is_refused) {
    ask_clients(kit.files.certificate_file, false);
    tls_peer_show(&kit.peer, kit.files.certificate_file, kit.files.key_file);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(strstr(kit.err.message, "not one organisation"), "%s", kit.err.message);
    ask_clients(kit.files.two_clients_file, false);
    tls_peer_show(&kit.peer, kit.files.two_clients_file, kit.files.key_file);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
    cr_assert(strstr(kit.err.message, "not one organisation"), "%s", kit.err.message);
}

// ---- lists of revoked certificates

static struct tls_pair authority, first_client, second_client;
static struct buf list;
static char first_file[TLS_KIT_PATH_SIZE], key_file[TLS_KIT_PATH_SIZE],
    authority_file[TLS_KIT_PATH_SIZE], list_file[TLS_KIT_PATH_SIZE];

// Adds one to the list (NULL: none), which is written where the context reads it.
static void publish(const struct buf *certificate) {
    struct buf made = {0};
    const struct tls_revocation revocation = {certificate, "key-compromise"};
    cr_assert(tls_crl_issue(&authority, buf_len(&list) > 0 ? &list : NULL, 10,
                            certificate ? &revocation : NULL, &made, &kit.err),
              "%s", kit.err.message);
    buf_move(&list, &made);
    tls_kit_write(list_file, "list", &list);
}

// A context that asks for certificates of an authority, whose list names nobody.
static void ask_listed_clients(void) {
    const struct tls_wish wish = {.subject = "home-housing", .days = 1};
    cr_assert(tls_issue_authority("localhost", 10, &authority, &kit.err));
    cr_assert(tls_issue_client(&authority, &wish, &first_client, &kit.err));
    cr_assert(tls_issue_client(&authority, &wish, &second_client, &kit.err));
    tls_kit_write(authority_file, "authority", &authority.certificate);
    publish(NULL);
    struct tls_options options = tls_kit_options();
    options.client_ca_file = authority_file;
    options.client_crl_file = list_file;
    tls_kit_open_context(&options);
}

static bool is_admitted(const struct tls_pair *client) {
    tls_kit_open_session();
    tls_kit_write(first_file, "client", &client->certificate);
    tls_kit_write(key_file, "client-key", &client->key);
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    tls_peer_show(&kit.peer, first_file, key_file);
    error_clear(&kit.err);
    return tls_kit_shake_hands(SIZE_MAX);
}

static void forget_authority(void) {
    tls_pair_finish(&authority);
    tls_pair_finish(&first_client);
    tls_pair_finish(&second_client);
    buf_finish(&list);
    unlink(first_file);
    unlink(key_file);
    unlink(authority_file);
    unlink(list_file);
}

Test(tls_client, a_certificate_on_the_list_is_refused_and_its_open_session_is_trusted_no_more) {
    ask_listed_clients();
    cr_assert(is_admitted(&second_client), "%s", kit.err.message);
    cr_assert(is_admitted(&first_client), "%s", kit.err.message);
    cr_assert(tls_session_is_trusted(kit.session));
    publish(&first_client.certificate);
    cr_assert(tls_session_is_trusted(kit.session));
    cr_assert(tls_context_reload(kit.context, &kit.err), "%s", kit.err.message);
    cr_assert_not(tls_session_is_trusted(kit.session));
    cr_assert_not(is_admitted(&first_client));
    cr_assert_not_null(strstr(kit.err.message, "certificate revoked"), "%s", kit.err.message);
    cr_assert(is_admitted(&second_client), "%s", kit.err.message);
    cr_assert(tls_session_is_trusted(kit.session));
    forget_authority();
}

Test(tls_client, a_handshake_that_a_reload_came_into_is_judged_by_what_is_trusted_now) {
    ask_listed_clients();
    tls_kit_write(first_file, "client", &first_client.certificate);
    tls_kit_write(key_file, "client-key", &first_client.key);
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    tls_peer_show(&kit.peer, first_file, key_file);
    cr_assert(tls_kit_exchange(SIZE_MAX));
    publish(&first_client.certificate);
    cr_assert(tls_context_reload(kit.context, &kit.err), "%s", kit.err.message);
    cr_assert_not(tls_kit_shake_hands(SIZE_MAX));
    cr_assert_not(tls_session_can_write(kit.session));
    forget_authority();
}

Test(tls_client, a_list_says_whom_it_names_in_their_order_and_until_when) {
    struct tls_crl_entry entry;
    char day[TLS_DAY_SIZE], expected[TLS_DAY_SIZE];
    time_t end = time(NULL) + 10 * 86400;
    bool is_on_it;
    ask_listed_clients();
    publish(&second_client.certificate);
    publish(&first_client.certificate);
    cr_assert(tls_crl_look_up(&list, &first_client.certificate, &is_on_it, &kit.err) && is_on_it);
    cr_assert(tls_crl_look_up(&list, &authority.certificate, &is_on_it, &kit.err) && !is_on_it);
    for (size_t i = 0; i < 2; i++) {
        const struct tls_pair *client = i == 0 ? &second_client : &first_client;
        BIO *bio =
            BIO_new_mem_buf(buf_bytes(&client->certificate), (int)buf_len(&client->certificate));
        X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
        char *digits = BN_bn2hex(serial);
        cr_assert(tls_crl_entry(&list, i, &entry));
        cr_assert_str_eq(entry.serial, digits);
        cr_assert_str_eq(entry.reason, "key-compromise");
        OPENSSL_free(digits);
        BN_free(serial);
        X509_free(certificate);
        BIO_free(bio);
    }
    cr_assert_not(tls_crl_entry(&list, 2, &entry));
    cr_assert_eq(tls_crl_count(&list), 2);
    tls_crl_last_day(&list, day);
    strftime(expected, sizeof expected, "%Y-%m-%d", gmtime(&end));
    cr_assert_str_eq(day, expected);
    cr_assert_leq(tls_context_crl_expires(kit.context) - (int64_t)end, 5);
    forget_authority();
}

Test(tls_client, a_list_cut_anywhere_is_none) {
    ask_listed_clients();
    publish(&first_client.certificate);
    struct tls_crl_entry entry;
    struct buf made = {0};
    size_t end = list.end;
    for (list.end = list.start; list.end < end; list.end++) {
        error_clear(&kit.err);
        cr_assert_not(tls_crl_entry(&list, 0, &entry));
        cr_assert_eq(tls_crl_count(&list), -1);
        cr_assert_not(tls_crl_issue(&authority, &list, 10, NULL, &made, &kit.err));
        if (list.end % 16 != 0) // it takes a while
            continue;
        tls_kit_write(list_file, "list", &list);
        error_clear(&kit.err);
        cr_assert_not(tls_context_reload(kit.context, &kit.err));
        cr_assert_not_null(strstr(kit.err.message, list_file), "%s", kit.err.message);
    }
    buf_finish(&made);
    forget_authority();
}
