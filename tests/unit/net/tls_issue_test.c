#include "server/net/tls_issue.h"

#include "server/net/tls_crl.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct tls_pair authority, other;
static struct error err;

static void start(void) {
    cr_assert(tls_issue_authority("localhost", 10, &authority, &err));
    cr_assert(tls_issue_authority("localhost", 10, &other, &err));
}

static void stop(void) {
    tls_pair_finish(&authority);
    tls_pair_finish(&other);
}

TestSuite(tls_issue, .init = start, .fini = stop);

static void in_days(int days, char day[TLS_DAY_SIZE]) {
    time_t then = time(NULL) + (time_t)days * 86400;
    strftime(day, TLS_DAY_SIZE, "%Y-%m-%d", gmtime(&then));
}

// What a server's certificate for these says that it is for.
static const char *server_names(const char *asked, char names[TLS_NAMES_SIZE]) {
    const struct tls_wish wish = {.subject = asked, .days = 1};
    struct tls_pair made = {0};
    cr_assert(tls_issue_server(&authority, &wish, &made, &err), "%s", err.message);
    cr_assert(tls_issue_is_server(&made.certificate));
    cr_assert(tls_issue_names(&made.certificate, names, &err), "%s", err.message);
    tls_pair_finish(&made);
    return names;
}

Test(tls_issue, a_server_is_for_the_names_and_addresses_it_was_asked_for) {
    char names[TLS_NAMES_SIZE];
    cr_assert_str_eq(server_names("shap.example.org", names), "shap.example.org");
    cr_assert_str_eq(server_names("*.Example.org,127.0.0.1,::1,a-b.c", names),
                     "*.Example.org,127.0.0.1,::1,a-b.c");
}

static void refuses_name(const char *names) {
    const struct tls_wish wish = {.subject = names, .days = 1};
    struct tls_pair made = {0};
    error_clear(&err);
    cr_expect_not(tls_issue_server(&authority, &wish, &made, &err), "%s", names);
    cr_expect_not_null(strstr(err.message, "is neither a host name nor an IP address"), "%s: %s",
                       names, err.message);
    cr_expect_eq(buf_len(&made.key), 0);
}

