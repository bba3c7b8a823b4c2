#include "server/loop_line.h"

#include "server/base/secret.h"

#include <sys/socket.h>
#include <unistd.h>

static void on_readable(uv_poll_t *poll, int status, int events) {
    struct loop_line *line = poll->data;
    struct loop_message message;
    (void)events;
    ssize_t n = status == 0 ? recv(line->fd, &message, sizeof message, 0) : 0;
    if (n == (ssize_t)sizeof message)
        line->on_message(line->ctx, &message);
    else if (n >= 0) // the other end is gone; the kernel says so by a signal, too
        uv_poll_stop(poll);
    secret_wipe(&message, sizeof message);
}

void loop_line_start(struct loop_line *line, uv_loop_t *loop, int fd,
                     void (*on_message)(void *ctx, const struct loop_message *message), void *ctx) {
    line->fd = fd;
    line->on_message = on_message;
    line->ctx = ctx;
    line->poll.data = line;
    uv_poll_init(loop, &line->poll, fd);
    uv_poll_start(&line->poll, UV_READABLE, on_readable);
}

void loop_line_tell(const struct loop_line *line) {
    (void)!send(line->fd, "", 1, MSG_NOSIGNAL);
}

static void on_closed(uv_handle_t *handle) {
    struct loop_line *line = handle->data;
    close(line->fd);
}

void loop_line_stop(struct loop_line *line) {
    if (!uv_is_closing((uv_handle_t *)&line->poll))
        uv_close((uv_handle_t *)&line->poll, on_closed);
}
