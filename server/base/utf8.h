// UTF-8, one character at a time: what is a whole, valid character, and where a text can be cut.
// Used by error, log and whoever looks at bytes from outside. Source: RFC 3629, section 4 (no
// overlong forms, no surrogates, nothing above U+10FFFF).
#pragma once

#include <stdbool.h>
#include <stddef.h>

// The length in bytes of the valid character at text, 1 to 4; 0 when the bytes there are none or
// the character does not end within len.
size_t utf8_char_len(const char *text, size_t len);

// True when all len bytes are valid characters. NUL is a character.
bool utf8_is_valid(const char *text, size_t len);

// The longest length <= len that does not split a character which begins before it; bytes that are
// not UTF-8 are cut anywhere. text has at least len bytes.
size_t utf8_cut(const char *text, size_t len);
