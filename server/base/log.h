// Structured log lines on stderr: `time level event key=value ...`, one line per event, values
// quoted when they need it and control characters escaped, so that no input can forge a line.
// Nothing personal and no secret is ever a value.
//
// Nobody waits for the log: where its destination takes no more (a full disk, a pipe that nobody
// reads) lines are left out, and how many is the first line that goes again.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

// The least important level that is still written. Default LOG_INFO. This and the count of lines
// that were left out are the only mutable globals of the program: there is one stderr.
void log_set_level(enum log_level level);

// Whether lines of that level are written: where what they would say costs something to find out.
bool log_is_wanted(enum log_level level);

// Writes one line. pairs: key, value, key, value, ..., NULL; a NULL value leaves its pair out.
//   log_event(LOG_INFO, "listening", "address", address, NULL);
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

// The text of a number for use as a value, valid until the end of the full expression's block.
#define LOG_NUMBER(n) (log_number((int64_t)(n), (char[24]){0}))
const char *log_number(int64_t n, char text[24]);
