// The services of the contract, one line each in services.c. Everything else about them is derived.
#pragma once

#include <protobuf-c/protobuf-c.h>

// The schema that holds their functions.
#define SERVICES_SCHEMA "shap_v1"

extern const ProtobufCServiceDescriptor *const services[];
extern const size_t n_services;
