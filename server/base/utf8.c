#include "server/base/utf8.h"

#include <stdint.h>

// What RFC 3629 allows after each first byte: total length, and the range of the second byte.
struct lead {
    uint8_t first, last;
    uint8_t len;
    uint8_t second_first, second_last;
};

static const struct lead leads[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct lead *find_lead(uint8_t byte) {
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

static bool is_tail(uint8_t byte) {
    return (byte & 0xc0) == 0x80;
}

size_t utf8_char_len(const char *text, size_t len) {
    const uint8_t *bytes = (const uint8_t *)text;
    if (len == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    const struct lead *lead = find_lead(bytes[0]);
    if (!lead || len < lead->len)
        return 0;
    if (bytes[1] < lead->second_first || bytes[1] > lead->second_last)
        return 0;
    for (size_t i = 2; i < lead->len; i++)
        if (!is_tail(bytes[i]))
            return 0;
    return lead->len;
}

bool utf8_is_valid(const char *text, size_t len) {
    size_t at = 0;
    while (at < len) {
        size_t n = utf8_char_len(text + at, len - at);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

size_t utf8_cut(const char *text, size_t len) {
    const uint8_t *bytes = (const uint8_t *)text;
    size_t start = len;
    while (start > 0 && len - start < 3 && is_tail(bytes[start - 1]))
        start--;
    if (start == 0)
        return len;
    const struct lead *lead = find_lead(bytes[start - 1]);
    return lead && start - 1 + lead->len > len ? start - 1 : len;
}
