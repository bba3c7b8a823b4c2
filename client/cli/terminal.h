// The terminal, if there is one: its width, whether it shows colours, a secret typed without echo.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "server/base/buf.h"
#include "server/base/error.h"

bool terminal_is_one(FILE *stream);

// Columns of the terminal a stream is; 0 when it is none.
size_t terminal_width(FILE *stream);

// Whether colours may be written: a terminal that is not dumb, and NO_COLOR is not set.
bool terminal_has_colour(FILE *stream);

// How a line of stdin ended.
enum terminal_line {
    TERMINAL_LINE,        // whole
    TERMINAL_END,         // there is no more
    TERMINAL_INTERRUPTED, // by a signal; what had been typed of it is gone
    TERMINAL_FAILED,      // err says why
};

// One line of stdin into line (emptied first), without its line end and with no NUL added; of a
// longer one only the first `most` bytes. The last line needs no line end.
enum terminal_line terminal_read_line(struct buf *line, size_t most, struct error *err);

// One line of stdin, appended with a NUL and without its line end; from a terminal after prompt (on
// stderr), not echoed. False with err set at the end of input, on an interrupt, or without memory.
bool terminal_read_secret(const char *prompt, struct buf *secret, struct error *err)
    __attribute__((warn_unused_result));
