#include "client/cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "client/cli/invocation.h"
#include "client/cli/terminal.h"
#include "client/render/csv.h"
#include "client/render/json.h"
#include "client/render/markdown.h"
#include "client/render/text.h"

enum { FLUSH_AT = 64 * 1024 };

static const char *const format_names[N_FORMATS] = {
    [FORMAT_TABLE] = "table",       [FORMAT_CSV] = "csv",   [FORMAT_JSON] = "json",
    [FORMAT_MARKDOWN] = "markdown", [FORMAT_HTML] = "html",
};

const char *output_format_name(enum format format) {
    return format_names[format];
}

bool output_find_format(const char *name, enum format *format) {
    for (size_t i = 0; i < N_FORMATS; i++) {
        if (strcmp(format_names[i], name) == 0) {
            *format = (enum format)i;
            return true;
        }
    }
    return false;
}

static bool has_format(const struct command *command, enum format format) {
    return (output_formats(command) & 1u << format) != 0;
}

enum format output_format(const struct invocation *invocation) {
    enum format format;
    const char *name = invocation->settings.values[SETTING_FORMAT];
    if (name != NULL && output_find_format(name, &format) &&
        has_format(invocation->command, format))
        return format;
    for (format = FORMAT_TABLE; !has_format(invocation->command, format);)
        format++;
    return format;
}

unsigned output_formats(const struct command *command) {
    if (command->paper != NULL)
        return FORMATS_ALL;
    return command->formats == 0 ? FORMATS_USUAL : command->formats;
}

size_t output_width(const struct invocation *invocation) {
    return terminal_width(invocation->out);
}

bool output_has_colour(const struct invocation *invocation) {
    return terminal_has_colour(invocation->out);
}

static bool write_bytes(struct invocation *invocation, const void *bytes, size_t len) {
    if (len == 0 || (fwrite(bytes, 1, len, invocation->out) == len && fflush(invocation->out) == 0))
        return true;
    // The reader has left (a pager, `head`): nothing to tell anyone.
    if (errno != EPIPE)
        fail(invocation, EXIT_FAILED, "cannot write the output: %s", strerror(errno));
    return false;
}

// On a terminal text that a server sent must not steer it; a table has been made safe cell by cell
// and holds escapes of our own.
static bool write_safely(struct invocation *invocation, const struct buf *bytes) {
    struct buf safe = {0};
    bool is_written = false;
    if (!text_append_safe(&safe, (const char *)buf_bytes(bytes), buf_len(bytes), true))
        fail(invocation, EXIT_FAILED, "not enough memory for the output");
    else
        is_written = write_bytes(invocation, buf_bytes(&safe), buf_len(&safe));
    buf_finish(&safe);
    return is_written;
}

bool output_bytes(struct invocation *invocation, const struct buf *bytes) {
    if (output_format(invocation) != FORMAT_TABLE && terminal_is_one(invocation->out))
        return write_safely(invocation, bytes);
    return write_bytes(invocation, buf_bytes(bytes), buf_len(bytes));
}

bool output_blank_line(struct invocation *invocation) {
    return write_bytes(invocation, "\n", 1);
}

struct listing {
    struct invocation *invocation; // borrowed
    const struct column *columns;  // borrowed
    size_t n_columns;
    enum format format;
    struct table *table; // owned; for the table format only
    struct buf text;     // owned; not written yet
    size_t n;
    bool is_failed; // told already
};

static bool begin_text(struct listing *listing) {
    switch (listing->format) {
    case FORMAT_TABLE:
        listing->table = table_create(listing->columns, listing->n_columns);
        return listing->table != NULL;
    case FORMAT_CSV:
        return csv_add_heading(&listing->text, listing->columns, listing->n_columns, CSV_LF);
    case FORMAT_MARKDOWN:
        return markdown_add_heading(&listing->text, listing->columns, listing->n_columns);
    case FORMAT_JSON:
        return buf_append(&listing->text, "[", 1);
    case FORMAT_HTML:
    case N_FORMATS:
        break;
    }
    return true;
}

static bool is_out_of_memory(struct listing *listing) {
    fail(listing->invocation, EXIT_FAILED, "not enough memory for the output");
    listing->is_failed = true;
    return false;
}

