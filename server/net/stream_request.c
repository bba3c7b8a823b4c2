#include "server/net/stream_wire.h"

#include <stdio.h>
#include <string.h>

int64_t stream_parse_timeout(const char *text) {
    static const struct {
        char unit;
        int64_t us;
    } units[] = {{'H', 3600000000}, {'M', 60000000}, {'S', 1000000}, {'m', 1000}, {'u', 1}};
    size_t n = strspn(text, "0123456789");
    if (n < 1 || n > 8 || text[n] == '\0' || text[n + 1] != '\0')
        return -1;
    int64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (text[i] - '0');
    if (text[n] == 'n')
        return (value + 999) / 1000;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].unit == text[n])
            return value * units[i].us;
    return -1;
}

static bool refuse(struct stream *stream, const char *http_status, enum grpc_status status,
                   const char *message) {
    stream->http_status = http_status;
    stream_finish(stream, status, message);
    return false;
}

// "application/grpc" alone, with "+proto", or with parameters.
static bool is_grpc_content(const char *type) {
    static const char base[] = "application/grpc";
    static const char proto[] = "+proto";
    if (!type || strncmp(type, base, sizeof base - 1) != 0)
        return false;
    type += sizeof base - 1;
    if (strncmp(type, proto, sizeof proto - 1) == 0)
        type += sizeof proto - 1;
    return *type == '\0' || *type == ';' || *type == ' ';
}

// Whether a comma-joined list has the word.
static bool has_word(const char *list, const char *word) {
    static const char separators[] = ", \t";
    size_t len = strlen(word);
    for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
        size_t n = strcspn(list, separators);
        if (n == len && strncmp(list, word, n) == 0)
            return true;
        list += n;
    }
    return false;
}

static void read_accepted(struct stream *stream) {
    if (!stream->fields[FIELD_ACCEPT_ENCODING])
        return;
    for (struct stream_header *header = stream->received.first; header; header = header->next)
        if (header->field == FIELD_ACCEPT_ENCODING && has_word(header->value, "gzip"))
            stream->takes_gzip = true;
}

static bool check_encoding(struct stream *stream) {
    const char *encoding = stream->fields[FIELD_ENCODING];
    stream->is_gzip = encoding && strcmp(encoding, "gzip") == 0;
    read_accepted(stream);
    if (!encoding || stream->is_gzip || strcmp(encoding, "identity") == 0)
        return true;
    return refuse(stream, "200", GRPC_UNIMPLEMENTED,
                  "grpc-encoding is not supported; use identity or gzip");
}

static size_t count(const char *text, size_t len, const char *characters) {
    size_t n = 0;
    while (n < len && strchr(characters, text[n]))
        n++;
    return n;
}

// One value in base64, with or without padding.
static bool is_base64(const char *text, size_t len) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = count(text, len, digits);
    size_t padding = count(text + n, len - n, "=");
    return n + padding == len && n % 4 != 1 && (padding == 0 || (n % 4 >= 2 && len % 4 == 0));
}

// Values of one name may come joined by commas.
static bool is_base64_list(const char *list) {
    for (; *list; list += *list == ',') {
        list += strspn(list, " ");
        size_t len = strcspn(list, ",");
        size_t end = len;
        while (end > 0 && list[end - 1] == ' ')
            end--;
        if (!is_base64(list, end))
            return false;
        list += len;
    }
    return true;
}

static bool check_binary(struct stream *stream) {
    for (struct stream_header *header = stream->received.first; header; header = header->next) {
        bool is_binary =
            header->name_len > 4 && memcmp(header->name + header->name_len - 4, "-bin", 4) == 0;
        if (is_binary && !is_base64_list(header->value))
            return refuse(stream, "200", GRPC_INTERNAL, "binary metadata is not base64");
    }
    return true;
}

static bool check_timeout(struct stream *stream) {
    const char *timeout = stream->fields[FIELD_TIMEOUT];
    stream->request.timeout_us = timeout ? stream_parse_timeout(timeout) : -1;
    if (!timeout || stream->request.timeout_us >= 0)
        return true;
    return refuse(stream, "200", GRPC_INTERNAL, "grpc-timeout is malformed");
}

// "te: trailers" is not asked for: proxies drop it, and nothing here depends on it.
bool stream_check_request(struct stream *stream) {
    size_t max = stream->host->limits->max_header_list;
    if (stream->received_len > max) {
        char message[64];
        snprintf(message, sizeof message, "request headers exceed %zu bytes", max);
        return refuse(stream, "200", GRPC_RESOURCE_EXHAUSTED, message);
    }
    if (!stream->is_post)
        return refuse(stream, "405", GRPC_INTERNAL, "gRPC calls are POST requests");
    if (!is_grpc_content(stream->fields[FIELD_CONTENT_TYPE]))
        return refuse(stream, "415", GRPC_INVALID_ARGUMENT,
                      "content-type must be application/grpc or application/grpc+proto");
    stream->request = (struct stream_request){
        .path = stream->fields[FIELD_PATH],
        .authorization = stream->fields[FIELD_AUTHORIZATION],
        .peer = stream->host->peer,
        .origin = stream->host->origin,
        .organisation = stream->host->organisation,
        .timeout_us = -1,
    };
    if (!stream->request.path || stream->request.path[0] != '/')
        return refuse(stream, "200", GRPC_UNIMPLEMENTED, "the path names no method");
    return check_encoding(stream) && check_binary(stream) && check_timeout(stream);
}
