// Health: grpc.health.v1, the two native methods every gRPC client and load balancer knows. The
// server says when it serves and when not; watchers are told at every change.
#pragma once

#include "server/base/error.h"
#include "server/rpc/native.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

struct health;

// Knows the services given (borrowed), itself, and "" for the whole server. Not serving yet.
struct health *health_create(const ProtobufCServiceDescriptor *const *services, size_t n_services,
                             struct error *err) __attribute__((warn_unused_result));

// It knows these services, too; borrowed names.
void health_know(struct health *health, const char *const *names, size_t n_names);

// Every call is over.
void health_destroy(struct health *health);

// Tells the watchers when it changes.
void health_set(struct health *health, bool is_serving);

// Ends every watch, and lets no other begin, because the server stops.
void health_stop(struct health *health);

enum { HEALTH_METHODS = 2 };

// Fills the native methods; they borrow health.
void health_methods(struct health *health, struct native_method methods[HEALTH_METHODS]);
