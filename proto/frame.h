// gRPC's message framing: one byte (0 plain, 1 compressed), four bytes length (big endian), the
// message. Source: gRPC over HTTP2 (PROTOCOL-HTTP2.md, "Length-Prefixed-Message"). Shared by server
// and client.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_HEAD_SIZE = 5 };

struct frame_head {
    bool compressed;
    uint32_t len; // of the message after the head
};

void frame_put_head(uint8_t out[FRAME_HEAD_SIZE], struct frame_head head);

// False when the first byte is neither 0 nor 1.
bool frame_get_head(const uint8_t in[FRAME_HEAD_SIZE], struct frame_head *head)
    __attribute__((warn_unused_result));
