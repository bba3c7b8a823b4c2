#include "client/lib/address.h"

#include <criterion/criterion.h>
#include <string.h>

Test(address, the_forms_people_type_are_understood) {
    static const struct {
        const char *text, *host, *port;
        bool is_tls, is_unix;
    } rows[] = {
        {"shap.example.gov.uk", "shap.example.gov.uk", "443", true, false},
        {"shap.example.gov.uk:8443", "shap.example.gov.uk", "8443", true, false},
        {"https://shap.example.gov.uk/", "shap.example.gov.uk", "443", true, false},
        {"HTTPS://[2001:db8::1]:8443", "2001:db8::1", "8443", true, false},
        {"[::1]", "::1", "443", true, false},
        {"http://127.0.0.1:50051", "127.0.0.1", "50051", false, false},
        {"http://127.9.9.9:1", "127.9.9.9", "1", false, false},
        {"http://localhost:50051", "localhost", "50051", false, false},
        {"http://[::1]:65535", "::1", "65535", false, false},
        {"unix:/run/shapd/socket", "/run/shapd/socket", "", false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = {0};
        struct address address;
        cr_assert(address_parse(rows[i].text, &address, &err), "%s: %s", rows[i].text, err.message);
        cr_assert_str_eq(address.host, rows[i].host);
        cr_assert_str_eq(address.port, rows[i].port);
        cr_assert_eq(address.is_tls, rows[i].is_tls);
        cr_assert_eq(address.is_unix, rows[i].is_unix);
    }
}

Test(address, plaintext_to_another_machine_is_refused) {
    static const char *const texts[] = {"http://192.0.2.1:80", "http://example.org:80",
                                        "http://128.0.0.1:80", "http://[2001:db8::1]:80",
                                        "http://localhost.example.org:80"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct error err = {0};
        struct address address;
        cr_assert_not(address_parse(texts[i], &address, &err), "%s", texts[i]);
        cr_assert_not_null(strstr(err.message, "without TLS"));
    }
}

Test(address, what_is_no_address_is_refused_with_the_forms_that_are) {
    static const char *const texts[] = {"",         "https://",      ":443",     "host:",
                                        "host:0",   "host:65536",    "host:80x", "host/path",
                                        "ho st",    "ftp://host",    "[::1",     "[::g]",
                                        "a:b:c",    "unix:relative", "unix:",    "http://127.0.0.1",
                                        "user@host"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct error err = {0};
        struct address address;
        cr_assert_not(address_parse(texts[i], &address, &err), "%s", texts[i]);
        cr_assert(err.is_set);
    }
}

Test(address, a_socket_path_that_the_system_cannot_take_is_refused) {
    char text[300] = "unix:/";
    struct error err = {0};
    struct address address;
    memset(text + 6, 'a', 200);
    text[206] = '\0';
    cr_assert_not(address_parse(text, &address, &err));
    cr_assert_not_null(strstr(err.message, "too long"));
}

Test(address, several_stand_in_their_order_with_commas_between_them) {
    struct address addresses[ADDRESS_MOST];
    struct error err = {0};
    size_t n = 0;
    cr_assert(address_parse_all("a.example, [::1]:8443 ,unix:/run/s,http://127.0.0.1:1", addresses,
                                &n, &err),
              "%s", err.message);
    cr_assert_eq(n, 4);
    cr_assert_str_eq(addresses[0].host, "a.example");
    cr_assert_str_eq(addresses[1].host, "::1");
    cr_assert_str_eq(addresses[1].port, "8443");
    cr_assert_str_eq(addresses[2].host, "/run/s");
    cr_assert(!addresses[3].is_tls && !addresses[3].is_unix);
    cr_assert(address_parse_all("a.example", addresses, &n, &err));
    cr_assert_eq(n, 1);
}

Test(address, one_that_is_none_among_several_is_refused) {
    static const char *const texts[] = {"",        ",",
                                        "a,",      ",a",
                                        "a,,b",    "a, ,b",
                                        "a b",     "a,http://example.org:1",
                                        "a,b:0,c", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct address addresses[ADDRESS_MOST];
        struct error err = {0};
        size_t n;
        cr_assert_not(address_parse_all(texts[i], addresses, &n, &err), "%s", texts[i]);
        cr_assert(err.is_set);
    }
}

Test(address, two_addresses_are_one_place_by_what_they_mean) {
    static const struct {
        const char *one, *other;
        bool is_same;
    } rows[] = {
        {"a.example", "https://A.example:443/", true},
        {"a.example", "a.example:8443", false},
        {"a.example", "b.example", false},
        {"unix:/a", "unix:/a", true},
        {"unix:/a", "unix:/A", false},
        {"http://127.0.0.1:1", "127.0.0.1:1", false},
        {"unix:/a", "a.example", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address one, other;
        struct error err = {0};
        cr_assert(address_parse(rows[i].one, &one, &err) &&
                  address_parse(rows[i].other, &other, &err));
        cr_assert_eq(address_is_same(&one, &other), rows[i].is_same, "%s and %s", rows[i].one,
                     rows[i].other);
    }
}
