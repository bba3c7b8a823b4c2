// Where a server can listen: an address as people type it, and the bound socket made from it.
//
// Who calls it: listener, and loops, which has several listen on one address. They own the
// descriptors that are returned; an address owns nothing. POSIX sockets only, so that every failure
// is known at once and has its cure.
#pragma once

#include "server/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { ADDRESS_TEXT_SIZE = 320 };

struct address {
    struct sockaddr_storage socket;
    socklen_t len;
    dev_t device;                 // of a Unix socket's file, once it listens: who may remove it ...
    ino_t inode;                  // ... later is decided by these
    char text[ADDRESS_TEXT_SIZE]; // as typed; address_listen puts in the real port
};

// unix:/path, 127.0.0.1:port, [::1]:port, host:port. A host name is looked up, which blocks; the
// first answer is taken.
bool address_parse(struct address *address, const char *text, struct error *err)
    __attribute__((warn_unused_result));

bool address_is_unix(const struct address *address);

// True when nobody outside this machine can reach it: a Unix socket, 127.0.0.0/8, ::1.
bool address_is_loopback(const struct address *address);

// Parses text and listens there, see below; without TLS only where nobody else can reach it.
int address_open(struct address *address, const char *text, bool is_encrypted, unsigned mode,
                 struct error *err) __attribute__((warn_unused_result));

// A non-blocking socket bound to address and listening; -1 with cause and cure. mode is for a Unix
// socket's file, which is replaced when nobody answers on it. Updates address.
int address_listen(struct address *address, unsigned mode, struct error *err)
    __attribute__((warn_unused_result));

// One more descriptor that listens on the address of fd, which address_listen made, for another
// loop; -1 with the cause. Of TCP it is a socket of its own, and the kernel spreads connections
// over all that were made so (SO_REUSEPORT); of a Unix socket all take from one queue. Nobody gets
// in between: fd was bound alone, and address_listen of others is refused as before.
int address_share(const struct address *address, int fd, struct error *err)
    __attribute__((warn_unused_result));

// Removes the file of a Unix socket, if it is still the one that address_listen made.
void address_remove(const struct address *address);

// The text of a peer's address for logs: "127.0.0.1:50123", "[::1]:50123", "unix".
void address_format(const struct sockaddr *socket, char *out, size_t size);

// Whom to count a peer as: its address without the port, of IPv6 the network of 64 bits that one
// subscriber has ("2001:db8:1:2::/64"). Empty for a Unix socket.
void address_format_origin(const struct sockaddr *socket, char *out, size_t size);

// Of whoever is at the other end of a Unix socket: "unix:1000", the user's number; "unix" where the
// system does not tell.
void address_format_user(int fd, char *out, size_t size);
