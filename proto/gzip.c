#include "proto/gzip.h"

#include <assert.h>
#include <limits.h>
#include <string.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, DEFLATE_MEMORY = 8, STATED_SIZE = 4, HIGHEST_RATIO = 1032 };

// How long the message is, as its end says (RFC 1952, 2.3.1, ISIZE). One that says too much is
// never inflated, and one that says too little not beyond that.
static size_t stated_len(const uint8_t *bytes, size_t len) {
    if (len < STATED_SIZE)
        return 0;
    const uint8_t *end = bytes + len - STATED_SIZE;
    return (size_t)end[3] << 24 | (size_t)end[2] << 16 | (size_t)end[1] << 8 | end[0];
}

// Deflate makes nothing smaller than by its highest ratio: an end that says so is none.
static bool is_possible(const uint8_t *bytes, size_t len, size_t stated) {
    static const uint8_t magic[] = {0x1f, 0x8b, 0x08};
    return len > sizeof magic + STATED_SIZE && memcmp(bytes, magic, sizeof magic) == 0 &&
           stated / HIGHEST_RATIO <= len;
}

// With room for one byte more, so that too many are seen.
static int inflate_all(z_stream *zip, size_t stated, struct buf *out) {
    const size_t room = stated + 1;
    uint8_t *to = buf_reserve(out, room);
    if (!to)
        return Z_MEM_ERROR;
    zip->next_out = to;
    zip->avail_out = (uInt)room;
    int result = inflate(zip, Z_FINISH);
    buf_commit(out, room - zip->avail_out);
    return zip->avail_out > 0 ? result : Z_DATA_ERROR;
}

enum inflate_result gzip_inflate(const uint8_t *bytes, size_t len, size_t limit, struct buf *out) {
    assert(len <= UINT_MAX);
    size_t stated = stated_len(bytes, len);
    if (!is_possible(bytes, len, stated))
        return INFLATE_BROKEN;
    if (stated > limit || stated == UINT_MAX)
        return INFLATE_TOO_LARGE;
    z_stream zip = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)len};
    if (inflateInit2(&zip, GZIP_WINDOW) != Z_OK)
        return INFLATE_NO_MEMORY;
    int result = inflate_all(&zip, stated, out);
    bool is_whole = result == Z_STREAM_END && zip.avail_in == 0;
    inflateEnd(&zip);
    if (result == Z_MEM_ERROR)
        return INFLATE_NO_MEMORY;
    return is_whole ? INFLATE_DONE : INFLATE_BROKEN;
}

// The fastest level: the loop waits for it.
bool gzip_deflate(const uint8_t *bytes, size_t len, struct buf *out) {
    z_stream zip = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)len};
    if (len > UINT_MAX / 2 || deflateInit2(&zip, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW,
                                           DEFLATE_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t room = deflateBound(&zip, (uLong)len);
    zip.next_out = buf_reserve(out, room);
    zip.avail_out = (uInt)room;
    bool is_whole = zip.next_out && deflate(&zip, Z_FINISH) == Z_STREAM_END;
    if (is_whole)
        buf_commit(out, room - zip.avail_out);
    deflateEnd(&zip);
    return is_whole;
}
