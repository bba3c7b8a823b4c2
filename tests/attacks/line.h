// A connection as an attacker has it, or an honest client: from an address of its choice, with TLS
// or without, and never waiting. Its owner polls, calls line_work, and looks at what came. All
// memory is the line's, and goes with line_close; a line can be opened again.
#pragma once

#include "server/base/buf.h"

#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_DATA, FRAME_HEADERS, FRAME_PRIORITY, FRAME_RST_STREAM, FRAME_SETTINGS };
enum {
    FRAME_PING = 6,
    FRAME_GOAWAY,
    FRAME_WINDOW_UPDATE,
    FRAME_CONTINUATION,
    FRAME_UNKNOWN = 0xee
};
enum { FLAG_END_STREAM = 1, FLAG_ACK = 1, FLAG_END_HEADERS = 4 };
enum { SETTING_INITIAL_WINDOW = 4 };
enum { STATUSES = 17 };

struct target {
    struct sockaddr_in address;
    SSL_CTX *tls; // owned; NULL: plaintext
};

struct frame {
    uint8_t type, flags;
    uint32_t stream;
    const uint8_t *payload;
    size_t len;
};

struct line {
    int fd;
    SSL *ssl;                      // owned; NULL: plaintext
    bool is_open;                  // from line_open until the server ended it, or line_close
    bool is_ready;                 // connected, and TLS has shaken hands
    uint64_t opened_us;            // when it was opened ...
    uint64_t ended_us;             // ... and when the server ended it
    struct buf out, in;            // owned: what is to be sent, and what came
    nghttp2_hd_inflater *inflater; // owned; made when it is needed
    uint32_t next_id;              // of the next stream
    bool is_taught;                // the server knows the fields of the request that is repeated
    size_t n_reset;                // streams that the server has reset
    size_t n_statuses[STATUSES];   // answers by their grpc-status
    unsigned last_status;          // the last of these
    bool is_told_to_go;            // it said GOAWAY
};

uint64_t now_us(void);

// address: IPV4:PORT; authority: a file of the certificate to trust, or NULL for plaintext.
bool target_parse(struct target *target, const char *address, const char *authority);
void target_finish(struct target *target);

// source: an address of our own, in host order. One that is deaf takes as little as the kernel lets
// it.
bool line_open(struct line *line, const struct target *target, uint32_t source, bool is_deaf);
void line_close(struct line *line);

// Connects, shakes hands, sends and (unless is_deaf) reads as far as it goes now.
void line_work(struct line *line, bool is_deaf);

// What a frame's four bytes say.
uint32_t line_number(const uint8_t *bytes);

// The events to poll for.
short line_events(const struct line *line, bool is_deaf);

// The next whole frame of what came; valid until the next call of line_work or line_frame.
bool line_frame(struct line *line, struct frame *frame);

// What is to be sent. Out of memory ends the program.
void line_put(struct line *line, const void *bytes, size_t len);
void line_put_frame(struct line *line, uint8_t type, uint8_t flags, uint32_t stream,
                    const void *payload, size_t len);

// The client's preface and SETTINGS with one value, if setting is not 0.
void line_greet(struct line *line, uint16_t setting, uint32_t value);
