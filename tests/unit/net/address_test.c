#include "server/net/address.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[] = "/tmp/shap-address-XXXXXX";
static char path[64]; // of a socket file in it
static char text[80]; // its address
static struct error err;

static void open_directory(void) {
    cr_assert_not_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/socket", directory);
    snprintf(text, sizeof text, "unix:%s", path);
    error_clear(&err);
}

static void close_directory(void) {
    unlink(path);
    rmdir(directory);
}

TestSuite(address, .init = open_directory, .fini = close_directory);

static int listen_on(struct address *address, const char *where) {
    error_clear(&err);
    if (!address_parse(address, where, &err))
        return -1;
    return address_listen(address, 0600, &err);
}

static int connect_to(const struct address *address) {
    int fd = socket(address->socket.ss_family, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)&address->socket, address->len) == 0)
        return fd;
    close(fd);
    return -1;
}

Test(address, the_syntax_is_checked) {
    static const struct {
        const char *text;
        bool is_good;
        bool is_loopback;
    } cases[] = {
        {"127.0.0.1:0", true, true},
        {"127.8.9.1:65535", true, true},
        {"[::1]:8443", true, true},
        {"localhost:1", true, true},
        {"0.0.0.0:8443", true, false},
        {"[::]:8443", true, false},
        {"192.0.2.1:1", true, false},
        {"[2001:db8::1]:8443", true, false},
        {"[0:0:1::1]:8443", true, false},
        {"[::1:0:0:1]:8443", true, false},
        {"unix:/run/shapd.sock", true, true},
        {"unix:run/shapd.sock", false, 0},
        {"unix:", false, 0},
        {"127.0.0.1", false, 0},
        {"127.0.0.1:", false, 0},
        {":8443", false, 0},
        {"127.0.0.1:65536", false, 0},
        {"127.0.0.1:655360", false, 0},
        {"127.0.0.1:-1", false, 0},
        {"127.0.0.1:http", false, 0},
        {"127.0.0.1:1 ", false, 0},
        {"::1:8443", false, 0},
        {"[]:1", false, 0},
        {"", false, 0},
        {"[127.0.0.1:1", false, 0},
        {"no-such-host.invalid:1", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address address;
        error_clear(&err);
        bool is_good = address_parse(&address, cases[i].text, &err);
        cr_assert_eq(is_good, cases[i].is_good, "%s: %s", cases[i].text, err.message);
        cr_assert_eq(err.is_set, !is_good, "%s", cases[i].text);
        if (is_good)
            cr_assert_eq(address_is_loopback(&address), cases[i].is_loopback, "%s", cases[i].text);
    }
}

Test(address, texts_that_are_too_long_are_refused) {
    char long_text[1000] = "unix:/";
    struct address address;
    memset(long_text + 6, 'x', 200);
    cr_assert_not(address_parse(&address, long_text, &err));
    cr_assert(strstr(err.message, "at most 107 bytes"));
    memset(long_text, 'x', sizeof long_text - 1);
    error_clear(&err);
    cr_assert_not(address_parse(&address, long_text, &err));
}

Test(address, port_0_becomes_the_real_port) {
    struct address address;
    int fd = listen_on(&address, "127.0.0.1:0");
    cr_assert_geq(fd, 0, "%s", err.message);
    struct address again;
    cr_assert(address_parse(&again, address.text, &err));
    cr_assert_gt(ntohs(((struct sockaddr_in *)&again.socket)->sin_port), 0);
    int client = connect_to(&again);
    cr_assert_geq(client, 0);
    close(client);
    close(fd);
}

Test(address, port_0_becomes_the_real_port_in_ipv6_too) {
    struct address address, again;
    int fd = listen_on(&address, "[::1]:0");
    if (fd < 0)
        cr_skip_test("this machine speaks no IPv6: %s", err.message);
    cr_assert(address_parse(&again, address.text, &err));
    int client = connect_to(&again);
    cr_assert_geq(client, 0);
    close(client);
    close(fd);
}

Test(address, what_is_no_address_is_not_opened) {
    struct address address;
    cr_assert_eq(address_open(&address, "127.0.0.1", true, 0600, &err), -1);
    cr_assert(strstr(err.message, "no address to listen on"), "%s", err.message);
}

Test(address, a_port_in_use_is_named_with_the_cure) {
    struct address one, two;
    int fd = listen_on(&one, "127.0.0.1:0");
    cr_assert_eq(listen_on(&two, one.text), -1);
    cr_assert(strstr(err.message, one.text));
    cr_assert(strstr(err.message, "choose another port"));
    close(fd);
}

// Connects so often, and tells how many came to each of two that listen. Our side ends first: it
// is not done with the port yet.
static void connect_often(const struct address *address, int n, const int fds[2], int came[2]) {
    came[0] = came[1] = 0;
    for (int i = 0; i < n; i++) {
        struct pollfd listening[] = {{.fd = fds[0], .events = POLLIN},
                                     {.fd = fds[1], .events = POLLIN}};
        int client = connect_to(address);
        cr_assert_geq(client, 0);
        cr_assert_eq(poll(listening, 2, 10000), 1);
        int k = listening[1].revents != 0;
        int taken = accept(fds[k], NULL, NULL);
        cr_assert_geq(taken, 0);
        came[k]++;
        close(taken);
        close(client);
    }
}

Test(address, a_shared_port_spreads_connections_and_stays_closed_to_others) {
    struct address address, other;
    int came[2];
    int first = listen_on(&address, "127.0.0.1:0");
    int fds[] = {first, address_share(&address, first, &err)};
    cr_assert_geq(fds[1], 0, "%s", err.message);
    connect_often(&address, 64, fds, came); // 2 to the power of -63 that one gets all of them
    cr_assert_eq(came[0] + came[1], 64);
    cr_assert_gt(came[0], 0);
    cr_assert_gt(came[1], 0);
    cr_assert_eq(listen_on(&other, address.text), -1);
    cr_assert(strstr(err.message, "another program listens there"));
    close(fds[0]);
    close(fds[1]);
    first = listen_on(&other, address.text);
    cr_assert_geq(first, 0, "%s", err.message);
    close(first);
}

Test(address, a_shared_socket_file_has_one_queue) {
    struct address address;
    int first = listen_on(&address, text);
    int second = address_share(&address, first, &err);
    cr_assert_geq(second, 0, "%s", err.message);
    cr_assert(fcntl(second, F_GETFD) & FD_CLOEXEC);
    close(first);
    int client = connect_to(&address);
    int taken = accept(second, NULL, NULL);
    cr_assert_geq(taken, 0);
    close(taken);
    close(client);
    close(second);
}

Test(address, an_address_of_another_machine_cannot_be_bound) {
    struct address address;
    cr_assert_eq(listen_on(&address, "192.0.2.1:0"), -1);
    cr_assert(strstr(err.message, "no interface"));
}

Test(address, a_unix_socket_has_the_mode_asked_for) {
    struct address address;
    int fd = listen_on(&address, text);
    cr_assert_geq(fd, 0, "%s", err.message);
    struct stat file;
    cr_assert_eq(stat(path, &file), 0);
    cr_assert_eq(file.st_mode & 0777, 0600);
    close(fd);
    address_remove(&address);
    cr_assert_neq(access(path, F_OK), 0);
}

Test(address, a_socket_file_that_nobody_answers_on_is_replaced) {
    struct address one, two;
    int fd = listen_on(&one, text);
    close(fd);
    fd = listen_on(&two, text);
    cr_assert_geq(fd, 0, "%s", err.message);
    int client = connect_to(&two);
    cr_assert_geq(client, 0);
    close(client);
    close(fd);
}

Test(address, a_socket_file_that_a_server_answers_on_is_left_alone) {
    struct address one, two;
    int fd = listen_on(&one, text);
    cr_assert_eq(listen_on(&two, text), -1);
    cr_assert(strstr(err.message, "address in use"));
    int client = connect_to(&one);
    cr_assert_geq(client, 0);
    close(client);
    close(fd);
}

Test(address, a_file_that_is_no_socket_is_left_alone) {
    struct address address;
    FILE *file = fopen(path, "w");
    fputs("kept", file);
    fclose(file);
    cr_assert_eq(listen_on(&address, text), -1);
    cr_assert(strstr(err.message, "no socket"));
    cr_assert_eq(access(path, F_OK), 0);
}

Test(address, a_directory_that_is_missing_is_named) {
    struct address address;
    char missing[128];
    snprintf(missing, sizeof missing, "unix:%s/none/socket", directory);
    cr_assert_eq(listen_on(&address, missing), -1);
    cr_assert(strstr(err.message, "directory"));
}

Test(address, the_file_of_another_server_is_not_removed) {
    struct address one, two;
    int old = listen_on(&one, text);
    unlink(path);
    int new = listen_on(&two, text);
    address_remove(&one);
    cr_assert_eq(access(path, F_OK), 0);
    close(old);
    close(new);
}

Test(address, peers_are_named_for_the_log) {
    char out[64];
    struct address address;
    static const char *const texts[] = {"127.0.0.1:80", "[::1]:65535"};
    for (size_t i = 0; i < 2; i++) {
        cr_assert(address_parse(&address, texts[i], &err));
        address_format((struct sockaddr *)&address.socket, out, sizeof out);
        cr_assert_str_eq(out, texts[i]);
    }
    cr_assert(address_parse(&address, text, &err));
    address_format((struct sockaddr *)&address.socket, out, sizeof out);
    cr_assert_str_eq(out, "unix");
}

Test(address, a_peer_is_counted_as_its_address_and_in_ipv6_as_its_network) {
    static const char *const peers[][2] = {
        {"192.0.2.7:80", "192.0.2.7"},
        {"[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::/64"},
        {"[2001:db8:1:2:ffff::1]:443", "2001:db8:1:2::/64"},
        {"[2001:db8:1:3::1]:80", "2001:db8:1:3::/64"},
        {"[::1]:80", "::/64"},
        {"[0:0:1::ffff:5]:80", "0:0:1::/64"},
        {"[::ffff:192.0.2.7]:80", "192.0.2.7"},
    };
    struct address address;
    char out[64];
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        cr_assert(address_parse(&address, peers[i][0], &err), "%s", err.message);
        address_format_origin((struct sockaddr *)&address.socket, out, sizeof out);
        cr_assert_str_eq(out, peers[i][1]);
    }
    cr_assert(address_parse(&address, text, &err));
    address_format_origin((struct sockaddr *)&address.socket, out, sizeof out);
    cr_assert_str_eq(out, "");
}
