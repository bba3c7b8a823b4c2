#include "tests/unit/net/socket_client.h"

#include "server/net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void require(bool is_good) {
    if (!is_good)
        abort();
}

// A wildcard address is reached by way of loopback.
static void reach(struct address *address) {
    struct sockaddr_in *in = (struct sockaddr_in *)&address->socket;
    if (in->sin_family == AF_INET && in->sin_addr.s_addr == htonl(INADDR_ANY))
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

void client_connect(struct client *client, const char *where, bool has_tls) {
    struct address address;
    struct error err = {.is_set = false};
    require(address_parse(&address, where, &err));
    reach(&address);
    client->fd = socket(address.socket.ss_family, SOCK_STREAM, 0);
    const struct sockaddr_in from = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(client->source)};
    require(client->source == 0 || bind(client->fd, (const void *)&from, sizeof from) == 0);
    require(connect(client->fd, (struct sockaddr *)&address.socket, address.len) == 0);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1},
               sizeof(int)); // none of Unix sockets
    require(fcntl(client->fd, F_SETFL, O_NONBLOCK) == 0);
    client->peer = peer_create(client->window);
    client->is_ended = false;
    client->is_mute = false;
    if (has_tls)
        tls_peer_init(&client->tls, "\2h2", TLS1_3_VERSION);
}

void client_finish(struct client *client) {
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    peer_destroy(client->peer);
    client->peer = NULL;
    buf_finish(&client->to_write);
    if (client->tls.ssl)
        tls_peer_finish(&client->tls);
}

static void collect(struct client *client) {
    peer_collect(client->peer);
    struct buf *plain = &client->peer->out;
    if (client->tls.ssl) {
        tls_peer_write(&client->tls, plain);
        tls_peer_drain(&client->tls, &client->to_write);
    } else {
        require(buf_append(&client->to_write, buf_bytes(plain), buf_len(plain)));
        buf_clear(plain);
    }
}

static void write_some(struct client *client) {
    size_t len = buf_len(&client->to_write);
    if (client->step > 0 && len > client->step)
        len = client->step;
    ssize_t n = len > 0 ? write(client->fd, buf_bytes(&client->to_write), len) : 0;
    buf_consume(&client->to_write, n > 0 ? (size_t)n : 0);
}

static void take(struct client *client, const void *bytes, size_t len) {
    struct buf cipher = {0}, plain = {0};
    require(buf_append(&cipher, bytes, len));
    if (client->tls.ssl)
        (void)!tls_peer_feed(&client->tls, &cipher, &plain);
    else
        buf_move(&plain, &cipher);
    (void)!peer_feed(client->peer, buf_bytes(&plain), buf_len(&plain));
    buf_finish(&plain);
    buf_finish(&cipher);
}

static void read_some(struct client *client) {
    char bytes[4096];
    ssize_t n = read(client->fd, bytes, sizeof bytes);
    if (n > 0)
        take(client, bytes, (size_t)n);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        client->is_ended = true;
}

void client_turn(struct client *client) {
    if (client->is_mute || client->is_ended)
        return;
    collect(client);
    write_some(client);
    read_some(client);
}

void client_write_raw(struct client *client, const void *bytes, size_t len) {
    require(write(client->fd, bytes, len) == (ssize_t)len);
}
