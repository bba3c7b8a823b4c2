#include "server/pg/resolve.h"

#include "server/base/buf.h"

#include <libpq-fe.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 256, PORT_SIZE = 32, ADDRESS_SIZE = 64, REASON_SIZE = 512 };

struct resolve {
    uv_getaddrinfo_t request;
    resolve_on_done on_done;
    void *ctx;        // borrowed
    char *names;      // a list, owned
    char *ports;      // a list, owned, or one for all; NULL: libpq's default
    const char *name; // the next of names; NULL: all were looked up
    const char *port; // that of it
    char current[NAME_SIZE];
    char current_port[PORT_SIZE];
    struct buf host, hostaddr, port_list; // what was found
    size_t n;                             // of them
    bool has_no_memory;
    char reason[REASON_SIZE];
};

static void on_addresses(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses);

// Copies the first element of a list, cut to size; the rest of the list, or NULL.
static const char *take(const char *list, char *element, size_t size) {
    size_t len = strcspn(list, ",");
    snprintf(element, size, "%.*s", (int)len, list);
    return list[len] == ',' ? list + len + 1 : NULL;
}

// Neither a directory with a socket, nor an address, nor empty (which is one of the former).
static bool is_name(const char *host) {
    unsigned char address[16];
    return *host != '\0' && *host != '/' && *host != '@' && strchr(host, ':') == NULL &&
           uv_inet_pton(AF_INET, host, address) != 0;
}

static bool has_name(const char *list) {
    char host[NAME_SIZE];
    while (list != NULL) {
        list = take(list, host, sizeof host);
        if (is_name(host))
            return true;
    }
    return false;
}

static void resolve_destroy(struct resolve *resolve) {
    free(resolve->names);
    free(resolve->ports);
    buf_finish(&resolve->host);
    buf_finish(&resolve->hostaddr);
    buf_finish(&resolve->port_list);
    free(resolve);
}

static void add(struct resolve *resolve, const char *address) {
    const char *comma = resolve->n > 0 ? "," : "";
    if (buf_format(&resolve->host, "%s%s", comma, resolve->current) &&
        buf_format(&resolve->hostaddr, "%s%s", comma, address) &&
        buf_format(&resolve->port_list, "%s%s", comma, resolve->current_port))
        resolve->n++;
    else
        resolve->has_no_memory = true;
}

static void take_next(struct resolve *resolve) {
    resolve->name = take(resolve->name, resolve->current, sizeof resolve->current);
    if (resolve->port == NULL)
        return;
    const char *rest = take(resolve->port, resolve->current_port, sizeof resolve->current_port);
    resolve->port = rest != NULL ? rest : resolve->port;
}

// False: the lookup has not begun.
static bool look_up(struct resolve *resolve, uv_loop_t *loop) {
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    int status =
        uv_getaddrinfo(loop, &resolve->request, on_addresses, resolve->current, NULL, &hints);
    if (status != 0)
        snprintf(resolve->reason, sizeof resolve->reason, "cannot look up \"%s\": %s",
                 resolve->current, uv_strerror(status));
    return status == 0;
}

// Up to the next name, whose lookup is under way when true is returned.
static bool go_on(struct resolve *resolve, uv_loop_t *loop) {
    while (resolve->name != NULL) {
        take_next(resolve);
        if (!is_name(resolve->current))
            add(resolve, "");
        else if (look_up(resolve, loop))
            return true;
    }
    return false;
}

static void end(struct resolve *resolve) {
    bool is_whole = !resolve->has_no_memory && resolve->n > 0 &&
                    buf_append(&resolve->host, "", 1) && buf_append(&resolve->hostaddr, "", 1) &&
                    buf_append(&resolve->port_list, "", 1);
    const struct hosts hosts = {.host = (char *)resolve->host.data + resolve->host.start,
                                .hostaddr =
                                    (char *)resolve->hostaddr.data + resolve->hostaddr.start,
                                .port = (char *)resolve->port_list.data + resolve->port_list.start};
    if (resolve->reason[0] == '\0')
        snprintf(resolve->reason, sizeof resolve->reason, "out of memory");
    resolve->on_done(resolve->ctx, is_whole ? &hosts : NULL, resolve->reason);
    resolve_destroy(resolve);
}

static void on_addresses(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses) {
    struct resolve *resolve = request->data;
    char address[ADDRESS_SIZE];
    if (status != 0)
        snprintf(resolve->reason, sizeof resolve->reason, "cannot look up \"%s\": %s",
                 resolve->current, uv_strerror(status));
    for (const struct addrinfo *each = addresses; each != NULL; each = each->ai_next)
        if (uv_ip_name(each->ai_addr, address, sizeof address) == 0)
            add(resolve, address);
    uv_freeaddrinfo(addresses);
    if (!go_on(resolve, request->loop))
        end(resolve);
}

static const char *find(const PQconninfoOption *options, const char *keyword,
                        const char *variable) {
    for (; options != NULL && options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0 && options->val != NULL)
            return options->val;
    return getenv(variable);
}

static char *copy(const char *text) {
    return text != NULL ? strdup(text) : NULL;
}

// What is said elsewhere (a service) is libpq's to read, and what has its address needs no lookup.
struct resolve *resolve_start(uv_loop_t *loop, const char *conninfo, const struct hosts *hosts,
                              resolve_on_done on_done, void *ctx) {
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    const char *names = hosts->host != NULL ? hosts->host : find(options, "host", "PGHOST");
    const char *ports = hosts->port != NULL ? hosts->port : find(options, "port", "PGPORT");
    bool is_needed = find(options, "service", "PGSERVICE") == NULL &&
                     find(options, "hostaddr", "PGHOSTADDR") == NULL && has_name(names);
    struct resolve *resolve = is_needed ? calloc(1, sizeof *resolve) : NULL;
    if (resolve != NULL) {
        resolve->on_done = on_done;
        resolve->ctx = ctx;
        resolve->name = resolve->names = copy(names);
        resolve->port = resolve->ports = copy(ports);
        resolve->request.data = resolve;
    }
    PQconninfoFree(options);
    if (resolve == NULL || go_on(resolve, loop))
        return resolve;
    resolve_destroy(resolve);
    return NULL;
}

void resolve_hurry(struct resolve *resolve) {
    if (resolve == NULL)
        return;
    resolve->name = NULL; // what has begun is waited for, and no other
    (void)uv_cancel((uv_req_t *)&resolve->request);
}
