// The headers of a stream: those that come, and those that go with the answer.
#include "server/net/stream_wire.h"

#include "server/base/secret.h"

#include <string.h>

enum { HEADER_OVERHEAD = 32 }; // of one header in a list's size: RFC 9113, 6.5.2

void stream_wipe_secrets(struct stream *stream) {
    for (struct stream_header *header = stream->received.first; header; header = header->next)
        if (header->field == FIELD_AUTHORIZATION)
            secret_wipe((char *)(uintptr_t)header->value, header->value_len);
}

static const char *put_text(char *to, const char *text, size_t len) {
    if (len > 0)
        memcpy(to, text, len);
    to[len] = '\0';
    return to;
}

struct stream_header *stream_headers_add(struct stream *stream, struct stream_headers *headers,
                                         const char *name, size_t name_len, const char *value,
                                         size_t value_len) {
    struct stream_header *header =
        arena_alloc(&stream->arena, sizeof *header + name_len + value_len + 2);
    if (!header)
        return NULL;
    char *texts = (char *)(header + 1);
    *header = (struct stream_header){.name = put_text(texts, name, name_len),
                                     .value = put_text(texts + name_len + 1, value, value_len),
                                     .name_len = name_len,
                                     .value_len = value_len};
    if (headers->last)
        headers->last->next = header;
    else
        headers->first = header;
    headers->last = header;
    headers->n++;
    return header;
}

// The only one that a name of that length and beginning may be.
static enum stream_field candidate(const char *name, size_t len) {
    switch (len) {
    case sizeof ":path" - 1:
        return FIELD_PATH;
    case sizeof "content-type" - 1:
        return name[0] == 'c' ? FIELD_CONTENT_TYPE : FIELD_TIMEOUT;
    case sizeof "authorization" - 1:
        return name[0] == 'a' ? FIELD_AUTHORIZATION : FIELD_ENCODING;
    case sizeof "grpc-accept-encoding" - 1:
        return FIELD_ACCEPT_ENCODING;
    default:
        return FIELD_OTHER;
    }
}

static enum stream_field field_of(const char *name, size_t len) {
    static const char *const names[STREAM_FIELDS] = {
        [FIELD_OTHER] = "",
        [FIELD_PATH] = ":path",
        [FIELD_CONTENT_TYPE] = "content-type",
        [FIELD_AUTHORIZATION] = "authorization",
        [FIELD_TIMEOUT] = "grpc-timeout",
        [FIELD_ENCODING] = "grpc-encoding",
        [FIELD_ACCEPT_ENCODING] = "grpc-accept-encoding",
    };
    enum stream_field field = candidate(name, len);
    return memcmp(names[field], name, strlen(names[field])) == 0 ? field : FIELD_OTHER;
}

static bool is_text(const char *text, size_t len, const char *bytes, size_t n) {
    return len == n && memcmp(text, bytes, n) == 0;
}

// What is looked at once, or never.
static bool is_passing(struct stream *stream, const char *name, size_t name_len, const char *value,
                       size_t value_len) {
    bool is_pseudo = name_len > 0 && name[0] == ':';
    if (is_pseudo && is_text(name, name_len, ":method", sizeof ":method" - 1))
        stream->is_post = is_text(value, value_len, "POST", sizeof "POST" - 1);
    return is_pseudo || is_text(name, name_len, "te", sizeof "te" - 1);
}

bool stream_take_header(struct stream *stream, const char *name, size_t name_len, const char *value,
                        size_t value_len) {
    enum stream_field field = field_of(name, name_len);
    stream->received_len += name_len + value_len + HEADER_OVERHEAD;
    if (stream->received_len > stream->host->limits->max_header_list ||
        (field == FIELD_OTHER && is_passing(stream, name, name_len, value, value_len)))
        return true;
    size_t before = stream->arena.total;
    struct stream_header *header =
        stream_headers_add(stream, &stream->received, name, name_len, value, value_len);
    if (stream->arena.total != before)
        stream_recount_held(stream);
    if (!header)
        return false;
    header->field = field;
    if (!stream->fields[field])
        stream->fields[field] = header->value;
    return true;
}

const char *stream_find_header(const struct stream *stream, const char *name) {
    for (struct stream_header *header = stream->received.first; header; header = header->next)
        if (strcmp(header->name, name) == 0)
            return header->value;
    return NULL;
}

// Lower-case names and printable ASCII values: HTTP/2 sends them as they are.
static bool is_valid_header(const char *name, const char *value) {
    size_t name_len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
    if (name_len == 0 || name[name_len] != '\0')
        return false;
    for (; *value; value++)
        if (*value < ' ' || *value > '~')
            return false;
    return true;
}

static bool add_answer_header(struct stream *stream, struct stream_headers *headers,
                              const char *name, const char *value) {
    return headers->n < STREAM_ANSWER_HEADERS_MAX && is_valid_header(name, value) &&
           stream_headers_add(stream, headers, name, strlen(name), value, strlen(value));
}

bool stream_add_header(struct stream *stream, const char *name, const char *value) {
    return add_answer_header(stream, &stream->head, name, value);
}

bool stream_add_trailer(struct stream *stream, const char *name, const char *value) {
    return add_answer_header(stream, &stream->trailers, name, value);
}
