// How fast requests may come: HTTP/2's flow control, by hand. What comes of a small message is
// given back to the client's window at once. A large one needs a share of limits.max_partial first:
// while others have it the stream waits, with its window used up, until one of them is whole. So a
// connection holds no more than max_partial and a window for each stream, nobody is turned away,
// and a thousand large requests at once are taken one after the other. Nor is who does not read his
// answers read, while more of them is queued than the high mark. Private to h2*.c.
//
// Take, settle and leave return 0, or what an nghttp2 callback returns when memory is out.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct h2;
struct stream;

// The stream has taken len bytes of its body. is_last: its window is needed no more.
int h2_window_take(struct h2 *h2, struct stream *stream, size_t len, bool is_last);

// Gives what all streams have taken since the last time back to the connection's window.
int h2_window_settle(struct h2 *h2);

// Its queue of answers has come down. True when that gave something back, which is to be sent.
bool h2_window_drain(struct h2 *h2, struct stream *stream);

// The stream ends: what it had goes to those that wait.
int h2_window_leave(struct h2 *h2, struct stream *stream);
