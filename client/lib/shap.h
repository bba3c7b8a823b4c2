// libshap: calls of a shapd server, for programs in C.
//
// A client is one server, at one address or several, one token and the connections to it; it does
// no I/O until something is called. Every rpc of the contract is called through shap_invoke: the
// service descriptor that protobuf-c generated, the method's name, a request message. Unary and
// server-streaming rpcs are the same call: the callback sees one message or many. Nothing here is
// safe to use from two threads at once; two clients are independent of each other.
//
// Of several addresses the first that can be reached is called. Where one cannot be reached, the
// call goes to the next, within its deadline; one that was sent and answered with UNAVAILABLE, or
// not at all because the connection ended, goes on only where it may be made twice: if it only
// reads, or is a return, which has an id (shap_can_repeat). Each server's certificate is checked
// for its own name. When none serves it, the message names each address and why.
//
// Wire: gRPC over HTTP/2 (nghttp2) on connections that libcurl opens: TLS 1.3, or plaintext to this
// machine only. A program that uses it ignores SIGPIPE.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <protobuf-c/protobuf-c.h>
#include "proto/status.h"
#include "server/base/error.h"

struct shap_client;

// How to reach a server. Copied by shap_client_create, but for interrupted, which is borrowed.
struct shap_options {
    const char *server;   // "HOST[:PORT]" or "https://HOST[:PORT]" (TLS, port 443 unless given),
                          // "http://LOOPBACK:PORT" or "unix:/path" (plaintext); or several with
                          // commas between them, all of one service
    const char *ca_file;  // PEM file of the authorities to trust; NULL: the system's
    const char *crl_file; // PEM or DER: whom these revoked, a list of each; NULL: that is not asked
    const char *client_cert_file; // PEM: the certificate shown to a server that asks for one ...
    const char *client_key_file;  // ... and its key, which nobody else may read; NULL: both
    const char *token;            // NULL: calls carry no identity
    int timeout_ms;               // of each call; 0: no deadline
    bool notes_certificate;       // shap_connection is to tell of the server's certificate
    const volatile sig_atomic_t *interrupted; // calls end soon after it is not 0; may be NULL
};

// How far a call came. A call that failed before SHAP_STAGE_CALL was never seen by the server.
enum shap_stage {
    SHAP_STAGE_RESOLVE, // looking the server's name up
    SHAP_STAGE_PROXY,   // reaching it through https_proxy
    SHAP_STAGE_CONNECT, // TCP or Unix socket
    SHAP_STAGE_TLS,     // handshake and certificate
    SHAP_STAGE_CALL,    // the request was sent, or may have been
};

// The room for what a server says: long enough for the twenty cells it names at once.
enum { SHAP_MESSAGE_SIZE = 4096 };

// How a call ended.
struct shap_outcome {
    enum grpc_status status; // GRPC_OK: all messages of the answer arrived
    enum shap_stage stage;
    bool from_server; // status and message are the server's words; false: found out here
    bool interrupted; // ended by options.interrupted
    bool may_be_done; // another server, which did not answer, may have carried it out before
    char message[SHAP_MESSAGE_SIZE]; // for people: what was wrong and what to do; empty when
                                     // GRPC_OK
};

// One message of the answer, valid until the callback returns. Returning false ends the call
// (GRPC_CANCELLED), as when the reader of the output is gone.
typedef bool (*shap_on_message)(void *ctx, const ProtobufCMessage *message);

// The end of a call, exactly once per call that was started.
typedef void (*shap_on_done)(void *ctx, const struct shap_outcome *outcome);

// What is called. All borrowed; request may be freed when the function it is given to returns.
struct shap_call {
    const ProtobufCServiceDescriptor *service; // &shap__v1__plans__descriptor
    const char *method;                        // "GetPlan"; must be a method of service
    const ProtobufCMessage *request;           // of the method's input type
    int silence_ms; // not 0: a stream that goes on; it has no deadline, and ends (UNAVAILABLE) when
                    // the server has said nothing for so long
    shap_on_message on_message; // may be NULL
    shap_on_done on_done;       // may be NULL
    void *ctx;                  // for both
};

// Checks the address (syntax, no plaintext to another machine) and the CA file's presence; connects
// to nothing. NULL on failure, with err set. The result is ended by shap_client_destroy.
struct shap_client *shap_client_create(const struct shap_options *options, struct error *err)
    __attribute__((warn_unused_result));

// Closes all connections. Accepts NULL.
void shap_client_destroy(struct shap_client *client);

// Makes one call and waits for its end. on_done is called too, if given. Returns whether the
// outcome is GRPC_OK; *outcome is always set.
bool shap_invoke(struct shap_client *client, const struct shap_call *call,
                 struct shap_outcome *outcome);

// The same for a unary rpc: returns the one message of the answer, owned by the caller, to be freed
// with protobuf_c_message_free_unpacked(message, NULL). NULL on failure, *outcome says why.
// call->on_message is not used.
ProtobufCMessage *shap_invoke_unary(struct shap_client *client, const struct shap_call *call,
                                    struct shap_outcome *outcome)
    __attribute__((warn_unused_result));

// Owned by the caller, to be freed as above. NULL when memory is out.
ProtobufCMessage *shap_message_copy(const ProtobufCMessage *message)
    __attribute__((warn_unused_result));

// Gives the next call of a batch in *call; false when there are no more. What *call points at must
// stay until the next call of the function or the end of the batch.
typedef bool (*shap_next_call)(void *ctx, struct shap_call *call);

// Whether a method of the contract can be called twice with the effect of once, by its name.
bool shap_can_repeat(const char *method);

// Many calls in flight at once on one connection: asks `next` for another call whenever fewer than
// max_in_flight are running, until it has no more and all have ended. Each call ends with its own
// on_done, in any order. After an interrupt nothing new is started, and what runs ends as
// interrupted. A call that the server refused unseen (it is stopping) is made again once, on a new
// connection.
void shap_invoke_many(struct shap_client *client, size_t max_in_flight, shap_next_call next,
                      void *ctx);

// What is known of the address that is called now, and of the last connection to it.
struct shap_connection {
    bool is_tls;
    bool is_unix;
    char host[256];             // as asked for; the path of a Unix socket
    char port[8];               // empty for a Unix socket
    char address[64];           // the peer's IP address, empty before a connection
    char certificate[256];      // the server certificate's subject; empty when not noted
    time_t certificate_expires; // 0 when not noted
};

// Valid until the next call or the client's end.
const struct shap_connection *shap_client_connection(const struct shap_client *client);

// A token's text: "shap_" and 64 hexadecimal digits. The server keeps the SHA-256 of the text only
// (server/base/sha256.h).
enum { SHAP_TOKEN_SIZE = 5 + 64 + 1 };

// Makes a token of 256 random bits (getrandom). False with err set when there is no randomness.
bool shap_token_make(char token[SHAP_TOKEN_SIZE], struct error *err)
    __attribute__((warn_unused_result));

// A random UUID (version 4) in its text form: for return_id and import_id, made before the first
// byte is sent. False with err set when there is no randomness.
enum { SHAP_UUID_SIZE = 37 };
bool shap_uuid_make(char uuid[SHAP_UUID_SIZE], struct error *err)
    __attribute__((warn_unused_result));
