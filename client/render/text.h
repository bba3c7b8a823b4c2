// Text from elsewhere made safe to show: decoding, widths on a terminal, control characters.
//
// Nothing a server sends may move the cursor, change colours or retitle the window: whatever is
// shown on a terminal goes through text_append_safe first.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "server/base/buf.h"

enum { TEXT_REPLACEMENT = 0xFFFD };

// Decodes one character of text[0..len), len >= 1; returns the bytes used (>= 1). A byte that
// begins no valid character gives TEXT_REPLACEMENT and 1.
size_t text_decode(const char *text, size_t len, uint32_t *character);

// Appends a character's bytes.
bool text_append(struct buf *out, uint32_t character) __attribute__((warn_unused_result));

// Columns a character takes on a terminal: 0 for combining marks, 2 for wide ones, else 1.
unsigned text_char_width(uint32_t character);

// Columns of a text that has no control characters.
size_t text_width(const char *text, size_t len);

// C0 and C1 controls, DEL, and the marks that reorder text (bidirectional overrides and isolates).
bool text_is_unsafe(uint32_t character);

// Appends text with every unsafe character and every invalid byte replaced by U+FFFD. Line feeds
// are kept when keep_lines, carriage returns before them dropped; otherwise line breaks and tabs
// become spaces.
bool text_append_safe(struct buf *out, const char *text, size_t len, bool keep_lines)
    __attribute__((warn_unused_result));
