// gzip of one message, the only compression of gRPC that we speak. Shared by server and client;
// zlib is known nowhere else.
#pragma once

#include "server/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inflate_result { INFLATE_DONE, INFLATE_TOO_LARGE, INFLATE_BROKEN, INFLATE_NO_MEMORY };

// Appends the content of bytes, one whole gzip member, to out, which is empty: at most limit bytes.
// It stops soon after them, whatever more there would be.
enum inflate_result gzip_inflate(const uint8_t *bytes, size_t len, size_t limit, struct buf *out);

// Appends bytes to out as gzip. False when memory is out; out is as it was.
bool gzip_deflate(const uint8_t *bytes, size_t len, struct buf *out)
    __attribute__((warn_unused_result));
