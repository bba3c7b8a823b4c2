// Data on stdout in the format asked for; the one place where commands write it.
//
// A listing is begun, given its messages one by one (CSV, JSON and markdown are written as they
// come, a table at the end), and ended. On a terminal everything unsafe in it is replaced; into
// files and pipes CSV and JSON go exactly. A write that fails is remembered and told by output_end.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>
#include "client/cli/command.h"
#include "client/render/table.h"

// The format asked for: --format, else SHAP_FORMAT or the profile's if the command has it, else
// the first the command has: table, if it has that.
enum format output_format(const struct invocation *invocation);

// A format's name, and the reverse; the set of formats a command has.
const char *output_format_name(enum format format);
bool output_find_format(const char *name, enum format *format) __attribute__((warn_unused_result));
unsigned output_formats(const struct command *command);

// Columns of the terminal stdout is; 0 when it is none.
size_t output_width(const struct invocation *invocation);

// Whether colours may be written to stdout.
bool output_has_colour(const struct invocation *invocation);

// Bytes made by a renderer, written as they are, but for unsafe characters on a terminal. False
// when stdout is gone; the reason has been told.
bool output_bytes(struct invocation *invocation, const struct buf *bytes)
    __attribute__((warn_unused_result));

// An empty line between two things printed for people. False as output_bytes.
bool output_blank_line(struct invocation *invocation) __attribute__((warn_unused_result));

// A listing. columns is borrowed until output_end.
struct listing;
struct listing *output_begin(struct invocation *invocation, const struct column *columns,
                             size_t n_columns);

// Adds a message; usable as shap_on_message with the listing as ctx. False: stop, output_end tells
// why.
bool output_add(void *listing, const ProtobufCMessage *message);

// How many were added; listing is not NULL.
size_t output_count(const struct listing *listing);

// Whether it could not be added to, or be written, which was told then.
bool output_has_failed(const struct listing *listing);

// Writes what is left and frees the listing. Returns EXIT_OK, or EXIT_FAILED when something could
// not be written (told). Accepts NULL (without memory: told).
int output_end(struct invocation *invocation, struct listing *listing);

// Frees a listing whose call failed: what is not written yet is left out, so that a JSON array cut
// short does not look whole. Accepts NULL.
void output_abandon(struct listing *listing);

// One message: a table shows a line per field, JSON an object, CSV a heading and a row. Returns
// EXIT_OK or EXIT_FAILED.
int output_message(struct invocation *invocation, const ProtobufCMessage *message,
                   const struct column *columns, size_t n_columns);
