// One call on its way: its request frame, the answer as it comes, its deadline.
//
// Owned by the batch that runs it; lent to the client's wire while it is on it.
#pragma once

#include <stdint.h>
#include "client/lib/answer.h"
#include "client/lib/client.h"

struct transfer {
    struct shap_client *client; // borrowed
    char *path;                 // owned: "/shap.v1.Plans/GetPlan"
    struct buf frame;           // owned: the request
    struct answer answer;
    struct wire_call on_wire;
    uint64_t deadline_ms; // of the clock in batch.c; UINT64_MAX: none
    int silence_ms;       // of the call
    bool is_heard;        // something came since the deadline was put off
    int n_starts;         // how often it was put on a wire, of this address
    size_t n_moves;       // to another address
    bool can_repeat;      // it can be made twice
    bool was_seen;        // an address that it has left may have carried it out
    struct buf tried;     // owned: a line for each address that it has left
    bool is_closed;       // the stream has ended ...
    uint32_t error_code;  // ... with this
    shap_on_done on_done; // may be NULL
    void *ctx;
};

// What the wire tells of a transfer, which is the ctx of its calls.
extern const struct wire_events transfer_events;

// Packs the request; nothing is sent yet. NULL without memory.
struct transfer *transfer_create(struct shap_client *client, const struct shap_call *call,
                                 uint64_t now_ms) __attribute__((warn_unused_result));

// Accepts NULL. It must have left the wire.
void transfer_destroy(struct transfer *transfer);

// Puts it on the client's wire. False when the wire takes no more calls, or without memory.
bool transfer_start(struct transfer *transfer, uint64_t now_ms) __attribute__((warn_unused_result));

// Whether the server said that it has not looked at the call, which may be put on another wire
// once.
bool transfer_can_restart(const struct transfer *transfer);

// Whether it can go on to another address after such an end: there is one that it has not been to,
// time is left, nothing of an answer was shown, and it was not seen or can be made twice.
bool transfer_can_move(const struct transfer *transfer, const struct shap_outcome *outcome,
                       uint64_t now_ms);

// Makes it wait for the next wire, as if it had not been begun. It must have left this one.
void transfer_move(struct transfer *transfer, const struct shap_outcome *outcome);

// Puts the deadline of one that goes on off, if something came since it was asked last.
void transfer_put_off(struct transfer *transfer, uint64_t now_ms);

// What its deadline means, which is over.
void transfer_end_late(const struct transfer *transfer, struct shap_outcome *outcome);

// Whether its outcome is known: the stream has ended, or nothing more is wanted of it.
bool transfer_is_settled(const struct transfer *transfer);

// Names what was tried before in an outcome that is no answer.
void transfer_name_tried(const struct transfer *transfer, struct shap_outcome *outcome);

// What its end means, once it is settled.
void transfer_end(const struct transfer *transfer, struct shap_outcome *outcome);
