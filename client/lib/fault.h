// What went wrong between here and the server, in words: codes of libcurl and HTTP/2 to outcomes.
#pragma once

#include <curl/curl.h>
#include "client/lib/shap.h"
#include "server/base/buf.h"

// Fills outcome for a connection that could not be opened: libcurl's code, not CURLE_OK, its handle
// (may be NULL) and its words (may be empty).
void fault_explain(const struct shap_client *client, CURL *easy, CURLcode code, const char *reason,
                   struct shap_outcome *outcome);

// Fills outcome for a server that has TLS, but did not agree to HTTP/2 on it.
void fault_explain_protocol(const struct shap_client *client, struct shap_outcome *outcome);

// Fills outcome for a stream that was reset with an HTTP/2 error code. Source: gRPC over HTTP2
// (PROTOCOL-HTTP2.md, "Errors").
void fault_explain_reset(uint32_t error_code, struct shap_outcome *outcome);

// Appends a line on the address that is called now and on what came of it, as far as there is
// memory.
void fault_add_tried(struct buf *tried, const struct shap_client *client,
                     const struct shap_outcome *outcome);

// Tells in outcome of the addresses tried before, too; that of its own is the one called now.
void fault_name_tried(const struct buf *tried, const struct shap_client *client,
                      struct shap_outcome *outcome);

// Fills outcome with a failure found out here.
void fault_set(struct shap_outcome *outcome, enum shap_stage stage, enum grpc_status status,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

// Fills outcome for a call that the user interrupted, having come as far as stage.
void fault_set_interrupted(struct shap_outcome *outcome, enum shap_stage stage);
