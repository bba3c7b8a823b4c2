// Every call of the TLS modules to OpenSSL, and for memory, fails once.
#include "server/net/tls_crl.h"
#include "server/net/tls_issue.h"

#include "tests/unit/failing/failing.h"
#include "tests/unit/net/tls_kit.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static struct tls_pair authority, client;
static struct buf empty_list, list;
static char authority_file[TLS_KIT_PATH_SIZE], list_file[TLS_KIT_PATH_SIZE],
    client_file[TLS_KIT_PATH_SIZE], client_key_file[TLS_KIT_PATH_SIZE];

static const struct tls_wish server_wish = {.subject = "localhost,*.example.org,127.0.0.1,::1",
                                            .days = 20,
                                            .crl_url = "http://www.example.org/a.crl"};
static const struct tls_wish client_wish = {.subject = "home-housing", .days = 1};

// An authority with a client, which is on a second list.
static void start(void) {
    failing_pause();
    tls_kit_open();
    const struct tls_revocation revocation = {&client.certificate, "superseded"};
    cr_assert(tls_issue_authority("localhost", 10, &authority, &kit.err));
    cr_assert(tls_issue_client(&authority, &client_wish, &client, &kit.err));
    cr_assert(tls_crl_issue(&authority, NULL, 10, NULL, &empty_list, &kit.err));
    cr_assert(tls_crl_issue(&authority, &empty_list, 10, &revocation, &list, &kit.err));
    tls_kit_write(authority_file, "authority", &authority.certificate);
    tls_kit_write(list_file, "list", &empty_list);
    tls_kit_write(client_file, "client", &client.certificate);
    tls_kit_write(client_key_file, "client-key", &client.key);
}

static void stop(void) {
    tls_pair_finish(&authority);
    tls_pair_finish(&client);
    buf_finish(&empty_list);
    buf_finish(&list);
    unlink(authority_file);
    unlink(list_file);
    unlink(client_file);
    unlink(client_key_file);
    tls_kit_close();
}

TestSuite(tls_failure, .init = start, .fini = stop);

// What a call answered is true, or something failed and err says what.
static void expect(bool is_done, const struct error *err) {
    cr_assert_eq(is_done, !failing_has_failed(), "%s", err->message);
    cr_assert_eq(is_done, !err->is_set, "%s", err->message);
}

static size_t each(void (*scenario)(void *ctx)) {
    return failing_each(scenario, NULL);
}

// ---- making certificates and lists

typedef bool issue(struct tls_pair *made, struct error *err);

static bool issue_authority(struct tls_pair *made, struct error *err) {
    return tls_is_ready(err) && tls_issue_authority("localhost", 10, made, err);
}

static bool issue_server(struct tls_pair *made, struct error *err) {
    return tls_issue_server(&authority, &server_wish, made, err);
}

static bool issue_server_again(struct tls_pair *made, struct error *err) {
    struct tls_wish wish = server_wish;
    wish.key = &client.key;
    return tls_issue_server(&authority, &wish, made, err);
}

static bool issue_client(struct tls_pair *made, struct error *err) {
    return tls_issue_client(&authority, &client_wish, made, err);
}

static void issue_or_not(void *ctx) {
    struct tls_pair made = {0};
    struct error err = {0};
    failing_go_on();
    bool is_issued = (*(issue **)ctx)(&made, &err);
    failing_pause();
    expect(is_issued, &err);
    cr_assert(!is_issued || (buf_len(&made.certificate) > 0 && buf_len(&made.key) > 0));
    tls_pair_finish(&made);
}

Test(tls_failure, a_certificate_is_made_entirely_or_not_at_all) {
    static issue *issues[] = {issue_authority, issue_server, issue_server_again, issue_client};
    for (size_t i = 0; i < sizeof issues / sizeof *issues; i++)
        cr_assert_gt(failing_each(issue_or_not, &issues[i]), 20);
}

