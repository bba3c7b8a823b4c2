// A call: one RPC as a state machine, from its stream's first event to its last.
//
//   collecting   the request is coming
//   queued       a grouped call waits for its group, a stream for its turn
//   running      the pool (or a native method) has it
//   answered     its status has been sent
//
// When the stream closes first the call is inert: stream is NULL, and the call is freed as soon as
// neither the pool nor a group holds it. rpc owns its calls; a call owns its arena, in which
// everything of its request lies. Private to server/rpc.
#pragma once

#include "server/base/arena.h"
#include "server/base/list.h"
#include "server/net/stream.h"
#include "server/pg/pool.h"
#include "server/rpc/breakers.h"
#include "server/rpc/call_log.h"
#include "server/rpc/deadline.h"
#include "server/rpc/guesses.h"
#include "server/rpc/identity.h"
#include "server/rpc/native.h"
#include "server/rpc/registry.h"
#include "server/rpc/rpc.h"
#include "server/rpc/sqlstate.h"
#include "server/rpc/tally.h"
#include "server/rpc/token_memory.h"

#include <protobuf-c/protobuf-c.h>

enum { ID_PREFIX_SIZE = 10, CALL_ID_SIZE = 34 }; // "6b0868b8-", and a number after it
enum call_state { CALL_COLLECTING, CALL_QUEUED, CALL_RUNNING, CALL_ANSWERED };

struct follow;
struct group;
struct group_queue;

struct rpc {
    struct rpc_options options;
    const struct registry
        *registry;     // borrowed; NULL until the first rpc_serve and after rpc_forget
    struct pool *pool; // borrowed, with the registry
    bool is_serving;
    struct list calls;           // all that are not over
    struct list free_calls;      // kept for the next ones
    size_t n_calls;              // in calls
    size_t n_free;               // in free_calls
    struct deadlines deadlines;  // of calls not answered
    struct role_memory *roles;   // owned
    struct token_memory *tokens; // owned
    struct breakers *breakers;   // owned
    struct tally *tally;         // owned
    struct call_log *call_log;   // owned
    struct guesses *guesses;     // owned; NULL: tokens that do not hold are not counted
    struct group_queue *queues;  // owned; one per method of the registry
    struct list waiting_queues;  // those in which calls wait
    size_t n_queued;             // calls in all queues
    struct list followers;       // calls that go on, see rpc/follow.h
    size_t n_followers;
    struct deadlines next_rounds; // of followers
    struct list due_followers;    // their round waits for another's to end
    size_t n_rounds;              // that run
    bool is_stopping;             // nobody may follow any more
    struct list in_turn;          // calls that have their turn with the pool, see rpc/turns.h ...
    struct list awaiting_turn;    // ... and those that wait for it
    size_t n_awaiting_turn;
    size_t held;                    // bytes of all calls' messages
    char id_prefix[ID_PREFIX_SIZE]; // of this server's request ids
    uint64_t n_requests;            // so far
};

static inline int64_t rpc_now_us(const struct rpc *rpc) {
    return rpc->options.now_us(rpc->options.ctx);
}

struct call {
    struct list item;                   // rpc->calls or rpc->free_calls
    struct rpc *rpc;                    // back-link
    struct stream *stream;              // borrowed; NULL: closed, the call is inert
    struct stream_place place;          // kept while its work outlives its stream
    const struct method *method;        // borrowed; valid until answered; NULL for a native call
    const struct native_method *native; // borrowed; NULL for a call of SQL
    void *native_ctx;                   // the native method's own
    bool has_native;                    // the native method knows of it and awaits on_over
    enum call_state state;
    struct arena arena;
    struct identity identity;
    char origin[GUESSES_ORIGIN_SIZE]; // as whom its connection is counted
    uint64_t number;                  // of its id
    int64_t started_us;
    struct deadline deadline;
    int64_t timeout_us; // what the client allows; -1: as long as it takes

    bool has_message;
    bool was_compressed;    // the message, when it came
    const uint8_t *message; // in the arena
    size_t message_len;

    bool has_unit;     // the pool holds unit
    struct pool *pool; // borrowed while has_unit
    struct unit unit;
    struct value params[IDENTITY_PARAMS];

    struct follow *follow; // owned; NULL unless it goes on

    struct list turn;    // rpc->in_turn or rpc->awaiting_turn
    struct list waiting; // a group_queue's calls
    struct group *group; // back-link while the group runs
    bool is_alone;       // its group failed: runs by itself now

