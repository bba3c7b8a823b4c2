#include "server/rpc/health.h"

#include "grpc/health/v1/health.pb-c.h"
#include "server/rpc/call.h"

#include <stdlib.h>
#include <string.h>

// Anybody may ask, and protobuf-c allocates something for every field it does not know.
enum { REQUEST_MAX = 4096 };

static const char text_stopping[] = "the server is stopping";

struct health {
    bool is_serving;
    bool is_stopping;
    const ProtobufCServiceDescriptor *const *services; // borrowed
    size_t n_services;
    const char *const *names; // borrowed; of native services
    size_t n_names;
    struct list watchers;
};

// A watch, in the arena of its call.
struct watcher {
    struct list item;
    struct call *call; // borrowed until on_over
    bool is_known;     // the service it asks for
};

struct health *health_create(const ProtobufCServiceDescriptor *const *services, size_t n_services,
                             struct error *err) {
    struct health *health = calloc(1, sizeof *health);
    if (health == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    health->services = services;
    health->n_services = n_services;
    list_init(&health->watchers);
    return health;
}

void health_know(struct health *health, const char *const *names, size_t n_names) {
    health->names = names;
    health->n_names = n_names;
}

void health_destroy(struct health *health) {
    free(health);
}

static bool is_known(const struct health *health, const char *name) {
    if (name[0] == '\0' || strcmp(name, grpc__health__v1__health__descriptor.name) == 0)
        return true;
    for (size_t i = 0; i < health->n_services; i++)
        if (strcmp(health->services[i]->name, name) == 0)
            return true;
    for (size_t i = 0; i < health->n_names; i++)
        if (strcmp(health->names[i], name) == 0)
            return true;
    return false;
}

static bool send_status(struct call *call, int status) {
    Grpc__Health__V1__HealthCheckResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    response.has_status = 1;
    response.status = (Grpc__Health__V1__HealthCheckResponse__ServingStatus)status;
    return call_send(call, &response.base);
}

static int status_now(const struct health *health) {
    return health->is_serving
               ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
               : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
}

// Reads the request; false when the call has been answered because it cannot be read.
static bool read_request(const struct health *health, struct call *call, const uint8_t *bytes,
                         size_t len, bool *known) {
    if (len == 0) { // for the whole server, as nearly everybody does
        *known = true;
        return true;
    }
    Grpc__Health__V1__HealthCheckRequest *request =
        len <= REQUEST_MAX ? grpc__health__v1__health_check_request__unpack(NULL, len, bytes)
                           : NULL;
    if (request == NULL) {
        call_answer(call, GRPC_INVALID_ARGUMENT, "the request is not a HealthCheckRequest");
        return false;
    }
    *known = is_known(health, request->service != NULL ? request->service : "");
    grpc__health__v1__health_check_request__free_unpacked(request, NULL);
    return true;
}

static void on_check(void *owner, struct call *call, const uint8_t *bytes, size_t len) {
    struct health *health = owner;
    bool known = false;
    if (!read_request(health, call, bytes, len, &known))
        return;
    if (!known)
        call_answer(call, GRPC_NOT_FOUND, "this server has no such service");
    else if (send_status(call, status_now(health)))
        call_answer(call, GRPC_OK, NULL);
    else
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, "the server is out of memory");
}

static void tell(const struct health *health, const struct watcher *watcher) {
    int status = watcher->is_known
                     ? status_now(health)
                     : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
    if (!send_status(watcher->call, status))
        call_answer(watcher->call, GRPC_RESOURCE_EXHAUSTED, "the server is out of memory");
}

static void on_watch(void *owner, struct call *call, const uint8_t *bytes, size_t len) {
    struct health *health = owner;
    bool known = false;
    if (health->is_stopping) {
        call_answer(call, GRPC_UNAVAILABLE, text_stopping);
        return;
    }
    if (!read_request(health, call, bytes, len, &known))
        return;
    struct watcher *watcher = arena_alloc(&call->arena, sizeof *watcher);
    if (watcher == NULL) {
        call_answer(call, GRPC_RESOURCE_EXHAUSTED, "the server is out of memory");
        return;
    }
    watcher->call = call;
    watcher->is_known = known;
    call->native_ctx = watcher;
    list_append(&health->watchers, &watcher->item);
    tell(health, watcher);
}

static void on_watch_over(void *owner, struct call *call) {
    struct watcher *watcher = call->native_ctx;
    (void)owner;
    if (watcher != NULL)
        list_unlink(&watcher->item);
}

static bool is_open(const struct watcher *watcher) {
    return watcher->call->state != CALL_ANSWERED;
}

void health_set(struct health *health, bool is_serving) {
    if (health->is_serving == is_serving)
        return;
    health->is_serving = is_serving;
    for (struct list *item = health->watchers.next; item != &health->watchers; item = item->next) {
        struct watcher *watcher = list_entry(item, struct watcher, item);
        if (watcher->is_known && is_open(watcher))
            tell(health, watcher);
    }
}

void health_stop(struct health *health) {
    health->is_stopping = true;
    health_set(health, false);
    for (struct list *item = health->watchers.next; item != &health->watchers; item = item->next)
        call_answer(list_entry(item, struct watcher, item)->call, GRPC_UNAVAILABLE, text_stopping);
}

void health_methods(struct health *health, struct native_method methods[HEALTH_METHODS]) {
    methods[0] = (struct native_method){
        .path = "/grpc.health.v1.Health/Check", .on_call = on_check, .owner = health};
    methods[1] = (struct native_method){.path = "/grpc.health.v1.Health/Watch",
                                        .on_call = on_watch,
                                        .on_over = on_watch_over,
                                        .owner = health};
}
