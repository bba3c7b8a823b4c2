#include "tests/attacks/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATIC_FIELDS = 61, MESSAGE_HEAD = 5, FRAME_MAX = 16384 };

void request_add(struct request *request, const char *name, const char *value) {
    request->fields[request->n_fields++] = (struct field){name, value};
}

void request_init(struct request *request, const char *path, const char *token) {
    request->n_fields = 0;
    request_add(request, ":method", "POST");
    request_add(request, ":scheme", "http");
    request_add(request, ":path", path);
    request_add(request, ":authority", "localhost");
    request_add(request, "te", "trailers");
    request_add(request, "content-type", "application/grpc");
    if (!token)
        return;
    snprintf(request->authorization, sizeof request->authorization, "Bearer %s", token);
    request_add(request, "authorization", request->authorization);
}

static void put(struct buf *block, const void *bytes, size_t len) {
    if (!buf_append(block, bytes, len))
        abort();
}

// RFC 7541, 5.1
static void put_number(struct buf *block, uint8_t flags, unsigned prefix, size_t number) {
    const size_t most = (1U << prefix) - 1;
    const uint8_t first = (uint8_t)(flags | (number < most ? number : most));
    put(block, &first, 1);
    if (number < most)
        return;
    for (number -= most; number >= 128; number /= 128)
        put(block, &(uint8_t){(uint8_t)(128 + number % 128)}, 1);
    put(block, &(uint8_t){(uint8_t)number}, 1);
}

void block_put(struct buf *block, const char *name, const char *value, size_t value_len,
               bool is_remembered) {
    put_number(block, is_remembered ? 0x40 : 0, is_remembered ? 6 : 4, 0);
    put_number(block, 0, 7, strlen(name));
    put(block, name, strlen(name));
    put_number(block, 0, 7, value_len);
    put(block, value, value_len);
}

void block_put_index(struct buf *block, size_t index) {
    put_number(block, 0x80, 7, index);
}

uint32_t request_open(const struct request *request, struct line *line, uint8_t flags,
                      const struct buf *extra) {
    struct buf block = {0};
    for (size_t i = 0; i < request->n_fields; i++) {
        const struct field *field = &request->fields[i];
        if (line->is_taught)
            block_put_index(&block, STATIC_FIELDS + request->n_fields - i);
        else
            block_put(&block, field->name, field->value, strlen(field->value), true);
    }
    line->is_taught = true;
    if (extra)
        put(&block, buf_bytes(extra), buf_len(extra));
    uint32_t stream = line->next_id;
    line->next_id += 2;
    line_put_frame(line, FRAME_HEADERS, flags, stream, buf_bytes(&block), buf_len(&block));
    buf_finish(&block);
    return stream;
}

void request_put_message(struct line *line, uint32_t stream, uint8_t flags, bool is_compressed,
                         const struct buf *message, size_t claimed) {
    struct buf all = {0};
    const uint8_t head[MESSAGE_HEAD] = {is_compressed, (uint8_t)(claimed >> 24),
                                        (uint8_t)(claimed >> 16), (uint8_t)(claimed >> 8),
                                        (uint8_t)claimed};
    put(&all, head, sizeof head);
    put(&all, buf_bytes(message), buf_len(message));
    while (buf_len(&all) > 0) {
        size_t n = buf_len(&all) < FRAME_MAX ? buf_len(&all) : FRAME_MAX;
        line_put_frame(line, FRAME_DATA, n == buf_len(&all) ? flags : 0, stream, buf_bytes(&all),
                       n);
        buf_consume(&all, n);
    }
    buf_finish(&all);
}
