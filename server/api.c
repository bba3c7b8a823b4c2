#include "server/api.h"

#include "server/migrate.h"
#include "server/services.h"

#include <string.h>

enum { API_ARENA_LIMIT = 64 << 20 };

static bool check_version(const struct api *api, struct buf *report) {
    const struct migrate_files files = {sql_files, sql_n_files};
    int wanted = migrate_version(&files);
    int found = api->catalog.schema_version;
    if (found == wanted)
        return true;
    if (found < wanted)
        (void)!buf_format(report,
                          "the database is at schema version %d, this shapd needs %d: run `shapd "
                          "--migrate --database CONNECTION` as an administrator\n",
                          found, wanted);
    else
        (void)!buf_format(
            report,
            "the database is at schema version %d, this shapd knows %d: use the shapd "
            "whose `shapd --migrate` made it, or a later one\n",
            found, wanted);
    return false;
}

enum api_result api_read(struct api *api, const char *conninfo, int timeout_ms,
                         void (*on_wait)(const char *reason), struct buf *report,
                         struct error *err) {
    memset(api, 0, sizeof *api);
    arena_init(&api->arena, API_ARENA_LIMIT);
    if (!catalog_read(conninfo, SERVICES_SCHEMA, timeout_ms, on_wait, &api->arena, &api->catalog,
                      err))
        return API_UNREACHABLE;
    if (!check_version(api, report))
        return API_MISMATCH;
    api->registry =
        registry_build(services, n_services, &api->catalog, SERVICES_SCHEMA, &api->arena, report);
    return api->registry != NULL ? API_OK : API_MISMATCH;
}

void api_finish(struct api *api) {
    arena_finish(&api->arena);
}
