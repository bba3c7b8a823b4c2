// The answer to one gRPC call, from fields and body bytes to messages and an outcome.
//
// No I/O: whoever carries the call feeds the fields of headers and trailers and the pieces of the
// body as they come, and asks at the end what it all meant. Source: gRPC over HTTP2
// (PROTOCOL-HTTP2.md, "Responses"), http-grpc-status-mapping.md.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "client/lib/shap.h"
#include "server/base/buf.h"

// The longest message that is taken from a server, and the most memory it may need unpacked: a
// hostile one needs 150 times its length.
enum { ANSWER_MESSAGE_LIMIT = 64 * 1024 * 1024, ANSWER_MEMORY_LIMIT = 256 * 1024 * 1024 };

struct answer {
    const ProtobufCMessageDescriptor *type; // of the messages; borrowed
    shap_on_message on_message;             // may be NULL
    void *ctx;
    struct buf body; // what has come of the next message
    size_t n_messages;
    int http_status; // 0: no headers yet
    bool is_grpc;    // by its content type
    bool is_gzip;    // what is compressed, is so
    bool has_status;
    int grpc_status;
    char grpc_message[SHAP_MESSAGE_SIZE]; // decoded
    bool is_stopped;                      // by on_message
    bool is_broken;                       // failure holds why
    struct shap_outcome failure;
};

void answer_init(struct answer *answer, const ProtobufCMessageDescriptor *type,
                 shap_on_message on_message, void *ctx);
void answer_finish(struct answer *answer);

// A field of headers or trailers, the name in lower case. ":status" begins the answer anew (after
// an interim one).
void answer_feed_field(struct answer *answer, const char *name, const char *value);

// The next bytes of the body; calls on_message for every message they complete. False: nothing more
// is wanted, because on_message said so or the answer is broken.
bool answer_feed_body(struct answer *answer, const void *bytes, size_t len)
    __attribute__((warn_unused_result));

// The stream ended in good order: what it meant.
void answer_end(const struct answer *answer, struct shap_outcome *outcome);

// gRPC's status for an HTTP status that came without one.
enum grpc_status answer_status_of_http(int http_status);
