#define _GNU_SOURCE // struct ucred

#include "server/net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { PORT_SIZE = 6, PORT_MAX = 65535 };

static const char unix_prefix[] = "unix:";

static bool parse_unix(struct address *address, const char *path, struct error *err) {
    struct sockaddr_un *to = (struct sockaddr_un *)&address->socket;
    if (path[0] != '/')
        return error_set(err, "%s: the path of a Unix socket begins with /", address->text);
    if (strlen(path) >= sizeof to->sun_path)
        return error_set(err,
                         "%s: the path of a Unix socket has at most %zu bytes; use a shorter one",
                         address->text, sizeof to->sun_path - 1);
    to->sun_family = AF_UNIX;
    snprintf(to->sun_path, sizeof to->sun_path, "%s", path);
    address->len = sizeof *to;
    return true;
}

static bool is_port(const char *text) {
    size_t len = strlen(text);
    return len > 0 && len < PORT_SIZE && strspn(text, "0123456789") == len &&
           strtol(text, NULL, 10) <= PORT_MAX;
}

// Splits "host:port" and "[host]:port"; only in brackets may the host hold colons.
static bool split(const char *text, char host[ADDRESS_TEXT_SIZE], char port[PORT_SIZE]) {
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !is_port(colon + 1))
        return false;
    size_t len = (size_t)(colon - text);
    bool has_brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
    if (!has_brackets && memchr(text, ':', len))
        return false;
    snprintf(port, PORT_SIZE, "%s", colon + 1);
    snprintf(host, ADDRESS_TEXT_SIZE, "%.*s", (int)(has_brackets ? len - 2 : len),
             has_brackets ? text + 1 : text);
    return true;
}

static bool parse_tcp(struct address *address, struct error *err) {
    char host[ADDRESS_TEXT_SIZE];
    char port[PORT_SIZE];
    if (!split(address->text, host, port))
        return error_set(err,
                         "%s is no address to listen on; write unix:/path, 127.0.0.1:port, "
                         "[::1]:port or host:port",
                         address->text);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int result = getaddrinfo(host, port, &hints, &found);
    if (result != 0)
        return error_set(err, "cannot find the address of %s (%s); write it as numbers", host,
                         gai_strerror(result));
    memcpy(&address->socket, found->ai_addr, found->ai_addrlen);
    address->len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

bool address_parse(struct address *address, const char *text, struct error *err) {
    *address = (struct address){.len = 0};
    if (strlen(text) >= sizeof address->text)
        return error_set(err, "an address to listen on has at most %zu bytes",
                         sizeof address->text - 1);
    snprintf(address->text, sizeof address->text, "%s", text);
    if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0)
        return parse_unix(address, text + strlen(unix_prefix), err);
    return parse_tcp(address, err);
}

bool address_is_unix(const struct address *address) {
    return address->socket.ss_family == AF_UNIX;
}

bool address_is_loopback(const struct address *address) {
    if (address->socket.ss_family == AF_INET) {
        const struct sockaddr_in *socket = (const struct sockaddr_in *)&address->socket;
        return ntohl(socket->sin_addr.s_addr) >> 24 == 127;
    }
    if (address->socket.ss_family == AF_INET6) {
        const struct sockaddr_in6 *socket = (const struct sockaddr_in6 *)&address->socket;
        return IN6_IS_ADDR_LOOPBACK(&socket->sin6_addr);
    }
    return address_is_unix(address);
}

static const char *socket_path(const struct address *address) {
    return ((const struct sockaddr_un *)&address->socket)->sun_path;
}

static int create_socket(const struct address *address) {
    int fd = socket(address->socket.ss_family, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
        fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

// True when a server answers on the Unix socket, or may: only a refusal proves that none does.
static bool is_answered(const struct address *address) {
    int fd = create_socket(address);
    if (fd < 0)
        return true;
    int result = connect(fd, (const struct sockaddr *)&address->socket, address->len);
    bool is_refused = result != 0 && errno == ECONNREFUSED;
    close(fd);
    return !is_refused;
}

// Removes the file that a dead server left behind.
static bool clear_path(const struct address *address, struct error *err) {
    const char *path = socket_path(address);
    struct stat file;
    if (lstat(path, &file) != 0) {
        if (errno == ENOENT)
            return true;
        return error_set_errno(err, errno, "cannot listen on %s", address->text);
    }
    if (!S_ISSOCK(file.st_mode))
        return error_set(err,
                         "cannot listen on %s: there is a file that is no socket; choose "
                         "another path or remove it",
                         address->text);
    if (is_answered(address))
        return error_set(err,
                         "cannot listen on %s: address in use, another server answers there; "
                         "stop it or choose another path",
                         address->text);
    if (unlink(path) != 0)
        return error_set_errno(err, errno, "cannot remove the stale socket %s", path);
    return true;
}

static bool refuse_bind(const struct address *address, int code, struct error *err) {
    static const struct {
        int code;
        const char *cure;
    } cures[] = {
        {EADDRINUSE, "another program listens there (ss -ltnp shows it); stop it or choose "
                     "another port"},
        {EADDRNOTAVAIL, "no interface of this machine has the address (ip address shows them)"},
        {EACCES, "no right to; choose a port from 1024 up, or a directory that can be written"},
        {ENOENT, "the directory does not exist; create it"},
    };
    for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
        if (cures[i].code == code)
            return error_set_errno(err, code, "cannot listen on %s (%s)", address->text,
                                   cures[i].cure);
    return error_set_errno(err, code, "cannot listen on %s", address->text);
}

static bool bind_unix(struct address *address, int fd, unsigned mode, struct error *err) {
    const char *path = socket_path(address);
    if (!clear_path(address, err))
        return false;
    if (bind(fd, (const struct sockaddr *)&address->socket, address->len) != 0)
        return refuse_bind(address, errno, err);
    struct stat file;
    if (chmod(path, (mode_t)mode) != 0 || lstat(path, &file) != 0) {
        error_set_errno(err, errno, "cannot set the mode of %s", path);
        unlink(path);
        return false;
    }
    address->device = file.st_dev;
    address->inode = file.st_ino;
    return true;
}

// Puts the port that the kernel chose into the text.
static bool take_real_port(struct address *address, int fd) {
    if (getsockname(fd, (struct sockaddr *)&address->socket, &address->len) != 0)
        return false;
    in_port_t port = address->socket.ss_family == AF_INET
                         ? ((struct sockaddr_in *)&address->socket)->sin_port
                         : ((struct sockaddr_in6 *)&address->socket)->sin6_port;
    char *colon = strrchr(address->text, ':');
    size_t room = sizeof address->text - (size_t)(colon - address->text);
    snprintf(colon, room, ":%u", (unsigned)ntohs(port));
    return true;
}

static bool bind_tcp(struct address *address, int fd, struct error *err) {
    const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address->socket, address->len) != 0)
        return refuse_bind(address, errno, err);
    return true;
}

