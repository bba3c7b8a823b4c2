// What the tests of calls run in: a loop, a pool on the test cluster, the registry of the services
// Returns and Events and of GetServerInfo and WhoAmI, with streams that only keep what was sent.
// server/net has tests of its own; everything below rpc is real. The clock can be moved.
#pragma once

#include "server/base/buf.h"
#include "server/net/stream.h"
#include "server/pg/catalog.h"
#include "server/rpc/health.h"
#include "server/rpc/reflection.h"
#include "server/rpc/rpc.h"

#include "shap/v1/directory.pb-c.h"
#include "shap/v1/returns.pb-c.h"
#include "shap/v1/watch.pb-c.h"

#include <uv.h>

struct world {
    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_check_t check;
    struct arena arena;
    struct catalog catalog;
    const struct registry *registry;
    struct pool *pool;
    struct rpc *rpc;
    struct rpc_options rpc_options; // of it
    struct health *health;
    struct reflection *reflection;
    struct native_method natives[HEALTH_METHODS + REFLECTION_METHODS];
    int64_t stopped_us; // the time, while the clock stands still; 0: it goes
    int64_t shift_us;
    int64_t look_us; // how far the clock goes each time somebody looks at it
    size_t n_suspected;
    bool is_ring_wanted; // by those who follow
    bool is_pool_closed;
};

enum { HELD_LIMIT = 64 * 1024 }; // bytes of request messages in all calls
enum { FOLLOW_US = 30000000 };   // the longest a call that goes on is without a round
enum { GUESS_US = 60000000 };    // until a wrong token is forgotten

struct world_options {
    bool stops_clock;      // once it serves: a busy machine then cuts no turn short
    size_t n_links;        // 0: 2
    size_t n_stream_links; // 0: 1
    size_t queue_limit;    // of grouped calls, and of streams; 0: 1000
    size_t streams_each;   // of one token; 0: all
    size_t long_each;      // the same of those that take long
    size_t followers_each; // the same of those that go on
    size_t guesses_max;    // wrong tokens that an address may show; 0: they are not counted
};

// Serving when it returns.
void world_start(struct world *world, const struct world_options *options);

// Another rpc, health and reflection, which have not seen anything. Every stream must be closed.
void world_renew(struct world *world, const struct world_options *options);

// Every stream must be closed.
void world_stop(struct world *world);

// Calls that are given up and keep their place because their work goes on.
size_t world_n_places(void);

// One turn of the loop, which waits for something to happen.
void world_turn(struct world *world);

// Connects to the cluster as its superuser and asks for one text, within 100 characters.
void world_ask(const char *sql, char answer[100]);

// A stream that keeps what it is given.
struct stream {
    void *ctx; // of the call; NULL: answered in on_request
    bool is_finished;
    bool is_paused;                // pretends that its reader is slow
    bool is_compressed;            // the request's messages
    enum stream_encoding encoding; // as the last message was to be sent
    size_t queued;
    int64_t charged_us; // that events took, as it was told
    enum grpc_status status;
    char message[512];
    size_t n_frames;
    struct buf last; // the last message, without its head
};

// Begins a call: path after "/shap.v1.Returns/" or a whole path; token NULL: none.
void stream_begin(struct world *world, struct stream *stream, const char *path, const char *token,
                  int64_t timeout_us);
void stream_message(struct stream *stream, const ProtobufCMessage *message);
void stream_half_close(struct stream *stream);

// The three above.
void stream_call(struct world *world, struct stream *stream, const char *path, const char *token,
                 const ProtobufCMessage *message);

// Turns until the stream is finished.
void stream_await(struct world *world, struct stream *stream);

// Closes the stream: the call hears no more of it.
void stream_close(struct stream *stream);

// The last message as a Return or a Receipt, to be freed with free_unpacked.
Shap__V1__Return *stream_return(const struct stream *stream);
Shap__V1__Receipt *stream_receipt(const struct stream *stream);
