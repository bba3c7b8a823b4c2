#include "server/pg/hosts.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count(const char *list) {
    size_t n = 1;
    for (; list != NULL && *list != '\0'; list++)
        n += *list == ',';
    return n;
}

// NULL without memory.
static char *turn(const char *list, size_t by) {
    const char *first = list;
    for (by %= count(list); by > 0; by--)
        first = strchr(first, ',') + 1;
    if (first == list)
        return strdup(list);
    size_t n_before = (size_t)(first - list) - 1; // without its comma
    size_t size = strlen(list) + 1;
    char *turned = malloc(size);
    if (turned != NULL)
        snprintf(turned, size, "%s,%.*s", first, (int)n_before, list);
    return turned;
}

static const char *find(const PQconninfoOption *options, const char *keyword) {
    for (; options != NULL && options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val;
    return NULL;
}

size_t hosts_count(const char *conninfo) {
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    size_t by_name = count(find(options, "host")), by_address = count(find(options, "hostaddr"));
    PQconninfoFree(options);
    return by_name > by_address ? by_name : by_address;
}

bool hosts_turn(struct hosts *hosts, const char *conninfo, size_t by) {
    char **const lists[] = {&hosts->host, &hosts->hostaddr, &hosts->port};
    static const char *const KEYWORDS[] = {"host", "hostaddr", "port"};
    PQconninfoOption *options = by > 0 ? PQconninfoParse(conninfo, NULL) : NULL;
    bool is_good = true;
    *hosts = (struct hosts){0};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *list = find(options, KEYWORDS[i]);
        if (list == NULL)
            continue;
        *lists[i] = turn(list, by);
        is_good = is_good && *lists[i] != NULL;
    }
    PQconninfoFree(options);
    if (!is_good)
        hosts_finish(hosts);
    return is_good;
}

void hosts_finish(struct hosts *hosts) {
    free(hosts->host);
    free(hosts->hostaddr);
    free(hosts->port);
    *hosts = (struct hosts){0};
}
