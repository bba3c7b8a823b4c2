#include "server/base/secret.h"

#include <stdint.h>
#include <string.h>

// Through a volatile pointer the compiler cannot know that this is memset, nor leave it out.
static void *(*const volatile set_bytes)(void *, int, size_t) = memset;

void secret_wipe(void *bytes, size_t len) {
    if (len > 0)
        set_bytes(bytes, 0, len);
}

bool secret_is_equal(const void *a, const void *b, size_t len) {
    const uint8_t *left = a;
    const uint8_t *right = b;
    volatile uint64_t difference = 0; // volatile: it is not known before the end
    for (; len >= sizeof(uint64_t); len -= sizeof(uint64_t)) {
        uint64_t x, y;
        memcpy(&x, left, sizeof x);
        memcpy(&y, right, sizeof y);
        difference |= x ^ y;
        left += sizeof x;
        right += sizeof y;
    }
    for (size_t i = 0; i < len; i++)
        difference |= (uint8_t)(left[i] ^ right[i]);
    return difference == 0;
}
