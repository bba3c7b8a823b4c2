// Is this text? Bytes of a file checked as they come: UTF-8 (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF) without NUL. Characters may be split between two feeds.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text_check {
    unsigned needed;         // continuation bytes the character begun still wants
    unsigned char low, high; // what the next of them may be
};

// The number of bytes that are fine, from the front: len, or the offset of the first that is not.
// All zero is the state at the beginning.
size_t text_check_feed(struct text_check *check, const void *bytes, size_t len);

// Whether the text may end here: false in the middle of a character.
static inline bool text_check_is_whole(const struct text_check *check) {
    return check->needed == 0;
}