Test(tls_issue, what_is_no_name_of_a_host_is_refused) {
    char longest[260];
    memset(longest, 'a', sizeof longest);
    longest[254] = '\0';
    static const char *const none[] = {
        "",    "*.",     ".example.org", "-a.org",  "a..b",      "a b",
        "a_b", "a.org,", "a.org,,b.org", "*.*.org", "1.2.3.4/8", "[::1]"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        refuses_name(none[i]);
    refuses_name(longest);
    longest[253] = '\0';
    char names[TLS_NAMES_SIZE];
    cr_assert_str_eq(server_names(longest, names), longest);
}

Test(tls_issue, of_more_names_than_there_is_room_for_the_first_are_known) {
    char asked[1600], names[TLS_NAMES_SIZE];
    size_t len = 0;
    for (int i = 0; i < 150; i++)
        len += (size_t)snprintf(asked + len, sizeof asked - len, "%shost-%03d", i ? "," : "", i);
    server_names(asked, names);
    cr_assert_lt(strlen(names), TLS_NAMES_SIZE);
    cr_assert_gt(strlen(names), TLS_NAMES_SIZE - 20);
    cr_assert_eq(strncmp(names, asked, strlen(names)), 0);
}

Test(tls_issue, who_issues_is_known_and_nothing_lasts_longer) {
    char day[TLS_DAY_SIZE], expected[TLS_DAY_SIZE];
    const struct tls_wish wish = {.subject = "home-housing", .days = 30};
    struct tls_pair made = {0};
    cr_assert(tls_issue_client(&authority, &wish, &made, &err));
    tls_issue_last_day(&made.certificate, day);
    in_days(10, expected);
    cr_assert_str_eq(day, expected);
    cr_assert_not(tls_issue_is_server(&made.certificate));
    tls_pair_finish(&made);
}

static void refuses_code(const char *code) {
    const struct tls_wish wish = {.subject = code, .days = 1};
    struct tls_pair made = {0};
    error_clear(&err);
    cr_expect_not(tls_issue_client(&authority, &wish, &made, &err), "%s", code);
    cr_expect_not_null(strstr(err.message, "is not an organisation's code"), "%s", err.message);
}

Test(tls_issue, what_is_no_code_of_an_organisation_is_refused) {
    refuses_code("");
    refuses_code("Home");
    refuses_code("home housing");
    refuses_code("0123456789012345678901234567890123456789012345678901234567890123");
}

// ---- where the list is

static bool issue_with_url(const char *url, char kept[TLS_URL_SIZE]) {
    const struct tls_wish wish = {.subject = "home-housing", .days = 1, .crl_url = url};
    struct tls_pair made = {0};
    error_clear(&err);
    bool is_made = tls_issue_client(&authority, &wish, &made, &err);
    struct error ignored = {0};
    cr_assert_eq(tls_issue_crl_url(&made.certificate, kept, &ignored), is_made);
    cr_assert_eq(kept[0] != '\0', is_made && url != NULL);
    tls_pair_finish(&made);
    return is_made;
}

Test(tls_issue, a_certificate_says_where_the_list_is_fetched) {
    char kept[TLS_URL_SIZE], longest[TLS_URL_SIZE + 1] = "https://";
    cr_assert(issue_with_url("http://www.example.org/a.crl?x=1&y=%20", kept));
    cr_assert_str_eq(kept, "http://www.example.org/a.crl?x=1&y=%20");
    cr_assert(issue_with_url(NULL, kept));
    cr_assert_str_eq(kept, "");
    memset(longest + 8, 'a', TLS_URL_SIZE - 9);
    cr_assert(issue_with_url(longest, kept));
    cr_assert_str_eq(kept, longest);
    static const char *const none[] = {"",         "ftp://a/b",  "http://",
                                       "https://", "http://a b", "http://a,URI:http://b"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        cr_expect_not(issue_with_url(none[i], kept), "%s", none[i]);
        cr_expect_not_null(strstr(err.message, "is no address where a list"), "%s", err.message);
    }
    memset(longest + 8, 'a', TLS_URL_SIZE - 8);
    cr_assert_not(issue_with_url(longest, kept));
}

// ---- what others made

static void add_extension(X509 *x509, int nid, const char *value) {
    X509_EXTENSION *extension = value ? X509V3_EXT_conf_nid(NULL, NULL, nid, value) : NULL;
    if (extension)
        X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

// PEM of a certificate that says these, where they are not NULL.
static void make_foreign(const char *names, const char *lists, struct buf *pem) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes;
    X509_set_version(x509, X509_VERSION_3);
    X509_set_pubkey(x509, key);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 60);
    add_extension(x509, NID_subject_alt_name, names);
    add_extension(x509, NID_crl_distribution_points, lists);
    cr_assert_gt(X509_sign(x509, key, EVP_sha256()), 0);
    PEM_write_bio_X509(bio, x509);
    long len = BIO_get_mem_data(bio, &bytes);
    buf_clear(pem);
    cr_assert(buf_append(pem, bytes, (size_t)len));
    BIO_free(bio);
    X509_free(x509);
    EVP_PKEY_free(key);
}

Test(tls_issue, of_others_certificates_hosts_and_addresses_are_read) {
    struct buf pem = {0};
    char names[TLS_NAMES_SIZE], url[TLS_URL_SIZE];
    make_foreign("email:a@b.org,DNS:b.org,URI:http://c.org,IP:192.0.2.7", "URI:ldap://d.org", &pem);
    cr_assert(tls_issue_names(&pem, names, &err));
    cr_assert_str_eq(names, "b.org,192.0.2.7");
    cr_assert(tls_issue_crl_url(&pem, url, &err));
    cr_assert_str_eq(url, "ldap://d.org");
    make_foreign("email:a@b.org", "DNS:e.org", &pem);
    cr_assert_not(tls_issue_names(&pem, names, &err));
    cr_assert_not_null(strstr(err.message, "names no server"));
    cr_assert(tls_issue_crl_url(&pem, url, &err));
    cr_assert_str_eq(url, "");
    make_foreign(NULL, NULL, &pem);
    cr_assert_not(tls_issue_names(&pem, names, &err));
    cr_assert(tls_issue_crl_url(&pem, url, &err));
    cr_assert_str_eq(url, "");
    buf_finish(&pem);
}

Test(tls_issue, what_is_no_certificate_says_nothing) {
    struct buf none = {0};
    char names[TLS_NAMES_SIZE], url[TLS_URL_SIZE], day[TLS_DAY_SIZE];
    cr_assert(buf_append_text(&none, "-----BEGIN CERTIFICATE-----\nAAAA\n"));
    cr_assert_not(tls_issue_names(&none, names, &err));
    cr_assert_not(tls_issue_crl_url(&none, url, &err));
    cr_assert_str_eq(url, "");
    cr_assert_not(tls_issue_is_server(&none));
    tls_issue_last_day(&none, day);
    cr_assert_str_eq(day, "");
    bool is_on_it = true;
    cr_assert_not(tls_crl_look_up(&none, &none, &is_on_it, &err));
    cr_assert_not(is_on_it);
    tls_crl_last_day(&none, day);
    cr_assert_str_eq(day, "");
    buf_finish(&none);
}

