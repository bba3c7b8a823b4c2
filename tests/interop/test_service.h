// grpc.testing.TestService as native methods, so that clients made by others can try what the net
// and rpc layers do: large messages, streams both ways, compression asked for message by message,
// metadata, statuses, cancellation, time limits.
//
// Who calls it: interop_server. Who owns what: each call has a record of its own, owned by itself;
// it is freed in the close callback of its timer, after the call is over.
#pragma once

#include "server/rpc/native.h"

#include <uv.h>

enum { TEST_SERVICE_METHODS = 5 };

// Fills the table. loop is borrowed and outlives the calls: answers may be spaced out in time.
void test_service_methods(uv_loop_t *loop, struct native_method methods[TEST_SERVICE_METHODS]);
