// The hosts of a connection string, begun with another one. libpq tries several in the order they
// are written in, and one that takes the connection but says nothing gets all the time there is;
// so whoever has waited in vain begins with the next. Used by link only.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Lists as in a connection string, to be given beside it. Owned; NULL: as the string says.
struct hosts {
    char *host, *hostaddr, *port;
};

// How many hosts the connection string names; 1 when it names none.
size_t hosts_count(const char *conninfo);

// The hosts from the by-th on, and then those before it. False without memory.
bool hosts_turn(struct hosts *hosts, const char *conninfo, size_t by)
    __attribute__((warn_unused_result));

void hosts_finish(struct hosts *hosts);
