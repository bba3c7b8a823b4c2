#include "server/net/peers.h"

#include "server/base/list.h"
#include "server/net/address.h"
#include "server/net/allowance.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { N_SHELVES = 1024, ADDRESS_SIZE = 9, ORIGIN_SIZE = 56 };

struct peer_entry {
    struct list item; // in its shelf
    uint8_t address[ADDRESS_SIZE];
    char origin[ORIGIN_SIZE]; // the same as text
    size_t n_connections;
    size_t held;    // bytes, by the calls of all of them
    uint64_t round; // see peers_round
    struct allowance connects;
};

struct peers {
    const struct net_limits *limits; // borrowed
    struct list shelves[N_SHELVES];  // own the entries
    size_t n_entries;
};

struct peers *peers_create(const struct net_limits *limits) {
    struct peers *peers = calloc(1, sizeof *peers);
    if (!peers)
        return NULL;
    peers->limits = limits;
    for (size_t i = 0; i < N_SHELVES; i++)
        list_init(&peers->shelves[i]);
    return peers;
}

static void drop(struct peers *peers, struct peer_entry *entry) {
    list_unlink(&entry->item);
    free(entry);
    peers->n_entries--;
}

void peers_destroy(struct peers *peers) {
    if (!peers)
        return;
    for (size_t i = 0; i < N_SHELVES; i++)
        for (struct list *item; (item = list_take_first(&peers->shelves[i])) != NULL;)
            free(list_entry(item, struct peer_entry, item));
    free(peers);
}

// An IPv4 address, also as IPv6 writes it, or the first half of an IPv6 one. False: not counted.
static bool read_address(const struct sockaddr *socket, uint8_t address[ADDRESS_SIZE]) {
    memset(address, 0, ADDRESS_SIZE);
    address[0] = (uint8_t)socket->sa_family;
    if (socket->sa_family == AF_INET) {
        memcpy(address + 1, &((const struct sockaddr_in *)(const void *)socket)->sin_addr, 4);
        return true;
    }
    if (socket->sa_family != AF_INET6)
        return false;
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)socket)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(in6)) {
        address[0] = AF_INET;
        memcpy(address + 1, in6->s6_addr + 12, 4);
    } else {
        memcpy(address + 1, in6->s6_addr, 8);
    }
    return true;
}

// FNV-1a. Whoever chooses addresses that share a shelf lengthens it by no more than he has of them.
static struct list *find_shelf(struct peers *peers, const uint8_t address[ADDRESS_SIZE]) {
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < ADDRESS_SIZE; i++)
        hash = (hash ^ address[i]) * 16777619;
    return &peers->shelves[hash % N_SHELVES];
}

static struct peer_entry *find_entry(struct peers *peers, const uint8_t address[ADDRESS_SIZE]) {
    struct list *shelf = find_shelf(peers, address);
    for (struct list *item = shelf->next; item != shelf; item = item->next) {
        struct peer_entry *entry = list_entry(item, struct peer_entry, item);
        if (memcmp(entry->address, address, ADDRESS_SIZE) == 0)
            return entry;
    }
    struct peer_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    memcpy(entry->address, address, ADDRESS_SIZE);
    list_append(shelf, &entry->item);
    peers->n_entries++;
    return entry;
}

enum peers_verdict peers_enter(struct peers *peers, const struct sockaddr *address, uint64_t now_ms,
                               struct peer_entry **entry) {
    const struct net_limits *limits = peers->limits;
    uint8_t key[ADDRESS_SIZE];
    *entry = NULL;
    if (!read_address(address, key))
        return PEERS_WELCOME;
    struct peer_entry *found = find_entry(peers, key);
    if (!found)
        return PEERS_NO_MEMORY;
    address_format_origin(address, found->origin, sizeof found->origin);
    if (!allowance_spend(&found->connects, limits->connect_burst,
                         allowance_per_second(limits->connect_rate), now_ms))
        return PEERS_TOO_FAST;
    if (found->n_connections >= limits->max_per_address)
        return PEERS_TOO_MANY;
    found->n_connections++;
    *entry = found;
    return PEERS_WELCOME;
}

void peers_leave(struct peer_entry *entry) {
    if (entry)
        entry->n_connections--;
}

const char *peers_origin(const struct peer_entry *entry) {
    return entry ? entry->origin : "";
}

size_t *peers_held(struct peer_entry *entry) {
    return entry ? &entry->held : NULL;
}

uint64_t *peers_round(struct peer_entry *entry) {
    return entry ? &entry->round : NULL;
}

static void sweep_shelf(struct peers *peers, struct list *shelf, uint64_t now_ms) {
    uint64_t back = allowance_per_second(peers->limits->connect_rate);
    for (struct list *item = shelf->next, *next; item != shelf; item = next) {
        struct peer_entry *entry = list_entry(item, struct peer_entry, item);
        next = item->next;
        allowance_refill(&entry->connects, back, now_ms);
        if (entry->n_connections == 0 && entry->connects.spent == 0)
            drop(peers, entry);
    }
}

void peers_sweep(struct peers *peers, uint64_t now_ms) {
    for (size_t i = 0; i < N_SHELVES; i++)
        sweep_shelf(peers, &peers->shelves[i], now_ms);
}

size_t peers_count(const struct peers *peers) {
    return peers->n_entries;
}
