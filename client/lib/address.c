#include "client/lib/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

static const char forms[] =
    "write HOST, HOST:PORT or https://HOST:PORT for a server with TLS, http://127.0.0.1:PORT or "
    "unix:/path/of/socket for one on this machine";

bool address_is_loopback(const char *host) {
    struct in_addr v4;
    struct in6_addr v6;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && memcmp(&v6, &in6addr_loopback, sizeof v6) == 0;
}

static bool parse_unix(const char *path, struct address *address, struct error *err) {
    if (path[0] != '/')
        return error_set(err,
                         "the server address unix:%s has no absolute path: write "
                         "unix:/path/of/socket",
                         path);
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return error_set(err,
                         "the socket's path %s is too long: a Unix socket's has at most %zu "
                         "characters",
                         path, sizeof((struct sockaddr_un *)NULL)->sun_path - 1);
    address->is_unix = true;
    snprintf(address->host, sizeof address->host, "%s", path);
    return true;
}

static bool is_port(const char *text) {
    size_t len = strlen(text);
    if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
        return false;
    long port = strtol(text, NULL, 10);
    return port >= 1 && port <= 65535;
}

static bool is_host(const char *host) {
    struct in6_addr v6;
    if (strchr(host, ':') != NULL)
        return inet_pton(AF_INET6, host, &v6) == 1;
    for (const char *at = host; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr(".-_", *at) == NULL)
            return false;
    }
    return host[0] != '\0';
}

// Splits "HOST", "HOST:PORT", "[V6]" and "[V6]:PORT"; the port stays as it was without one.
static bool split(const char *text, struct address *address) {
    const char *end = text + strlen(text), *port = NULL;
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        if (close == NULL || (close[1] != '\0' && close[1] != ':'))
            return false;
        port = close[1] == ':' ? close + 2 : NULL;
        text++;
        end = close;
    } else if (strchr(text, ':') != NULL) {
        end = strchr(text, ':');
        port = end + 1;
    }
    size_t len = (size_t)(end - text);
    if (len >= sizeof address->host || (port != NULL && !is_port(port)))
        return false;
    memcpy(address->host, text, len);
    address->host[len] = '\0';
    if (port != NULL)
        snprintf(address->port, sizeof address->port, "%s", port);
    return is_host(address->host);
}

static bool has_prefix(const char *text, const char *prefix) {
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static bool parse_host(const char *text, bool is_tls, struct address *address, struct error *err) {
    char authority[ADDRESS_HOST_SIZE + ADDRESS_PORT_SIZE + 4];
    size_t len = strlen(text);
    if (len > 0 && text[len - 1] == '/')
        len--;
    if (len >= sizeof authority)
        return error_set(err, "the server address is too long: %s", forms);
    memcpy(authority, text, len);
    authority[len] = '\0';
    address->is_tls = is_tls;
    snprintf(address->port, sizeof address->port, "%s", is_tls ? "443" : "");
    if (!split(authority, address))
        return error_set(err, "\"%s\" is not a server address: %s", text, forms);
    if (is_tls)
        return true;
    if (!address_is_loopback(address->host))
        return error_set(err,
                         "http://%s is refused: without TLS everyone on the way could read and "
                         "change what is sent. Write https://%s",
                         text, text);
    if (address->port[0] == '\0')
        return error_set(err, "http://%s has no port: write http://%s:PORT", text, text);
    return true;
}

bool address_parse(const char *text, struct address *address, struct error *err) {
    struct address parsed = {0};
    bool is_parsed;
    if (has_prefix(text, "unix:"))
        is_parsed = parse_unix(text + strlen("unix:"), &parsed, err);
    else if (has_prefix(text, "http://"))
        is_parsed = parse_host(text + strlen("http://"), false, &parsed, err);
    else
        is_parsed = parse_host(has_prefix(text, "https://") ? text + strlen("https://") : text,
                               true, &parsed, err);
    if (is_parsed)
        *address = parsed;
    return is_parsed;
}

bool address_parse_all(const char *text, struct address addresses[ADDRESS_MOST], size_t *n,
                       struct error *err) {
    size_t n_parsed = 0;
    for (const char *at = text; at != NULL;) {
        char one[2 * ADDRESS_HOST_SIZE];
        const char *comma = strchr(at, ',');
        at += strspn(at, " ");
        size_t len = comma == NULL ? strlen(at) : (size_t)(comma - at);
        while (len > 0 && at[len - 1] == ' ')
            len--;
        if (len >= sizeof one)
            return error_set(err, "a server address is too long: %s", forms);
        memcpy(one, at, len);
        one[len] = '\0';
        if (n_parsed == ADDRESS_MOST)
            return error_set(err, "there are more than %d server addresses", ADDRESS_MOST);
        if (!address_parse(one, &addresses[n_parsed++], err))
            return false;
        at = comma == NULL ? NULL : comma + 1;
    }
    *n = n_parsed;
    return true;
}

bool address_is_same(const struct address *one, const struct address *other) {
    if (one->is_unix || other->is_unix)
        return one->is_unix == other->is_unix && strcmp(one->host, other->host) == 0;
    return one->is_tls == other->is_tls && strcasecmp(one->host, other->host) == 0 &&
           strcmp(one->port, other->port) == 0;
}