static void revoke_or_not(void *ctx) {
    const struct tls_revocation revocation = {&client.certificate, "superseded"};
    struct buf made = {0};
    struct error err = {0};
    bool is_on_it;
    failing_go_on();
    bool is_made = tls_crl_issue(&authority, ctx, 10, &revocation, &made, &err);
    failing_pause();
    expect(is_made, &err);
    cr_assert_eq(buf_len(&made) > 0, is_made);
    cr_assert_eq(tls_crl_look_up(&made, &client.certificate, &is_on_it, &err), is_made);
    cr_assert_eq(is_on_it, is_made);
    buf_finish(&made);
}

Test(tls_failure, a_list_is_made_entirely_or_not_at_all) {
    cr_assert_gt(failing_each(revoke_or_not, NULL), 20);
    cr_assert_gt(failing_each(revoke_or_not, &empty_list), 20);
}

// ---- reading them

static void read_or_not(void *ctx) {
    (void)ctx;
    struct tls_crl_entry entry = {0};
    char names[TLS_NAMES_SIZE], day[TLS_DAY_SIZE];
    struct error err = {0};
    failing_go_on();
    bool is_read = tls_crl_count(&empty_list) == 0;
    is_read = tls_crl_entry(&list, 0, &entry) && is_read;
    tls_crl_last_day(&list, day);
    is_read = day[0] != '\0' && is_read;
    is_read = !tls_issue_is_server(&authority.certificate) && is_read;
    is_read = !tls_issue_names(&client.certificate, names, &err) && is_read;
    tls_issue_last_day(&client.certificate, day);
    is_read = day[0] != '\0' && is_read;
    failing_pause();
    // Whoever has none is taken for what it is, or cannot be read: the same is answered.
    cr_assert(is_read || failing_has_failed());
    cr_assert(entry.reason == NULL || strcmp(entry.reason, "superseded") == 0);
}

Test(tls_failure, what_cannot_be_read_says_nothing) {
    cr_assert_gt(each(read_or_not), 5);
}

static void look_up_or_not(void *ctx) {
    (void)ctx;
    struct error err = {0};
    bool is_on_it;
    failing_go_on();
    bool is_looked_up = tls_crl_look_up(&list, &client.certificate, &is_on_it, &err);
    failing_pause();
    expect(is_looked_up, &err);
    cr_assert_eq(is_on_it, is_looked_up);
}

Test(tls_failure, what_cannot_be_looked_up_is_not_taken_for_unlisted) {
    cr_assert_gt(each(look_up_or_not), 2);
}

static void find_address_or_not(void *server) {
    char url[TLS_URL_SIZE];
    struct error err = {0};
    failing_go_on();
    bool is_read = tls_issue_crl_url(server, url, &err);
    failing_pause();
    expect(is_read, &err);
    cr_assert_str_eq(url, is_read ? server_wish.crl_url : "");
}

Test(tls_failure, an_address_that_cannot_be_read_is_not_taken_for_none) {
    struct tls_pair server = {0};
    cr_assert(tls_issue_server(&authority, &server_wish, &server, &kit.err));
    cr_assert_gt(failing_each(find_address_or_not, &server.certificate), 1);
    tls_pair_finish(&server);
}

// ---- contexts

static struct tls_options options(void) {
    struct tls_options made = tls_kit_options();
    made.client_ca_file = authority_file;
    made.client_crl_file = list_file;
    made.is_client_required = true;
    return made;
}

static void open_or_not(void *ctx) {
    const struct tls_options asked = options();
    struct error err = {0};
    (void)ctx;
    failing_go_on();
    struct tls_context *context = tls_context_create(&asked, &err);
    failing_pause();
    // What is no list in PEM may be one in DER, and a day that is not to be read is only told.
    cr_assert_eq(context == NULL, err.is_set);
    cr_assert(context != NULL || failing_has_failed());
    // A handshake would look there for our context, and find none.
    cr_assert(context == NULL || strcmp(failing_name(), "SSL_CTX_set_ex_data") != 0);
    tls_context_destroy(context);
}

