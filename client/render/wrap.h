// Breaking safe text into lines of a width, between words where it can.
#pragma once

#include <stddef.h>

// The first line of text[0..len): returns its bytes, without the spaces it is broken at, and in
// *next how many bytes lie before the next line begins (len when nothing is left). A line feed
// always ends a line. A word wider than the line is broken after a slash, else between characters.
// width 0: only at line feeds.
size_t wrap_line(const char *text, size_t len, size_t width, size_t *next);
