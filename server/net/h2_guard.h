// What a client may not do, though nghttp2 lets it: stream ids out of order, frames without work,
// PINGs and resets beyond measure. Private to h2*.c.
//
// All return 0, or what an nghttp2 callback returns to end the connection; h2_fail has said why
// then.
#pragma once

#include <nghttp2/nghttp2.h>
#include <stdbool.h>

struct h2;

// Ends the connection: a GOAWAY with the code and the reason is sent, nothing after it. Inside a
// callback for what comes, its result is to be returned; anywhere else it may be ignored.
int h2_fail(struct h2 *h2, uint32_t error_code, const char *reason);

// A frame begins to come: its head, before nghttp2 has it.
int h2_guard_frame(struct h2 *h2, const nghttp2_frame_hd *head);

// A stream is closed that the peer has not ended: what it still sends on it is no fault of its own.
void h2_guard_ended(struct h2 *h2, int32_t id);

// The peer's SETTINGS have come.
int h2_guard_settings(struct h2 *h2, const nghttp2_settings *settings);

// A stream was reset, by either side. One that we refused has made no work: it counts as a frame
// without any.
int h2_guard_reset(struct h2 *h2);

// A message was taken, a call begun, an answer sent: what came without work until now is forgiven.
void h2_guard_work(struct h2 *h2);
void h2_guard_answer(struct h2 *h2);

// Time passes: some is forgiven.
void h2_guard_sweep(struct h2 *h2);
