// Who is connected: for each address how many connections it has open, and how many it may still
// make. An IPv6 network (/64) counts as one address, since its holder has all of it. Unix sockets
// are not counted.
//
// Who calls it: listener, once per connection. An entry is forgotten when it has no connection and
// its allowance has come back. No I/O; the clock is given.
#pragma once

#include "server/net/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct peers;
struct peer_entry;

enum peers_verdict { PEERS_WELCOME, PEERS_TOO_MANY, PEERS_TOO_FAST, PEERS_NO_MEMORY };

// NULL without memory.
struct peers *peers_create(const struct net_limits *limits) __attribute__((warn_unused_result));
void peers_destroy(struct peers *peers);

// Takes one more connection from the address. entry is for peers_leave when it is over; NULL when
// it is not welcome, or not counted.
enum peers_verdict peers_enter(struct peers *peers, const struct sockaddr *address, uint64_t now_ms,
                               struct peer_entry **entry) __attribute__((warn_unused_result));
void peers_leave(struct peer_entry *entry);

// Whom it is counted as, see address_format_origin; empty when it is not counted. Good until its
// last connection has left, as are the next two.
const char *peers_origin(const struct peer_entry *entry);

// Where the bytes that its calls hold are counted; NULL when it is not counted.
size_t *peers_held(struct peer_entry *entry);

// The round in which its next handshake has its turn, kept by the caller; NULL as above.
uint64_t *peers_round(struct peer_entry *entry);

// Forgets those that need not be remembered. Now and then.
void peers_sweep(struct peers *peers, uint64_t now_ms);

// Addresses remembered.
size_t peers_count(const struct peers *peers);
