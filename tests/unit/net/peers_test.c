#include "server/net/peers.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct net_limits limits;
static struct peers *peers;

static void setup(void) {
    limits = net_limits_default;
    limits.max_per_address = 3;
    limits.connect_burst = 10;
    limits.connect_rate = 2;
    peers = peers_create(&limits);
    cr_assert_not_null(peers);
}

static void teardown(void) {
    peers_destroy(peers);
}

TestSuite(peers, .init = setup, .fini = teardown);

static enum peers_verdict enter(const char *text, uint64_t now_ms, struct peer_entry **entry) {
    struct sockaddr_storage storage = {.ss_family = AF_UNIX};
    struct sockaddr_in *in = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
    if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
        storage.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
        storage.ss_family = AF_INET6;
    return peers_enter(peers, (struct sockaddr *)&storage, now_ms, entry);
}

Test(peers, an_address_has_so_many_connections_and_others_have_theirs) {
    struct peer_entry *entries[3], *other;
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(enter("192.0.2.1", 1000, &entries[i]), PEERS_WELCOME);
    cr_assert_eq(enter("192.0.2.1", 1000, &other), PEERS_TOO_MANY);
    cr_assert_null(other);
    cr_assert_eq(enter("192.0.2.2", 1000, &other), PEERS_WELCOME);
    peers_leave(entries[0]);
    cr_assert_eq(enter("192.0.2.1", 1000, &entries[0]), PEERS_WELCOME);
}

Test(peers, an_entry_says_as_whom_it_is_counted) {
    struct peer_entry *entry;
    cr_assert_eq(enter("192.0.2.1", 1000, &entry), PEERS_WELCOME);
    cr_assert_str_eq(peers_origin(entry), "192.0.2.1");
    cr_assert_eq(enter("::ffff:192.0.2.1", 1000, &entry), PEERS_WELCOME);
    cr_assert_str_eq(peers_origin(entry), "192.0.2.1");
    cr_assert_eq(enter("2001:db8:1:2:3:4:5:6", 1000, &entry), PEERS_WELCOME);
    cr_assert_str_eq(peers_origin(entry), "2001:db8:1:2::/64");
    cr_assert_eq(enter("2001:db8:111:222::1", 1000, &entry), PEERS_WELCOME);
    cr_assert_str_eq(peers_origin(entry), "2001:db8:111:222::/64");
    cr_assert_eq(enter("::1", 1000, &entry), PEERS_WELCOME);
    cr_assert_str_eq(peers_origin(entry), "::/64");
    cr_assert_eq(enter("0:0:1::1", 1000, &entry), PEERS_WELCOME);
    cr_assert_str_eq(peers_origin(entry), "0:0:1::/64");
    cr_assert_eq(enter("unix", 1000, &entry), PEERS_WELCOME);
    cr_assert_str_eq(peers_origin(entry), "");
}

Test(peers, an_address_makes_so_many_connections_at_once_and_then_so_many_a_second) {
    struct peer_entry *entry;
    for (int i = 0; i < 10; i++) {
        cr_assert_eq(enter("192.0.2.1", 1000, &entry), PEERS_WELCOME);
        peers_leave(entry);
    }
    cr_assert_eq(enter("192.0.2.1", 1000, &entry), PEERS_TOO_FAST);
    cr_assert_eq(enter("192.0.2.1", 1499, &entry), PEERS_TOO_FAST);
    cr_assert_eq(enter("192.0.2.1", 1500, &entry), PEERS_WELCOME);
    cr_assert_eq(enter("192.0.2.1", 1500, &entry), PEERS_TOO_FAST);
    cr_assert_eq(enter("192.0.2.2", 1500, &entry), PEERS_WELCOME);
}

Test(peers, a_network_of_ipv6_is_one_address_and_ipv4_is_itself_in_ipv6) {
    struct peer_entry *entry;
    cr_assert_eq(enter("2001:db8::1", 1000, &entry), PEERS_WELCOME);
    cr_assert_eq(enter("2001:db8::ffff:2", 1000, &entry), PEERS_WELCOME);
    cr_assert_eq(enter("2001:db8:0:1::1", 1000, &entry), PEERS_WELCOME);
    cr_assert_eq(peers_count(peers), 2);
    cr_assert_eq(enter("192.0.2.1", 1000, &entry), PEERS_WELCOME);
    cr_assert_eq(enter("::ffff:192.0.2.1", 1000, &entry), PEERS_WELCOME);
    cr_assert_eq(enter("::ffff:192.0.2.2", 1000, &entry), PEERS_WELCOME);
    cr_assert_eq(peers_count(peers), 4);
}

Test(peers, unix_sockets_are_not_counted) {
    struct peer_entry *entry;
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(enter("unix", 1000, &entry), PEERS_WELCOME);
        cr_assert_null(entry);
    }
    cr_assert_eq(peers_count(peers), 0);
}

Test(peers, who_left_is_remembered_until_the_allowance_is_back) {
    struct peer_entry *entry;
    cr_assert_eq(enter("192.0.2.1", 1000, &entry), PEERS_WELCOME);
    peers_sweep(peers, 100000);
    cr_assert_eq(peers_count(peers), 1);
    peers_leave(entry);
    cr_assert_eq(enter("192.0.2.2", 100000, &entry), PEERS_WELCOME);
    peers_leave(entry);
    peers_sweep(peers, 100499);
    cr_assert_eq(peers_count(peers), 1);
    peers_sweep(peers, 100500);
    cr_assert_eq(peers_count(peers), 0);
}

Test(peers, thousands_of_addresses_are_kept_apart) {
    char text[32];
    struct peer_entry *entries[5000], *entry;
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "10.0.%d.%d", i / 250, i % 250);
        cr_assert_eq(enter(text, 1000, &entries[i]), PEERS_WELCOME);
    }
    cr_assert_eq(peers_count(peers), 5000);
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "10.0.%d.%d", i / 250, i % 250);
        cr_assert_eq(enter(text, 1000, &entry), PEERS_WELCOME);
        cr_assert_eq(entry, entries[i]);
    }
}
