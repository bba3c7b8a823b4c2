#include "tests/attacks/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024, HEAD_SIZE = 9 };

uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

bool target_parse(struct target *target, const char *address, const char *authority) {
    char host[INET_ADDRSTRLEN + 1] = "";
    unsigned port = 0;
    memset(target, 0, sizeof *target);
    if (sscanf(address, "%16[0-9.]:%u", host, &port) != 2 || port > UINT16_MAX)
        return false;
    target->address.sin_family = AF_INET;
    target->address.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &target->address.sin_addr) != 1)
        return false;
    if (!authority)
        return true;
    target->tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(target->tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(target->tls,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return SSL_CTX_set_alpn_protos(target->tls, (const uint8_t *)"\x02h2", 3) == 0 &&
           SSL_CTX_load_verify_file(target->tls, authority) == 1;
}

void target_finish(struct target *target) {
    SSL_CTX_free(target->tls);
}

static bool open_socket(struct line *line, const struct target *target, uint32_t source,
                        bool is_deaf) {
    const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
    const int on = 1, little = 4096;
    line->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (line->fd < 0)
        return false;
    setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (is_deaf)
        setsockopt(line->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    return fcntl(line->fd, F_SETFL, O_NONBLOCK) == 0 &&
           bind(line->fd, (const struct sockaddr *)&from, sizeof from) == 0 &&
           (connect(line->fd, (const struct sockaddr *)&target->address, sizeof target->address) ==
                0 ||
            errno == EINPROGRESS);
}

bool line_open(struct line *line, const struct target *target, uint32_t source, bool is_deaf) {
    memset(line, 0, sizeof *line);
    line->opened_us = now_us();
    line->next_id = 1;
    line->is_open = open_socket(line, target, source, is_deaf);
    if (line->is_open && target->tls) {
        line->ssl = SSL_new(target->tls);
        line->is_open = line->ssl && SSL_set_fd(line->ssl, line->fd) == 1;
    }
    if (!line->is_open)
        line_close(line);
    return line->is_open;
}

void line_close(struct line *line) {
    SSL_free(line->ssl);
    line->ssl = NULL;
    if (line->inflater)
        nghttp2_hd_inflate_del(line->inflater);
    line->inflater = NULL;
    if (line->fd > 0)
        close(line->fd);
    line->fd = -1;
    line->is_open = false;
    buf_finish(&line->out);
    buf_finish(&line->in);
}

static void end(struct line *line) {
    line->ended_us = now_us();
    line_close(line);
}

static bool wants_more(const struct line *line, int result) {
    int error = SSL_get_error(line->ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

// The rest goes on when the socket has connected, which poll says by letting us write.
static bool make_ready(struct line *line) {
    struct pollfd poll_fd = {.fd = line->fd, .events = POLLOUT};
    if (poll(&poll_fd, 1, 0) != 1)
        return true;
    if (poll_fd.revents & (POLLERR | POLLHUP))
        return false;
    if (!line->ssl) {
        line->is_ready = true;
        return true;
    }
    int result = SSL_connect(line->ssl);
    line->is_ready = result == 1;
    return result == 1 || wants_more(line, result);
}

// Both: bytes done, 0 when none can be now, -1 at the end of the connection.
static ssize_t give(struct line *line, const uint8_t *bytes, size_t len) {
    if (line->ssl) {
        int n = SSL_write(line->ssl, bytes, (int)len);
        return n > 0 ? n : wants_more(line, n) ? 0 : -1;
    }
    ssize_t n = send(line->fd, bytes, len, MSG_NOSIGNAL);
    return n > 0 ? n : errno == EAGAIN ? 0 : -1;
}

static ssize_t take(struct line *line, uint8_t *bytes, size_t len) {
    if (line->ssl) {
        int n = SSL_read(line->ssl, bytes, (int)len);
        return n > 0 ? n : wants_more(line, n) ? 0 : -1;
    }
    ssize_t n = recv(line->fd, bytes, len, 0);
    return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
}

static bool send_out(struct line *line) {
    while (buf_len(&line->out) > 0) {
        ssize_t n = give(line, buf_bytes(&line->out), buf_len(&line->out));
        if (n < 0)
            return false;
        if (n == 0)
            return true;
        buf_consume(&line->out, (size_t)n);
    }
    return true;
}

static bool read_in(struct line *line) {
    uint8_t bytes[READ_SIZE];
    ssize_t n = take(line, bytes, sizeof bytes);
    if (n > 0 && !buf_append(&line->in, bytes, (size_t)n))
        abort();
    return n >= 0;
}

static bool has_failed(const struct line *line) {
    struct pollfd poll_fd = {.fd = line->fd};
    return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & (POLLERR | POLLHUP));
}

void line_work(struct line *line, bool is_deaf) {
    ERR_clear_error();
    bool is_alive = line->is_ready || make_ready(line);
    if (is_alive && line->is_ready) {
        bool is_sent = send_out(line);
        // What was said last may say why.
        is_alive = is_deaf ? is_sent && !has_failed(line) : read_in(line) && is_sent;
    }
    if (!is_alive)
        end(line);
}

short line_events(const struct line *line, bool is_deaf) {
    if (!line->is_ready)
        return line->ssl && SSL_want_read(line->ssl) ? POLLIN : POLLOUT;
    return (short)((is_deaf ? 0 : POLLIN) | (buf_len(&line->out) > 0 ? POLLOUT : 0));
}

uint32_t line_number(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void note_field(struct line *line, const nghttp2_nv *field) {
    if (field->namelen != 11 || memcmp(field->name, "grpc-status", 11) != 0)
        return;
    unsigned status = 0;
    for (size_t i = 0; i < field->valuelen; i++)
        status = status * 10 + field->value[i] - '0';
    line->last_status = status;
    if (status < STATUSES)
        line->n_statuses[status]++;
}

static void note_headers(struct line *line, const struct frame *frame) {
    if (!line->inflater && nghttp2_hd_inflate_new(&line->inflater) != 0)
        abort();
    const uint8_t *bytes = frame->payload;
    size_t len = frame->len;
    for (int flags = 0; !(flags & NGHTTP2_HD_INFLATE_FINAL);) {
        nghttp2_nv field;
        ssize_t n = nghttp2_hd_inflate_hd2(line->inflater, &field, &flags, bytes, len, 1);
        if (n < 0)
            return;
        bytes += n;
        len -= (size_t)n;
        if (flags & NGHTTP2_HD_INFLATE_EMIT)
            note_field(line, &field);
    }
    nghttp2_hd_inflate_end_headers(line->inflater);
}

static void note(struct line *line, const struct frame *frame) {
    line->n_reset += frame->type == FRAME_RST_STREAM;
    if (frame->type == FRAME_HEADERS)
        note_headers(line, frame);
    line->is_told_to_go = line->is_told_to_go || frame->type == FRAME_GOAWAY;
}

bool line_frame(struct line *line, struct frame *frame) {
    const uint8_t *head = buf_bytes(&line->in);
    if (buf_len(&line->in) < HEAD_SIZE)
        return false;
    size_t len = line_number(head) >> 8;
    if (buf_len(&line->in) < HEAD_SIZE + len)
        return false;
    *frame = (struct frame){.type = head[3],
                            .flags = head[4],
                            .stream = line_number(head + 5) & INT32_MAX,
                            .payload = head + HEAD_SIZE,
                            .len = len};
    buf_consume(&line->in, HEAD_SIZE + len);
    note(line, frame);
    return true;
}

void line_put(struct line *line, const void *bytes, size_t len) {
    if (!buf_append(&line->out, bytes, len))
        abort();
}

void line_put_frame(struct line *line, uint8_t type, uint8_t flags, uint32_t stream,
                    const void *payload, size_t len) {
    const uint8_t head[HEAD_SIZE] = {(uint8_t)(len >> 16),
                                     (uint8_t)(len >> 8),
                                     (uint8_t)len,
                                     type,
                                     flags,
                                     (uint8_t)(stream >> 24),
                                     (uint8_t)(stream >> 16),
                                     (uint8_t)(stream >> 8),
                                     (uint8_t)stream};
    line_put(line, head, sizeof head);
    if (len > 0)
        line_put(line, payload, len);
}

void line_greet(struct line *line, uint16_t setting, uint32_t value) {
    const uint8_t payload[] = {(uint8_t)(setting >> 8), (uint8_t)setting,
                               (uint8_t)(value >> 24),  (uint8_t)(value >> 16),
                               (uint8_t)(value >> 8),   (uint8_t)value};
    const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    line_put(line, preface, sizeof preface - 1);
    line_put_frame(line, FRAME_SETTINGS, 0, 0, payload, setting ? sizeof payload : 0);
}