    struct buf answer;        // a frame that is not sent: of a unary answer until acknowledged
    size_t n_rows;            // so far
    bool is_found;            // the row was not all NULL
    enum grpc_status verdict; // of a grouped call; GRPC_OK: answer holds the frame
    const char *refusal;      // in the arena, with a verdict other than GRPC_OK
};

// The functions of stream_events, see server/net/stream.h.
void *call_on_request(void *rpc, struct stream *stream, const struct stream_request *request);
void call_on_message(void *ctx, const uint8_t *bytes, size_t len);
void call_on_half_close(void *ctx);
void call_on_drain(void *ctx);
void call_on_close(void *ctx);

// ---- call_answer.c: what is sent, and how a call ends

extern const char call_not_found[]; // what is said of a row that is all NULL

// What the call is known by in the log and to the client, valid until the end of the expression's
// block: "6b0868b8-17".
#define CALL_ID(call) (call_id(call, (char[CALL_ID_SIZE]){0}))
const char *call_id(const struct call *call, char text[CALL_ID_SIZE]);

// The path that was asked for.
const char *call_path(const struct call *call);

// Ends the call with a status, once; later ones are ignored. The stream may still be flushing.
void call_answer(struct call *call, enum grpc_status status, const char *message);

// The same for what PostgreSQL said.
void call_answer_failure(struct call *call, const struct failure *failure);

// What the client is to be told of it. What nobody expected is logged.
struct sqlstate_answer call_judge_failure(struct call *call, const struct failure *failure);

// Whether a row's columns are something: all NULL is how a function says that there is no such
// thing.
bool call_is_found(const struct call *call, const struct value *columns, size_t n_columns);

// Sends one message of a native method. False when memory is out or the call is over.
bool call_send_as(struct call *call, const ProtobufCMessage *message, enum stream_encoding encoding)
    __attribute__((warn_unused_result));

// The same with STREAM_AS_WORTH.
bool call_send(struct call *call, const ProtobufCMessage *message)
    __attribute__((warn_unused_result));

// Sends the frame in call->answer and ends the call with GRPC_OK.
void call_answer_frame(struct call *call);

// A row's message into `frame`, with room for its head. False: the row has no protobuf form.
bool call_decode(const struct call *call, const struct value *columns, size_t n_columns,
                 struct buf *frame, struct error *err) __attribute__((warn_unused_result));

// Sends a row's message of a stream. False: it could not be, and the call has been answered.
bool call_send_row(struct call *call, const struct value *columns, size_t n_columns)
    __attribute__((warn_unused_result));

// ---- call_identity.c: tokens that hold, and those that do not

enum { CALL_REASON_SIZE = 160 };

// Whether PostgreSQL may be asked about the token of a request now. False: why is for the client.
bool call_can_identify(const struct rpc *rpc, const struct stream_request *request,
                       const struct identity *identity, char why[CALL_REASON_SIZE])
    __attribute__((warn_unused_result));

extern const char call_not_serving[]; // what is said while there is no database

// What a request asks for, and whether it may go on.
struct asked {
    const struct native_method *native; // borrowed; this ...
    const struct method *method;        // ... or this; both NULL: there is no such method
    struct identity identity;
    enum grpc_status status; // other than GRPC_OK: it is refused
    const char *why;
    struct error err;
    char reason[CALL_REASON_SIZE];
};

// Finds what is asked for, and says whether it may go on. All of asked is set but what explains
// nothing: err and reason.
void call_judge(struct rpc *rpc, const struct stream_request *request, struct asked *asked);

// Counts how a call ended (see rpc/tally.h): whom was refused what, or that the token was used.
// method is its name; NULL: there is no such method.
void call_count(struct rpc *rpc, const struct identity *identity, const char *method,
                enum grpc_status status, int64_t now_us);

// Whether the log is to have a line of this event of the call (see rpc/call_log.h).
bool call_may_log(const struct call *call, const char *event, enum grpc_status status,
                  int64_t now_us);

void call_note_origin(struct call *call, const char *origin);

// PostgreSQL took the call's token, for a role.
void call_learn_role(struct call *call, const struct value *role);

// PostgreSQL refused the call's token. account is whose it was; NULL or empty: that is not known.
void call_count_guess(struct call *call, const char *account);

// ----

// The call waits, queued, and is over.
void call_withdraw(struct call *call);

// Answers DEADLINE_EXCEEDED and lets go of the unit.
void call_expire(struct call *call);

// Frees the call when nobody holds it any more. Whoever lets go calls it last.
void call_release(struct call *call);

// Milliseconds until the call's deadline, rounded up; at least 1.
int64_t call_remaining_ms(const struct call *call);