// ---- an authority that is none

static void refuses_authority(const struct tls_pair *pair, const char *why) {
    const struct tls_wish wish = {.subject = "localhost", .days = 1};
    struct tls_pair made = {0};
    error_clear(&err);
    cr_expect_not(tls_issue_server(pair, &wish, &made, &err));
    cr_expect_not_null(strstr(err.message, why), "%s", err.message);
    cr_expect_eq(buf_len(&made.certificate), 0);
}

Test(tls_issue, only_an_authority_that_is_good_and_whole_issues) {
    const struct tls_wish wish = {.subject = "localhost", .days = 1};
    struct tls_pair server = {0}, expired = {0};
    struct tls_pair mixed = {.certificate = authority.certificate, .key = other.key};
    refuses_authority(&mixed, "do not belong together");
    mixed.key = authority.certificate;
    refuses_authority(&mixed, "cannot be read");
    cr_assert(tls_issue_server(&authority, &wish, &server, &err));
    refuses_authority(&server, "is not that of an authority");
    cr_assert(tls_issue_authority("localhost", -1, &expired, &err));
    refuses_authority(&expired, "has expired");
    tls_pair_finish(&server);
    tls_pair_finish(&expired);
}

Test(tls_issue, a_key_that_is_none_gets_no_certificate) {
    const struct tls_wish wish = {.subject = "localhost", .days = 1, .key = &authority.certificate};
    struct tls_pair made = {0};
    cr_assert_not(tls_issue_server(&authority, &wish, &made, &err));
    cr_assert_not_null(strstr(err.message, "the server's key cannot be read"), "%s", err.message);
}

// ---- who is revoked

static bool revoke(const struct buf *before, const struct buf *certificate, const char *reason,
                   struct buf *made) {
    const struct tls_revocation revocation = {certificate, reason};
    error_clear(&err);
    return tls_crl_issue(&authority, before, 10, &revocation, made, &err);
}

Test(tls_issue, each_reason_is_on_the_list_as_it_was_given) {
    static const char *const reasons[] = {"key-compromise", "affiliation-changed", "superseded",
                                          "cessation-of-operation"};
    const struct tls_wish wish = {.subject = "home-housing", .days = 1};
    struct buf list = {0};
    for (size_t i = 0; i < 4; i++) {
        struct tls_pair client = {0};
        struct buf made = {0};
        struct tls_crl_entry entry;
        char today[TLS_DAY_SIZE];
        cr_assert(tls_issue_client(&authority, &wish, &client, &err));
        cr_assert(tls_crl_is_reason(reasons[i]));
        cr_assert(revoke(i > 0 ? &list : NULL, &client.certificate, reasons[i], &made), "%s",
                  err.message);
        buf_move(&list, &made);
        in_days(0, today);
        cr_assert(tls_crl_entry(&list, i, &entry));
        cr_assert_str_eq(entry.reason, reasons[i]);
        cr_assert_str_eq(entry.day, today);
        cr_assert_not(revoke(&list, &client.certificate, reasons[i], &made));
        cr_assert_not_null(strstr(err.message, "revoked already"), "%s", err.message);
        tls_pair_finish(&client);
    }
    cr_assert_not(tls_crl_is_reason("boredom"));
    buf_finish(&list);
}

Test(tls_issue, only_what_the_authority_issued_is_revoked_and_on_its_own_list) {
    const struct tls_wish wish = {.subject = "home-housing", .days = 1};
    struct tls_pair stranger = {0};
    struct buf list = {0}, made = {0}, none = {0};
    cr_assert(tls_issue_client(&other, &wish, &stranger, &err));
    cr_assert_not(revoke(NULL, &stranger.certificate, "superseded", &made));
    cr_assert_not_null(strstr(err.message, "was not made by this authority"), "%s", err.message);
    cr_assert_not(revoke(NULL, &authority.certificate, "superseded", &made));
    cr_assert_not_null(strstr(err.message, "cannot revoke itself"), "%s", err.message);
    cr_assert_not(revoke(NULL, &none, "superseded", &made));
    cr_assert_not_null(strstr(err.message, "is no certificate in PEM"), "%s", err.message);
    error_clear(&err);
    cr_assert(tls_crl_issue(&other, NULL, 10, NULL, &list, &err));
    cr_assert_not(revoke(&list, &stranger.certificate, "superseded", &made));
    cr_assert_not_null(strstr(err.message, "is not of this authority"), "%s", err.message);
    cr_assert_eq(buf_len(&made), 0);
    tls_pair_finish(&stranger);
    buf_finish(&list);
}
