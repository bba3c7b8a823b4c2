#include "client/import/text_check.h"

static bool begin(struct text_check *check, unsigned needed, unsigned char low,
                  unsigned char high) {
    check->needed = needed;
    check->low = low;
    check->high = high;
    return true;
}

static bool feed_first(struct text_check *check, unsigned char byte) {
    if (byte < 0x80)
        return byte != 0;
    if (byte >= 0xC2 && byte <= 0xDF)
        return begin(check, 1, 0x80, 0xBF);
    if (byte >= 0xE0 && byte <= 0xEF)
        return begin(check, 2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF);
    if (byte >= 0xF0 && byte <= 0xF4)
        return begin(check, 3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF);
    return false;
}

static bool feed_byte(struct text_check *check, unsigned char byte) {
    if (check->needed == 0)
        return feed_first(check, byte);
    if (byte < check->low || byte > check->high)
        return false;
    return begin(check, check->needed - 1, 0x80, 0xBF);
}

size_t text_check_feed(struct text_check *check, const void *bytes, size_t len) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++) {
        if (!feed_byte(check, at[i]))
            return i;
    }
    return len;
}