int address_listen(struct address *address, unsigned mode, struct error *err) {
    int fd = create_socket(address);
    if (fd < 0) {
        refuse_bind(address, errno, err);
        return -1;
    }
    bool is_bound =
        address_is_unix(address) ? bind_unix(address, fd, mode, err) : bind_tcp(address, fd, err);
    if (is_bound && listen(fd, SOMAXCONN) == 0 &&
        (address_is_unix(address) || take_real_port(address, fd)))
        return fd;
    if (is_bound) {
        refuse_bind(address, errno, err);
        address_remove(address);
    }
    close(fd);
    return -1;
}

int address_open(struct address *address, const char *text, bool is_encrypted, unsigned mode,
                 struct error *err) {
    if (!address_parse(address, text, err))
        return -1;
    if (is_encrypted || address_is_loopback(address))
        return address_listen(address, mode, err);
    error_set(err,
              "refusing plaintext on %s, which others can reach; give a certificate and key for "
              "TLS, or listen on 127.0.0.1 or a Unix socket",
              address->text);
    return -1;
}

// What is accepted there must not keep the next server from the port, either: SO_REUSEADDR.
static bool bind_beside(const struct address *address, int fd, int share) {
    const int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
           setsockopt(share, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
           setsockopt(share, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           bind(share, (const struct sockaddr *)&address->socket, address->len) == 0 &&
           listen(share, SOMAXCONN) == 0;
}

int address_share(const struct address *address, int fd, struct error *err) {
    bool is_unix = address_is_unix(address);
    int share = is_unix ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : create_socket(address);
    if (share >= 0 && (is_unix || bind_beside(address, fd, share)))
        return share;
    error_set_errno(err, errno, "cannot listen on %s more than once", address->text);
    if (share >= 0)
        close(share);
    return -1;
}

void address_remove(const struct address *address) {
    struct stat file;
    if (!address_is_unix(address) || lstat(socket_path(address), &file) != 0)
        return;
    if (file.st_dev == address->device && file.st_ino == address->inode)
        unlink(socket_path(address));
}

void address_format(const struct sockaddr *socket, char *out, size_t size) {
    char host[INET6_ADDRSTRLEN] = "?";
    if (socket->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)socket;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(out, size, "%s:%u", host, (unsigned)ntohs(in->sin_port));
    } else if (socket->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)socket;
        inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
        snprintf(out, size, "[%s]:%u", host, (unsigned)ntohs(in->sin6_port));
    } else {
        snprintf(out, size, "unix");
    }
}

static void format_network(const struct in6_addr *address, char *out, size_t size) {
    char host[INET6_ADDRSTRLEN] = "?";
    struct in6_addr network = *address;
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        inet_ntop(AF_INET, &address->s6_addr[12], host, sizeof host);
        snprintf(out, size, "%s", host);
        return;
    }
    memset(&network.s6_addr[8], 0, 8);
    inet_ntop(AF_INET6, &network, host, sizeof host);
    snprintf(out, size, "%s/64", host);
}

void address_format_origin(const struct sockaddr *socket, char *out, size_t size) {
    out[0] = '\0';
    if (socket->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)socket)->sin_addr, out,
                  (socklen_t)size);
    else if (socket->sa_family == AF_INET6)
        format_network(&((const struct sockaddr_in6 *)(const void *)socket)->sin6_addr, out, size);
}

void address_format_user(int fd, char *out, size_t size) {
    struct ucred user;
    socklen_t len = sizeof user;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &len) == 0)
        snprintf(out, size, "unix:%u", (unsigned)user.uid);
    else
        snprintf(out, size, "unix");
}
