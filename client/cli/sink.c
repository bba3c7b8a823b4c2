#include "client/cli/sink.h"

#include "client/cli/file.h"
#include "client/cli/output.h"

enum { FLUSH_AT = 64 * 1024, FILE_MODE = 0644 };

void sink_start(struct sink *sink, struct invocation *invocation, const char *path) {
    *sink = (struct sink){.invocation = invocation, .path = path};
}

static bool flush(struct sink *sink) {
    if (buf_len(&sink->bytes) > 0 && !output_bytes(sink->invocation, &sink->bytes))
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