Test(tls_failure, a_context_is_opened_entirely_or_not_at_all) {
    cr_assert_gt(each(open_or_not), 30);
}

static void reload_or_not(void *ctx) {
    struct error err = {0};
    (void)ctx;
    failing_go_on();
    bool is_reloaded = tls_context_reload(kit.context, &err);
    failing_pause();
    cr_assert_eq(is_reloaded, !err.is_set);
    cr_assert(is_reloaded || failing_has_failed());
    // Whatever came of it, the context serves.
    struct tls_session *session = tls_session_create(kit.context, &err);
    cr_assert_not_null(session);
    tls_session_destroy(session);
}

Test(tls_failure, a_context_that_cannot_be_reloaded_serves_on) {
    const struct tls_options asked = options();
    tls_kit_open_context(&asked);
    cr_assert_gt(each(reload_or_not), 20);
}

// ---- sessions

static bool feed(struct tls_session *session, struct error *err) {
    failing_go_on();
    bool is_good = tls_session_feed(session, buf_bytes(&kit.to_server), buf_len(&kit.to_server),
                                    &kit.received, err) &&
                   tls_session_drain(session, &kit.to_client);
    failing_pause();
    buf_clear(&kit.to_server);
    return is_good;
}

static bool shake_hands(struct tls_session *session, struct error *err) {
    struct buf plain = {0};
    bool is_good = true;
    for (int i = 0; i < 4 && is_good; i++) {
        tls_peer_drain(&kit.peer, &kit.to_server);
        is_good = feed(session, err) && tls_peer_feed(&kit.peer, &kit.to_client, &plain);
    }
    buf_finish(&plain);
    return is_good;
}

// A client comes, says hello and hears it again.
static bool converse(struct tls_session *session, struct error *err) {
    if (!shake_hands(session, err) || !tls_session_can_write(session))
        return false;
    tls_kit_say("hello");
    tls_peer_drain(&kit.peer, &kit.to_server);
    if (!feed(session, err))
        return false;
    cr_assert_eq(buf_len(&kit.received), 5);
    failing_go_on();
    bool is_written = tls_session_write(session, &kit.received, &kit.to_client, err) &&
                      tls_session_is_trusted(session);
    failing_pause();
    return is_written && tls_peer_feed(&kit.peer, &kit.to_client, &kit.received) &&
           buf_len(&kit.received) == 5;
}

static void converse_or_not(void *ctx) {
    SSL_SESSION *ticket = ctx;
    struct error err = {0};
    tls_kit_open_session(); // and the peer of the one before ends
    if (ticket)
        tls_peer_resume(&kit.peer, "\2h2", TLS1_3_VERSION, ticket);
    else
        tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    tls_peer_show(&kit.peer, client_file, client_key_file);
    failing_go_on();
    struct tls_session *session = tls_session_create(kit.context, &err);
    failing_pause();
    cr_assert_eq(session == NULL, err.is_set);
    bool is_heard = session && converse(session, &err);
    cr_assert(is_heard || failing_has_failed(), "%s", err.message);
    tls_session_destroy(session);
}

Test(tls_failure, a_session_that_fails_anywhere_ends_and_the_next_is_served) {
    const struct tls_options asked = options();
    tls_kit_open_context(&asked);
    cr_assert_gt(each(converse_or_not), 10);
}

Test(tls_failure, a_session_that_is_resumed_and_fails_anywhere_ends) {
    const struct tls_options asked = options();
    tls_kit_open_context(&asked);
    tls_peer_init(&kit.peer, "\2h2", TLS1_3_VERSION);
    tls_peer_show(&kit.peer, client_file, client_key_file);
    SSL_SESSION *ticket = tls_kit_take_ticket();
    cr_assert_gt(failing_each(converse_or_not, ticket), 10);
    SSL_SESSION_free(ticket);
}
