#include "client/cli/sink.h"

#include "client/cli/file.h"
#include "client/cli/output.h"
#include "client/render/text.h"

enum { FLUSH_AT = 64 * 1024, FILE_MODE = 0644 };

void sink_start(struct sink *sink, struct invocation *invocation, const char *path) {
    *sink = (struct sink){.invocation = invocation, .path = path};
}

// On a terminal nothing in the bytes may steer it.
static bool write_out(struct sink *sink) {
    struct buf safe = {0};
    if (output_width(sink->invocation) == 0)
        return output_bytes(sink->invocation, &sink->bytes);
    bool is_written = text_append_safe(&safe, (const char *)buf_bytes(&sink->bytes),
                                       buf_len(&sink->bytes), true) &&
                      output_bytes(sink->invocation, &safe);
    buf_finish(&safe);
    return is_written;
}

static bool flush(struct sink *sink) {
    if (buf_len(&sink->bytes) > 0 && !write_out(sink))
        sink->has_failed = true;
    buf_clear(&sink->bytes);
    return !sink->has_failed;
}

bool sink_added(struct sink *sink, bool is_added) {
    if (!is_added) {
        fail(sink->invocation, EXIT_FAILED, "not enough memory for the output");
        sink->has_failed = true;
    }
    if (sink->has_failed)
        return false;
    return sink->path != NULL || buf_len(&sink->bytes) < FLUSH_AT || flush(sink);
}

bool sink_has_failed(const struct sink *sink) {
    return sink->has_failed;
}

static void write_file(struct sink *sink) {
    struct error err = {0};
    const void *bytes = buf_len(&sink->bytes) == 0 ? (const void *)"" : buf_bytes(&sink->bytes);
    if (file_write(sink->path, FILE_MODE, bytes, buf_len(&sink->bytes), &err)) {
        say(sink->invocation, "Written to %s.", sink->path);
    } else {
        fail(sink->invocation, EXIT_FAILED, "%s", err.message);
        sink->has_failed = true;
    }
}

int sink_finish(struct sink *sink, int code) {
    if (code == EXIT_OK && !sink->has_failed && sink->path == NULL)
        flush(sink);
    else if (code == EXIT_OK && !sink->has_failed)
        write_file(sink);
    buf_finish(&sink->bytes);
    return code == EXIT_OK && sink->has_failed ? EXIT_FAILED : code;
}
