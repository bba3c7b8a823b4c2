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
    const volatile uint8_t *left = a;
    const volatile uint8_t *right = b;
    uint8_t difference = 0;
    for (size_t i = 0; i < len; i++)
        difference |= (uint8_t)(left[i] ^ right[i]);
    return difference == 0;
}
