#include "proto/gzip.h"

#include <limits.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, STEP = 16 * 1024, DEFLATE_MEMORY = 8 };

// One step more than the limit is never written: the room ends one byte after it.
static int inflate_step(z_stream *zip, size_t limit, struct buf *out) {
    size_t room = limit - buf_len(out) + 1;
    if (room > STEP)
        room = STEP;
    uint8_t *to = buf_reserve(out, room);
    if (!to)
        return Z_MEM_ERROR;
    zip->next_out = to;
    zip->avail_out = (uInt)room;
    int result = inflate(zip, Z_NO_FLUSH);
    buf_commit(out, room - zip->avail_out);
    return result;
}

enum inflate_result gzip_inflate(const uint8_t *bytes, size_t len, size_t limit, struct buf *out) {
    if (len > UINT_MAX)
        return INFLATE_TOO_LARGE;
    z_stream zip = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)len};
    if (inflateInit2(&zip, GZIP_WINDOW) != Z_OK)
        return INFLATE_NO_MEMORY;
    int result = Z_OK;
    while (result == Z_OK && buf_len(out) <= limit)
        result = inflate_step(&zip, limit, out);
    bool is_whole = result == Z_STREAM_END && zip.avail_in == 0;
    inflateEnd(&zip);
    if (buf_len(out) > limit)
        return INFLATE_TOO_LARGE;
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
