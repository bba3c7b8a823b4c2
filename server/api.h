// The API as one server instance knows it: the catalog read from the database, and the registry
// compiled from it and from the services. Serving, --check and --methods start with this.
#pragma once

#include "server/base/arena.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/pg/catalog.h"
#include "server/rpc/registry.h"

struct api {
    struct arena arena; // owned; everything below lies in it
    struct catalog catalog;
    const struct registry *registry;
};

enum api_result {
    API_OK,
    API_UNREACHABLE, // err says why
    API_MISMATCH,    // report has a line for each mismatch
};

// Connects with conninfo (see catalog_read for timeout and on_wait), reads the catalog, compares
// the schema's version with this program's, compiles the registry. api_finish in any case.
enum api_result api_read(struct api *api, const char *conninfo, int timeout_ms,
                         void (*on_wait)(const char *reason), struct buf *report, struct error *err)
    __attribute__((warn_unused_result));

void api_finish(struct api *api);