struct listing *output_begin(struct invocation *invocation, const struct column *columns,
                             size_t n_columns) {
    struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL) {
        fail(invocation, EXIT_FAILED, "not enough memory for the output");
        return NULL;
    }
    listing->invocation = invocation;
    listing->columns = columns;
    listing->n_columns = n_columns;
    listing->format = output_format(invocation);
    if (!begin_text(listing))
        is_out_of_memory(listing);
    return listing;
}

static bool add_text(struct listing *listing, const ProtobufCMessage *message) {
    switch (listing->format) {
    case FORMAT_TABLE:
        return table_add(listing->table, message);
    case FORMAT_CSV:
        return csv_add_message(&listing->text, message, listing->columns, listing->n_columns,
                               CSV_LF);
    case FORMAT_MARKDOWN:
        return markdown_add_message(&listing->text, message, listing->columns, listing->n_columns);
    case FORMAT_JSON:
        return buf_append_text(&listing->text, listing->n == 0 ? "\n  " : ",\n  ") &&
               json_add_message(&listing->text, message, 1);
    case FORMAT_HTML:
    case N_FORMATS:
        break;
    }
    return true;
}

static bool flush(struct listing *listing) {
    if (!output_bytes(listing->invocation, &listing->text))
        listing->is_failed = true;
    buf_clear(&listing->text);
    return !listing->is_failed;
}

bool output_add(void *ctx, const ProtobufCMessage *message) {
    struct listing *listing = ctx;
    if (listing == NULL || listing->is_failed)
        return false;
    if (!add_text(listing, message))
        return is_out_of_memory(listing);
    listing->n++;
    return buf_len(&listing->text) < FLUSH_AT || flush(listing);
}

size_t output_count(const struct listing *listing) {
    return listing->n;
}

bool output_has_failed(const struct listing *listing) {
    return listing->is_failed;
}

static bool end_text(struct listing *listing) {
    const struct table_style style = {.width = output_width(listing->invocation),
                                      .colour = output_has_colour(listing->invocation)};
    if (listing->format == FORMAT_TABLE)
        return table_render(listing->table, &style, &listing->text);
    if (listing->format == FORMAT_JSON)
        return buf_append_text(&listing->text, listing->n == 0 ? "]\n" : "\n]\n");
    return true;
}

static void destroy(struct listing *listing) {
    table_destroy(listing->table);
    buf_finish(&listing->text);
    free(listing);
}

int output_end(struct invocation *invocation, struct listing *listing) {
    if (listing == NULL)
        return EXIT_FAILED;
    if (!listing->is_failed && !end_text(listing))
        is_out_of_memory(listing);
    if (!listing->is_failed)
        flush(listing);
    int code = listing->is_failed ? EXIT_FAILED : EXIT_OK;
    if (code == EXIT_OK && listing->n == 0 && listing->format == FORMAT_TABLE)
        say(invocation, "Nothing to list.");
    destroy(listing);
    return code;
}

void output_abandon(struct listing *listing) {
    if (listing != NULL)
        destroy(listing);
}

static bool add_one(struct buf *text, const struct invocation *invocation, enum format format,
                    const ProtobufCMessage *message, const struct column *columns,
                    size_t n_columns) {
    const struct table_style style = {.width = output_width(invocation),
                                      .colour = output_has_colour(invocation)};
    switch (format) {
    case FORMAT_TABLE:
        return table_render_message(message, columns, n_columns, &style, text);
    case FORMAT_CSV:
        return csv_add_heading(text, columns, n_columns, CSV_LF) &&
               csv_add_message(text, message, columns, n_columns, CSV_LF);
    case FORMAT_MARKDOWN:
        return markdown_add_heading(text, columns, n_columns) &&
               markdown_add_message(text, message, columns, n_columns);
    case FORMAT_JSON:
        return json_add_message(text, message, 0) && buf_append(text, "\n", 1);
    case FORMAT_HTML:
    case N_FORMATS:
        break;
    }
    return true;
}

int output_message(struct invocation *invocation, const ProtobufCMessage *message,
                   const struct column *columns, size_t n_columns) {
    struct buf text = {0};
    int code = EXIT_OK;
    if (!add_one(&text, invocation, output_format(invocation), message, columns, n_columns))
        code = fail(invocation, EXIT_FAILED, "not enough memory for the output");
    else if (!output_bytes(invocation, &text))
        code = EXIT_FAILED;
    buf_finish(&text);
    return code;
}
